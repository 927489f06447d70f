//! Demo data from a plan and a seed: the same seed gives the same records.
//!
//! A plan, `NAME.demo.yaml`, says how many records of each object there are, how their values are drawn, and
//! which actions are taken on them later on. Everything goes through rules and flows like any other command, at some
//! minute of a working day's hours, and meanwhile timers fire and schedules run as they would have.
//!
//! ```yaml
//! demo: sales
//! days: 365                        # the last one is the day before the demo is made
//! schedules: 30                    # they run on so many of the last days; default is all. What measures records anew
//!                                  # each night would cost much and leave nothing
//! actor: demo sales_manager        # a login and its roles
//! lists:                           # texts that patterns and picks use by name
//!   city: [上海, 北京]
//! given:                           # what is there before the first day, in this order
//!   - {object: user, set: {login: li.na, name: 李娜}}
//! objects:
//!   account:
//!     count: 60
//!     set:
//!       name: {pattern: "{city}{digits:3}公司", unique: true}
//!       sector: {pick: {retail: 3, finance: 1}}       # with weights; or a list, or the name of one
//!       staff: {range: [10, 5000], step: 10}
//!       parent: {ref: account, chance: 20}            # in percent; otherwise nothing is sent
//!       since: {days: [-30, 30]}                      # from the record's day
//!   order:
//!     count: 500
//!     on: [10, 364]                # days on which they are created; default is the first day, in the morning
//!     actor: [li.na, wang.wei]     # one of them, with the plan's roles
//!     set:
//!       lines: {lines: [1, 4], set: {product: {ref: product}, price: {share: [88, 100], of: product.list_price}}}
//!     steps:                       # one after the other, until nothing is taken; `after` so many days, or so long
//!       - {after: [1, 20], take: [{act: submit, weight: 90}, {weight: 10}]}
//!       - {after: [20m, 6h], take: [{act: accept, in: submitted, reason: as agreed, input: {note: [yes, ok]}}]}
//!       - {after: [1, 5], take: [{decide: approve, in: review}]}   # by whoever is asked first
//!   invoice:
//!     each: {of: order, in: sold, chance: 80}   # not so many, but one for each of those, on these days after it is
//!                                  # there, if it is in that state then
//!     on: [1, 30]                  # or so long after it, as `after`
//!     set: {order: {copy: each}, sum: {copy: each.total}, buyer: {copy: each.buyer}}
//!   late_invoice:
//!     object: invoice              # another part of the plan for the same object
//!     count: 3
//!   reminder:
//!     made: true                   # what flows, rules and scripts bring about: only the steps, by whoever owns it
//!                                  # (as those for each of others are made by whoever owns that), or an `actor`
//!     steps:
//!       - {after: [1, 3], take: [{act: settle}]}
//! ```

mod draw;
mod plan;
mod play;
mod pool;
mod random;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_model::{clock::SettableClock, code::Code, name::Name, text::Text};
use formwork_runtime::{approval::Operation, book::Book, command::Actor};
use jiff::civil::Date;

use crate::error::Error;

/// A plan for demo data, checked against a catalog.
#[derive(Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// How many days it covers.
    pub days: u32,
    /// On how many of the last days schedules run.
    schedules: u32,
    actor: Actor,
    given: Vec<(Name, Vec<(Name, Draw)>)>,
    objects: Vec<ObjectPlan>,
    lists: BTreeMap<String, Vec<Arc<str>>>,
}

/// The records of one object.
#[derive(Debug)]
struct ObjectPlan {
    object: Name,
    from: From,
    actors: Vec<Arc<str>>,
    set: Vec<(Name, Draw)>,
    steps: Vec<Step>,
}

/// Where the records of an object come from.
#[derive(Debug)]
enum From {
    /// So many are created, between the first and the last of these days, from 0.
    Count(usize, (u32, u32)),
    /// One is created for so many percent of the records of another object, whoever makes those.
    Each {
        of: Name,
        /// Where that has to be when the day comes; none means anywhere.
        states: Vec<Name>,
        chance: u32,
        /// How long after that was made.
        after: After,
    },
    /// Flows, rules and scripts make them.
    Made,
}

/// How long something takes to happen.
#[derive(Debug, Clone, Copy)]
enum After {
    /// From so many days to so many, at least one, at any minute of the hours in which people work.
    Days(u32, u32),
    /// From so many minutes to so many; what would be at night is done in the morning.
    Minutes(u32, u32),
}

/// What is done with a record, some time after it was created or the step before.
#[derive(Debug)]
struct Step {
    after: After,
    take: Vec<Take>,
}

/// One of the things that can be done.
#[derive(Debug)]
struct Take {
    weight: u32,
    /// The states in which it comes into question; none means any.
    states: Vec<Name>,
    /// What is done; `None`: nothing, and nothing after it.
    what: Option<What>,
    reason: Option<Arc<str>>,
}

/// What is done with a record.
#[derive(Debug)]
enum What {
    /// A flow action, by whoever created the record; of what others brought about, by its owner.
    Act(Name, Vec<(Name, Draw)>),
    /// Whoever is asked first does this to their task.
    Decide(Operation),
}

/// How a value is drawn.
#[derive(Debug)]
struct Draw {
    /// In how many of a hundred records there is one.
    chance: u32,
    unique: bool,
    kind: DrawKind,
}

#[derive(Debug)]
enum DrawKind {
    /// Always this.
    Literal(serde_json::Value),
    /// One of these, by weight.
    Pick(Vec<(Arc<str>, u32)>),
    /// A whole number of steps between two numbers.
    Range { low: rust_decimal::Decimal, high: rust_decimal::Decimal, step: rust_decimal::Decimal },
    /// `{list}`, `{digits:8}`, `{n}`, `{n:4}` and text.
    Pattern(Arc<str>),
    /// A record that is already there; with the field of its owner, one that the actor owns, if there is any.
    Ref { object: Name, owner: Option<Name> },
    /// A day, counted from the one it happens on.
    Days(i64, i64),
    /// What the record has, or one that it refers to; `each` is the one that it is made for.
    Copy(Vec<Name>),
    /// So many percent of a number of the record, or of a record it refers to.
    Share { low: i64, high: i64, of: Vec<Name> },
    /// Line items.
    Lines { count: (u32, u32), set: Vec<(Name, Draw)> },
}

/// How the demo is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// The same seed gives the same data.
    pub seed: u64,
    /// The day after the last one of the plan: usually today.
    pub until: Date,
}

/// What came of it, also while it goes on.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// New records by object.
    pub created: BTreeMap<Name, u64>,
    /// Actions taken.
    pub acted: u64,
    /// Timers that fired and schedules that ran.
    pub happened: u64,
    /// Refused commands by code: a demo meets limits and conditions like people do.
    pub refused: BTreeMap<Code, u64>,
    /// The first refusal of each code.
    pub examples: BTreeMap<Code, Text>,
    /// Days done, of all.
    pub day: (u32, u32),
}

impl Plan {
    /// Reads a plan and checks it against the catalog.
    ///
    /// # Errors
    /// When the file can't be read, or is wrong: then with diagnostics.
    pub fn open(path: &Path, catalog: &Catalog) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
        plan::parse(&path.display().to_string(), &text, catalog)
    }

    /// As [`Plan::open`], from a text; `path` is for messages.
    ///
    /// # Errors
    /// When the plan is wrong.
    pub fn parse(path: &str, text: &str, catalog: &Catalog) -> Result<Self, Error> {
        plan::parse(path, text, catalog)
    }
}

/// Fills a book with demo data. When the book runs on `clock`, its records are spread over the days of the plan, and
/// what becomes due on the way happens; otherwise all of them are created now.
///
/// # Errors
/// When the store fails. Refused commands are in the report.
pub fn run(
    book: &Book,
    clock: Option<&SettableClock>,
    plan: &Plan,
    options: &Options,
    progress: &mut dyn FnMut(&Report),
) -> Result<Report, Error> {
    play::play(book, clock, plan, options, progress)
}

#[cfg(test)]
mod tests;
