//! Reading the audit log: an administrator all of it, whoever looks after some people what these did and what was done to
//! them.

use std::{collections::HashMap, ops::ControlFlow};

use formwork_model::{code, text};
use formwork_store::{
    error::Error,
    store::{Order, View},
    table::audit::{self, Broken, Chain, Chained, Entry, Hash, What},
};
use jiff::Timestamp;

use crate::{
    access::Eyes,
    rejection::{Kind, Refusal, Rejection},
};

/// Entries that are read at once: others may write in between.
const SLICE: usize = 1000;

/// Broken entries that are told one by one.
const TOLD: usize = 20;

/// Entries with their positions; an error is one that can't be read.
type Slice = Vec<(u64, Result<Chained, Error>)>;

/// Which entries are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What they tell of.
    pub what: Option<String>,
    /// Who did it.
    pub actor: Option<String>,
    /// About one of these: a person by login, a record as `object id`. None of them is about anything.
    pub about: Vec<String>,
    /// Not from before this.
    pub since: Option<Timestamp>,
    /// From before this.
    pub until: Option<Timestamp>,
}

/// Where a page begins, and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Behind this position, the oldest first.
    After(u64),
    /// Before this position, the newest first.
    Before(u64),
}

/// How much a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// The most entries that are told.
    pub told: usize,
    /// The most entries that are looked at for them.
    pub looked: usize,
}

/// A page of the log.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Chained>,
    /// The positions of those that can't be read.
    pub unreadable: Vec<u64>,
    /// The position that the next page begins behind, or before; `None` when there is none.
    pub next: Option<u64>,
}

/// What walking along the whole chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The entries that there are.
    pub entries: u64,
    /// The hash of the last.
    pub head: Hash,
    /// How many are wrong.
    pub wrong: usize,
    /// The first of them: where, and what is wrong there.
    pub broken: Vec<(u64, Broken)>,
}

impl Wanted {
    /// Whether an entry is one of them.
    fn fits(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.what, &entry.what)
            && is(&self.actor, &entry.actor)
            && (self.about.is_empty()
                || self.about.iter().any(|wanted| entry.about == *wanted || subjects(entry).any(|one| one == wanted)))
    }
}

/// Each person or record that an entry is about.
fn subjects(entry: &Entry) -> impl Iterator<Item = &str> {
    // A key is called by whose it is.
    let is_key = [What::KeyMade, What::KeyRevoked].iter().any(|what| what.word() == entry.what);
    let of_key = move |one: &str| one.find(' ').filter(|_| is_key).unwrap_or(one.len());
    entry.about.split(", ").filter_map(move |one| one.get(..of_key(one)))
}

impl Eyes<'_> {
    /// Refuses whoever looks after nobody.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn check_reads_log(&self) -> Result<(), Refusal> {
        if self.looks_after_some()? {
            return Ok(());
        }
        let message = text!("only an administrator can do this", "仅限管理员");
        Err(Rejection::new(Kind::Forbidden, code!("not-allowed"), message).into())
    }

    /// Entries of the audit log.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn audit_log(&self, wanted: &Wanted, place: Place, most: Most) -> Result<Page, Refusal> {
        self.check_reads_log()?;
        let is_admin = self.book.is_admin(self.actor)?;
        let bound = |at: Option<Timestamp>, none: u64| match at {
            Some(at) => self.book.read(|view| Ok(audit::first_since(view, at)?)),
            None => Ok(none),
        };
        let (low, high) = (bound(wanted.since, 0)?, bound(wanted.until, u64::MAX)?);
        let (mut page, mut known, mut looked) = (Page::default(), HashMap::new(), 0);
        let mut at = match place {
            Place::After(after) => Place::After(after.max(low.saturating_sub(1))),
            Place::Before(before) => Place::Before(before.min(high)),
        };
        loop {
            let slice = self.book.inspect(|view| Ok(slice(view, at, (low, high))?))?;
            let is_last = slice.len() < SLICE;
            for (seq, read) in slice {
                if page.entries.len() >= most.told || looked >= most.looked {
                    return Ok(page);
                }
                (page.next, looked) = (Some(seq), looked + 1);
                at = match at {
                    Place::After(_) => Place::After(seq),
                    Place::Before(_) => Place::Before(seq),
                };
                match read {
                    Ok(chained)
                        if wanted.fits(&chained.entry) && (is_admin || self.is_told(&chained.entry, &mut known)?) =>
                    {
                        page.entries.push(chained);
                    }
                    Ok(_) => {}
                    Err(_) if is_admin => page.unreadable.push(seq),
                    Err(_) => {}
                }
            }
            if is_last {
                page.next = None;
                return Ok(page);
            }
        }
    }

    /// Whether somebody who is no administrator is told of an entry.
    fn is_told(&self, entry: &Entry, known: &mut HashMap<String, bool>) -> Result<bool, Refusal> {
        for login in [&*entry.actor].into_iter().chain(subjects(entry)) {
            let told = match known.get(login) {
                Some(told) => *told,
                None => {
                    let is_own = login == &*self.actor.login;
                    let told = is_own || self.book.is_user(login)? && self.check_looks_after(login).is_ok();
                    known.insert(login.to_owned(), told);
                    told
                }
            };
            if told {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Walks along the whole chain, for an administrator.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn audit_chain(&self) -> Result<Whole, Refusal> {
        if !self.book.is_admin(self.actor)? {
            let message = text!("only an administrator can do this", "仅限管理员");
            return Err(Rejection::new(Kind::Forbidden, code!("not-allowed"), message).into());
        }
        let mut whole = Whole { entries: 0, head: [0; 32], wrong: 0, broken: Vec::new() };
        let (mut chain, mut last) = (Chain::default(), 0);
        loop {
            let all = (0, u64::MAX);
            let (slice, head) =
                self.book.inspect(|view| Ok((slice(view, Place::After(last), all)?, audit::head(view)?)))?;
            let is_last = slice.len() < SLICE;
            for (seq, read) in slice {
                (last, whole.entries) = (seq, whole.entries + 1);
                match read {
                    Err(_) => whole.tell(seq, Broken::Unreadable),
                    Ok(chained) if chained.entry.seq != seq => whole.tell(seq, Broken::Altered),
                    Ok(chained) => chain.step(&chained).into_iter().for_each(|broken| whole.tell(seq, broken)),
                }
            }
            if is_last {
                if head != chain.end() {
                    whole.tell(last, Broken::End(last));
                }
                whole.head = head.1;
                return Ok(whole);
            }
        }
    }
}

impl Whole {
    fn tell(&mut self, seq: u64, broken: Broken) {
        self.wrong += 1;
        if self.broken.len() < TOLD {
            self.broken.push((seq, broken));
        }
    }
}

/// The next entries from a place on that lie at `low` or behind it and before `high`.
fn slice(view: &dyn View, place: Place, (low, high): (u64, u64)) -> Result<Slice, Error> {
    let (first, before, order) = match place {
        Place::After(after) => (after.saturating_add(1).max(low), high, Order::Forward),
        Place::Before(before) => (low, before.min(high), Order::Reverse),
    };
    let (mut found, mut failed) = (Vec::new(), None);
    if first >= before {
        return Ok(found);
    }
    view.scan(&audit::key(first), &audit::range_from(before).0, order, &mut |key, bytes| {
        match audit::seq_of(key) {
            Ok(seq) => found.push((seq, audit::decode(bytes))),
            Err(error) => failed = Some(error),
        }
        if found.len() >= SLICE || failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    failed.map_or(Ok(found), Err)
}
