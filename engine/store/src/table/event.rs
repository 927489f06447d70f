//! Kept events, as part of a record's bytes.

use formwork_model::event::Event;

use super::record::many;
use crate::{
    codec::{Reader, Writer},
    error::Error,
    symbols::Symbols,
};

/// Appends the events of a record.
pub(super) fn put(out: &mut Writer, events: &[Event], symbols: &Symbols) -> Result<(), Error> {
    out.varint(events.len() as u64);
    for event in events {
        out.varint(u64::from(event.id));
        out.name(event.name, symbols)?;
        out.instant(event.at);
        out.str(&event.data);
    }
    Ok(())
}

/// Reads the events of a record.
pub(super) fn read(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Vec<Event>, Error> {
    many(from, |from| {
        Ok(Event { id: from.u32()?, name: from.name(symbols)?, at: from.instant()?, data: from.str()?.into() })
    })
}
