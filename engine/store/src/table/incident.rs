//! Incidents: the open ones and the ended ones by age, and the open ones by what they are about.

use formwork_model::{
    id::RecordId,
    incident::{About, End, How, Incident, Owner, Place, What},
    name::Name,
    text::Text,
};

use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind},
    store::View,
    symbols::Symbols,
};

/// The parts of the table. Numbers are never changed.
mod part {
    pub(super) const OPEN: u16 = 0;
    pub(super) const ENDED: u16 = 1;
    pub(super) const ABOUT_RECORD: u16 = 2;
    pub(super) const ABOUT: u16 = 3;
    pub(super) const MESSAGE: u16 = 4;
}

/// The key of an incident.
pub fn key(id: RecordId, open: bool) -> Vec<u8> {
    Key::new(KeyKind::Incident).u16(if open { part::OPEN } else { part::ENDED }).id(id).into_vec()
}

/// The keys of all open or all ended incidents, oldest first.
pub fn range(open: bool) -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Incident).u16(if open { part::OPEN } else { part::ENDED }).into_range()
}

/// The incident an open or ended incident's key is of: its last sixteen bytes.
///
/// # Errors
/// When the key is too short.
pub fn id_of(key: &[u8]) -> Result<RecordId, Error> {
    super::index::id_of(key)
}

/// The key that finds the open incident about something; `table` is the number of the record's object.
pub fn about_key(what: What, about: &About, table: Option<u16>) -> Vec<u8> {
    let place = about.place.map(|place| format!("{} {}", place.flow, place.token)).unwrap_or_default();
    let rest = format!("{} {place} {}", what.word(), about.part);
    match (about.record, table) {
        (Some((_, id)), Some(table)) => {
            Key::new(KeyKind::Incident).u16(part::ABOUT_RECORD).u16(table).id(id).text(&rest).into_vec()
        }
        _ => Key::new(KeyKind::Incident).u16(part::ABOUT).text(&rest).into_vec(),
    }
}

/// The keys that find the open incidents about a record.
pub fn about_record(table: u16, id: RecordId) -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Incident).u16(part::ABOUT_RECORD).u16(table).id(id).into_range()
}

/// The key of the message an incident is about, as it was received.
pub fn message_key(id: RecordId) -> Vec<u8> {
    Key::new(KeyKind::Incident).u16(part::MESSAGE).id(id).into_vec()
}

/// The keys that find open incidents by what they are about.
pub fn about_range() -> (Vec<u8>, Vec<u8>) {
    let (start, _) = Key::new(KeyKind::Incident).u16(part::ABOUT_RECORD).into_range();
    let (_, end) = Key::new(KeyKind::Incident).u16(part::ABOUT).into_range();
    (start, end)
}

/// The id behind a key by what it is about.
///
/// # Errors
/// When the bytes are no id.
pub fn decode_about(bytes: &[u8]) -> Result<RecordId, Error> {
    super::unique::decode(bytes)
}

/// The incident, open or ended.
///
/// # Errors
/// When the store fails or the bytes are damaged.
pub fn get(view: &dyn View, id: RecordId, symbols: &Symbols) -> Result<Option<Incident>, Error> {
    for open in [true, false] {
        if let Some(bytes) = view.get(&key(id, open))? {
            return decode(id, &bytes, symbols).map(Some);
        }
    }
    Ok(None)
}

/// The incident as bytes; its id is in the key.
///
/// # Errors
/// When a name has no number.
pub fn encode(incident: &Incident, symbols: &Symbols) -> Result<Vec<u8>, Error> {
    let mut out = Writer::with_capacity(128);
    out.u8(incident.what.number());
    match &incident.owner {
        Owner::Role(role) => {
            out.bool(true);
            out.str(role.as_str());
        }
        Owner::Login(login) => {
            out.bool(false);
            out.str(login);
        }
    }
    out.str(&incident.cause.zh);
    out.str(&incident.cause.en);
    out.instant(incident.opened_at);
    out.instant(incident.last_at);
    out.varint(u64::from(incident.times));
    out.bool(incident.about.record.is_some());
    if let Some((object, id)) = incident.about.record {
        out.name(object, symbols)?;
        out.id(id);
    }
    out.bool(incident.about.place.is_some());
    if let Some(place) = incident.about.place {
        put_place(&mut out, place, symbols)?;
    }
    out.str(&incident.about.part);
    out.bool(incident.end.is_some());
    if let Some(end) = &incident.end {
        out.u8(end.how.number());
        out.instant(end.at);
        out.str(&end.by);
        out.optional_str(end.reason.as_deref());
    }
    Ok(out.into_vec())
}

/// The incident from bytes.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(id: RecordId, bytes: &[u8], symbols: &Symbols) -> Result<Incident, Error> {
    let damaged = |what: &str| Error::Damaged(format!("an incident's {what} can't be read"));
    let mut from = Reader::new(bytes)?;
    let what = What::from_number(from.u8()?).ok_or_else(|| damaged("kind"))?;
    let owner = if from.bool()? {
        Owner::Role(Name::new(from.str()?).map_err(|_| damaged("owner"))?)
    } else {
        Owner::Login(from.str()?.into())
    };
    let cause = Text { zh: from.str()?.to_owned(), en: from.str()?.to_owned() };
    let (opened_at, last_at, times) = (from.instant()?, from.instant()?, from.u32()?);
    let record = if from.bool()? { Some((from.name(symbols)?, from.id()?)) } else { None };
    let place = if from.bool()? { Some(place(&mut from, symbols)?) } else { None };
    let about = About { record, place, part: from.str()?.into() };
    let end = if from.bool()? {
        let how = How::from_number(from.u8()?).ok_or_else(|| damaged("end"))?;
        Some(End { how, at: from.instant()?, by: from.str()?.into(), reason: from.optional_str()?.map(Into::into) })
    } else {
        None
    };
    from.end()?;
    Ok(Incident { id, what, owner, cause, opened_at, last_at, times, about, end })
}

/// Where a record stands, as bytes.
pub(super) fn put_place(out: &mut Writer, place: Place, symbols: &Symbols) -> Result<(), Error> {
    out.name(place.flow, symbols)?;
    out.name(place.node, symbols)?;
    out.varint(u64::from(place.token));
    Ok(())
}

/// Where a record stands, from bytes.
pub(super) fn place(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Place, Error> {
    Ok(Place { flow: from.name(symbols)?, node: from.name(symbols)?, token: from.u32()? })
}
