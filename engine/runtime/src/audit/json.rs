//! An entry of the audit log as one JSON object: what is exported, and what is verified without the book.

use formwork_store::table::audit::{Chained, Entry, Hash};
use serde_json::{Value as Json, json};

/// The entry with its place in the chain.
pub fn render_entry(chained: &Chained) -> Json {
    let entry = &chained.entry;
    json!({
        "seq": entry.seq, "at": entry.at.to_string(), "actor": entry.actor, "what": entry.what,
        "about": entry.about, "address": entry.address, "more": entry.more,
        "previous": render_hash(&chained.previous), "hash": render_hash(&chained.hash),
    })
}

/// The entry that a line states; `None` when it states none.
pub fn parse_entry(line: &str) -> Option<Chained> {
    let json: Json = serde_json::from_str(line).ok()?;
    let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
    let entry = Entry {
        seq: json.get("seq")?.as_u64()?,
        at: text("at")?.parse().ok()?,
        actor: text("actor")?,
        what: text("what")?,
        about: text("about")?,
        address: text("address")?,
        more: text("more")?,
    };
    Some(Chained::stated(entry, parse_hash(&text("previous")?)?, parse_hash(&text("hash")?)?))
}

/// A hash as 64 hexadecimal digits.
pub fn render_hash(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash that 64 hexadecimal digits state.
pub fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(hash)
}
