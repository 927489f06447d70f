//! Random organisations, grants and records: every face agrees with a reference that goes through positions and grants
//! one by one and knows no filter, no index and no cache.

mod reference;
mod site;

use std::collections::BTreeMap;

use formwork_catalog::{
    filter::parse_filter,
    role::{Action, Mask},
};
use formwork_definition::kind::role::May;
use formwork_model::id::RecordId;
use formwork_runtime::{
    command::{Actor, Command, Input, Request},
    query::{Query, parse_sort},
    scenario::parse_actor,
};
use serde_json::{Value as Json, json};

use self::site::{Dice, Seen, Site, Thing};
use super::world::name;

const FIELDS: [&str; 3] = ["alpha", "beta", "gamma"];
const USERS: usize = 6;
const ROLES: usize = 5;
const RECORDS: usize = 48;

impl Site {
    fn check_records(&self, user: usize) -> usize {
        let actor = parse_actor(&format!("u{user}"));
        let eyes = self.world.book.eyes(&actor);
        let mut decisions = 0;
        for thing in &self.things {
            let shown = eyes.get(name("thing"), thing.id).ok();
            assert_eq!(shown.is_some(), self.sees(user, thing), "u{user} {thing:?}");
            for (n, field) in FIELDS.iter().enumerate() {
                let got = match &shown {
                    Some(shown) if !shown.absent.contains(&name(field)) => {
                        let value = shown.record.fields.get(name(field)).to_string();
                        let masked = Mask { first: 0, last: 0 }.apply(&thing.values[n].to_string());
                        if value == masked { Seen::Masked } else { Seen::Full }
                    }
                    _ => Seen::Absent,
                };
                assert_eq!(got, self.seen(user, thing, n), "u{user} {field} {thing:?}");
            }
            for (word, may) in [("update", May::Update), ("delete", May::Delete), ("assign", May::Assign)] {
                let expected = self.sees(user, thing) && !self.covering(user, word, thing).is_empty();
                let got = eyes.may(name("thing"), thing.id, Action::May(may)).unwrap();
                assert_eq!(got, expected, "u{user} {word} {thing:?}");
            }
            decisions += 7;
        }
        decisions
    }

    fn check_lists(&self, dice: &mut Dice, user: usize) -> usize {
        let mut decisions = 0;
        for _ in 0..20 {
            let (by, least, sort) = (dice.below(3), dice.below(100) as i64, dice.below(4));
            let (down, through) = (dice.one_in(2), dice.one_in(4));
            let mut fields: Vec<usize> = if through { Vec::new() } else { vec![by] };
            fields.extend((sort < 3).then_some(sort));
            fields.dedup();
            let filter = if through {
                json!({format!("up.{}", FIELDS[by]): {"gte": least}})
            } else {
                json!({FIELDS[by]: {"gte": least / 2}})
            };
            let matches = |thing: &Thing| {
                if !through {
                    return thing.values[by] >= least / 2;
                }
                let Some(up) = thing.up.map(|up| &self.things[up]) else { return false };
                self.seen(user, up, by) == Seen::Full && up.values[by] >= least
            };
            let mut expected: Vec<&Thing> =
                self.things.iter().filter(|thing| self.shows(user, thing, &fields) && matches(thing)).collect();
            let value = |thing: &Thing| if sort < 3 { thing.values[sort] } else { 0 };
            // Newest first without an order; ids decide between equals in its direction.
            expected.sort_by(|a, b| {
                let by = value(a).cmp(&value(b)).then(a.id.cmp(&b.id));
                if down || sort == 3 { by.reverse() } else { by }
            });
            let text = match (sort, down) {
                (3, _) => String::new(),
                (n, true) => format!("-{}", FIELDS[n]),
                (n, false) => FIELDS[n].to_owned(),
            };
            self.compare(user, &fields, &filter, &text, &expected);
            decisions += self.things.len() * 2;
        }
        decisions
    }

    fn compare(&self, user: usize, fields: &[usize], filter: &Json, sort: &str, expected: &[&Thing]) {
        let (actor, catalog) = (parse_actor(&format!("u{user}")), self.world.book.catalog());
        let parsed = parse_filter(&*catalog, name("thing"), filter, &catalog.book.zone).unwrap();
        let order = parse_sort(catalog.object(name("thing")).unwrap(), sort).unwrap();
        let mut query = Query { object: name("thing"), filter: parsed.clone(), sort: order, limit: 7, after: None };
        let mut ids = Vec::new();
        loop {
            let page = match self.world.book.list(&query, &actor) {
                Ok(page) => page,
                Err(_) => {
                    assert!(!self.knows(user, fields), "u{user} {filter} {sort}");
                    return;
                }
            };
            ids.extend(page.records.iter().map(|record| record.id));
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        let wanted: Vec<RecordId> = expected.iter().map(|thing| thing.id).collect();
        assert_eq!(ids, wanted, "u{user} {filter} {sort}");
        if sort.is_empty() {
            let counted = self.world.book.count(name("thing"), &parsed, 1000, &actor).unwrap();
            assert_eq!(counted, (wanted.len(), true), "u{user} {filter}");
        }
    }

    fn check_writes(&self, dice: &mut Dice, user: usize) -> usize {
        let actor = parse_actor(&format!("u{user}"));
        let mut decisions = 0;
        let tried = |request| self.world.book.dry_run(&Command::new(Actor::clone(&actor), request)).is_ok();
        for thing in self.things.iter().step_by(3) {
            let (field, value, owner) = (dice.below(3), dice.below(100) as i64, dice.below(USERS));
            let update = |values: Json| {
                let values: Input = values.as_object().unwrap().clone();
                tried(Request::Update { object: name("thing"), id: thing.id, rev: None, values })
            };
            let got = update(json!({FIELDS[field]: value}));
            assert_eq!(got, self.can_update(user, thing, field, value), "u{user} {field}={value} {thing:?}");
            let got = update(json!({"owner": format!("u{owner}")}));
            assert_eq!(got, self.can_give(user, thing, owner), "u{user} to u{owner} {thing:?}");
            let unit = dice.below(6);
            let values =
                json!({"owner": format!("u{owner}"), "unit": format!("department{unit}"), FIELDS[field]: value});
            let got = tried(Request::Create { object: name("thing"), values: values.as_object().unwrap().clone() });
            // A field without a value is less than nothing: comparisons never hold for it.
            let mut values = [i64::MAX; 3];
            values[field] = value;
            let new = Thing { id: thing.id, owner: Some(owner), unit: Some(unit), area: None, values, up: None };
            assert_eq!(got, self.can_create(user, &new, &[field]), "u{user} creates {new:?}");
            decisions += 3;
        }
        decisions
    }
}
#[test]
fn every_face_agrees_with_a_reference_that_asks_grant_by_grant() {
    let mut decisions = 0;
    let mut outcomes: BTreeMap<bool, usize> = BTreeMap::new();
    for seed in 0..10 {
        let site = Site::new(seed);
        let mut dice = Dice(seed ^ 0xdead_beef);
        for user in 0..USERS {
            decisions += site.check_records(user);
            decisions += site.check_lists(&mut dice, user);
            decisions += site.check_writes(&mut dice, user);
            for thing in &site.things {
                *outcomes.entry(site.sees(user, thing)).or_default() += 1;
            }
        }
    }
    assert!(decisions >= 100_000, "{decisions}");
    // Neither answer is rare.
    assert!(outcomes.values().all(|n| *n > 300), "{outcomes:?}");
}
