//! Who looks after whom: positions are given and taken, and users changed, by whoever could give every position that
//! they hold.
//!
//! Roles are given by positions, so whoever could write any position could become anybody. A grant on `position` says
//! which rows; the roles named under `gives` say which roles. Both together make an administrator of a department or
//! partner, who reaches those below and nobody above or beside.

use formwork_catalog::role::Action;
use formwork_definition::kind::role::May;
use formwork_model::{code, name::Name, text, value::Value};

use super::{Access, Eyes};
use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Refusal, Rejection},
};

/// Changing a record.
const UPDATE: Action = Action::May(May::Update);

/// The objects and fields that this is about.
fn names() -> [Name; 4] {
    ["position", "user", "role", "login"].map(Name::intern)
}

/// Of the objects by which somebody decides for somebody else: the fields that say for whom, and who.
fn stands_in(object: Name) -> Option<(&'static str, &'static str)> {
    match object.as_str() {
        "proxy" => Some(("principal", "agent")),
        "absence" => Some(("user", "substitute")),
        _ => None,
    }
}

impl Decider<'_> {
    /// Refuses to give, change or take the position, or to change the user, as the record is now.
    pub(super) fn check_gives(&self, access: &Access, key: Key) -> Result<(), Refusal> {
        let [position, user, _, login] = names();
        if let Some((whose, by)) = stands_in(key.0) {
            return self.check_stands_in(access, key, (Name::intern(whose), Name::intern(by)));
        }
        if (key.0 != position && key.0 != user) || self.is_admin() {
            return Ok(());
        }
        let gives = if key.0 == position {
            self.gives_role_of(access, key)?
        } else {
            let login = self.record(key, |record| record.fields.get(login).as_text().map(str::to_owned))?;
            let login = login.unwrap_or_default();
            // What one may change of one's own record, grants say.
            login == *self.command.actor.login || self.gives_all_of(access, &login)?
        };
        if gives { Ok(()) } else { Err(not_below()) }
    }

    /// Refuses to make oneself the agent or substitute of somebody whom one does not look after: their tasks and work would
    /// be one's own.
    fn check_stands_in(&self, access: &Access, key: Key, (whose, by): (Name, Name)) -> Result<(), Refusal> {
        let text =
            |record: &formwork_model::record::Record, field| record.fields.get(field).as_text().map(str::to_owned);
        let (whose, by) = self.record(key, |record| (text(record, whose), text(record, by)))?;
        let me = Some(&*self.command.actor.login);
        if self.is_admin() || by.as_deref() != me || whose.as_deref() == me {
            return Ok(());
        }
        if self.gives_all_of(access, whose.as_deref().unwrap_or_default())? { Ok(()) } else { Err(not_below()) }
    }

    /// Whether the position has a role that the actor gives.
    fn gives_role_of(&self, access: &Access, key: Key) -> Result<bool, Refusal> {
        let [_, _, role, _] = names();
        let named = self.record(key, |record| record.fields.get(role).as_text().and_then(Name::find))?;
        Ok(named.is_some_and(|role| access.gives.contains(&role)))
    }

    /// Whether the actor could give every position that somebody holds, has held or will hold.
    fn gives_all_of(&self, access: &Access, login: &str) -> Result<bool, Refusal> {
        let [position, user, ..] = names();
        for id in self.having(position, user, &Value::text(login))? {
            let key = (position, id);
            if !self.gives_role_of(access, key)? || self.covering(access, UPDATE, key)?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the actor looks after somebody else: they may change the user's record, and could give every position.
    pub(crate) fn looks_after(&self, login: &str) -> Result<bool, Refusal> {
        // Where nothing limits anybody, passwords are still an administrator's.
        if self.is_admin() || self.command.actor.is_unlimited() {
            return Ok(true);
        }
        let Some(access) = self.limits() else { return Ok(false) };
        let [_, user, _, by] = names();
        if login == &*self.command.actor.login || access.gives.is_empty() {
            return Ok(false);
        }
        for id in self.having(user, by, &Value::text(login))? {
            if self.covering(access, UPDATE, (user, id))?.is_empty() {
                return Ok(false);
            }
        }
        self.gives_all_of(access, login)
    }
}

impl Eyes<'_> {
    /// Refuses whoever does not look after somebody: an administrator does after everybody, others after those whose
    /// record they may change and whose every position they could give.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn check_looks_after(&self, login: &str) -> Result<(), Refusal> {
        self.ask(|decider| if decider.looks_after(login)? { Ok(()) } else { Err(not_below()) })
    }

    /// Whether somebody could be looked after by the actor at all.
    ///
    /// # Errors
    /// When the store fails.
    pub fn looks_after_some(&self) -> Result<bool, Refusal> {
        self.ask(|decider| {
            let unlimited = decider.command.actor.is_unlimited();
            Ok(decider.is_admin() || unlimited || decider.limits().is_some_and(|access| !access.gives.is_empty()))
        })
    }
}

fn not_below() -> Refusal {
    let message = text!("you look after those only whose roles you give", "您只能管理其角色由您授予的人员");
    Rejection::new(Kind::Forbidden, code!("not-allowed"), message).into()
}
