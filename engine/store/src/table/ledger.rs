//! Ledgers: entries that are only ever added, and the balance each combination of dimensions has come to.

use formwork_model::{id::RecordId, value::Value};
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::{
    codec::{Reader, Writer},
    error::Error,
    key::{Key, KeyKind},
};

/// One entry. Ledger, dimensions, date and position are in the key.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerEntry {
    /// What was added to the balance.
    pub amount: Decimal,
    /// The number of the object and the record that caused it.
    pub record: Option<(u16, RecordId)>,
    /// The posting's name.
    pub kind: String,
    /// A note for people; empty when there is none.
    pub note: String,
}

/// What one combination of dimensions has come to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Balance {
    /// The sum of all entries.
    pub total: Decimal,
    /// How many entries there are.
    pub entries: u64,
}

/// The key of an entry: `seq` is the history entry that posted it, `n` its place among that entry's postings.
pub fn entry_key(ledger: u16, dimensions: &[&Value], date: Date, seq: u64, n: u32) -> Vec<u8> {
    Key::new(KeyKind::LedgerEntry).u16(ledger).values(dimensions).value(&Value::Date(date)).u64(seq).u32(n).into_vec()
}

/// What the keys of all entries with these leading dimensions start with.
pub fn entry_prefix(ledger: u16, dimensions: &[&Value]) -> Vec<u8> {
    Key::new(KeyKind::LedgerEntry).u16(ledger).values(dimensions).into_vec()
}

/// The key of a balance.
pub fn balance_key(ledger: u16, dimensions: &[&Value]) -> Vec<u8> {
    Key::new(KeyKind::LedgerBalance).u16(ledger).values(dimensions).into_vec()
}

/// What the keys of all balances with these leading dimensions start with.
pub fn balance_prefix(ledger: u16, dimensions: &[&Value]) -> Vec<u8> {
    balance_key(ledger, dimensions)
}

/// The entry as bytes.
pub fn encode_entry(entry: &LedgerEntry) -> Vec<u8> {
    let mut out = Writer::with_capacity(64);
    out.decimal(entry.amount);
    out.bool(entry.record.is_some());
    if let Some((table, id)) = entry.record {
        out.varint(u64::from(table));
        out.id(id);
    }
    out.str(&entry.kind);
    out.str(&entry.note);
    out.into_vec()
}

/// The entry from bytes.
///
/// # Errors
/// When the bytes are not what [`encode_entry`] wrote.
pub fn decode_entry(bytes: &[u8]) -> Result<LedgerEntry, Error> {
    let mut from = Reader::new(bytes)?;
    let amount = from.decimal()?;
    let record = if from.bool()? {
        let table = u16::try_from(from.varint()?).map_err(|_| Error::Damaged("a ledger entry can't be read".into()))?;
        Some((table, from.id()?))
    } else {
        None
    };
    let entry = LedgerEntry { amount, record, kind: from.str()?.to_owned(), note: from.str()?.to_owned() };
    from.end()?;
    Ok(entry)
}

/// The balance as bytes.
pub fn encode_balance(balance: Balance) -> Vec<u8> {
    let mut out = Writer::with_capacity(24);
    out.decimal(balance.total);
    out.varint(balance.entries);
    out.into_vec()
}

/// The balance from bytes.
///
/// # Errors
/// When the bytes are not what [`encode_balance`] wrote.
pub fn decode_balance(bytes: &[u8]) -> Result<Balance, Error> {
    let mut from = Reader::new(bytes)?;
    let balance = Balance { total: from.decimal()?, entries: from.varint()? };
    from.end()?;
    Ok(balance)
}
