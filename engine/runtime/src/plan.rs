//! What making a release live would mean: what changes, what it takes away, and what becomes of everything that runs.
//!
//! Nothing that runs is moved by a release going live: it stays on its own. The plan says what moving it would mean,
//! grouped by where instances stand.

pub mod json;
mod standing;

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use formwork_catalog::{
    catalog::Catalog,
    compare::{Difference, compare, destroys},
};
use formwork_model::{id::RecordId, record::Record, text::Text};
use formwork_store::{
    store::{Order, View},
    table::record,
};

use crate::{book::Book, migration::Mapping, rejection::Refusal, release::Release};
pub(crate) use standing::judge;
pub use standing::{Fit, Place, Standing};

/// What making a release live would mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The release it is compared with.
    pub from: Arc<str>,
    /// The release that would go live.
    pub to: Arc<str>,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What is taken away.
    pub destroys: Vec<Text>,
    /// Running instances, by where they stand; the most numerous first.
    pub standings: Vec<Standing>,
}

/// How many records are named for each place.
const EXAMPLES: usize = 5;

/// What making `to` live would mean after `from`, for what runs in the book; `mapping` says what becomes of nodes
/// that `to` does not have.
///
/// # Errors
/// When the store fails.
pub fn plan(book: &Book, from: &Catalog, to: &Arc<Catalog>, mapping: &Mapping) -> Result<Plan, Refusal> {
    let release = book.release();
    let mut places: BTreeMap<Place, (u64, Vec<RecordId>)> = BTreeMap::new();
    let mut samples: BTreeMap<Place, Record> = BTreeMap::new();
    book.read(|view| {
        every_running(view, &release, &mut |record| {
            for place in Place::of(record) {
                let (count, examples) = places.entry(place.clone()).or_default();
                *count += 1;
                if examples.len() < EXAMPLES {
                    examples.push(record.id);
                }
                samples.entry(place).or_insert_with(|| record.clone());
            }
        })
    })?;
    let mut standings: Vec<Standing> = Vec::new();
    for (place, (count, examples)) in places {
        if let Some(sample) = samples.get(&place) {
            standings.push(judge(place, count, examples, sample, to, mapping));
        }
    }
    standings.sort_by_key(|standing| std::cmp::Reverse(standing.count));
    Ok(Plan {
        from: from.release.clone(),
        to: to.release.clone(),
        differences: compare(from, to),
        destroys: destroys(from, to),
        standings,
    })
}

impl Plan {
    /// How many submitted instances run, and how many of them would move by themselves, could be moved nowhere, and
    /// could not be told to come to their end.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for standing in &self.standings {
            if standing.place.draft {
                totals.drafts += standing.count;
                continue;
            }
            totals.running += standing.count;
            match &standing.fit {
                Fit::Itself { .. } => totals.map += standing.count,
                Fit::Not(_) => totals.stuck += standing.count,
            }
            totals.half_signed += if standing.place.signed.is_empty() { 0 } else { standing.count };
        }
        totals
    }
}

/// Running instances, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Submitted and running.
    pub running: u64,
    /// Of these, those that fit into the other release.
    pub map: u64,
    /// Of these, those that stand where it has no node.
    pub stuck: u64,
    /// Of these, those with a signature that is not the last one needed.
    pub half_signed: u64,
    /// Not submitted yet.
    pub drafts: u64,
}

/// Calls `each` for every record with a running instance.
pub(crate) fn every_running(view: &dyn View, release: &Release, each: &mut dyn FnMut(&Record)) -> Result<(), Refusal> {
    for name in release.catalog.objects.keys() {
        let (start, end) = record::range(release.number(*name)?);
        let mut failure = None;
        view.scan(&start, &end, Order::Forward, &mut |key, bytes| match record::id_of(key)
            .and_then(|id| record::decode(*name, id, bytes, &release.symbols))
        {
            Ok(record) => {
                if record.flows.iter().any(|instance| instance.is_live()) {
                    each(&record);
                }
                ControlFlow::Continue(())
            }
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
        if let Some(error) = failure {
            return Err(error.into());
        }
    }
    Ok(())
}
