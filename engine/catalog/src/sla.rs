//! The clocks of an object, resolved.

use formwork_definition::kind::sla::{Restart, Up};
use formwork_model::{name::Name, source::Span, text::Text};

use crate::{
    effect::Effects,
    timer::{Calendar, Lasting},
};

/// A target for how long something may take.
#[derive(Debug)]
pub struct Clock {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The nodes at which it begins; empty means with the record.
    pub from: Vec<Name>,
    /// The nodes at which it stops.
    pub until: Vec<Name>,
    /// The nodes at which it stands still.
    pub pause: Vec<Name>,
    /// After what it begins anew.
    pub restart: Vec<Restart>,
    /// How long it may take.
    pub target: Lasting,
    /// What counts its working time.
    pub calendar: Calendar,
    /// What is done at points of the target, in the order of time.
    pub marks: Vec<Mark>,
    /// The field with the due time.
    pub due: Name,
    /// The field with what became of it.
    pub state: Name,
    /// The field with how long it stood still.
    pub paused: Name,
    /// The field with how long it took.
    pub elapsed: Name,
}

/// A point of the target at which something is done.
#[derive(Debug)]
pub struct Mark {
    /// After how many hundredths of the target.
    pub percent: u32,
    /// What is done.
    pub effects: Effects,
    /// How far work in queues goes up then.
    pub escalate: Option<Up>,
}
