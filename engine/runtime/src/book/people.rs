//! Who works here, as the directory answers it: what somebody is today, and who holds a role somewhere.

use formwork_model::{code, id::RecordId, name::Name, text, value::Value};

use crate::{
    approval::ADMIN,
    book::Book,
    command::Actor,
    decider::Decider,
    directory::{Holder, Within},
    rejection::{Kind, Problem, Refusal},
};

/// What somebody is today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The login.
    pub login: String,
    /// Whether they work here.
    pub active: bool,
    /// The roles of their positions.
    pub roles: Vec<Name>,
    /// Their positions, the main one first.
    pub positions: Vec<RecordId>,
    /// Their department.
    pub department: Option<RecordId>,
    /// Who is directly above them.
    pub supervisor: Option<String>,
    /// Everybody above them, nearest first; up to the first who holds the role, when one was asked for.
    pub supervisors: Vec<String>,
    /// Whether they are away.
    pub absent: bool,
    /// Who does their work: they themselves, or somebody else; `None` when nobody does.
    pub stand_in: Option<String>,
}

/// Where a role is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// In these places, by the code of each: `(territory, WEST)`. None is everywhere.
    Places(Vec<(&'static str, String)>),
    /// Where a field of a record says.
    Field {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The field.
        field: Name,
    },
}

impl Book {
    /// The name of the calendar somebody works by; empty when it is the book's.
    ///
    /// # Errors
    /// When the store fails.
    pub fn calendar_of(&self, login: &str) -> Result<String, Refusal> {
        self.ask(&Actor::system(), |decider| decider.calendar_name_of(login))
    }

    /// What somebody is today; the supervisors up to `up_to`, if somebody holds it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn person(&self, login: &str, up_to: Option<Name>) -> Result<Person, Refusal> {
        self.ask(&Actor::system(), |decider| {
            Ok(Person {
                login: login.to_owned(),
                active: decider.is_active(login)?,
                roles: decider.roles_of(login)?,
                positions: decider.positions(login)?,
                department: decider.department_of(login)?,
                supervisor: decider.supervisor(login, 1)?,
                supervisors: decider.supervisors_up_to(login, up_to)?,
                absent: decider.absence(login)?.is_some(),
                stand_in: decider.stand_in(login)?,
            })
        })
    }

    /// Whether there is a user of this login who is in use. A login without a record of its own is nobody who could
    /// sign in.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_user(&self, login: &str) -> Result<bool, Refusal> {
        self.ask(&Actor::system(), |decider| decider.is_user(login))
    }

    /// Whether the actor is an administrator today.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_admin(&self, actor: &Actor) -> Result<bool, Refusal> {
        self.ask(actor, |decider| Ok(decider.roles.contains(&Name::intern(ADMIN))))
    }

    /// Who holds `role` today, by login.
    ///
    /// # Errors
    /// When a place or the record does not exist, or the store fails.
    pub fn holders(&self, role: Name, at: &Where) -> Result<Vec<Holder>, Refusal> {
        self.ask(&Actor::system(), |decider| match at {
            Where::Places(places) => decider.holders(role, &places_of(decider, places)?),
            Where::Field { object, id, field } => {
                decider.object(*object)?;
                decider.record((*object, *id), |_| ())?;
                match decider.within((*object, *id), *field)? {
                    Some(within) => decider.holders(role, &within),
                    None => Ok(Vec::new()),
                }
            }
        })
    }
}

fn places_of(decider: &Decider<'_>, places: &[(&'static str, String)]) -> Result<Within, Refusal> {
    let mut within = Within::default();
    for (tree, code) in places {
        let place = decider.place(Name::intern(tree), &Value::text(code))?.ok_or_else(|| {
            let message = text!("there is no {tree} with the code `{code}`", "没有编码为 `{code}` 的 {tree}");
            Problem::new(code!("no-such-reference"), message).field(*tree).reject(Kind::Invalid)
        })?;
        within.put(Name::intern(tree), place);
    }
    Ok(within)
}
