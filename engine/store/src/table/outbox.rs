//! The outbox: what is to leave for other systems, by its id; the ids of what is due by the time it is, and of what
//! a token waits for by the token.

use formwork_model::{
    id::RecordId,
    incident::Place,
    outbox::{Entry, Sending},
};

use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::View,
    symbols::Symbols,
};
use jiff::Timestamp;

/// The parts of the table. Numbers are never changed.
mod part {
    pub(super) const ENTRY: u16 = 0;
    pub(super) const DUE: u16 = 1;
    pub(super) const PLACE: u16 = 2;
}

/// Numbers of what is sent. Never changed, never reused.
mod sending {
    pub(super) const MAIL: u8 = 1;
    pub(super) const NOTICE: u8 = 2;
    pub(super) const CALL: u8 = 3;
}

/// The key of an entry.
pub fn key(id: RecordId) -> Vec<u8> {
    Key::new(KeyKind::Outbox).u16(part::ENTRY).id(id).into_vec()
}

/// The keys of all entries, oldest first.
pub fn range() -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Outbox).u16(part::ENTRY).into_range()
}

/// The key that finds an entry when it is due.
pub fn due_key(at: Timestamp, id: RecordId) -> Vec<u8> {
    Key::new(KeyKind::Outbox).u16(part::DUE).u64(millis(at)).id(id).into_vec()
}

/// The keys of all that is due at `now`, the longest due first.
pub fn due_range(now: Timestamp) -> (Vec<u8>, Vec<u8>) {
    let start = Key::new(KeyKind::Outbox).u16(part::DUE).into_vec();
    (start, Key::new(KeyKind::Outbox).u16(part::DUE).u64(millis(now) + 1).into_vec())
}

/// The keys of all that is due after `now`, the first due first.
pub fn later_range(now: Timestamp) -> (Vec<u8>, Vec<u8>) {
    (due_range(now).1, due_ever().1)
}

/// When what a key finds is due; `None` of a key of another kind.
pub fn due_of(key: &[u8]) -> Option<Timestamp> {
    let mut from = KeyReader::new(key, KeyKind::Outbox).ok()?;
    if from.u16().ok()? != part::DUE {
        return None;
    }
    Timestamp::from_millisecond(i64::try_from(from.u64().ok()?).ok()?).ok()
}

/// The keys of all that is due at some time.
pub fn due_ever() -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Outbox).u16(part::DUE).into_range()
}

/// The key that finds the entry whose answer a token waits for; `table` is the number of the record's object.
pub fn place_key(table: u16, record: RecordId, place: Place) -> Vec<u8> {
    let token = format!("{} {}", place.flow, place.token);
    Key::new(KeyKind::Outbox).u16(part::PLACE).u16(table).id(record).text(&token).into_vec()
}

/// The keys of all entries that a token waits for.
pub fn place_range() -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Outbox).u16(part::PLACE).into_range()
}

/// The id behind a key by place.
///
/// # Errors
/// When the bytes are no id.
pub fn decode_place(bytes: &[u8]) -> Result<RecordId, Error> {
    super::unique::decode(bytes)
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}

/// The id in a key of an entry or of a due time: its last sixteen bytes.
///
/// # Errors
/// When the key is too short.
pub fn id_of(key: &[u8]) -> Result<RecordId, Error> {
    KeyReader::new(key, KeyKind::Outbox)?;
    super::index::id_of(key)
}

/// An entry.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn get(view: &dyn View, id: RecordId, symbols: &Symbols) -> Result<Option<Entry>, Error> {
    view.get(&key(id))?.map(|bytes| decode(id, &bytes, symbols)).transpose()
}

/// The entry as bytes; its id is in the key.
///
/// # Errors
/// When a name has no number.
pub fn encode(entry: &Entry, symbols: &Symbols) -> Result<Vec<u8>, Error> {
    let mut out = Writer::with_capacity(256);
    out.instant(entry.at);
    out.optional_instant(entry.due);
    out.varint(u64::from(entry.tries));
    out.bool(entry.about.is_some());
    if let Some((object, id)) = entry.about {
        out.name(object, symbols)?;
        out.id(id);
    }
    out.bool(entry.place.is_some());
    if let Some(place) = entry.place {
        super::incident::put_place(&mut out, place, symbols)?;
    }
    match &entry.what {
        Sending::Mail { to, subject, text } => {
            out.u8(sending::MAIL);
            for text in [to, subject, text] {
                out.str(text);
            }
        }
        Sending::Notice { to, url, body } => {
            out.u8(sending::NOTICE);
            for text in [to, url, body] {
                out.str(text);
            }
        }
        Sending::Call { connector, request, method, url, headers, body } => {
            out.u8(sending::CALL);
            for text in [connector.as_str(), request.as_str(), method.as_str(), url] {
                out.str(text);
            }
            out.varint(headers.len() as u64);
            for (name, value) in headers {
                out.str(name);
                out.str(value);
            }
            out.optional_str(body.as_deref());
        }
    }
    Ok(out.into_vec())
}

/// The entry from bytes.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(id: RecordId, bytes: &[u8], symbols: &Symbols) -> Result<Entry, Error> {
    let damaged = |what: &str| Error::Damaged(format!("an outgoing entry's {what} can't be read"));
    let mut from = Reader::new(bytes)?;
    let (at, due, tries) = (from.instant()?, from.optional_instant()?, from.u32()?);
    let about = if from.bool()? { Some((from.name(symbols)?, from.id()?)) } else { None };
    let place = if from.bool()? { Some(super::incident::place(&mut from, symbols)?) } else { None };
    let text = |from: &mut Reader<'_>| from.str().map(str::to_owned);
    let what = match from.u8()? {
        sending::MAIL => Sending::Mail { to: text(&mut from)?, subject: text(&mut from)?, text: text(&mut from)? },
        sending::NOTICE => Sending::Notice { to: text(&mut from)?, url: text(&mut from)?, body: text(&mut from)? },
        sending::CALL => {
            let name =
                |from: &mut Reader<'_>| formwork_model::name::Name::new(from.str()?).map_err(|_| damaged("name"));
            let (connector, request) = (name(&mut from)?, name(&mut from)?);
            let (method, url) = (text(&mut from)?, text(&mut from)?);
            let mut headers = Vec::new();
            for _ in 0..from.count()? {
                headers.push((text(&mut from)?, text(&mut from)?));
            }
            let body = from.optional_str()?.map(str::to_owned);
            Sending::Call { connector, request, method, url, headers, body }
        }
        _ => return Err(damaged("kind")),
    };
    from.end()?;
    Ok(Entry { id, at, due, tries, about, place, what })
}
