//! What can be asked of the engine. One file below this folder a command.

pub(crate) mod act;
pub mod comment;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod erase;
pub(crate) mod event;
pub(crate) mod import;
pub(crate) mod incident;
pub(crate) mod migrate;
pub(crate) mod post;
pub(crate) mod receive;
pub mod repair;
pub(crate) mod report;
pub(crate) mod share;
pub(crate) mod tick;
pub(crate) mod transfer;
pub(crate) mod update;
pub(crate) mod work;

use std::sync::Arc;

use formwork_model::{
    field_path::FieldPath,
    id::{CommandId, RecordId},
    name::Name,
    outbox::Report,
    text::Text,
};
use serde_json::{Map, Value as Json};

use self::repair::Repair;
use crate::{access::Readings, approval::Operation, migration::Mapping, queue::Operation as WorkOperation};

/// Field values as they come from outside.
pub type Input = Map<String, Json>;

/// The login of the engine itself.
pub(crate) const SYSTEM: &str = "system";

/// Who asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// The login.
    pub login: Arc<str>,
    /// The roles.
    pub roles: Vec<Name>,
    /// Whether no grant limits them. Never asked for by a login: somebody may be called anything.
    unlimited: bool,
    /// What of sensitive fields they were shown, when somebody asks.
    pub(crate) readings: Readings,
}

impl Actor {
    /// A user with these roles.
    pub fn new(login: &str, roles: impl IntoIterator<Item = Name>) -> Self {
        Self {
            login: login.into(),
            roles: roles.into_iter().collect(),
            unlimited: false,
            readings: Readings::default(),
        }
    }

    /// Another system, by the name of its connector: what it may do is what its hooks say.
    pub fn connector(name: Name) -> Self {
        Self::new(&format!("connector:{name}"), []).unlimited()
    }

    /// The engine itself: timers and ticks.
    pub fn system() -> Self {
        Self::new(SYSTEM, []).unlimited()
    }

    /// The same without limits: whoever holds the data of the book and acts in somebody's name.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.unlimited = true;
        self
    }

    /// The same, with what they are shown of sensitive fields gathered for the audit log.
    #[must_use]
    pub fn watched(mut self) -> Self {
        self.readings = Readings::begin();
        self
    }

    /// What of sensitive fields they were shown, when it is gathered.
    pub fn readings(&self) -> &Readings {
        &self.readings
    }

    /// Whether no grant limits them.
    pub fn is_unlimited(&self) -> bool {
        self.unlimited
    }

    /// Whether the login is one that the engine gives to itself or to another system: nobody can sign in with it.
    pub fn is_reserved(&self) -> bool {
        self.is_system() || self.login.contains(':')
    }

    /// Whether it is the engine itself.
    pub fn is_system(&self) -> bool {
        &*self.login == SYSTEM
    }
}

/// One command: it happens whole, or not at all.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its identity; records it creates derive theirs from it.
    pub id: CommandId,
    /// Who asks.
    pub actor: Actor,
    /// What for.
    pub request: Request,
    /// The reason given.
    pub reason: Option<Arc<str>>,
    /// The caller's `Idempotency-Key` and the hash of what it sent.
    pub idempotency: Option<(Arc<str>, [u8; 32])>,
}

impl Command {
    /// A command of `actor` with a fresh id, no reason and no idempotency key.
    pub fn new(actor: Actor, request: Request) -> Self {
        Self { id: CommandId::random(), actor, request, reason: None, idempotency: None }
    }

    /// Whether nobody waits for what it comes to: then a step that fails is kept as an incident.
    pub fn is_unattended(&self) -> bool {
        matches!(self.request, Request::Incident { .. } | Request::Report { .. } | Request::Receive(_))
            || self.actor.is_system()
    }

    /// Whether it does once more what failed with nobody waiting: that has the rights of the engine.
    pub(crate) fn tries_again(&self) -> bool {
        matches!(self.request, Request::Incident { .. })
    }

    /// The same with a reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Request {
    /// A new record.
    Create {
        /// The object.
        object: Name,
        /// Its values.
        values: Input,
    },
    /// Other values for a record.
    Update {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The `rev` the caller has seen; another one is a conflict.
        rev: Option<u64>,
        /// The fields to change.
        values: Input,
    },
    /// No record any more.
    Delete {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The `rev` the caller has seen.
        rev: Option<u64>,
    },
    /// A flow action.
    Act {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The `rev` the caller has seen.
        rev: Option<u64>,
        /// The action.
        action: Name,
        /// Which token, where several offer the action.
        token: Option<u32>,
        /// What the form sent.
        input: Input,
    },
    /// Something happened outside that the record may wait for.
    Event {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The event.
        event: Name,
        /// What was sent with it.
        data: Input,
    },
    /// Saying something about a record: the reason of the command, or files, or both.
    Comment {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The files, as uploads answer them.
        files: Vec<Json>,
    },
    /// An operation on a task, an approval or a copy.
    Decide {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The number of the task, approval or copy in the record.
        task: u32,
        /// What is done.
        operation: Operation,
    },
    /// Something with work in a queue.
    Work {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The `rev` the caller has seen.
        rev: Option<u64>,
        /// Which token, where the record is work more than once.
        token: Option<u32>,
        /// What.
        operation: WorkOperation,
    },
    /// Others see a record, or edit it; or no longer.
    Share {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// Whether it is over.
        end: bool,
        /// With whom (`user` or `department`), and on what terms (`edit`, `from`, `until`).
        terms: Input,
    },
    /// What a record holds in sensitive fields goes, also out of its history; the reason is that of the command.
    Erase {
        /// The object.
        object: Name,
        /// The record; it may be gone.
        id: RecordId,
    },
    /// Everything that somebody has becomes somebody else's.
    Transfer {
        /// Whose it was.
        from: Arc<str>,
        /// Whose it will be.
        to: Arc<str>,
    },
    /// Ledger entries.
    Post {
        /// The ledger.
        ledger: Name,
        /// The entries.
        entries: Vec<PostEntry>,
        /// Opening values: only before the first entry.
        opening: bool,
    },
    /// One row of an import: create or update, then actions, all in one commit.
    Import(ImportRow),
    /// The record's running instances go on under another release.
    Migrate {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The release, which is live or kept.
        to: Arc<str>,
        /// What becomes of nodes that it does not have.
        mapping: Arc<Mapping>,
    },
    /// What runs is set right by hand.
    Repair {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The `rev` the caller has seen.
        rev: Option<u64>,
        /// How.
        repair: Repair,
    },
    /// A timer that is due. When it is not there any more, or not due, nothing is written.
    Fire {
        /// The object.
        object: Name,
        /// The record.
        id: RecordId,
        /// The timer's number in the record.
        timer: u32,
    },
    /// What a schedule has to do next, for one record at most. When nothing is due, nothing is written.
    Schedule {
        /// The schedule.
        schedule: Name,
    },
    /// The next timers are moved after a calendar has changed. When none wait for that, nothing is written.
    MoveTimers,
    /// Dealing with an incident.
    Incident {
        /// The incident.
        id: RecordId,
        /// How.
        step: IncidentStep,
    },
    /// What another system has sent.
    Receive(Message),
    /// What another system has sent and no record could be made of: kept as an incident.
    Unreadable {
        /// The message.
        message: Message,
        /// Why not.
        cause: Text,
    },
    /// What came of sending an entry of the outbox.
    Report {
        /// The entry.
        entry: RecordId,
        /// What came of it.
        report: Report,
    },
    /// The passing of time: answers to idempotency keys that nobody will ask for again are forgotten.
    Tick,
}

/// A message that another system has sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The connector.
    pub connector: Name,
    /// The hook of it.
    pub hook: Name,
    /// The id the sender gave it: the same id is taken in once.
    pub id: Arc<str>,
    /// What it says.
    pub body: Json,
}

/// How an incident is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentStep {
    /// What failed is tried again.
    Retry,
    /// It is left out, for a reason.
    Skip,
}

/// One ledger entry as it comes from outside.
#[derive(Debug, Clone)]
pub struct PostEntry {
    /// Every dimension.
    pub dimensions: Input,
    /// The signed amount.
    pub amount: Json,
    /// The day it counts for; default today.
    pub date: Option<Json>,
    /// A remark.
    pub note: Option<String>,
}

/// One row of an import.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// The object.
    pub object: Name,
    /// The field by which an existing record is found; `None` always creates.
    pub key: Option<Name>,
    /// What to do when the record exists, or does not.
    pub mode: ImportMode,
    /// The values.
    pub values: Input,
    /// Actions to take afterwards, in order.
    pub then: Vec<(Name, Input)>,
}

/// What an import does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Creates new ones, leaves existing ones alone.
    Skip,
    /// Creates new ones, updates existing ones.
    Update,
    /// Updates existing ones; a row without a record is refused.
    UpdateOnly,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Position in the history; 0 when nothing was written.
    pub seq: u64,
    /// The record the command was about, as it is now and as the actor sees it; `None` after a deletion or a posting,
    /// and when they don't see it.
    pub record: Option<formwork_model::record::Record>,
    /// The fields of the record that are not there for the actor.
    pub absent: Vec<FieldPath>,
    /// Whether an earlier command with the same idempotency key did it.
    pub replayed: bool,
    /// For an import: whether the record was created, updated or skipped.
    pub import: Option<Imported>,
    /// What else it came to, for whoever asked: the counts of a transfer.
    pub answer: Option<Json>,
}

/// What became of an import row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// A new record.
    Created,
    /// An existing one was changed.
    Updated,
    /// An existing one was left alone.
    Skipped,
}
