//! The clocks of an object, resolved.

use formwork_definition::kind::sla::Restart;
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
    /// After how many hundredths of the target it warns.
    pub warn: Option<u8>,
    /// What is done then.
    pub warned: Effects,
    /// What is done when the target is missed.
    pub missed: Effects,
    /// The field with the due time.
    pub due: Name,
    /// The field with what became of it.
    pub state: Name,
    /// The field with how long it stood still.
    pub paused: Name,
    /// The field with how long it took.
    pub elapsed: Name,
}
