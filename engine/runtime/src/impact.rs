//! What a release would have changed: recorded commands decided again under it.
//!
//! The history is decided again from its beginning under the releases that were live (see [`crate::replay`]). From
//! the day that is asked for on, every command is decided twice from the same state: as it was, and under the other
//! release as if every record were decided by it. Each command starts from what really happened, so that one
//! difference does not drag the next behind it. The same history gives the same answer, to the byte.
//!
//! Commands that were refused are not in the history: that the other release would have carried them out can't be
//! told.

mod cause;
mod fork;
mod tables;

use std::{collections::BTreeMap, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::{id::RecordId, name::Name, text::Text};
use formwork_store::{key::KeyKind, table::history::Entry};
use jiff::Timestamp;

use crate::{
    book::Book,
    changes::Changes,
    decide::decide,
    rejection::Refusal,
    replay::{Replay, Step, release_for},
};
use cause::Cause;
use fork::Fork;
pub use tables::{TableUse, Weighed, by_use, weigh};

/// How many records are named for each cause.
const EXAMPLES: usize = 5;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Impact {
    /// Commands since the day, decided under both releases.
    pub decided: u64,
    /// Those that came to something else.
    pub changed: u64,
    /// Those that could not be decided: the record stands where the other release has no node.
    pub undecided: u64,
    /// Commands that were decided only to get to the state on that day.
    pub before: u64,
    /// Entries that the program of today decides otherwise than they were recorded, under their own release.
    pub drifted: u64,
    /// The first of them.
    pub drifts: Vec<u64>,
    /// The differences, the most frequent first.
    pub groups: Vec<Group>,
}

/// Commands that came to something else for the same reason, with the same effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What fired, or did not: a rule, a table row, a branch, a check.
    pub cause: Text,
    /// What it changed.
    pub effect: Text,
    /// How many.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<Example>,
}

/// One command with a difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Its place in the history.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The record.
    pub record: Option<(Name, RecordId)>,
    /// What was asked.
    pub kind: Arc<str>,
}

impl Impact {
    /// The share of commands that came to something else, of those that were decided.
    pub fn share(&self) -> f64 {
        if self.decided == 0 { 0.0 } else { (self.changed + self.undecided) as f64 / self.decided as f64 }
    }
}

/// Reads a day (`2026-03-01`), an instant, or a length of time before now (`90d`, `12h`).
pub fn parse_since(text: &str, now: Timestamp, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(hours) =
        text.strip_suffix('d').map(|days| (days, 24)).or(text.strip_suffix('h').map(|hours| (hours, 1)))
    {
        let back: i64 = hours.0.trim().parse().ok()?;
        let seconds = back.checked_mul(hours.1 * 3600).filter(|seconds| *seconds >= 0)?;
        return now.checked_sub(jiff::SignedDuration::from_secs(seconds)).ok();
    }
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        return day.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    }
    text.parse().ok()
}

/// Decides the book's commands since `since` again under `catalog`.
///
/// # Errors
/// When the store fails, the history can't be decided again, or the other release does not fit the data of that time.
pub fn impact(book: &Book, catalog: &Arc<Catalog>, since: Timestamp) -> Result<Impact, Refusal> {
    let mut replay = Replay::new(book)?;
    replay.world.forget(KeyKind::History);
    let mut counting = Counting::default();
    let mut fork: Option<Fork> = None;
    while let Some(at) = replay.peek()?.map(|next| next.at) {
        if fork.is_none()
            && at >= since
            && let Some(release) = &replay.release
        {
            fork = Some(Fork::of(&replay.world, release, catalog, at)?);
            replay.world.note();
        }
        // The other release decides first: afterwards the state is that after the command.
        let command = match (&fork, replay.peek()?) {
            (Some(_), Some(next)) => Replay::command(next)?,
            _ => None,
        };
        let other = match (&fork, command) {
            (Some(fork), Some(command)) => Some(Other {
                decision: match replay.peek()? {
                    Some(next) => decide(&fork.world, &release_for(next, &fork.release), &command, at),
                    None => decide(&fork.world, &fork.release, &command, at),
                },
                nowhere: replay.peek()?.and_then(|next| next.target).is_some_and(|key| fork.stands_nowhere(key)),
            }),
            _ => None,
        };
        let Some(step) = replay.step()? else { break };
        if let Some(fork) = &mut fork {
            let release = replay.release.as_deref();
            fork.follow(replay.world.noted(), release.filter(|_| step.changes.is_none()))?;
        }
        counting.count(&step, other);
    }
    Ok(counting.into_impact())
}

/// What the other release decided.
#[derive(Debug)]
struct Other {
    decision: Result<Changes, Refusal>,
    /// Whether the record stood on a node that the other release does not have.
    nowhere: bool,
}

#[derive(Debug, Default)]
struct Counting {
    impact: Impact,
    groups: BTreeMap<(String, String), Group>,
}

impl Counting {
    fn count(&mut self, step: &Step, other: Option<Other>) {
        let Some(changes) = &step.changes else { return };
        // Of what was erased nobody can tell any more; an erasure is of entries that are not kept here.
        let is_told = !step.recorded.cover.is_less() && &*step.recorded.kind != "erase";
        if is_told && !same_decision(&step.recorded, &changes.entry) {
            self.impact.drifted += 1;
            if self.impact.drifts.len() < EXAMPLES {
                self.impact.drifts.push(step.recorded.seq);
            }
        }
        let Some(other) = other else {
            self.impact.before += 1;
            return;
        };
        self.impact.decided += 1;
        let Some(Cause { cause, effect, undecided }) = cause::of(changes, &other) else { return };
        if undecided {
            self.impact.undecided += 1;
        } else {
            self.impact.changed += 1;
        }
        let key = (cause.en.clone(), effect.en.clone());
        let group = self.groups.entry(key).or_insert(Group { cause, effect, count: 0, examples: Vec::new() });
        group.count += 1;
        if group.examples.len() < EXAMPLES {
            let recorded = &step.recorded;
            let (seq, at, kind) = (recorded.seq, recorded.at, recorded.kind.clone());
            group.examples.push(Example { seq, at, record: recorded.target, kind });
        }
    }

    fn into_impact(self) -> Impact {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        // The sort is stable, and the map has them by words.
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        Impact { groups, ..self.impact }
    }
}

/// Whether deciding an entry again came to what was recorded.
fn same_decision(recorded: &Entry, again: &Entry) -> bool {
    recorded.seq == again.seq && recorded.changes == again.changes && recorded.fired == again.fired
}
