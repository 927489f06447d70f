//! Who was responsible when: folded from the history, which notes every change of owner.
//!
//! A note is `work FLOW#TOKEN` with the queue and the owner, or with nothing when the work is over.

use std::{collections::BTreeMap, sync::Arc};

use formwork_model::name::Name;
use formwork_store::table::history::Entry;
use jiff::Timestamp;
use serde_json::Value as Json;

/// A time during which somebody, or nobody yet, was responsible in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The queue.
    pub queue: String,
    /// Who; `None` while it waited.
    pub assignee: Option<String>,
    /// Since when.
    pub from: Timestamp,
    /// Until when; `None` until now.
    pub to: Option<Timestamp>,
    /// Who saw to it: claimed, assigned, escalated.
    pub by: Arc<str>,
    /// The position in the history.
    pub seq: u64,
}

/// What a note is called.
pub(crate) fn what(flow: Name, token: u32) -> String {
    format!("work {flow}#{token}")
}

type Holding = (String, Option<String>);

/// The periods that entries tell of, which are given oldest first.
pub(crate) fn fold_periods(entries: &[Entry]) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    let mut now: BTreeMap<String, Holding> = BTreeMap::new();
    for entry in entries {
        let before = now.clone();
        for fired in &entry.fired {
            let Some(token) = fired.what.strip_prefix("work ") else { continue };
            match holding(&fired.values) {
                Some(holding) => now.insert(token.to_owned(), holding),
                None => now.remove(token),
            };
        }
        // Work that goes on to the next state with the same owner has only changed its token.
        let held = |all: &BTreeMap<String, Holding>, holding: &Holding| all.values().any(|known| known == holding);
        for period in periods.iter_mut().filter(|period| period.to.is_none()) {
            if !held(&now, &(period.queue.clone(), period.assignee.clone())) {
                period.to = Some(entry.at);
            }
        }
        let mut begun: Vec<&Holding> = now.values().filter(|holding| !held(&before, holding)).collect();
        begun.dedup();
        periods.extend(begun.into_iter().map(|(queue, assignee)| Period {
            queue: queue.clone(),
            assignee: assignee.clone(),
            from: entry.at,
            to: None,
            by: entry.actor.clone(),
            seq: entry.seq,
        }));
    }
    periods
}

fn holding(values: &str) -> Option<Holding> {
    let values: Json = serde_json::from_str(values).ok()?;
    let text = |key: &str| values.get(key).and_then(Json::as_str).map(str::to_owned);
    Some((text("queue")?, text("assignee")))
}
