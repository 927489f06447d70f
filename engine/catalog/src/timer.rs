//! What happens by itself at nodes, resolved.

use formwork_model::{length::Length, name::Name, source::Span, text, text::Text};

use crate::{
    effect::Effects,
    source::{Program, Source},
};

/// What happens by itself while a token is on a node.
#[derive(Debug)]
pub struct Timer {
    /// Its name, unique in its node.
    pub name: Name,
    /// Where its name was written.
    pub span: Span,
    /// When.
    pub start: Start,
    /// How long after that it fires again.
    pub every: Option<Length>,
    /// What counts its working time.
    pub calendar: Calendar,
    /// While one of these nodes has a token its time stands still.
    pub pause: Vec<Name>,
    /// Only when this holds as it fires.
    pub when: Option<Program>,
    /// What is done.
    pub effects: Effects,
    /// The next nodes; empty when the token stays.
    pub to: Vec<Name>,
    /// Nodes whose tokens are withdrawn.
    pub cancel: Vec<Name>,
}

/// When a timer fires first.
#[derive(Debug)]
pub enum Start {
    /// So long after the token arrived.
    After(Lasting),
    /// At an instant, or at the first moment of a day.
    At(Program),
}

/// A length of time: written down, or computed.
#[derive(Debug)]
pub enum Lasting {
    /// As it was written.
    Fixed(Length),
    /// A duration of the clock, or a text that is read as a length.
    Computed(Program),
}

/// A calendar: the book's, one by name, or the one whose name is computed.
#[derive(Debug)]
pub enum Calendar {
    /// The book's.
    Book,
    /// The one called so.
    Named(Name),
    /// The one whose name this gives; the book's when it gives nothing.
    Computed(Program),
}

/// What a `wait` node waits for.
#[derive(Debug)]
pub enum Until {
    /// Time to pass.
    Passed(Lasting, Calendar),
    /// An instant, or the first moment of a day.
    At(Program),
    /// An event.
    Event(Awaited),
}

/// An event that is waited for.
#[derive(Debug)]
pub struct Awaited {
    /// The event.
    pub event: Name,
    /// How many seconds it is kept when it comes before the token.
    pub ttl: i64,
    /// Only one for which this holds.
    pub when: Option<Program>,
    /// Fields that are set from it.
    pub set: Vec<(Name, Source)>,
}

/// A way out of a node that somebody or something takes.
#[derive(Debug, Clone)]
pub struct Exit<'a> {
    /// By what.
    pub via: Text,
    /// Where that was written.
    pub span: Span,
    /// The next nodes; empty when the token stays.
    pub to: &'a [Name],
    /// Nodes whose tokens are withdrawn.
    pub cancel: &'a [Name],
}

impl Timer {
    /// The way out it is.
    pub fn exit(&self) -> Exit<'_> {
        let name = self.name;
        Exit { via: text!("timer `{name}`", "计时器 `{name}`"), span: self.span, to: &self.to, cancel: &self.cancel }
    }
}
