//! The faces beside records and lists: history, references, who may, files of exports, and scripts on somebody's behalf.

use formwork_catalog::{
    filter::Filter,
    role::{Action, Mask},
};
use formwork_definition::kind::role::May;
use formwork_integration::export::{Export, to_csv};
use formwork_model::name::Name;
use formwork_runtime::{
    command::{Command, Request},
    query::Query,
    scenario::parse_actor,
};
use formwork_store::table::history::Entry;
use serde_json::{Value as Json, json};

use super::{
    FIELDS,
    site::{Dice, Seen, Site, Thing},
};
use crate::runtime::world::name;

/// Whoever may keep notes of what they find counts and adds up what a script finds for them.
pub(super) const NOTE: &str = "
# definitions/x/note.object.yaml
object: note
label: Note
fields:
  least: {type: integer, label: Least}
  found: {type: integer, label: Found}
  sum:   {type: integer, label: Sum}
rules:
  count:
    on: create
    run: '= this.found = count(\"thing\", #{alpha: #{gte: this.least}}); this.sum = integer(sum(\"thing\", \"beta\", #{}))'
";

impl Site {
    /// What the history tells of a record, and what it is called where it is referred to.
    pub(super) fn check_history(&self, user: usize) -> usize {
        let (actor, whole) = (parse_actor(&format!("u{user}")), parse_actor("root").unlimited());
        let (eyes, all) = (self.world.book.eyes(&actor), self.world.book.eyes(&whole));
        let mut decisions = 0;
        for thing in &self.things {
            let told = |entries: Vec<Entry>, field: &str| -> Vec<String> {
                let changes = entries.into_iter().flat_map(|entry| entry.changes);
                let own = changes.filter(|change| change.id == thing.id && &*change.path == field);
                own.map(|change| format!("{} {}", change.old, change.new)).collect()
            };
            let read = |eyes: &formwork_runtime::access::Eyes<'_>| eyes.history(name("thing"), thing.id, None, 100);
            let sees = self.sees(user, thing);
            assert_eq!(read(&eyes).is_ok(), sees, "u{user} {thing:?}");
            for (n, field) in FIELDS.iter().enumerate().take(3).filter(|_| sees) {
                let there = told(read(&all).unwrap(), field);
                assert!(!there.is_empty(), "{field} {thing:?}");
                let expected = if self.seen(user, thing, n) == Seen::Full { there } else { Vec::new() };
                assert_eq!(told(read(&eyes).unwrap(), field), expected, "u{user} {field} {thing:?}");
            }
            let found = eyes.resolve(name("thing"), &json!(thing.id.to_string())).unwrap();
            assert_eq!(found.is_some(), sees, "u{user} {thing:?}");
            decisions += 5;
        }
        decisions
    }

    /// Everybody who may see a record, and who may change it.
    pub(super) fn check_who(&self) -> usize {
        for thing in &self.things {
            for (word, may) in [("read", May::Read), ("update", May::Update)] {
                let who = self.world.book.who((name("thing"), thing.id), Action::May(may), None).unwrap();
                let who: Vec<String> = who.iter().map(|why| why.login.to_string()).collect();
                let may = |user: &usize| self.sees(*user, thing) && !self.covering(*user, word, thing).is_empty();
                let expected: Vec<String> = (0..super::USERS).filter(may).map(|user| format!("u{user}")).collect();
                assert_eq!(who, expected, "{word} {thing:?}");
            }
        }
        self.things.len() * super::USERS * 2
    }

    /// A file of all records with those columns that some grant shows.
    pub(super) fn check_export(&self, user: usize) -> usize {
        let actor = parse_actor(&format!("u{user}"));
        let known: Vec<usize> = (0..3).filter(|field| self.knows(user, &[*field])).collect();
        let mut seen: Vec<&Thing> = self.things.iter().filter(|thing| self.sees(user, thing)).collect();
        seen.sort_by_key(|thing| std::cmp::Reverse(thing.id));
        let query = Query {
            object: name("thing"),
            filter: Filter::And(Vec::new()),
            sort: Vec::new(),
            limit: 1000,
            after: None,
        };
        let fields: Vec<Name> = known.iter().map(|field| name(FIELDS[*field])).collect();
        if fields.is_empty() {
            return 0;
        }
        let mut file = Vec::new();
        let rows = to_csv(&self.world.book, &actor, &Export { query, fields, language: None }, &mut file, &mut |_| ());
        let Ok(rows) = rows else {
            assert!(seen.is_empty(), "u{user}");
            return 1;
        };
        assert_eq!(rows, seen.len(), "u{user}");
        let text = String::from_utf8(file).unwrap();
        for (line, thing) in text.lines().skip(1).zip(&seen) {
            let cells: Vec<&str> = line.split(',').collect();
            for (cell, field) in cells.iter().zip(&known) {
                let value = thing.values[*field].to_string();
                let expected = match self.seen(user, thing, *field) {
                    Seen::Full => value,
                    Seen::Masked => Mask { first: 0, last: 0 }.apply(&value),
                    Seen::Absent => String::new(),
                };
                assert_eq!(cell.trim_matches('"'), expected, "u{user} {} {thing:?}", FIELDS[*field]);
            }
        }
        seen.len() * (1 + known.len())
    }

    /// What a script counts and adds up for whoever runs it.
    pub(super) fn check_scripts(&self, dice: &mut Dice, user: usize) -> usize {
        let held = self.positions.iter().any(|position| position.user == user && position.held);
        let actor = parse_actor(&format!("u{user}"));
        for _ in 0..5 {
            let least = dice.below(100) as i64;
            let values = json!({"least": least}).as_object().unwrap().clone();
            let done =
                self.world.book.dry_run(&Command::new(actor.clone(), Request::Create { object: name("note"), values }));
            // A filter by what no grant shows is refused; there is nothing of it to add up.
            let knows = self.knows(user, &[0]);
            assert_eq!(done.is_ok(), held && knows, "u{user} {least} {:?}", done.as_ref().err());
            let Ok(changes) = done else { continue };
            let record = changes.outcome.record.unwrap();
            let shown = |field: usize| self.things.iter().filter(move |thing| self.shows(user, thing, &[field]));
            let found = shown(0).filter(|thing| thing.values[0] >= least).count();
            let sum: i64 = shown(1).map(|thing| thing.values[1]).sum();
            let got = |field: &str| record.fields.get(name(field)).to_string();
            assert_eq!((got("found"), got("sum")), (found.to_string(), sum.to_string()), "u{user} {least}");
        }
        5 * 2 * self.things.len()
    }
}

/// The grant by which every role keeps notes.
pub(super) fn note_grant() -> Json {
    json!({"on": "note", "may": ["read", "create", "update"], "rows": "all"})
}
