//! What the audit log is told by commands: that somebody's rights may have changed, what was decided at an approval,
//! and that a release went live.
//! And how its entries are written outside the book.

pub mod json;
pub mod read;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use formwork_model::name::Name;
use formwork_store::{
    error::Error,
    store::Transaction,
    table::{
        audit::{self, Entry, What},
        history,
    },
};
use jiff::Timestamp;

use crate::{access::Read, approval::decided::Decided};

/// The objects of the system module that say who may do what, and where.
fn objects() -> &'static [Name] {
    static OBJECTS: OnceLock<Vec<Name>> = OnceLock::new();
    OBJECTS.get_or_init(|| {
        let names = ["user", "position", "department", "territory", "product_line", "partner", "absence"];
        names.into_iter().map(Name::intern).collect()
    })
}

/// The most records that an entry names; it says how many there are.
const NAMED: usize = 20;

/// Notes a command that shared a record, erased something of it, handed over what somebody had, or touched records which say who may do what. What it changed is in its history entry.
pub(crate) fn note_people(transaction: &mut dyn Transaction, entry: &history::Entry) -> Result<(), Error> {
    let touched: BTreeSet<String> = entry
        .changes
        .iter()
        .filter(|change| objects().contains(&change.object))
        .map(|change| format!("{} {}", change.object, change.id))
        .collect();
    let verb = entry.kind.split(' ').next().unwrap_or_default();
    let what = What::find(verb);
    if let Some(what) = what.filter(|what| [What::Share, What::Unshare, What::Transfer, What::Erase].contains(what)) {
        let said: serde_json::Value = serde_json::from_str(&entry.input).unwrap_or_default();
        // What is about no record is about a person.
        let person = || said.get("from").and_then(serde_json::Value::as_str).unwrap_or(verb).to_owned();
        let about = entry.target.map_or_else(person, |(object, id)| format!("{object} {id}"));
        let more = serde_json::json!({"history": entry.seq, "said": said, "reason": entry.reason.as_deref()});
        append(transaction, (&entry.actor, what, &about), more, entry.at)?;
    }
    if touched.is_empty() {
        return Ok(());
    }
    let about: Vec<&str> = touched.iter().take(NAMED).map(String::as_str).collect();
    let more = serde_json::json!({"history": entry.seq, "kind": &*entry.kind, "records": touched.len()});
    append(transaction, (&entry.actor, What::PeopleChanged, &about.join(", ")), more, entry.at)
}

/// Notes what a command decided at approvals, one entry an approval: by who really acted, under the release that decided.
pub(crate) fn note_decisions(
    transaction: &mut dyn Transaction,
    entry: &history::Entry,
    decided: &[Decided],
) -> Result<(), Error> {
    for known in decided {
        let (object, id) = known.record;
        let release = entry.pinned.as_ref().unwrap_or(&entry.release);
        let mut more = serde_json::json!({"history": entry.seq, "kind": &*entry.kind, "release": &**release});
        if let serde_json::Value::Object(more) = &mut more {
            more.extend(entry.on_behalf_of.iter().map(|principal| ("for".to_owned(), principal.to_string().into())));
            more.extend(known.members());
        }
        append(transaction, (&entry.actor, What::Decision, &format!("{object} {id}")), more, entry.at)?;
    }
    Ok(())
}

/// Notes what of sensitive fields somebody was shown by one request.
///
/// # Errors
/// When the store fails.
pub fn note_readings(
    transaction: &mut dyn Transaction,
    readings: &BTreeMap<&'static str, Read>,
    (actor, address): (&str, &str),
    at: Timestamp,
) -> Result<(), Error> {
    let all = readings.iter().flat_map(|(object, read)| read.ids.iter().map(move |id| format!("{object} {id}")));
    let about: Vec<String> = all.take(NAMED).collect();
    let records: usize = readings.values().map(|read| read.ids.len()).sum();
    let fields: BTreeMap<_, _> = readings.iter().map(|(object, read)| (object, &read.fields)).collect();
    let more = serde_json::json!({"records": records, "fields": fields}).to_string();
    let [actor, what, about, address] = [actor, What::Read.word(), &about.join(", "), address].map(str::to_owned);
    audit::append(transaction, Entry { seq: 0, at, actor, what, about, address, more }).map(|_| ())
}

/// Notes that a release went live.
pub(crate) fn note_release(
    transaction: &mut dyn Transaction,
    entry: &history::Entry,
    before: Option<&str>,
) -> Result<(), Error> {
    let more = serde_json::json!({"history": entry.seq, "from": before, "reason": entry.reason.as_deref()});
    append(transaction, (&entry.actor, What::Release, &entry.release), more, entry.at)
}

/// Notes a step of an edit on its way to a second person: `about` is the release.
pub(crate) fn note_second(
    transaction: &mut dyn Transaction,
    said: (&str, What, &str),
    more: serde_json::Value,
    at: Timestamp,
) -> Result<(), Error> {
    append(transaction, said, more, at)
}

fn append(
    transaction: &mut dyn Transaction,
    (actor, what, about): (&str, What, &str),
    more: serde_json::Value,
    at: Timestamp,
) -> Result<(), Error> {
    let [actor, what, about] = [actor, what.word(), about].map(str::to_owned);
    let entry = Entry { seq: 0, at, actor, what, about, address: String::new(), more: more.to_string() };
    audit::append(transaction, entry).map(|_| ())
}
