//! What somebody may do: one decision for every face.
//!
//! Something is allowed when one grant of one position that is held today covers the action, the row and the field
//! together. Grants never mix the rows of one with the fields of another, and what no grant allows is refused.

mod attach;
mod bind;
mod desk;
mod difference;
mod eyes;
mod history;
mod known;
mod part;
mod people;
mod place;
mod read;
mod reading;
mod script;
mod sent;
mod sight;
#[cfg(test)]
mod tests;
mod why;
mod write;

pub use difference::{Difference, Given};
pub use eyes::Eyes;
pub(crate) use known::Actors;
pub use place::{Held, Place};
pub(crate) use read::sight_by;
pub use reading::{Read, Readings};
pub(crate) use script::DELETE;
pub(crate) use sent::Sent;
pub use sight::{Shown, Sight};
pub use why::{Asked, Verdict, Why};
pub use write::Settable;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use formwork_catalog::{
    catalog::Catalog,
    filter::Filter,
    object::Object,
    role::{Action, Grant, Role, Seen},
};
use formwork_definition::kind::role::{May, Right};
use formwork_model::{code, field_path::FieldPath, id::RecordId, name::Name, record::Record, text, value::Value};

use crate::{
    query::{Asking, matches_with, read_by},
    rejection::{Kind, Problem, Refusal},
};

/// What somebody may do.
#[derive(Debug, Clone)]
pub enum Granted {
    /// Everything: the engine itself, whoever holds the data, and everybody in an open book.
    All,
    /// What these grants cover.
    By(Arc<Access>),
}

/// A grant that somebody holds by a position, its rows filled in with the position's places.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The position; `None` of a role that was given without one.
    pub position: Option<RecordId>,
    /// The role it is of.
    pub role: Arc<Role>,
    /// Which of the role's grants.
    place: usize,
    /// The rows.
    pub rows: Filter,
    /// The fields of the record itself that say whether it is one of the rows.
    reads: Vec<FieldPath>,
}

impl Bound {
    /// Whether it gives every row.
    pub fn is_everywhere(&self) -> bool {
        matches!(&self.rows, Filter::And(parts) if parts.is_empty())
    }

    /// Whether a computed value of the object says whether a record is one of the rows.
    fn needs_computed(&self, object: &Object) -> bool {
        self.reads.iter().any(|path| object.at(*path).is_some_and(|field| field.computed))
    }

    /// The grant.
    pub fn grant(&self) -> Option<&Grant> {
        self.role.grants.get(self.place)
    }
}

/// Everything that somebody's positions of today grant under one release.
#[derive(Debug, Clone, Default)]
pub struct Access {
    by_object: HashMap<Name, Vec<Bound>>,
    rights: HashSet<Right>,
    gives: HashSet<Name>,
}

/// Reads a field of another record.
pub(crate) type Through<'a> = dyn FnMut(Name, RecordId, Name) -> Result<Value, Refusal> + 'a;

impl Access {
    /// What these positions grant. A role that the release does not define grants nothing.
    pub fn of(catalog: &Catalog, positions: &[Held]) -> Self {
        let mut access = Self::default();
        for held in positions {
            let Some(role) = catalog.roles.get(&held.role) else { continue };
            access.rights.extend(&role.rights);
            access.gives.extend(&role.gives);
            for (place, grant) in role.grants.iter().enumerate() {
                let Some(object) = catalog.object(grant.on) else { continue };
                let rows = bind::bind(object, &grant.rows, held);
                let reads = read_by(&rows);
                let bound = Bound { position: held.position, role: role.clone(), place, rows, reads };
                access.by_object.entry(grant.on).or_default().push(bound);
            }
        }
        access
    }

    /// Whether something that is about no record is allowed.
    pub fn has(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Every grant on an object.
    pub fn on(&self, object: Name) -> impl Iterator<Item = &Bound> {
        self.by_object.get(&object).into_iter().flatten()
    }

    /// The grants that allow an action on some rows of an object.
    pub fn allowing(&self, object: Name, action: Action) -> impl Iterator<Item = &Bound> {
        self.on(object).filter(move |bound| bound.grant().is_some_and(|grant| grant.allows(action)))
    }

    /// The rows on which an action is allowed and these fields are seen in full: what a query that filters or sorts
    /// by them is restricted to, so that neither its result nor its order tells what is hidden.
    pub fn rows(&self, object: Name, action: Action, fields: &[FieldPath]) -> Filter {
        let shows = |bound: &&Bound| {
            bound.grant().is_some_and(|grant| fields.iter().all(|field| grant.fields.seen(*field) == Seen::Full))
        };
        let mut rows: Vec<Filter> = Vec::new();
        for bound in self.allowing(object, action).filter(shows) {
            // One that gives every row makes the others needless.
            if bound.is_everywhere() {
                return bound.rows.clone();
            }
            if !rows.contains(&bound.rows) {
                rows.push(bound.rows.clone());
            }
        }
        Filter::Or(rows)
    }

    /// Refuses to filter or sort by a field that no grant shows in full: it is as if there were none.
    ///
    /// # Errors
    /// `unknown-field`.
    pub fn check_shown(&self, object: &Object, action: Action, fields: &[FieldPath]) -> Result<(), Refusal> {
        let mut grants = self.allowing(object.name, action).filter_map(Bound::grant).peekable();
        if grants.peek().is_none() {
            return Ok(());
        }
        let grants: Vec<&Grant> = grants.collect();
        match fields.iter().find(|field| grants.iter().all(|grant| grant.fields.seen(**field) != Seen::Full)) {
            None => Ok(()),
            Some(field) => Err(no_field(*field).reject(Kind::Invalid).into()),
        }
    }

    /// The grants that allow the action on this record.
    ///
    /// # Errors
    /// When a record that a row filter leads to can't be read.
    pub(crate) fn covering<'a>(
        &'a self,
        action: Action,
        record: &Record,
        asking: &Asking,
        through: &mut Through<'_>,
    ) -> Result<Vec<&'a Bound>, Refusal> {
        let mut covering = Vec::new();
        for bound in self.allowing(record.object, action) {
            if matches_with(&bound.rows, record, asking, through)? {
                covering.push(bound);
            }
        }
        Ok(covering)
    }
}

/// How a field is seen by whoever comes by these grants: as the one that shows most of it says.
pub fn seen(covering: &[&Bound], path: impl Into<FieldPath>) -> Seen {
    let path = path.into();
    let by = covering.iter().filter_map(|bound| Some(bound.grant()?.fields.seen(path)));
    by.max().unwrap_or(Seen::Absent)
}

/// Whether a field can be set by whoever comes by these grants, which must cover the write.
pub fn can_write(covering: &[&Bound], path: impl Into<FieldPath>) -> bool {
    let path = path.into();
    covering.iter().any(|bound| bound.grant().is_some_and(|grant| grant.fields.can_write(path)))
}

/// Whether lines of a field can be added and taken away by whoever comes by these grants, which must cover the write.
pub fn can_write_lines(covering: &[&Bound], lines: Name) -> bool {
    covering.iter().any(|bound| bound.grant().is_some_and(|grant| grant.fields.can_write_lines(lines)))
}

/// There is no such field, or the actor may not know of it.
pub(crate) fn no_field(path: FieldPath) -> Problem {
    Problem::new(code!("unknown-field"), text!("there is no field `{path}`", "没有字段 `{path}`"))
        .field(path.to_string())
}

/// Seeing a record.
pub const READ: Action = Action::May(May::Read);
/// Taking records out.
pub(crate) const EXPORT: Action = Action::May(May::Export);
