//! The lists of the task centre: who has to do what, has done it, submitted it, got a copy of it.
//!
//! The table holds keys only: `login, list, order, object, record, kind, number, flow, mark`. It is derived from the
//! approvals and the work in the records when they are written.

use std::ops::ControlFlow;

use formwork_model::id::RecordId;
use jiff::Timestamp;

use super::each_of;
use crate::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
};

/// A list of the task centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum List {
    /// 待办, by due time; what has none comes last, by age.
    Todo = 1,
    /// 已办, by the time it was done.
    Done = 2,
    /// 我发起的, by the time it was submitted.
    Started = 3,
    /// 抄送我的, by the time it was sent.
    Copies = 4,
}

impl List {
    /// Every list.
    pub const ALL: [Self; 4] = [Self::Todo, Self::Done, Self::Started, Self::Copies];

    fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|list| *list as u16 == number)
    }
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum Kind {
    /// An approval: to decide it, to have decided it, to have submitted it, to have a copy.
    Approval = 1,
    /// Work in a queue that the person owns.
    Work = 2,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Approval, Self::Work];

    /// Its name in addresses and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approval => "approval",
            Self::Work => "work",
        }
    }

    fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u16 == number)
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Whose.
    pub login: String,
    /// Which list.
    pub list: List,
    /// What it is sorted by, see [`at`] and [`by_due`].
    pub order: (u64, u64),
    /// The number of the record's object.
    pub table: u16,
    /// The record.
    pub id: RecordId,
    /// What it is about.
    pub kind: Kind,
    /// The number of the task, approval or copy in the record, or the token that is work.
    pub number: u32,
    /// The number of the flow's name.
    pub flow: u16,
    /// Whether it is over: the copy was read, the approval has ended.
    pub mark: bool,
}

/// Sorts by an instant.
pub fn at(at: Timestamp) -> (u64, u64) {
    (ordered(at), 0)
}

/// Sorts by due time, what has none last, then by age.
pub fn by_due(due: Option<Timestamp>, since: Timestamp) -> (u64, u64) {
    (due.map_or(u64::MAX, ordered), ordered(since))
}

/// Instants as numbers in the same order.
fn ordered(at: Timestamp) -> u64 {
    at.as_millisecond().cast_unsigned() ^ (1 << 63)
}

/// The key of an entry.
pub fn key(entry: &Entry) -> Vec<u8> {
    Key::new(KeyKind::Task)
        .text(&entry.login)
        .u16(entry.list as u16)
        .u64(entry.order.0)
        .u64(entry.order.1)
        .u16(entry.table)
        .id(entry.id)
        .u16(entry.kind as u16)
        .u32(entry.number)
        .u16(entry.flow)
        .u16(entry.mark.into())
        .into_vec()
}

/// The entry that a key is of.
///
/// # Errors
/// When the key is damaged.
pub fn entry_of(key: &[u8]) -> Result<Entry, Error> {
    let mut from = KeyReader::new(key, KeyKind::Task)?;
    let login = from.text()?;
    let list = List::from_number(from.u16()?).ok_or_else(|| Error::Damaged("a task's list can't be read".into()))?;
    Ok(Entry {
        login,
        list,
        order: (from.u64()?, from.u64()?),
        table: from.u16()?,
        id: from.id()?,
        kind: Kind::from_number(from.u16()?).ok_or_else(|| Error::Damaged("a task's kind can't be read".into()))?,
        number: from.u32()?,
        flow: from.u16()?,
        mark: from.u16()? != 0,
    })
}

/// The keys of one list of one person.
pub fn range(login: &str, list: List) -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Task).text(login).u16(list as u16).into_range()
}

/// Where a page ends: what entries are sorted by, and what tells apart those that are sorted alike.
pub type Position = ((u64, u64), u16, RecordId, u16, u32);

impl Entry {
    /// Its place among the entries of any list.
    pub fn position(&self) -> Position {
        (self.order, self.table, self.id, self.kind as u16, self.number)
    }
}

/// Calls `each` for the entries of one list of one person behind `after`, until it breaks.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn scan(
    view: &dyn View,
    (login, list): (&str, List),
    order: Order,
    after: Option<&Position>,
    each: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Error> {
    let (mut start, mut end) = range(login, list);
    if let Some((by, table, id, kind, number)) = after {
        let key = Key::new(KeyKind::Task).text(login).u16(list as u16).u64(by.0).u64(by.1);
        let key = key.u16(*table).id(*id).u16(*kind).u32(*number).into_vec();
        match order {
            Order::Forward => start = Key::prefix_end(&key),
            Order::Reverse => end = key,
        }
    }
    if start >= end {
        return Ok(());
    }
    each_of(view, (&start, &end), order, |key, _| entry_of(key), each)
}

/// Calls `each` for every entry there is, until it breaks.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn scan_all(view: &dyn View, each: impl FnMut(Entry) -> ControlFlow<()>) -> Result<(), Error> {
    let (start, end) = Key::new(KeyKind::Task).into_range();
    each_of(view, (&start, &end), Order::Forward, |key, _| entry_of(key), each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_due_time_then_age_and_read_back() {
        let second = |n| Timestamp::from_second(n).unwrap();
        let entry = |due: Option<i64>, since| Entry {
            login: "li".into(),
            list: List::Todo,
            order: by_due(due.map(second), second(since)),
            table: 3,
            id: RecordId::from_bytes([9; 16]),
            kind: Kind::Work,
            number: 4,
            flow: 7,
            mark: false,
        };
        let entries = [entry(Some(-5), 9), entry(Some(5), 8), entry(Some(6), 1), entry(None, 1), entry(None, 2)];
        let keys: Vec<_> = entries.iter().map(key).collect();
        assert!(keys.is_sorted());
        for (entry, key) in entries.iter().zip(&keys) {
            assert_eq!(entry_of(key).unwrap(), *entry);
        }
    }
}
