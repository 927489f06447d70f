//! Records, each with its flows, under object and id.

use formwork_model::{
    id::RecordId,
    instance::{Instance, Join, Scope, Token},
    name::Name,
    record::Record,
    work::Work,
};

use super::approval;
use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind},
    symbols::Symbols,
};

/// The key of record `id` of the object with the number `table`.
pub fn key(table: u16, id: RecordId) -> Vec<u8> {
    Key::new(KeyKind::Record).u16(table).id(id).into_vec()
}

/// The keys of all records of an object, by id.
pub fn range(table: u16) -> (Vec<u8>, Vec<u8>) {
    Key::new(KeyKind::Record).u16(table).into_range()
}

/// The id in a record's key: its last sixteen bytes.
///
/// # Errors
/// When the key is too short.
pub fn id_of(key: &[u8]) -> Result<RecordId, Error> {
    super::index::id_of(key)
}

/// The record as bytes; object and id are in the key.
///
/// # Errors
/// When a name has no number.
pub fn encode(record: &Record, symbols: &Symbols) -> Result<Vec<u8>, Error> {
    let mut out = Writer::with_capacity(128 + record.fields.len() * 16 + record.flows.len() * 128);
    out.varint(record.rev);
    out.optional_str(record.number.as_deref());
    out.instant(record.created_at);
    out.str(&record.created_by);
    out.instant(record.updated_at);
    out.str(&record.updated_by);
    out.fields(&record.fields, symbols)?;
    out.varint(record.flows.len() as u64);
    for instance in &record.flows {
        put_instance(&mut out, instance, symbols)?;
    }
    super::timer::put(&mut out, &record.timers, symbols)?;
    super::event::put(&mut out, &record.events, symbols)?;
    Ok(out.into_vec())
}

/// The record from bytes.
///
/// # Errors
/// When the bytes are not what [`encode`] wrote.
pub fn decode(object: Name, id: RecordId, bytes: &[u8], symbols: &Symbols) -> Result<Record, Error> {
    let mut from = Reader::new(bytes)?;
    let is_first = from.version() < 2;
    let record = Record {
        object,
        id,
        rev: from.varint()?,
        number: from.optional_str()?.map(Into::into),
        created_at: from.instant()?,
        created_by: from.str()?.into(),
        updated_at: from.instant()?,
        updated_by: from.str()?.into(),
        fields: from.fields(symbols)?,
        flows: many(&mut from, |from| instance(from, symbols))?,
        // Before version 2 nothing happened by itself.
        timers: if is_first { Vec::new() } else { super::timer::read(&mut from, symbols)? },
        events: if is_first { Vec::new() } else { super::event::read(&mut from, symbols)? },
    };
    from.end()?;
    Ok(record)
}

fn put_instance(out: &mut Writer, instance: &Instance, symbols: &Symbols) -> Result<(), Error> {
    out.name(instance.flow, symbols)?;
    out.hash(&instance.release);
    out.bool(instance.draft);
    out.instant(instance.started_at);
    out.optional_instant(instance.ended_at);
    out.optional_name(instance.outcome, symbols)?;
    out.varint(u64::from(instance.next));
    out.varint(instance.tokens.len() as u64);
    for token in &instance.tokens {
        put_token(out, token, symbols)?;
    }
    out.varint(instance.scopes.len() as u64);
    for scope in &instance.scopes {
        put_scope(out, scope, symbols)?;
    }
    out.varint(instance.joins.len() as u64);
    for join in &instance.joins {
        put_join(out, join, symbols)?;
    }
    approval::put(out, &instance.approvals, symbols)?;
    out.varint(instance.works.len() as u64);
    for work in &instance.works {
        put_work(out, work, symbols)?;
    }
    Ok(())
}

fn instance(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Instance, Error> {
    let flow = from.name(symbols)?;
    let release = from.hash()?;
    // Before version 2 everything followed the newest release; what is not changed since still does.
    let draft = if from.version() < 2 { true } else { from.bool()? };
    let started_at = from.instant()?;
    let ended_at = from.optional_instant()?;
    let outcome = from.optional_name(symbols)?;
    let next = from.u32()?;
    let tokens = many(from, |from| token(from, symbols))?;
    let scopes = many(from, |from| scope(from, symbols))?;
    let joins = many(from, |from| join(from, symbols))?;
    let old = from.version() < 2;
    let approvals = if old { Vec::new() } else { approval::read(from, symbols)? };
    let works = if old { Vec::new() } else { many(from, |from| work(from, symbols))? };
    Ok(Instance { flow, release, draft, started_at, ended_at, outcome, tokens, scopes, joins, approvals, works, next })
}

fn put_token(out: &mut Writer, token: &Token, symbols: &Symbols) -> Result<(), Error> {
    out.varint(u64::from(token.id));
    out.name(token.node, symbols)?;
    out.varint(u64::from(token.scope));
    out.varint(token.splits.len() as u64);
    for split in &token.splits {
        out.varint(u64::from(*split));
    }
    out.optional_name(token.from, symbols)?;
    out.instant(token.since);
    out.bool(token.held);
    Ok(())
}

fn token(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Token, Error> {
    Ok(Token {
        id: from.u32()?,
        node: from.name(symbols)?,
        scope: from.u32()?,
        splits: many(from, Reader::u32)?,
        from: from.optional_name(symbols)?,
        since: from.instant()?,
        held: from.bool()?,
    })
}

fn put_scope(out: &mut Writer, scope: &Scope, symbols: &Symbols) -> Result<(), Error> {
    out.varint(u64::from(scope.id));
    out.name(scope.node, symbols)?;
    out.varint(u64::from(scope.parent));
    out.varint(u64::from(scope.token));
    out.varint(u64::from(scope.index));
    out.fields(&scope.data, symbols)?;
    out.bool(scope.done);
    out.optional_name(scope.outcome, symbols)
}

fn scope(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Scope, Error> {
    Ok(Scope {
        id: from.u32()?,
        node: from.name(symbols)?,
        parent: from.u32()?,
        token: from.u32()?,
        index: from.u32()?,
        data: from.fields(symbols)?,
        done: from.bool()?,
        outcome: from.optional_name(symbols)?,
    })
}

fn put_join(out: &mut Writer, join: &Join, symbols: &Symbols) -> Result<(), Error> {
    out.optional_name(join.node, symbols)?;
    out.varint(u64::from(join.scope));
    out.varint(u64::from(join.split));
    out.varint(join.arrived.len() as u64);
    for (node, count) in &join.arrived {
        out.name(*node, symbols)?;
        out.varint(u64::from(*count));
    }
    out.bool(join.fired);
    out.varint(u64::from(join.taken));
    Ok(())
}

fn join(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Join, Error> {
    Ok(Join {
        node: from.optional_name(symbols)?,
        scope: from.u32()?,
        split: from.u32()?,
        arrived: many(from, |from| Ok((from.name(symbols)?, from.u32()?)))?,
        fired: from.bool()?,
        taken: from.u32()?,
    })
}

fn put_work(out: &mut Writer, work: &Work, symbols: &Symbols) -> Result<(), Error> {
    out.varint(u64::from(work.token));
    out.name(work.queue, symbols)?;
    out.optional_str(work.assignee.as_deref());
    out.instant(work.since);
    out.optional_instant(work.accepted_at);
    out.varint(u64::from(work.escalations));
    out.varint(work.readers.len() as u64);
    work.readers.iter().for_each(|reader| out.str(reader));
    Ok(())
}

fn work(from: &mut Reader<'_>, symbols: &Symbols) -> Result<Work, Error> {
    Ok(Work {
        token: from.u32()?,
        queue: from.name(symbols)?,
        assignee: from.optional_str()?.map(Into::into),
        since: from.instant()?,
        accepted_at: from.optional_instant()?,
        escalations: from.u32()?,
        readers: many(from, |from| Ok(from.str()?.into()))?,
    })
}

/// Reads a count and that many elements.
pub(super) fn many<'a, T>(
    from: &mut Reader<'a>,
    mut one: impl FnMut(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let count = from.count()?;
    let mut all = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        all.push(one(from)?);
    }
    Ok(all)
}
