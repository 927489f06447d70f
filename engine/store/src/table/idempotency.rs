//! Answers already given, so that a request sent twice is decided once.

use jiff::Timestamp;

use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind},
};

/// The answer to one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// SHA-256 of the request: the same key with another request is a mistake of the caller.
    pub request: [u8; 32],
    /// What was answered.
    pub response: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

/// The key of the answer to what `actor` sent under the idempotency key `key`.
pub fn key(actor: &str, key: &str) -> Vec<u8> {
    Key::new(KeyKind::Idempotency).text(actor).text(key).into_vec()
}

/// The keys of all answers.
pub fn range() -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Idempotency).into_range()
}

/// The answer as bytes.
pub fn encode(answer: &Answer) -> Vec<u8> {
    let mut out = Writer::with_capacity(64 + answer.response.len());
    out.instant(answer.at);
    out.raw(&answer.request);
    out.chunk(&answer.response);
    out.into_vec()
}

/// The answer from bytes.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Answer, Error> {
    let mut from = Reader::new(bytes)?;
    let answer = Answer { at: from.instant()?, request: from.array()?, response: from.chunk()?.to_vec() };
    from.end()?;
    Ok(answer)
}
