//! Reading ledgers: balances at a date, statements.

use std::ops::ControlFlow;

use formwork_catalog::ledger::Ledger;
use formwork_model::{id::RecordId, name::Name, value::Value};
use formwork_store::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
    table::ledger,
};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::release::Release;

/// One line of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The day it counts for.
    pub date: Date,
    /// The history entry that posted it.
    pub seq: u64,
    /// The dimensions, in the ledger's order.
    pub dimensions: Vec<Value>,
    /// The signed amount.
    pub amount: Decimal,
    /// The sum of this and all lines before it in the statement.
    pub balance: Decimal,
    /// `entry` or `opening`.
    pub kind: String,
    /// A remark.
    pub note: String,
    /// The record that caused it.
    pub record: Option<(Name, RecordId)>,
}

/// The entries over the given dimensions (`Null` means any) up to a day, oldest first for each combination.
///
/// # Errors
/// When the store fails or an entry is damaged.
pub fn statement(
    view: &dyn View,
    release: &Release,
    known: &Ledger,
    wanted: &[Value],
    until: Option<Date>,
) -> Result<Vec<Line>, Error> {
    let mut lines = Vec::new();
    let mut failure = None;
    each_line(view, release, known, wanted, &mut |line| match line {
        Ok(line) => {
            let fits = wanted.iter().zip(&line.dimensions).all(|(want, have)| want.is_empty() || want.same(have));
            if fits && until.is_none_or(|until| line.date <= until) {
                lines.push(line);
            }
            ControlFlow::Continue(())
        }
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failure {
        return Err(error);
    }
    lines.sort_by_key(|line| (line.date, line.seq));
    let mut balance = Decimal::ZERO;
    for line in &mut lines {
        balance += line.amount;
        line.balance = balance;
    }
    Ok(lines)
}

/// Calls `each` for every entry with these leading dimensions, as it is read, until it breaks.
///
/// # Errors
/// When the store fails.
pub(crate) fn each_line(
    view: &dyn View,
    release: &Release,
    known: &Ledger,
    wanted: &[Value],
    each: &mut dyn FnMut(Result<Line, Error>) -> ControlFlow<()>,
) -> Result<(), Error> {
    let leading: Vec<&Value> = wanted.iter().take_while(|value| !value.is_empty()).collect();
    let prefix = ledger::entry_prefix(release.number(known.name)?, &leading);
    view.scan(&prefix, &Key::prefix_end(&prefix), Order::Forward, &mut |key, bytes| {
        each(read(release, known, key, bytes))
    })
}

/// The sum of the entries over the given dimensions up to a day.
///
/// # Errors
/// When the store fails or an entry is damaged.
pub fn sum_at(
    view: &dyn View,
    release: &Release,
    known: &Ledger,
    wanted: &[Value],
    until: Option<Date>,
) -> Result<Decimal, Error> {
    Ok(statement(view, release, known, wanted, until)?.last().map_or(Decimal::ZERO, |line| line.balance))
}

fn read(release: &Release, known: &Ledger, key: &[u8], bytes: &[u8]) -> Result<Line, Error> {
    let mut reader = KeyReader::new(key, KeyKind::LedgerEntry)?;
    let _number = reader.u16()?;
    let dimensions = known.dimensions.iter().map(|_| reader.value()).collect::<Result<Vec<_>, _>>()?;
    let date = match reader.value()? {
        Value::Date(date) => date,
        _ => return Err(Error::Damaged("a ledger entry has no date".into())),
    };
    let seq = reader.u64()?;
    let entry = ledger::decode_entry(bytes)?;
    let record = entry.record.and_then(|(table, id)| release.symbols.name(u32::from(table)).map(|object| (object, id)));
    Ok(Line {
        date,
        seq,
        dimensions,
        amount: entry.amount,
        balance: Decimal::ZERO,
        kind: entry.kind,
        note: entry.note,
        record,
    })
}
