//! People: what they are today, who is above them, and who stands in.

use formwork_model::{
    id::RecordId,
    name::Name,
    record::{Fields, Record},
    value::Value,
};

use super::{Within, known, lookup::text};
use crate::{decider::Decider, rejection::Refusal};

/// Somebody who holds a role, and by which position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The login.
    pub login: String,
    /// The position.
    pub position: RecordId,
}

/// Somebody is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The record that says so.
    pub id: RecordId,
    /// Who stands in.
    pub substitute: Option<String>,
}

impl Decider<'_> {
    /// Who holds `role` today in positions that cover what is asked: each login once, by login.
    pub(crate) fn holders(&self, role: Name, within: &Within) -> Result<Vec<Holder>, Refusal> {
        let reach = self.reach(within)?;
        let mut holders: Vec<Holder> = Vec::new();
        for position in self.having(known().position, known().role, &Value::text(role.as_str()))? {
            let login = self.look((known().position, position), |record| {
                let held = record.filter(|record| self.holds_today(record) && reach.is_covered_by(record));
                held.and_then(|record| text(record, known().user))
            })?;
            let Some(login) = login else { continue };
            if !holders.iter().any(|known| known.login == login) && self.is_active(&login)? {
                holders.push(Holder { login, position });
            }
        }
        holders.sort_by(|a, b| a.login.cmp(&b.login));
        Ok(holders)
    }

    /// The positions that somebody has today: the main one first, then the oldest.
    pub(crate) fn positions(&self, login: &str) -> Result<Vec<RecordId>, Refusal> {
        if !self.is_active(login)? {
            return Ok(Vec::new());
        }
        let mut positions = Vec::new();
        for id in self.having(known().position, known().user, &Value::text(login))? {
            let held = |record: Option<&Record>| record.filter(|record| self.holds_today(record)).map(is_main);
            if let Some(main) = self.look((known().position, id), held)? {
                positions.push((!main, id));
            }
        }
        positions.sort();
        Ok(positions.into_iter().map(|(_, id)| id).collect())
    }

    /// The roles of somebody's positions, each once. A role that no definition names is none.
    pub(crate) fn roles_of(&self, login: &str) -> Result<Vec<Name>, Refusal> {
        let mut roles = Vec::new();
        for position in self.positions(login)? {
            let role = self.look((known().position, position), |record| text(record?, known().role))?;
            if let Some(role) = role.and_then(|role| Name::find(&role))
                && !roles.contains(&role)
            {
                roles.push(role);
            }
        }
        Ok(roles)
    }

    /// Whether somebody works here: only a `user` record that says otherwise makes a login inactive.
    pub(crate) fn is_active(&self, login: &str) -> Result<bool, Refusal> {
        let inactive = |record: &Record| matches!(record.fields.get(known().active), Value::Bool(false));
        match self.user_record(login)? {
            Some(id) => self.look((known().user, id), |record| !record.is_some_and(inactive)),
            None => Ok(true),
        }
    }

    /// Whether there is a `user` record of this login that does not say otherwise: whoever signs in needs one.
    pub(crate) fn is_user(&self, login: &str) -> Result<bool, Refusal> {
        Ok(self.user_record(login)?.is_some() && self.is_active(login)?)
    }

    /// Somebody's department: that of the main position, else of the oldest that has one.
    pub(crate) fn department_of(&self, login: &str) -> Result<Option<RecordId>, Refusal> {
        for position in self.positions(login)? {
            let department = |record: &Record| record.fields.get(known().department).as_ref_id();
            let found = self.look((known().position, position), |record| record.and_then(department))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The name of the calendar somebody works by: their own, else that of their department, or of the nearest above
    /// it that has one; empty when it is the book's.
    pub(crate) fn calendar_name_of(&self, login: &str) -> Result<String, Refusal> {
        let named = |record: Option<&Record>| text(record?, known().calendar).filter(|name| !name.trim().is_empty());
        if let Some(user) = self.user_record(login)?
            && let Some(own) = self.look((known().user, user), named)?
        {
            return Ok(own);
        }
        let Some(department) = self.department_of(login)? else { return Ok(String::new()) };
        for place in self.upwards(known().department, department)? {
            if let Some(of_department) = self.look((known().department, place), named)? {
                return Ok(of_department);
            }
        }
        Ok(String::new())
    }

    /// The supervisor `n` steps up, 1 being the direct one. A step goes to whom the position names, else to whom
    /// the user's record names, else to the head of the department, or of the nearest one above that somebody
    /// else heads.
    pub(crate) fn supervisor(&self, login: &str, n: u32) -> Result<Option<String>, Refusal> {
        let chain = self.supervisors(login, |chain, _| chain.len() >= n as usize)?;
        Ok(n.checked_sub(1).and_then(|last| chain.into_iter().nth(last as usize)))
    }

    /// The supervisors from the direct one up to the first who holds `role`; all of them when none does, or when
    /// no role is asked for.
    pub(crate) fn supervisors_up_to(&self, login: &str, role: Option<Name>) -> Result<Vec<String>, Refusal> {
        let holders = match role {
            Some(role) => self.holders(role, &Within::default())?,
            None => Vec::new(),
        };
        self.supervisors(login, |_, last| holders.iter().any(|holder| holder.login == last))
    }

    fn supervisors(&self, login: &str, done: impl Fn(&[String], &str) -> bool) -> Result<Vec<String>, Refusal> {
        let mut chain: Vec<String> = Vec::new();
        let mut at = login.to_owned();
        while let Some(above) = self.direct_supervisor(&at)? {
            if above == login || chain.contains(&above) {
                break;
            }
            chain.push(above.clone());
            if done(&chain, &above) {
                break;
            }
            at = above;
        }
        Ok(chain)
    }

    fn direct_supervisor(&self, login: &str) -> Result<Option<String>, Refusal> {
        let named = |record: Option<&Record>| text(record?, known().supervisor).filter(|above| !above.is_empty());
        for position in self.positions(login)? {
            if let Some(above) = self.look((known().position, position), named)? {
                return Ok(Some(above));
            }
        }
        if let Some(user) = self.user_record(login)?
            && let Some(above) = self.look((known().user, user), named)?
        {
            return Ok(Some(above));
        }
        let Some(department) = self.department_of(login)? else { return Ok(None) };
        for place in self.upwards(known().department, department)? {
            if let Some(head) = self.department_head(place)?.filter(|head| head != login) {
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    /// Whether somebody is away today; of several absences the one that was entered last counts.
    pub(crate) fn absence(&self, login: &str) -> Result<Option<Absence>, Refusal> {
        for id in self.having(known().absence, known().user, &Value::text(login))?.into_iter().rev() {
            let found = self.look((known().absence, id), |record| {
                record.filter(|record| self.holds_today(record)).map(|record| text(record, known().substitute))
            })?;
            if let Some(substitute) = found {
                return Ok(Some(Absence { id, substitute: substitute.filter(|login| !login.is_empty()) }));
            }
        }
        Ok(None)
    }

    /// Who does somebody's work today: they themselves, or whoever stands in for them, or for whoever stands in.
    /// `None` when somebody is away and nobody who is there stands in.
    pub(crate) fn stand_in(&self, login: &str) -> Result<Option<String>, Refusal> {
        let mut seen = vec![login.to_owned()];
        let mut at = login.to_owned();
        while let Some(absence) = self.absence(&at)? {
            match absence.substitute {
                Some(next) if !seen.contains(&next) => {
                    seen.push(next.clone());
                    at = next;
                }
                _ => return Ok(None),
            }
        }
        Ok(self.is_active(&at)?.then_some(at))
    }

    /// The skills of somebody.
    pub(crate) fn skills(&self, login: &str) -> Result<Vec<RecordId>, Refusal> {
        let Some(user) = self.user_record(login)? else { return Ok(Vec::new()) };
        self.look((known().user, user), |record| match record.map(|record| record.fields.get(known().skills)) {
            Some(Value::List(skills)) => skills.iter().filter_map(Value::as_ref_id).collect(),
            _ => Vec::new(),
        })
    }

    /// What is known about somebody; `None` of a login without a record.
    pub(crate) fn user_fields(&self, login: &str) -> Result<Option<Fields>, Refusal> {
        let Some(user) = self.user_record(login)? else { return Ok(None) };
        self.look((known().user, user), |record| record.map(|record| record.fields.clone()))
    }

    fn user_record(&self, login: &str) -> Result<Option<RecordId>, Refusal> {
        Ok(self.having(known().user, known().login, &Value::text(login))?.first().copied())
    }
}

fn is_main(position: &Record) -> bool {
    matches!(position.fields.get(known().main), Value::Bool(true))
}
