//! Who may own the work of a queue, and how much of it they own.

use formwork_catalog::queue::{Queue, Who};
use formwork_model::{name::Name, value::Value};
use formwork_store::table::queue;

use super::Case;
use crate::{
    decider::{Decider, Key},
    directory::Within,
    rejection::{Fault, Refusal},
};

/// A member of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) login: String,
    pub(crate) limit: Option<u32>,
    pub(crate) weight: u32,
}

impl Decider<'_> {
    /// Who may own this work today, by login. Somebody who is a member twice is so by what stands first.
    pub(crate) fn members_for(&self, case: &Case<'_>) -> Result<Vec<Member>, Refusal> {
        self.members(case.queue, case.within.place.map(|field| (case.key, field)))
    }

    /// The members of a queue; those by a role only where the field of the record says.
    pub(crate) fn members(&self, queue: &Queue, at: Option<(Key, Name)>) -> Result<Vec<Member>, Refusal> {
        let there = match at {
            Some((key, field)) => self.within(key, field)?,
            None => None,
        };
        let mut members: Vec<Member> = Vec::new();
        for member in &queue.members {
            let logins = match &member.who {
                Who::User(login) => {
                    if self.is_active(login)? {
                        vec![login.to_string()]
                    } else {
                        Vec::new()
                    }
                }
                Who::Role(role) => self.holders_there(*role, &member.places, there.as_ref())?,
            };
            for login in logins {
                if !members.iter().any(|known| known.login == login) {
                    members.push(Member { login, limit: member.limit, weight: member.weight });
                }
            }
        }
        members.sort_by(|a, b| a.login.cmp(&b.login));
        Ok(members)
    }

    fn holders_there(
        &self,
        role: Name,
        places: &[(&'static str, std::sync::Arc<str>)],
        there: Option<&Within>,
    ) -> Result<Vec<String>, Refusal> {
        let mut within = Within::default();
        for (tree, code) in places {
            let tree = Name::intern(tree);
            let Some(place) = self.place(tree, &Value::Text(code.clone()))? else { return Ok(Vec::new()) };
            if !within.put(tree, place) {
                return Err(Fault::new(format!("{tree} is no tree of places")).into());
            }
        }
        let mut logins: Vec<String> = self.holders(role, &within)?.into_iter().map(|holder| holder.login).collect();
        if let Some(there) = there {
            let at_the_place = self.holders(role, there)?;
            logins.retain(|login| at_the_place.iter().any(|holder| holder.login == *login));
        }
        Ok(logins)
    }

    /// The actor as a member who may own this work.
    pub(crate) fn as_member(&self, case: &Case<'_>) -> Result<Option<Member>, Refusal> {
        let login = &*self.command.actor.login;
        Ok(self.members_for(case)?.into_iter().find(|member| member.login == login))
    }

    /// Whether the actor manages the queue.
    pub(crate) fn is_manager(&self, queue: &Queue) -> bool {
        queue.managers.iter().any(|manager| match manager {
            Who::User(login) => *login == self.command.actor.login,
            Who::Role(role) => self.roles.contains(role),
        })
    }

    /// The managers of a queue.
    pub(crate) fn managers(&self, queue: &Queue) -> Result<Vec<String>, Refusal> {
        let mut logins = Vec::new();
        for manager in &queue.managers {
            match manager {
                Who::User(login) => logins.push(login.to_string()),
                Who::Role(role) => {
                    logins.extend(self.holders(*role, &Within::default())?.into_iter().map(|holder| holder.login));
                }
            }
        }
        Ok(logins)
    }

    /// How much work somebody owns in a queue, also by what this command has done so far.
    pub(crate) fn owned_in(&self, queue: Name, login: &str) -> Result<usize, Refusal> {
        let range = queue::owned(login, Some(self.release.number(queue)?));
        let slots = self.slots.borrow();
        let mut changed = Vec::new();
        let mut load = 0;
        for ((object, id), slot) in slots.iter().filter(|(_, slot)| slot.is_changed()) {
            changed.push((self.release.number(*object)?, *id));
            let works = slot.current().into_iter().flat_map(|record| &record.flows).flat_map(|flow| &flow.works);
            load += works.filter(|work| work.queue == queue && work.assignee.as_deref() == Some(login)).count();
        }
        let stored = queue::places(self.view, &range, usize::MAX)?;
        Ok(load + stored.iter().filter(|place| !changed.contains(&(place.table, place.id))).count())
    }

    /// Whether a member may own more.
    pub(crate) fn has_room(&self, queue: &Queue, member: &Member) -> Result<bool, Refusal> {
        match member.limit {
            Some(limit) => Ok(self.owned_in(queue.name, &member.login)? < limit as usize),
            None => Ok(true),
        }
    }
}
