//! Messages to users, by user and time.

use formwork_model::{id::RecordId, name::Name, text::Text};
use jiff::Timestamp;

use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind},
    symbols::Symbols,
};

/// A message to one user.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// When it was sent.
    pub at: Timestamp,
    /// What it says, in both languages.
    pub text: Text,
    /// The record it is about.
    pub record: Option<(Name, RecordId)>,
    /// Whether the user has read it.
    pub read: bool,
}

/// The key of a message: `seq` is the history entry that sent it, `n` its place among that entry's messages.
pub fn key(user: &str, seq: u64, n: u32) -> Vec<u8> {
    Key::new(KeyKind::Message).text(user).u64(seq).u32(n).into_vec()
}

/// The keys of all messages to `user`, oldest first.
pub fn range(user: &str) -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Message).text(user).into_range()
}

/// The message as bytes.
///
/// # Errors
/// When the object's name has no number.
pub fn encode(message: &Message, symbols: &Symbols) -> Result<Vec<u8>, Error> {
    let mut out = Writer::new();
    out.instant(message.at);
    out.str(&message.text.zh);
    out.str(&message.text.en);
    out.bool(message.record.is_some());
    if let Some((object, id)) = message.record {
        out.name(object, symbols)?;
        out.id(id);
    }
    out.bool(message.read);
    Ok(out.into_vec())
}

/// The message from bytes.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(bytes: &[u8], symbols: &Symbols) -> Result<Message, Error> {
    let mut from = Reader::new(bytes)?;
    let at = from.instant()?;
    let text = Text { zh: from.str()?.to_owned(), en: from.str()?.to_owned() };
    let record = if from.bool()? { Some((from.name(symbols)?, from.id()?)) } else { None };
    let message = Message { at, text, record, read: from.bool()? };
    from.end()?;
    Ok(message)
}
