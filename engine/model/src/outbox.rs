//! What is to leave for other systems. It is written in the commit that causes it and sent afterwards, at least
//! once, always with the same id.

use jiff::Timestamp;

use crate::{id::RecordId, incident::Place, name::Name};

/// Something that is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its identity, and the idempotency key the receiver sees.
    pub id: RecordId,
    /// When it was caused.
    pub at: Timestamp,
    /// When it is to be sent; `None` once it was given up.
    pub due: Option<Timestamp>,
    /// How often it was tried.
    pub tries: u32,
    /// The record it is about.
    pub about: Option<(Name, RecordId)>,
    /// The token that waits for the answer.
    pub place: Option<Place>,
    /// What is sent.
    pub what: Sending,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Sending {
    /// An e-mail.
    Mail {
        /// The address.
        to: String,
        /// The subject.
        subject: String,
        /// The text.
        text: String,
    },
    /// A message to a user's own web address.
    Notice {
        /// The login.
        to: String,
        /// The address.
        url: String,
        /// The JSON that is posted.
        body: String,
    },
    /// A question to a connector.
    Call {
        /// The connector.
        connector: Name,
        /// The request of it.
        request: Name,
        /// The method.
        method: String,
        /// The address.
        url: String,
        /// Headers, without those that hold secrets.
        headers: Vec<(String, String)>,
        /// The JSON that is sent, if any.
        body: Option<String>,
    },
}

/// What came of sending something.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// The other side took it.
    Done(Answer),
    /// The other side refused it: sending it again would change nothing.
    Refused(Answer),
    /// It did not arrive, or nobody knows: it is to be sent again. Why, in both languages.
    Failed(crate::text::Text),
}

/// What the other side said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The status; 0 where there is none.
    pub status: u16,
    /// The body, as JSON where it is JSON.
    pub body: String,
}

/// The wait before the try that follows `tries` failed ones: twice as long each time, from `first` seconds to an
/// hour, and up to a quarter more that depends on the entry, so that many that failed at once don't return at once.
pub fn wait(first: i64, tries: u32, id: RecordId) -> i64 {
    let doubled = first.max(1).saturating_mul(1_i64.checked_shl(tries.saturating_sub(1).min(20)).unwrap_or(i64::MAX));
    let base = doubled.min(3600);
    let spread = i64::from(id.bytes().last().copied().unwrap_or_default());
    base + base * spread / 1024
}
