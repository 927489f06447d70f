//! To whom new work is given.

use formwork_catalog::queue::{Prefer, Queue};
use formwork_definition::kind::queue::Assign;
use formwork_model::{id::RecordId, name::Name, text, value::Value};
use formwork_script::{program::Vars, val::Val};
use formwork_store::table::queue::{self, Turn};

use super::{Case, members::Member};
use crate::{decider::Decider, rejection::Refusal};

/// What a turn costs a member of weight 1.
const STRIDE: u64 = 1 << 32;

impl Decider<'_> {
    /// Gives work that nobody owns to a member: to one of `wishes`, or as its queue says; without one it waits.
    pub(crate) fn give(&self, case: Case<'_>, wishes: &[String]) -> Result<(), Refusal> {
        let Some((login, why)) = self.chosen(&case, wishes)? else { return self.start_waiting(&case) };
        let title = self.title(case.key)?;
        let about = Some(case.key);
        self.own(case, &login, why)?;
        self.send(vec![login], &text!("{title}: it is yours now", "{title}：已分派给您"), about);
        Ok(())
    }

    fn chosen(&self, case: &Case<'_>, wishes: &[String]) -> Result<Option<(String, &'static str)>, Refusal> {
        let (queue, within) = (case.queue, case.within);
        if queue.assign.is_none() && wishes.is_empty() {
            return Ok(None);
        }
        let mut free = Vec::new();
        for member in self.members_for(case)? {
            if self.absence(&member.login)?.is_none() && self.has_room(queue, &member)? {
                free.push(member);
            }
        }
        for wish in wishes {
            if let Some(login) = self.stand_in(wish)?
                && free.iter().any(|member| member.login == login)
            {
                return Ok(Some((login, "preferred")));
            }
        }
        let Some(assign) = queue.assign else { return Ok(None) };
        if let Some(skill) = &within.skill {
            let skill = self.skill(&self.eval(skill, &self.case_vars(case)?)?.into_value())?;
            let mut skilled = Vec::new();
            for member in free {
                if match skill {
                    Some(skill) => self.has_skill(&member.login, skill)?,
                    None => true,
                } {
                    skilled.push(member);
                }
            }
            free = skilled;
        }
        match assign {
            Assign::LeastLoaded => Ok(self.least_loaded(queue, free)?.map(|login| (login, "least loaded"))),
            Assign::RoundRobin => Ok(self.take_turn(queue, free, |_| 1)?.map(|login| (login, "in turn"))),
            Assign::Weighted => {
                Ok(self.take_turn(queue, free, |member| member.weight)?.map(|login| (login, "by weight")))
            }
        }
    }

    pub(crate) fn case_vars(&self, case: &Case<'_>) -> Result<Vars, Refusal> {
        let token = self.token(case.key, case.flow, case.work.token)?;
        match token {
            Some(token) => self.token_vars(case.key, case.flow, &token),
            None => Ok(self.vars(case.key)),
        }
    }

    /// Who is to get the work before anybody else. Asked before the owner field is emptied, which may say it.
    pub(crate) fn wishes(&self, case: &Case<'_>) -> Result<Vec<String>, Refusal> {
        Ok(match &case.within.prefer {
            None => Vec::new(),
            Some(Prefer::Field(field)) => {
                self.field(case.key, *field)?.as_text().map(str::to_owned).into_iter().collect()
            }
            Some(Prefer::Program(program)) => match self.eval(program, &self.case_vars(case)?)? {
                Val::Text(login) => vec![login.to_string()],
                Val::List(logins) => {
                    logins.into_iter().filter_map(|login| login.into_value().as_text().map(str::to_owned)).collect()
                }
                _ => Vec::new(),
            },
        })
    }

    /// Who owns least; of several, who has waited longest.
    fn least_loaded(&self, queue: &Queue, free: Vec<Member>) -> Result<Option<String>, Refusal> {
        let mut ranked = Vec::with_capacity(free.len());
        for member in free {
            let last = self.turn(queue.name, &member.login)?.last;
            ranked.push((self.owned_in(queue.name, &member.login)?, last, member.login));
        }
        Ok(ranked.into_iter().min().map(|(_, _, login)| login))
    }

    /// Who is next. Each turn moves a member on by as much as their weight is small, and who is least far on is
    /// next. Who was away, or had enough, does not get everything afterwards: they go on where the queue is.
    fn take_turn(
        &self,
        queue: &Queue,
        free: Vec<Member>,
        weight: impl Fn(&Member) -> u32,
    ) -> Result<Option<String>, Refusal> {
        let here = self.turn(queue.name, "")?.pass;
        let mut ranked = Vec::with_capacity(free.len());
        for member in free {
            let turn = self.turn(queue.name, &member.login)?;
            ranked.push((turn.pass.max(here), turn.last, member));
        }
        ranked.sort_by(|(a, at, one), (b, bt, other)| (a, at, &one.login).cmp(&(b, bt, &other.login)));
        let Some((pass, last, member)) = ranked.into_iter().next() else { return Ok(None) };
        let next = pass + STRIDE / u64::from(weight(&member).max(1));
        self.put_turn(queue.name, "", Turn { last: 0, pass });
        self.put_turn(queue.name, &member.login, Turn { last, pass: next });
        Ok(Some(member.login))
    }

    /// A member's turn, as this command has left it.
    fn turn(&self, queue: Name, login: &str) -> Result<Turn, Refusal> {
        if let Some(turn) = self.turns.borrow().get(&(queue, login.to_owned())) {
            return Ok(*turn);
        }
        Ok(queue::turn(self.view, self.release.number(queue)?, login)?)
    }

    fn put_turn(&self, queue: Name, login: &str, turn: Turn) {
        self.turns.borrow_mut().insert((queue, login.to_owned()), turn);
    }

    /// Somebody got work just now.
    pub(crate) fn note_turn(&self, queue: Name, login: &str) -> Result<(), Refusal> {
        let turn = self.turn(queue, login)?;
        self.put_turn(queue, login, Turn { last: self.seq, ..turn });
        Ok(())
    }

    /// A skill, by its code or as a record; the outer `None` when the work needs none.
    fn skill(&self, value: &Value) -> Result<Option<Option<RecordId>>, Refusal> {
        if value.is_empty() {
            return Ok(None);
        }
        self.place(Name::intern("skill"), value).map(Some)
    }

    /// Whether somebody has the skill; one that nothing is called has nobody.
    fn has_skill(&self, login: &str, skill: Option<RecordId>) -> Result<bool, Refusal> {
        let Some(skill) = skill else { return Ok(false) };
        Ok(self.skills(login)?.contains(&skill))
    }
}
