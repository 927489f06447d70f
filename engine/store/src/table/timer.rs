//! Timers: those of a record as part of its bytes, and a table of all of them by due time.
//!
//! The table holds keys only: `due, object, record, timer`. It is derived from the records when they are written.

use std::ops::ControlFlow;

use formwork_model::{
    id::RecordId,
    length::{Length, Unit},
    timer::{Due, Owner, Pause, Timer},
};
use jiff::Timestamp;

use super::{each_of, record::many};
use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
    symbols::Symbols,
};

/// A timer that waits in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Waiting {
    /// When it is due.
    pub due: Timestamp,
    /// The number of the record's object.
    pub table: u16,
    /// The record.
    pub id: RecordId,
    /// The timer's number in the record.
    pub timer: u32,
}

/// The key of a waiting timer.
pub fn key(waiting: &Waiting) -> Vec<u8> {
    Key::new(KeyKind::Timer).instant(waiting.due).u16(waiting.table).id(waiting.id).u32(waiting.timer).into_vec()
}

/// The keys of a record's timers; `table` is the number of its object.
pub fn keys<'a>(table: u16, id: RecordId, timers: &'a [Timer]) -> impl Iterator<Item = Vec<u8>> + 'a {
    timers.iter().filter_map(move |timer| timer.due.map(|due| key(&Waiting { due, table, id, timer: timer.id })))
}

/// The timer that a key is of.
///
/// # Errors
/// When the key is damaged.
pub fn waiting_of(key: &[u8]) -> Result<Waiting, Error> {
    let mut from = KeyReader::new(key, KeyKind::Timer)?;
    Ok(Waiting { due: from.instant()?, table: from.u16()?, id: from.id()?, timer: from.u32()? })
}

/// Calls `each` for every waiting timer from the earliest, until it breaks.
///
/// # Errors
/// When the store fails or a key is damaged.
pub fn scan(view: &dyn View, each: impl FnMut(Waiting) -> ControlFlow<()>) -> Result<(), Error> {
    let (start, end) = Key::new(KeyKind::Timer).into_range();
    each_of(view, (&start, &end), Order::Forward, |key, _| waiting_of(key), each)
}

/// Calls `each` with every key of the table from `from`, until it breaks.
///
/// # Errors
/// When the store fails.
pub fn scan_keys(view: &dyn View, from: &[u8], mut each: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<(), Error> {
    let (start, end) = Key::new(KeyKind::Timer).into_range();
    view.scan(from.max(start.as_slice()), &end, Order::Forward, &mut |key, _| each(key))
}

/// Appends the timers of a record.
pub(super) fn put(out: &mut Writer, timers: &[Timer], symbols: &Symbols) -> Result<(), Error> {
    out.varint(timers.len() as u64);
    for timer in timers {
        out.varint(u64::from(timer.id));
        match timer.owner {
            Owner::Record => out.u8(0),
            Owner::Event(event) => {
                out.u8(2);
                out.varint(u64::from(event));
            }
            Owner::Token { flow, token } => {
                out.u8(1);
                out.name(flow, symbols)?;
                out.varint(u64::from(token));
            }
        }
        out.name(timer.name, symbols)?;
        out.varint(u64::from(timer.part));
        out.instant(timer.since);
        match timer.rule {
            Due::At(at) => {
                out.bool(false);
                out.instant(at);
            }
            Due::After { length, calendar } => {
                out.bool(true);
                put_length(out, length);
                out.optional_name(calendar, symbols)?;
            }
        }
        out.bool(timer.every.is_some());
        if let Some(every) = timer.every {
            put_length(out, every);
        }
        out.optional_instant(timer.last);
        out.varint(timer.pauses.len() as u64);
        for pause in &timer.pauses {
            out.instant(pause.from);
            out.optional_instant(pause.to);
        }
        out.optional_instant(timer.due);
        out.varint(u64::from(timer.fired));
    }
    Ok(())
}

/// Reads the timers of a record.
pub(super) fn read(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Vec<Timer>, Error> {
    many(from, |from| {
        Ok(Timer {
            id: from.u32()?,
            owner: match from.u8()? {
                0 => Owner::Record,
                1 => Owner::Token { flow: from.name(symbols)?, token: from.u32()? },
                2 => Owner::Event(from.u32()?),
                _ => return Err(Error::Damaged("a stored timer's owner can't be read".into())),
            },
            name: from.name(symbols)?,
            part: from.u32()?,
            since: from.instant()?,
            rule: if from.bool()? {
                Due::After { length: length(from)?, calendar: from.optional_name(symbols)? }
            } else {
                Due::At(from.instant()?)
            },
            every: if from.bool()? { Some(length(from)?) } else { None },
            last: from.optional_instant()?,
            pauses: many(from, |from| Ok(Pause { from: from.instant()?, to: from.optional_instant()? }))?,
            due: from.optional_instant()?,
            fired: from.u32()?,
        })
    })
}

fn put_length(out: &mut Writer, length: Length) {
    out.u8(match length.unit {
        Unit::Seconds => 0,
        Unit::WorkingSeconds => 1,
        Unit::WorkingDays => 2,
    });
    out.signed(length.amount);
}

fn length(from: &mut Reader<'_>) -> Result<Length, Error> {
    let unit = match from.u8()? {
        0 => Unit::Seconds,
        1 => Unit::WorkingSeconds,
        2 => Unit::WorkingDays,
        _ => return Err(Error::Damaged("a stored timer's unit can't be read".into())),
    };
    Ok(Length { amount: from.signed()?, unit })
}
