//! A book that is full before anything is measured: a thousand records by commands, the rest as copies of what those
//! commands write.
//!
//! Deciding a million times takes minutes and is what `bench million` measures. A copy is every key and value of a
//! command that was decided, indexes, timers, tasks and history entry included, under an id of its own. A number that
//! counts up, and a message, is shared by all copies of one command.

use std::sync::Arc;

use formwork_model::{
    id::{CommandId, RecordId},
    name::Name,
};
use formwork_runtime::{
    book::Book,
    changes::Changes,
    command::{Actor, Command, ImportMode, ImportRow, Input, Request},
};
use formwork_store::{
    backend::Kind,
    store::{Transaction, transact},
    symbols::Symbols,
    table::history,
};
use jiff::SignedDuration;

/// How many commands are decided at most.
const DECIDED: u64 = 1_000;

/// How many copies are one commit: sled is slow to free what a great batch replaces, fjall has no such limit.
fn batch(kind: &str) -> u64 {
    if kind == Kind::Sled.name() { 64 } else { 2_048 }
}

/// What a command writes, to be written again for other records.
struct Pattern {
    id: RecordId,
    changes: Changes,
}

/// Fills the book with `records` records of the object, on each of which the actions `then` were taken. `values` are
/// those of the n-th, from 1.
pub(super) fn fill(
    book: &Arc<Book>,
    object: Name,
    records: u64,
    then: &[Name],
    values: impl Fn(u64) -> Input,
) -> Result<(), String> {
    let mut patterns = Vec::new();
    for n in 1..=records.min(DECIDED) {
        patterns.push(pattern(book, object, then, values(n))?);
    }
    let patterns = Arc::new(patterns);
    let kind = book.store().kind();
    let mut made = 0;
    while made < records {
        let until = records.min(made + batch(kind));
        let (patterns, book, from) = (patterns.clone(), book.clone(), made);
        let written = transact(&**book.clone().store(), move |transaction| {
            let symbols = &book.release().symbols;
            for n in from..until {
                let at = usize::try_from(n).unwrap_or_default() % patterns.len();
                // Ids sort by the millisecond of their making.
                let age = SignedDuration::from_micros(i64::try_from(n).unwrap_or_default());
                let at_time =
                    book.now().checked_sub(SignedDuration::from_hours(1)).and_then(|now| now.checked_add(age));
                let id = RecordId::derive(CommandId::random(), at_time.map_err(|error| error.to_string())?, 0);
                let Some(pattern) = patterns.get(at) else { continue };
                pattern.write(transaction, symbols, id).map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        });
        written.map_err(|error| error.to_string())??;
        made = until;
    }
    Ok(())
}

fn pattern(book: &Book, object: Name, then: &[Name], values: Input) -> Result<Pattern, String> {
    let then = then.iter().map(|action| (*action, Input::new())).collect();
    let row = ImportRow { object, key: None, mode: ImportMode::Skip, values, then };
    let command = Command::new(Actor::new("import", []).unlimited(), Request::Import(row));
    let changes = book.dry_run(&command).map_err(|refusal| format!("{refusal:?}"))?;
    let id = changes.entry.target.map(|(_, id)| id).ok_or("the command made no record")?;
    Ok(Pattern { id, changes })
}

impl Pattern {
    /// Writes it for the record `id`.
    fn write(
        &self,
        transaction: &mut dyn Transaction,
        symbols: &Symbols,
        id: RecordId,
    ) -> Result<(), formwork_store::error::Error> {
        let mine = |bytes: &[u8]| replaced(bytes, &self.id.bytes(), &id.bytes());
        for (key, value) in &self.changes.writes {
            match value {
                Some(value) => transaction.put(mine(key), mine(value)),
                None => transaction.delete(mine(key)),
            }
        }
        let mut entry = self.changes.entry.clone();
        entry.command = CommandId::random();
        entry.target = entry.target.map(|(object, _)| (object, id));
        for change in entry.changes.iter_mut().filter(|change| change.id == self.id) {
            change.id = id;
        }
        let mut listed = self.changes.listed.clone();
        for record in listed.iter_mut().filter(|record| record.id == self.id) {
            record.id = id;
        }
        history::append(transaction, &mut entry, symbols, &listed)?;
        Ok(())
    }
}

/// `bytes` with every `old` made `new`.
fn replaced(bytes: &[u8], old: &[u8; 16], new: &[u8; 16]) -> Vec<u8> {
    let mut made = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(old.len()).position(|window| window == old) {
        let (before, after) = rest.split_at(at);
        made.extend_from_slice(before);
        made.extend_from_slice(new);
        rest = after.get(old.len()..).unwrap_or_default();
    }
    made.extend_from_slice(rest);
    made
}
