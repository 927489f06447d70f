//! Work in queues: what waits in each, what everybody owns, and whose turn it is.
//!
//! The work itself is in the records; its keys are derived when they are written. Turns are values of their own:
//! which member got work when.

use formwork_model::{id::RecordId, value::Value};
use jiff::Timestamp;

use super::first_of;
use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::View,
};

/// The first part of a key, after the kind.
const WAITING: u16 = 1;
const OWNED: u16 = 2;
const TURN: u16 = 3;

/// Where a piece of work lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The number of the queue's name.
    pub queue: u16,
    /// When somebody must own it; what has no such time comes last.
    pub due: Option<Timestamp>,
    /// Since when it is in the queue.
    pub since: Timestamp,
    /// The number of the record's object.
    pub table: u16,
    /// The record.
    pub id: RecordId,
    /// The number of the flow's name.
    pub flow: u16,
    /// The token.
    pub token: u32,
}

/// The key of work that waits in its queue, or, with `owner`, of work that somebody owns.
pub fn key(place: &Place, owner: Option<&str>) -> Vec<u8> {
    let key = Key::new(KeyKind::Queue);
    let key = match owner {
        None => key.u16(WAITING).u16(place.queue),
        Some(login) => key.u16(OWNED).text(login).u16(place.queue),
    };
    let due = place.due.unwrap_or(Timestamp::MAX);
    let key = key.value(&Value::Instant(due)).value(&Value::Instant(place.since));
    key.u16(place.table).id(place.id).u16(place.flow).u32(place.token).into_vec()
}

/// Reads the key of work: where it lies, and who owns it.
///
/// # Errors
/// When the key is damaged.
pub fn read_key(key: &[u8]) -> Result<(Place, Option<String>), Error> {
    let mut from = KeyReader::new(key, KeyKind::Queue)?;
    let owner = match from.u16()? {
        WAITING => None,
        OWNED => Some(from.text()?),
        _ => return Err(damaged()),
    };
    let queue = from.u16()?;
    let (Value::Instant(due), Value::Instant(since)) = (from.value()?, from.value()?) else { return Err(damaged()) };
    // Instants are kept to the millisecond.
    let due = Some(due).filter(|due| due.as_millisecond() < Timestamp::MAX.as_millisecond());
    let (table, id, flow, token) = (from.u16()?, from.id()?, from.u16()?, from.u32()?);
    Ok((Place { queue, due, since, table, id, flow, token }, owner))
}

fn damaged() -> Error {
    Error::Damaged("an entry of a queue can't be read".into())
}

/// The keys of what waits in a queue, by due time, then by age.
pub fn waiting(queue: u16) -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Queue).u16(WAITING).u16(queue).into_range()
}

/// The keys of what somebody owns, by queue; in one queue when it is given.
pub fn owned(login: &str, queue: Option<u16>) -> (Vec<u8>, Vec<u8>) {
    let key = Key::new(KeyKind::Queue).u16(OWNED).text(login);
    match queue {
        Some(queue) => key.u16(queue).into_range(),
        None => key.into_range(),
    }
}

/// The keys of all work, waiting and owned.
pub fn all() -> (Vec<u8>, Vec<u8>) {
    let start = Key::new(KeyKind::Queue).u16(WAITING).into_vec();
    (start, Key::prefix_end(&Key::new(KeyKind::Queue).u16(OWNED).into_vec()))
}

/// Reads the places of a range.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn places(view: &dyn View, range: &(Vec<u8>, Vec<u8>), most: usize) -> Result<Vec<Place>, Error> {
    first_of(view, range, most, |key, _| Ok(read_key(key)?.0))
}

/// When a member's turn was, and how far they are ahead of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// The position in the history at which they last got work of any kind; 0 is never.
    pub last: u64,
    /// Grows with each turn, the less the greater the weight: who has the least is next.
    pub pass: u64,
}

/// The key of a member's turn. That of nobody, the empty login, is where the queue itself is.
pub fn turn_key(queue: u16, login: &str) -> Vec<u8> {
    Key::new(KeyKind::Queue).u16(TURN).u16(queue).text(login).into_vec()
}

/// The turn as bytes.
pub fn encode_turn(turn: Turn) -> Vec<u8> {
    let mut out = Writer::new();
    out.varint(turn.last);
    out.varint(turn.pass);
    out.into_vec()
}

/// A member's turn; who never had one is at the beginning.
///
/// # Errors
/// When the store fails or the turn is damaged.
pub fn turn(view: &dyn View, queue: u16, login: &str) -> Result<Turn, Error> {
    let Some(bytes) = view.get(&turn_key(queue, login))? else { return Ok(Turn::default()) };
    let mut from = Reader::new(&bytes)?;
    let turn = Turn { last: from.varint()?, pass: from.varint()? };
    from.end()?;
    Ok(turn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_due_time_then_age_and_read_back() {
        let second = |n| Timestamp::from_second(n).unwrap();
        let place = |due: Option<i64>, since: i64, token: u32| Place {
            queue: 7,
            due: due.map(second),
            since: second(since),
            table: 3,
            id: RecordId::from_bytes([9; 16]),
            flow: 5,
            token,
        };
        let keys: Vec<_> =
            [place(Some(-5), 9, 9), place(Some(4), 2, 1), place(Some(4), 3, 1), place(None, 1, 1), place(None, 1, 2)]
                .iter()
                .map(|place| key(place, None))
                .collect();
        assert!(keys.is_sorted());
        let one = place(None, 4, 1);
        assert_eq!(read_key(&keys[1]).unwrap(), (place(Some(4), 2, 1), None));
        assert_eq!(read_key(&key(&one, Some("li"))).unwrap(), (one.clone(), Some("li".into())));
        let (start, end) = waiting(7);
        assert!(keys.iter().all(|key| *key >= start && *key < end));
        let (start, end) = owned("li", Some(7));
        let other = key(&one, Some("lin"));
        assert!(!(other >= start && other < end));
        assert!(read_key(&turn_key(7, "li")).is_err());
    }
}
