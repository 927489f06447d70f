//! Incidents: what went wrong with nobody waiting for an answer, and who has to look at it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{id::RecordId, name::Name, text::Text};

/// Something that could not be done. It is open until it is solved, skipped, or no longer matters.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Its identity.
    pub id: RecordId,
    /// What could not be done.
    pub what: What,
    /// Who has to look at it.
    pub owner: Owner,
    /// Why, the last time.
    pub cause: Text,
    /// When it happened first.
    pub opened_at: Timestamp,
    /// When it happened last.
    pub last_at: Timestamp,
    /// How often it has happened.
    pub times: u32,
    /// What it is about.
    pub about: About,
    /// How it ended; `None` while it is open.
    pub end: Option<End>,
}

/// What could not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum What {
    /// A script, rule or condition at a node that nobody waited for.
    Script = 1,
    /// What a timer was to do.
    Timer = 2,
    /// Finding out who has to approve.
    Approver = 3,
    /// What a schedule was to do.
    Schedule = 4,
    /// Asking a connector.
    Call = 5,
    /// Handing a message to a channel.
    Delivery = 6,
    /// Making sense of what somebody else's system sent.
    Hook = 7,
}

/// Who has to look at an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Whoever has this role.
    Role(Name),
    /// One user, by login.
    Login(Arc<str>),
}

/// What an incident is about. Two incidents about the same are one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The record.
    pub record: Option<(Name, RecordId)>,
    /// Where the record stands.
    pub place: Option<Place>,
    /// What of it: the name of a timer, of a schedule, of an entry of the outbox.
    pub part: Arc<str>,
}

/// A token on a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The flow.
    pub flow: Name,
    /// The node.
    pub node: Name,
    /// The token.
    pub token: u32,
}

/// How an incident ended.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// How.
    pub how: How,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Arc<str>,
    /// The reason given, when it was skipped.
    pub reason: Option<Arc<str>>,
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum How {
    /// It was tried again and succeeded.
    Solved = 1,
    /// Somebody decided to go on without.
    Skipped = 2,
    /// The record went elsewhere, or is no more.
    Gone = 3,
}

impl What {
    /// Every kind with its word.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Script, "script"),
        (Self::Timer, "timer"),
        (Self::Approver, "approver"),
        (Self::Schedule, "schedule"),
        (Self::Call, "call"),
        (Self::Delivery, "delivery"),
        (Self::Hook, "hook"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(what, _)| *what == self).map_or("", |(_, word)| word)
    }

    /// The kind with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(what, _)| *what)
    }

    /// Its number in stored bytes.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The kind with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().find(|(what, _)| what.number() == number).map(|(what, _)| *what)
    }
}

impl How {
    /// Every way with its word.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Solved, "solved"), (Self::Skipped, "skipped"), (Self::Gone, "gone")];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(how, _)| *how == self).map_or("", |(_, word)| word)
    }

    /// Its number in stored bytes.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The way with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().find(|(how, _)| how.number() == number).map(|(how, _)| *how)
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Role(role) => write!(f, "role({role})"),
            Self::Login(login) => f.write_str(login),
        }
    }
}
