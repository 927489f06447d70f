//! Random organisations, grants and records: every face agrees with a reference that goes through positions and grants
//! one by one and knows no filter, no index and no cache.

mod faces;
mod reference;
mod reports;
mod site;

use std::collections::BTreeMap;

use formwork_catalog::{
    filter::parse_filter,
    role::{Action, Mask},
};
use formwork_definition::kind::role::May;
use formwork_model::{field_path::FieldPath, id::RecordId};
use formwork_runtime::{
    access::Shown,
    command::{Actor, Command, Input, Request},
    query::{Query, parse_sort},
    scenario::parse_actor,
};
use serde_json::{Value as Json, json};

use self::site::{Dice, Seen, Site, Thing};
use super::world::name;

/// The fields that grants speak of: of the record, of its lines, and the lines themselves.
const FIELDS: [&str; 6] = ["alpha", "beta", "gamma", "parts.price", "parts.count", "parts"];
const OF_LINES: [usize; 2] = [3, 4];
const LINES: usize = 5;
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
            for (n, field) in FIELDS.iter().enumerate().take(3) {
                let got = match &shown {
                    Some(shown) if !shown.absent.contains(&name(field).into()) => {
                        let value = shown.record.fields.get(name(field)).to_string();
                        let masked = Mask { first: 0, last: 0 }.apply(&thing.values[n].to_string());
                        if value == masked { Seen::Masked } else { Seen::Full }
                    }
                    _ => Seen::Absent,
                };
                assert_eq!(got, self.seen(user, thing, n), "u{user} {field} {thing:?}");
            }
            decisions += self.check_lines(user, thing, shown.as_ref());
            for (word, may) in [("update", May::Update), ("delete", May::Delete), ("assign", May::Assign)] {
                let expected = self.sees(user, thing) && !self.covering(user, word, thing).is_empty();
                let got = eyes.may(name("thing"), thing.id, Action::May(may)).unwrap();
                assert_eq!(got, expected, "u{user} {word} {thing:?}");
            }
            decisions += 7;
        }
        decisions
    }

    /// What is seen of the lines of a record.
    fn check_lines(&self, user: usize, thing: &Thing, shown: Option<&Shown>) -> usize {
        let expected = self.seen(user, thing, LINES);
        let is_there = shown.is_some_and(|shown| !shown.absent.contains(&name("parts").into()));
        assert_eq!(is_there, expected == Seen::Full, "u{user} {thing:?}");
        let rows = shown.map_or(&[][..], |shown| shown.record.fields.get(name("parts")).rows());
        assert_eq!(rows.len(), if is_there { thing.parts.len() } else { 0 });
        for (row, part) in rows.iter().zip(&thing.parts) {
            for (field, value) in OF_LINES.into_iter().zip(part) {
                let path = FieldPath::find(FIELDS[field]).unwrap();
                let got = row.fields.get(path.line.unwrap()).to_string();
                let want = match self.seen(user, thing, field) {
                    Seen::Full => value.to_string(),
                    Seen::Masked => Mask { first: 0, last: 0 }.apply(&value.to_string()),
                    Seen::Absent => String::new(),
                };
                assert_eq!(got, want, "u{user} {path} {thing:?}");
                let absent = shown.unwrap().absent.contains(&path);
                assert_eq!(absent, want.is_empty(), "u{user} {path}");
            }
        }
        1 + rows.len() * 2
    }

    /// Lists by what some, all or none of the lines have, also of the record above.
    fn check_lists_by_lines(&self, dice: &mut Dice, user: usize) -> usize {
        for _ in 0..12 {
            let (field, least, through) = (OF_LINES[dice.below(2)], dice.below(50) as i64, dice.one_in(3));
            let (column, quantifier) = (field - OF_LINES[0], ["any", "all", "none"][dice.below(3)]);
            let line = FIELDS[field].split_once('.').unwrap().1;
            let fields: Vec<usize> = if through { Vec::new() } else { vec![LINES, field] };
            let path = if through { "up.parts" } else { "parts" };
            let filter = json!({path: {quantifier: {line: {"gte": least}}}});
            let of = |lines: &[Option<i64>]| {
                let mut each = lines.iter().map(|value| value.is_some_and(|value| value >= least));
                match quantifier {
                    "any" => each.any(|holds| holds),
                    "all" => each.all(|holds| holds),
                    _ => !each.any(|holds| holds),
                }
            };
            let matches = |thing: &Thing| {
                if !through {
                    return of(&thing.parts.iter().map(|part| Some(part[column])).collect::<Vec<_>>());
                }
                let up = thing.up.map(|up| &self.things[up]).filter(|up| self.seen(user, up, LINES) == Seen::Full);
                let Some(up) = up else { return of(&[]) };
                let sees = self.seen(user, up, field) == Seen::Full;
                of(&up.parts.iter().map(|part| Some(part[column]).filter(|_| sees)).collect::<Vec<_>>())
            };
            let mut expected: Vec<&Thing> =
                self.things.iter().filter(|thing| self.shows(user, thing, &fields) && matches(thing)).collect();
            expected.sort_by_key(|thing| std::cmp::Reverse(thing.id));
            self.compare(user, &fields, &filter, "", &expected);
        }
        12 * self.things.len() * 2
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
            if !thing.parts.is_empty() {
                let (field, value) = (OF_LINES[dice.below(2)], dice.below(50) as i64);
                let line = FIELDS[field].split_once('.').unwrap().1;
                let mut rows: Vec<Json> = (1..=thing.parts.len()).map(|key| json!({"key": key})).collect();
                rows[0][line] = json!(value);
                let got = update(json!({"parts": rows}));
                assert_eq!(got, self.can_update_line(user, thing, field, value), "u{user} {line}={value} {thing:?}");
                rows[0] = json!({"key": 1});
                rows.push(json!({line: value}));
                let got = update(json!({"parts": rows}));
                assert_eq!(got, self.can_add_line(user, thing, field, value), "u{user} + {line}={value} {thing:?}");
                decisions += 2;
            }
            let unit = dice.below(6);
            let values =
                json!({"owner": format!("u{owner}"), "unit": format!("department{unit}"), FIELDS[field]: value});
            let got = tried(Request::Create { object: name("thing"), values: values.as_object().unwrap().clone() });
            // A field without a value is less than nothing: comparisons never hold for it.
            let mut values = [i64::MAX; 3];
            values[field] = value;
            let new = Thing {
                id: thing.id,
                owner: Some(owner),
                unit: Some(unit),
                area: None,
                range: None,
                firm: None,
                values,
                parts: Vec::new(),
                up: None,
            };
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
        decisions += site.check_who();
        for user in 0..USERS {
            decisions += site.check_records(user);
            decisions += site.check_lists(&mut dice, user);
            decisions += site.check_lists_by_lines(&mut dice, user);
            decisions += site.check_writes(&mut dice, user);
            decisions += site.check_history(user);
            decisions += site.check_export(user);
            decisions += site.check_scripts(&mut dice, user);
            for thing in &site.things {
                *outcomes.entry(site.sees(user, thing)).or_default() += 1;
            }
        }
    }
    assert!(decisions >= 100_000, "{decisions}");
    // Neither answer is rare.
    assert!(outcomes.values().all(|n| *n > 300), "{outcomes:?}");
}
