//! A book as it was at an instant: its history, decided again up to there.

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use formwork_model::{code, id::RecordId, name::Name, text};
use formwork_store::{
    key::{Key, KeyKind},
    store::{Order, View},
    table::{history, idempotency, meta},
};
use jiff::Timestamp;

use super::Replay;
use crate::{
    book::Book,
    rejection::{Kind, Refusal, Rejection},
};

/// Kept as they are now, because no command makes them: files and who brought them, what proves who somebody is, and the
/// audit log, which is never shortened.
const CARRIED: [KeyKind; 5] = [KeyKind::Blob, KeyKind::Upload, KeyKind::Credential, KeyKind::ApiKey, KeyKind::Audit];

/// Facts that are kept as they are now.
const FACTS: [&str; 2] = ["book_id", "audit_head"];

/// A book as it was.
#[derive(Debug)]
pub struct Past {
    /// Every key with its value, as they are read.
    pub pairs: BTreeMap<Vec<u8>, Vec<u8>>,
    /// The last history entry of that time.
    pub seq: u64,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What was erased afterwards, with the reasons: what was erased stays erased.
    pub erased: Vec<(Name, RecordId, Option<Arc<str>>)>,
}

/// The book as it was at `at`, proven by the chain of its history.
///
/// # Errors
/// When the history begins later, can't be decided again, or comes to something else than it says; or the store fails.
pub fn past(book: &Book, at: Timestamp) -> Result<Past, Refusal> {
    let mut replay = Replay::new(book)?;
    let (mut last, mut begins) = (None, None);
    while let Some(entry) = replay.peek()? {
        begins = begins.or(Some(entry.at));
        if entry.at > at {
            break;
        }
        last = Some((entry.seq, entry.at));
        let Some(step) = replay.step()? else { break };
        let less = step.recorded.cover.is_less();
        if step.changes.is_some_and(|changes| !less && changes.entry != step.recorded) {
            return Err(drifted(step.recorded.seq));
        }
    }
    let Some((seq, decided_at)) = last else {
        let begins = begins.map(|begins| begins.to_string()).unwrap_or_default();
        let message = text!("the history begins later: {begins}", "历史开始于更晚的时间：{begins}");
        return Err(Rejection::new(Kind::Conflict, code!("not-replayable"), message).into());
    };
    let symbols = book.release().symbols.clone();
    let (_, hash) = history::head(&replay.world)?;
    let mut pairs: BTreeMap<Vec<u8>, Vec<u8>> =
        replay.world.pairs().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    let mut erased = Vec::new();
    book.read(|view| {
        let kept = view.get(&history::key(seq))?.map(|bytes| history::decode(&bytes, &symbols)).transpose()?;
        if kept.is_none_or(|kept| kept.hash != hash) {
            return Err(drifted(seq));
        }
        // The entries themselves are what was written: of one that something was erased from, less was decided again.
        copy(view, (history::key(1), history::key(seq + 1)), &mut pairs)?;
        for kind in CARRIED {
            copy(view, Key::new(kind).into_range(), &mut pairs)?;
        }
        for fact in FACTS.map(meta::key) {
            if let Some(value) = view.get(&fact)? {
                pairs.insert(fact, value);
            }
        }
        let (start, end) = idempotency::range();
        view.scan(&start, &end, Order::Forward, &mut |key, value| {
            if idempotency::decode(value).is_ok_and(|answer| answer.at <= at) {
                pairs.insert(key.to_vec(), value.to_vec());
            }
            ControlFlow::Continue(())
        })?;
        for later in seq + 1..=history::head(view)?.0 {
            if let Some(entry) = history::get(view, later, &symbols)?
                && &*entry.kind == "erase"
                && let Some((object, id)) = entry.target
            {
                erased.push((object, id, entry.reason));
            }
        }
        Ok(())
    })?;
    Ok(Past { pairs, seq, decided_at, erased })
}

fn copy(
    view: &dyn View,
    (start, end): (Vec<u8>, Vec<u8>),
    pairs: &mut BTreeMap<Vec<u8>, Vec<u8>>,
) -> Result<(), Refusal> {
    view.scan(&start, &end, Order::Forward, &mut |key, value| {
        pairs.insert(key.to_vec(), value.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(())
}

fn drifted(seq: u64) -> Refusal {
    let message = text!(
        "decided again, entry {seq} of the history comes to something else than it says",
        "重新计算时，历史第 {seq} 条的结果与记录不一致"
    );
    Rejection::new(Kind::Conflict, code!("not-replayable"), message).into()
}
