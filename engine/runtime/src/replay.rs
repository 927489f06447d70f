//! The history of a book, decided again in memory from its beginning.
//!
//! A decision is a pure function of the state before it, the release, the command and the instant; the history keeps
//! the last three. So the state at any moment is what comes of deciding everything before it, and a release that
//! was not live then can be asked what it would have done.

mod past;
mod world;

use std::{borrow::Cow, ops::ControlFlow, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::{code, text};
use formwork_store::{
    key::{Key, KeyKind},
    store::Order,
    symbols::Symbols,
    table::history::{self, Entry},
};

pub use past::{Past, past};
pub use world::World;

use crate::{
    book::{Book, Going, activate},
    changes::Changes,
    command::{Actor, Command},
    decide::decide,
    recorded,
    rejection::{Kind, Refusal, Rejection},
    release::{Kept, Release},
};

/// How many entries are read at once: a reader holds up the writer of some stores.
const BATCH: usize = 500;

/// A book on its way through its own history.
#[derive(Debug)]
pub struct Replay<'a> {
    book: &'a Book,
    /// The state after the last entry that was decided.
    pub world: World,
    /// The release that is live there.
    pub release: Option<Arc<Release>>,
    symbols: Symbols,
    kept: Kept,
    /// The last entry there was when the replay began.
    pub last: u64,
    read: Vec<Entry>,
    next: u64,
}

/// One entry decided again.
#[derive(Debug)]
pub struct Step {
    /// As it was recorded.
    pub recorded: Entry,
    /// What it came to now; `None` for an activation.
    pub changes: Option<Changes>,
    /// The command; `None` for an activation.
    pub command: Option<Command>,
}

/// The release that an entry is decided by again. What was erased is as if it had never been given; whoever gave it gave
/// what was needed.
pub(crate) fn release_for<'r>(recorded: &Entry, release: &'r Release) -> Cow<'r, Release> {
    if recorded.cover.is_less() {
        Cow::Owned(Release { lenient: true, ..release.clone() })
    } else {
        Cow::Borrowed(release)
    }
}

impl<'a> Replay<'a> {
    /// Before the first entry of the book's history.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new(book: &'a Book) -> Result<Self, Refusal> {
        let symbols = book.release().symbols.clone();
        let mut world = World::default();
        let last = book.read(|view| {
            // A name keeps its number for ever, so that the numbers of today are those of then.
            let (start, end) = Key::new(KeyKind::Symbol).into_range();
            view.scan(&start, &end, Order::Forward, &mut |key, value| {
                world.insert(key.to_vec(), value.to_vec());
                ControlFlow::Continue(())
            })?;
            Ok(history::head(view)?.0)
        })?;
        let kept = book.release().kept.clone();
        Ok(Self { book, world, release: None, symbols, kept, last, read: Vec::new(), next: 1 })
    }

    fn fill(&mut self) -> Result<(), Refusal> {
        let (from, symbols) = (self.next, self.symbols.clone());
        let to = from.saturating_add(BATCH as u64 - 1).min(self.last);
        let mut entries = self.book.read(|view| {
            (from..=to)
                .filter_map(|seq| history::get(view, seq, &symbols).transpose())
                .collect::<Result<Vec<_>, _>>()
                .map_err(Refusal::from)
        })?;
        entries.reverse();
        self.read = entries;
        Ok(())
    }

    /// The next entry, not decided yet; `None` at the end.
    ///
    /// # Errors
    /// When the store fails or an entry is damaged.
    pub fn peek(&mut self) -> Result<Option<&Entry>, Refusal> {
        if self.read.is_empty() && self.next <= self.last {
            self.fill()?;
        }
        Ok(self.read.last())
    }

    /// The command of the next entry, `None` for an activation.
    ///
    /// # Errors
    /// When the entry does not say what was asked.
    pub fn command(entry: &Entry) -> Result<Option<Command>, Refusal> {
        recorded::command(entry).map_err(|fault| {
            let (seq, what) = (entry.seq, fault.internal());
            Rejection::new(
                Kind::Conflict,
                code!("not-replayable"),
                text!(
                    "the history can't be decided again from entry {seq} on: {what}",
                    "历史从第 {seq} 条起无法重新计算：{what}"
                ),
            )
            .into()
        })
    }

    /// Decides the next entry under the release that was live and writes what comes of it; `None` at the end.
    ///
    /// # Errors
    /// When the store fails, or the entry can't be decided again.
    pub fn step(&mut self) -> Result<Option<Step>, Refusal> {
        if self.peek()?.is_none() {
            return Ok(None);
        }
        let Some(recorded) = self.read.pop() else { return Ok(None) };
        self.next = recorded.seq + 1;
        if let Some(hash) = recorded::activation(&recorded) {
            let going = Going {
                catalog: self.catalog(&hash)?,
                actor: Actor::new(&recorded.actor, []),
                reason: recorded.reason.clone(),
                holds_back: false,
            };
            self.release =
                Some(activate(&mut self.world, &going, (&self.kept, self.book.release().blind.as_ref()), recorded.at)?);
            return Ok(Some(Step { recorded, changes: None, command: None }));
        }
        let command = Self::command(&recorded)?;
        let release = self.release.clone().filter(|release| *release.catalog.release == *recorded.release);
        let (Some(command), Some(release)) = (command, release) else {
            let seq = recorded.seq;
            return Err(Rejection::new(
                Kind::Conflict,
                code!("not-replayable"),
                text!(
                    "the history can't be decided again from entry {seq} on: it does not say when its release went live",
                    "历史从第 {seq} 条起无法重新计算：未记录其版本何时生效"
                ),
            )
            .into());
        };
        let mut changes = decide(&self.world, &release_for(&recorded, &release), &command, recorded.at)?;
        self.world.apply(&changes.writes);
        changes.entry.cover = recorded.cover;
        history::append(&mut self.world, &mut changes.entry, &release.symbols, &changes.listed)?;
        Ok(Some(Step { recorded, changes: Some(changes), command: Some(command) }))
    }

    fn catalog(&self, hash: &str) -> Result<Arc<Catalog>, Refusal> {
        self.book.read(|view| self.kept.get(view, hash))
    }
}
