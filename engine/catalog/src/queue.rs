//! Queues: where work waits for whoever may take it.

use std::sync::Arc;

use formwork_definition::kind::queue::Assign;
use formwork_model::{name::Name, source::Span, text::Text};

use crate::{
    source::{Program, Source},
    timer::{Calendar, Lasting},
};

/// Where work waits for its members.
#[derive(Debug)]
pub struct Queue {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// How high it stands.
    pub level: u32,
    /// The queue that work is escalated to.
    pub next: Option<Name>,
    /// Who may own work here.
    pub members: Vec<Member>,
    /// Who may give work to members, take it away and move it up.
    pub managers: Vec<Who>,
    /// To whom new work is given; `None` waits for a claim.
    pub assign: Option<Assign>,
    /// How long work may wait here for an owner.
    pub accept: Option<Lasting>,
    /// What counts the working time of that.
    pub calendar: Calendar,
}

/// A member, or everybody who holds a role.
#[derive(Debug)]
pub struct Member {
    /// Who.
    pub who: Who,
    /// Where the role must be held: trees and codes.
    pub places: Vec<(&'static str, Arc<str>)>,
    /// The most work that each of them owns here.
    pub limit: Option<u32>,
    /// Their share.
    pub weight: u32,
}

/// Somebody, or whoever holds a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A login.
    User(Arc<str>),
    /// A role.
    Role(Name),
}

/// In which queue the work of a state waits, and for whom.
#[derive(Debug)]
pub struct InQueue {
    /// The queue: its name, or what gives it.
    pub name: Source,
    /// Work that comes from another queue state stays where and with whom it is.
    pub keep: bool,
    /// The skill it needs: a code or a record.
    pub skill: Option<Program>,
    /// Who gets it before anybody else.
    pub prefer: Option<Prefer>,
    /// The field that says where a role must be held.
    pub place: Option<Name>,
    /// How long it may wait for an owner, instead of what the queue says.
    pub accept: Option<Lasting>,
    /// What counts the working time of that, instead of what the queue says.
    pub calendar: Option<Calendar>,
}

/// Who gets work before anybody else.
#[derive(Debug)]
pub enum Prefer {
    /// The user in this field.
    Field(Name),
    /// Logins.
    Program(Program),
}
