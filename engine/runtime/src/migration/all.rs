//! Moving everything that runs to another release, in batches, each record whole or not at all.

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc::sync_channel},
};

use formwork_catalog::{
    catalog::Catalog,
    soundness::{Fate, Unsound},
};
use formwork_model::{code, id::RecordId, name::Name, record::Record, text};
use formwork_store::error::Error;

use super::Mapping;
use crate::{
    book::Book,
    command::{Actor, Command, Request},
    plan::{Fit, Place, Standing, judge},
    rejection::{Problem, Refusal},
};

/// How many records are under way at once: they share one write to the disk.
const BATCH: usize = 64;

/// How many refusals are told one by one.
const TOLD: usize = 100;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Migrated {
    /// Records that were moved, or would be.
    pub moved: u64,
    /// Records that stay where they are.
    pub refused: u64,
    /// Some of them, and why.
    pub examples: Vec<(Name, RecordId, Problem)>,
}

/// Moves every record that runs by another release than `to`; a dry run decides each and writes nothing.
///
/// # Errors
/// When the release is not kept, the mapping names what it does not have, or the store fails.
pub fn migrate_all(
    book: &Book,
    to: &str,
    mapping: &Arc<Mapping>,
    actor: &Actor,
    dry_run: bool,
) -> Result<Migrated, Refusal> {
    let target = book.kept(to)?;
    mapping.check(&target.flows)?;
    let (mut migrated, mut fates) = (Migrated::default(), Fates::default());
    let command = |(object, id): (Name, RecordId)| {
        let (to, mapping) = (target.release.clone(), mapping.clone());
        Command::new(actor.clone(), Request::Migrate { object, id, to, mapping })
    };
    for batch in book.to_migrate(&target.release)?.chunks(BATCH) {
        let mut safe = Vec::with_capacity(batch.len());
        for (object, id) in batch {
            match fates.hangs(&book.get(*object, *id)?, &target, mapping) {
                None => safe.push((*object, *id)),
                Some(problem) => migrated.refuse(*object, *id, Some(problem)),
            }
        }
        let results: Vec<Result<(), Refusal>> = if dry_run {
            safe.iter().map(|key| book.dry_run(&command(*key)).map(|_| ())).collect()
        } else {
            run_together(book, safe.iter().map(|key| command(*key)))
        };
        for ((object, id), result) in safe.iter().zip(results) {
            match result {
                Ok(()) => migrated.moved += 1,
                Err(Refusal::Rejected(rejection)) => {
                    migrated.refuse(*object, *id, rejection.problems.into_iter().next());
                }
                Err(other) => return Err(other),
            }
        }
    }
    Ok(migrated)
}

impl Migrated {
    fn refuse(&mut self, object: Name, id: RecordId, why: Option<Problem>) {
        self.refused += 1;
        if self.examples.len() < TOLD {
            self.examples.extend(why.map(|problem| (object, id, problem)));
        }
    }
}

/// What becomes of instances, by where they stand: each place is worked out once.
#[derive(Debug, Default)]
struct Fates(BTreeMap<Place, Option<Problem>>);

impl Fates {
    /// Why an instance of the record would get stuck; `None` when none would, or that can't be told.
    fn hangs(&mut self, record: &Record, to: &Catalog, mapping: &Mapping) -> Option<Problem> {
        let mut hangs = |place: Place| {
            let known = self.0.entry(place.clone());
            known.or_insert_with(|| stuck(&judge(place, 1, Vec::new(), record, to, mapping))).clone()
        };
        Place::of(record).find_map(&mut hangs)
    }
}

fn stuck(standing: &Standing) -> Option<Problem> {
    let Fit::Itself { fate: Fate::Unsafe(unsound), .. } = &standing.fit else { return None };
    let at = |unsound: &Unsound| {
        let nodes: Vec<&str> = unsound.marking.iter().map(|(node, _)| node.as_str()).collect();
        nodes.join("`, `")
    };
    let at = at(unsound);
    Some(Problem::new(
        code!("migration-unsafe"),
        text!("it could get stuck at `{at}` there; see the plan", "迁移后可能卡在 `{at}`；详见计划"),
    ))
}

/// Hands all of them to the writer and waits for all.
fn run_together(book: &Book, commands: impl Iterator<Item = Command>) -> Vec<Result<(), Refusal>> {
    let waiting: Vec<_> = commands
        .map(|command| {
            let (answer, wait) = sync_channel(1);
            book.submit(command, move |result| {
                // Whoever asked waits below; should they be gone, the move is made all the same.
                let _gone = answer.send(result.map(|_| ()));
            });
            wait
        })
        .collect();
    waiting.into_iter().map(|wait| wait.recv().unwrap_or(Err(Refusal::Store(Error::Closed)))).collect()
}
