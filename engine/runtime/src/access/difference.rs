//! What another release would let people do, and no longer: for everybody with a position today, under both releases.

use std::collections::{BTreeMap, BTreeSet};

use formwork_catalog::{
    catalog::Catalog,
    role::{Action, Fields, Grant, Seen},
};
use formwork_definition::kind::role::{May, Right};
use formwork_model::{field_path::FieldPath, name::Name};
use serde_json::{Value as Json, json};

use super::{Access, Bound, Eyes, why::words};
use crate::{book::Book, command::Actor, rejection::Refusal};

/// What somebody gains and loses.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Who.
    pub login: String,
    /// What they may do that they might not before.
    pub gains: Vec<Given>,
    /// What they might do and may no longer.
    pub loses: Vec<Given>,
}

/// What one grant, or the rights of the roles, give beyond the other release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// The object; `None` of what is about no record.
    pub object: Option<Name>,
    /// The role and its grant; empty of what is about no record.
    pub grant: String,
    /// The rows, in the words of the definition.
    pub rows: String,
    /// What may be done there that the other release does not allow on these rows.
    pub actions: Vec<String>,
    /// Fields that show more, or can be set, where the rest is allowed by both.
    pub fields: Vec<FieldPath>,
}

impl Difference {
    /// As every face shows it.
    pub fn to_json(&self) -> Json {
        let given = |all: &[Given]| all.iter().map(Given::to_json).collect::<Vec<_>>();
        json!({"login": self.login, "gains": given(&self.gains), "loses": given(&self.loses)})
    }
}

impl Given {
    fn to_json(&self) -> Json {
        json!({
            "object": self.object.map(|object| object.as_str()),
            "grant": self.grant,
            "rows": self.rows,
            "actions": self.actions,
            "fields": self.fields.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    }
}

impl Book {
    /// Who gains and who loses what when `to` takes the place of `from`, by login. Rows count as given by both when they
    /// are written alike, or when the other release gives every row.
    ///
    /// # Errors
    /// When the store fails.
    pub fn access_difference(&self, from: &Catalog, to: &Catalog) -> Result<Vec<Difference>, Refusal> {
        let mut differences = Vec::new();
        for login in self.positioned()? {
            let held = self.ask(&Actor::system(), |decider| decider.held(&login))?;
            let (before, now) = (Access::of(from, &held), Access::of(to, &held));
            let (gains, loses) = (beyond((to, &now), &before), beyond((from, &before), &now));
            if !(gains.is_empty() && loses.is_empty()) {
                differences.push(Difference { login, gains, loses });
            }
        }
        Ok(differences)
    }
}

impl Eyes<'_> {
    /// As [`Book::access_difference`], for whoever may ask about people and releases.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn access_difference(&self, from: &Catalog, to: &Catalog) -> Result<Vec<Difference>, Refusal> {
        self.require(Right::People)?;
        self.require(Right::Releases)?;
        self.book.access_difference(from, to)
    }
}

/// What `more` gives and `less` does not.
fn beyond((catalog, more): (&Catalog, &Access), less: &Access) -> Vec<Given> {
    let mut given: BTreeSet<Given> = BTreeSet::new();
    let rights: BTreeSet<String> = more.rights.difference(&less.rights).map(word).collect();
    if !rights.is_empty() {
        let actions = rights.into_iter().collect();
        given.insert(Given { object: None, grant: String::new(), rows: String::new(), actions, fields: Vec::new() });
    }
    let objects: BTreeMap<&str, Name> = more.by_object.keys().map(|object| (object.as_str(), *object)).collect();
    for object in objects.into_values() {
        for bound in more.on(object) {
            given.extend(beyond_grant(catalog, bound, less));
        }
    }
    given.into_iter().collect()
}

fn beyond_grant(catalog: &Catalog, bound: &Bound, less: &Access) -> Option<Given> {
    let grant = bound.grant()?;
    let known: Vec<FieldPath> = catalog.object(grant.on)?.paths().collect();
    let (mut actions, mut fields): (Vec<String>, BTreeSet<FieldPath>) = (Vec::new(), BTreeSet::new());
    let asked = grant.may.iter().map(|may| (Action::May(*may), word(may)));
    for (action, said) in asked.chain(grant.act.iter().map(|act| (Action::Act(*act), act.to_string()))) {
        let there: Vec<&Grant> = less
            .allowing(grant.on, action)
            .filter(|other| other.is_everywhere() || other.rows == bound.rows)
            .filter_map(Bound::grant)
            .collect();
        if there.is_empty() {
            actions.push(said);
            continue;
        }
        let writes = matches!(action, Action::May(May::Create | May::Update | May::Import));
        let covered = |other: &&Grant, field: FieldPath| {
            let shown = other.fields.seen(field) >= grant.fields.seen(field);
            // Lines are also added and taken away, which is more than setting some of their fields.
            let set = |fields: &Fields| {
                let whole = field.line.is_none() && fields.can_write_lines(field.field);
                (fields.can_write(field), whole)
            };
            let (gives, has) = (set(&grant.fields), set(&other.fields));
            shown && (!writes || gives.0 <= has.0 && gives.1 <= has.1)
        };
        let lacks = |field: &&FieldPath| !there.iter().any(|other| covered(other, **field));
        fields.extend(known.iter().filter(lacks).filter(|field| grant.fields.seen(**field) > Seen::Absent));
    }
    if actions.is_empty() && fields.is_empty() {
        return None;
    }
    actions.sort();
    let fields: Vec<FieldPath> = fields.into_iter().collect();
    let name = format!("{}.{}", bound.role.name, grant.name);
    Some(Given { object: Some(grant.on), grant: name, rows: words(&grant.rows), actions, fields })
}

/// The word of a definition.
fn word(what: &impl std::fmt::Debug) -> String {
    format!("{what:?}").to_lowercase()
}
