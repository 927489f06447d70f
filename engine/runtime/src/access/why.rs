//! Why somebody may do something with a record, or may not; and who may.

use std::{collections::BTreeSet, sync::Arc};

use formwork_catalog::{
    filter::Filter,
    role::{Action, Rows, Seen},
};
use formwork_definition::kind::role::{May, Right, RowScope};
use formwork_model::{field_path::FieldPath, id::RecordId, name::Name, text, text::Text};
use serde_json::{Value as Json, json};

use super::{Bound, Eyes, READ};
use crate::{
    book::Book,
    command::Actor,
    decider::{Decider, Key},
    query::Query,
    rejection::Refusal,
    scenario::parse_actor,
};

/// Positions that are read at once.
const PAGE: usize = 500;

/// Why somebody may do something with a record, or may not.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// Who.
    pub login: Arc<str>,
    /// Whether they may.
    pub allowed: bool,
    /// Whether nothing limits anybody in this book.
    pub open: bool,
    /// Whether they see the record because they take part in what happens to it.
    pub takes_part: bool,
    /// Every grant on the object that they hold, and what it says.
    pub grants: Vec<Asked>,
}

/// What one grant says.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The position; `None` of a role that was given without one.
    pub position: Option<RecordId>,
    /// Its role.
    pub role: Name,
    /// The grant of the role.
    pub grant: Name,
    /// The rows that it is about, in the words of the definition.
    pub rows: String,
    /// What it says.
    pub verdict: Verdict,
}

/// What a grant says about an action, a row and a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It covers all three.
    Covers,
    /// It does not allow the action.
    Action,
    /// It does not give the row.
    Row,
    /// It hides the field.
    Hidden,
    /// It shows part of the field.
    Masked,
    /// It does not let the field be set.
    Fixed,
}

impl Verdict {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Covers => "covers",
            Self::Action => "other_action",
            Self::Row => "other_rows",
            Self::Hidden => "hides_field",
            Self::Masked => "masks_field",
            Self::Fixed => "field_not_written",
        }
    }

    /// As a sentence.
    pub fn say(self) -> Text {
        match self {
            Self::Covers => text!("covers it", "适用"),
            Self::Action => text!("does not allow this action", "不含此操作"),
            Self::Row => text!("does not give this row", "不含此记录"),
            Self::Hidden => text!("hides the field", "隐藏该字段"),
            Self::Masked => text!("shows only part of the field", "该字段仅部分可见"),
            Self::Fixed => text!("does not let the field be set", "不允许修改该字段"),
        }
    }
}

impl Why {
    /// As every face shows it.
    pub fn to_json(&self) -> Json {
        let grants = self.grants.iter().map(|asked| {
            json!({
                "role": asked.role.as_str(),
                "grant": asked.grant.as_str(),
                "position": asked.position.map(|id| id.to_string()),
                "rows": asked.rows,
                "verdict": asked.verdict.word(),
                "say": asked.verdict.say(),
            })
        });
        json!({
            "login": self.login,
            "allowed": self.allowed,
            "open": self.open,
            "takes_part": self.takes_part,
            "grants": grants.collect::<Vec<_>>(),
        })
    }
}

impl Book {
    /// Why `actor` may do something with a record, or with a field of it.
    ///
    /// # Errors
    /// When there is no such record, or the store fails.
    pub fn why(&self, actor: &Actor, key: Key, action: Action, field: Option<FieldPath>) -> Result<Why, Refusal> {
        self.ask(actor, |decider| decider.why(key, action, field))
    }

    /// Everybody with a position who may do something with a record, by login.
    ///
    /// # Errors
    /// When there is no such record, or the store fails.
    pub fn who(&self, key: Key, action: Action, field: Option<FieldPath>) -> Result<Vec<Why>, Refusal> {
        let mut who = Vec::new();
        for login in self.positioned()? {
            let why = self.why(&Actor::new(&login, []), key, action, field)?;
            who.extend(why.allowed.then_some(why));
        }
        Ok(who)
    }

    /// Every login with a position.
    pub(super) fn positioned(&self) -> Result<BTreeSet<String>, Refusal> {
        let (object, user) = (Name::intern("position"), Name::intern("user"));
        let filter = Filter::And(Vec::new());
        let mut query = Query { object, filter, sort: Vec::new(), limit: PAGE, after: None };
        let mut logins = BTreeSet::new();
        loop {
            let page = self.list(&query, &Actor::system())?;
            logins
                .extend(page.records.iter().filter_map(|record| record.fields.get(user).as_text().map(str::to_owned)));
            let Some(next) = page.next else { return Ok(logins) };
            query.after = Some(next);
        }
    }
}

impl Eyes<'_> {
    /// As [`Book::why`], for whoever may ask about people and sees the record. Behind the login may stand roles, with
    /// blanks between, that it would have beside those of its positions.
    ///
    /// # Errors
    /// `not-allowed`, when there is no record that they see, or the store fails.
    pub fn why(&self, login: &str, key: Key, action: Action, field: Option<FieldPath>) -> Result<Why, Refusal> {
        self.require(Right::People)?;
        self.get(key.0, key.1)?;
        self.book.why(&parse_actor(login), key, action, field)
    }

    /// As [`Book::who`], for whoever may ask about people and sees the record.
    ///
    /// # Errors
    /// As [`Eyes::why`].
    pub fn who(&self, key: Key, action: Action, field: Option<FieldPath>) -> Result<Vec<Why>, Refusal> {
        self.require(Right::People)?;
        self.get(key.0, key.1)?;
        self.book.who(key, action, field)
    }
}

impl Decider<'_> {
    fn why(&self, key: Key, action: Action, field: Option<FieldPath>) -> Result<Why, Refusal> {
        self.object(key.0)?;
        self.record(key, |_| ())?;
        let login = self.command.actor.login.clone();
        let Some(access) = self.limits() else {
            return Ok(Why { login, allowed: true, open: true, takes_part: false, grants: Vec::new() });
        };
        let mut grants = Vec::new();
        for bound in access.on(key.0) {
            grants.extend(self.asked(key, bound, action, field)?);
        }
        let sight = self.sight(key)?;
        let seen = sight.as_ref().is_some_and(|sight| field.is_none_or(|field| sight.seen(field) == Seen::Full));
        let covered = grants.iter().any(|asked| asked.verdict == Verdict::Covers);
        let takes_part = self.takes_part(key)?;
        let allowed = if action == READ { seen } else { sight.is_some() && covered };
        Ok(Why { login, allowed, open: false, takes_part, grants })
    }

    fn asked(
        &self,
        key: Key,
        bound: &Bound,
        action: Action,
        field: Option<FieldPath>,
    ) -> Result<Option<Asked>, Refusal> {
        let Some(grant) = bound.grant() else { return Ok(None) };
        let verdict = if !grant.allows(action) {
            Verdict::Action
        } else if !self.gives(bound, key)? {
            Verdict::Row
        } else {
            field.map_or(Verdict::Covers, |field| match grant.fields.seen(field) {
                Seen::Absent => Verdict::Hidden,
                Seen::Masked(_) => Verdict::Masked,
                Seen::Full
                    if matches!(action, Action::May(May::Create | May::Update)) && !grant.fields.can_write(field) =>
                {
                    Verdict::Fixed
                }
                Seen::Full => Verdict::Covers,
            })
        };
        let (position, role) = (bound.position, bound.role.name);
        Ok(Some(Asked { position, role, grant: grant.name, rows: words(&grant.rows), verdict }))
    }
}

/// Rows in the words of the definition.
pub(super) fn words(rows: &Rows) -> String {
    let several =
        |word: &str, parts: &[Rows]| format!("{word}({})", parts.iter().map(words).collect::<Vec<_>>().join(", "));
    match rows {
        Rows::Where(_) => "where".to_owned(),
        Rows::Any(parts) => several("any", parts),
        Rows::All(parts) => several("all", parts),
        Rows::Scope(scope) => match scope {
            RowScope::Own => "own",
            RowScope::Department => "department",
            RowScope::DepartmentBelow => "department_below",
            RowScope::Territory => "territory",
            RowScope::ProductLine => "product_line",
            RowScope::Partner => "partner",
            RowScope::Shared => "shared",
            RowScope::SharedForEdit => "shared_for_edit",
            RowScope::All => "all",
        }
        .to_owned(),
    }
}
