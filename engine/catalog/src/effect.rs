//! What rules, actions and nodes do, resolved.

use formwork_model::{name::Name, text::Text};

use crate::source::{Program, Source};

/// Done in this order: create, set, table, run, post, start, notify.
#[derive(Debug, Default)]
pub struct Effects {
    /// Records to create; later expressions use `created.NAME`.
    pub create: Vec<Create>,
    /// Fields to set.
    pub set: Vec<(Name, Source)>,
    /// A table whose outputs are set into the fields of the same names.
    pub table: Option<Name>,
    /// A script.
    pub run: Option<Program>,
    /// Whether the script has the rights of the engine instead of those of whoever acts.
    pub as_system: bool,
    /// Ledger entries.
    pub post: Vec<Post>,
    /// Flows to start.
    pub start: Vec<Start>,
    /// Messages.
    pub notify: Vec<Notify>,
}

/// A record to create.
#[derive(Debug)]
pub struct Create {
    /// The name for later expressions.
    pub name: Name,
    /// The object.
    pub object: Name,
    /// Only when this holds.
    pub when: Option<Program>,
    /// Its fields.
    pub set: Vec<(Name, Source)>,
}

/// A ledger entry.
#[derive(Debug)]
pub struct Post {
    /// The ledger.
    pub ledger: Name,
    /// Only when this holds.
    pub when: Option<Program>,
    /// Every dimension, in the ledger's order.
    pub of: Vec<(Name, Source)>,
    /// The signed amount.
    pub amount: Source,
    /// The day it counts for; default today.
    pub date: Option<Source>,
    /// A remark.
    pub note: Option<Source>,
}

/// A flow to start.
#[derive(Debug)]
pub struct Start {
    /// The flow.
    pub flow: Name,
    /// The record; `None` is this one.
    pub on: Option<Program>,
    /// Only when this holds.
    pub when: Option<Program>,
}

/// A message.
#[derive(Debug)]
pub struct Notify {
    /// Who gets it.
    pub to: Vec<Recipient>,
    /// Only when this holds.
    pub when: Option<Program>,
    /// What it says.
    pub say: Say,
    /// Only by these channels, besides the application; `None` is whichever the receiver has.
    pub channels: Option<Vec<Channel>>,
}

/// What a message says.
#[derive(Debug)]
pub enum Say {
    /// This.
    Text(Text),
    /// What the template says about the record.
    Template(Name),
}

/// A way to reach a user outside the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// E-mail.
    Email,
    /// The user's own web address.
    Webhook,
}

impl Channel {
    /// Every channel with its word.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Email, "email"), (Self::Webhook, "webhook")];

    /// The channel with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(channel, _)| *channel)
    }
}

/// Who gets a message.
#[derive(Debug)]
pub enum Recipient {
    /// The user in this field (`owner` is resolved to the object's owner field).
    Field(Name),
    /// Who created the record.
    Creator,
    /// A login, or a list of logins.
    Program(Program),
}

impl Effects {
    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.create.is_empty()
            && self.set.is_empty()
            && self.table.is_none()
            && self.run.is_none()
            && self.post.is_empty()
            && self.start.is_empty()
            && self.notify.is_empty()
    }
}
