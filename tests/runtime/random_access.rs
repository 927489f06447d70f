//! Random organisations, grants and records: every face agrees with a reference that goes through positions and grants
//! one by one and knows no filter, no index and no cache.

use std::collections::{BTreeMap, BTreeSet};

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

use super::world::{World, name, world};

const FIELDS: [&str; 3] = ["alpha", "beta", "gamma"];
const USERS: usize = 6;
const ROLES: usize = 5;
const RECORDS: usize = 48;

/// A generator whose numbers follow from its seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// Rows as the reference understands them.
#[derive(Debug, Clone)]
enum Rows {
    Own,
    Unit,
    UnitBelow,
    Area,
    All,
    AlphaBelow(i64),
    Mine,
    Any(Vec<Rows>),
    Every(Vec<Rows>),
}

#[derive(Debug, Clone)]
struct Grant {
    may: BTreeSet<&'static str>,
    rows: Rows,
    hidden: BTreeSet<usize>,
    masked: BTreeSet<usize>,
    write: Option<BTreeSet<usize>>,
}

#[derive(Debug, Clone)]
struct Position {
    user: usize,
    role: usize,
    unit: Option<usize>,
    area: Option<usize>,
    held: bool,
}

#[derive(Debug, Clone)]
struct Thing {
    id: RecordId,
    owner: Option<usize>,
    unit: Option<usize>,
    area: Option<usize>,
    values: [i64; 3],
    up: Option<usize>,
}

/// How a field is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Absent,
    Masked,
    Full,
}

#[derive(Debug, Default)]
struct Place {
    parents: Vec<Option<usize>>,
    ids: Vec<RecordId>,
}

impl Place {
    fn is_below(&self, mut at: usize, top: usize) -> bool {
        loop {
            if at == top {
                return true;
            }
            match self.parents[at] {
                Some(parent) => at = parent,
                None => return false,
            }
        }
    }
}

fn rows(dice: &mut Dice, deep: usize) -> Rows {
    match dice.below(if deep == 0 { 7 } else { 9 }) {
        0 => Rows::Own,
        1 => Rows::Unit,
        2 => Rows::UnitBelow,
        3 => Rows::Area,
        4 => Rows::All,
        5 => Rows::AlphaBelow(dice.below(100) as i64),
        6 => Rows::Mine,
        7 => Rows::Any((0..2).map(|_| rows(dice, deep - 1)).collect()),
        _ => Rows::Every((0..2).map(|_| rows(dice, deep - 1)).collect()),
    }
}

fn written(rows: &Rows) -> Json {
    match rows {
        Rows::Own => json!("own"),
        Rows::Unit => json!("department"),
        Rows::UnitBelow => json!("department_below"),
        Rows::Area => json!("territory"),
        Rows::All => json!("all"),
        Rows::AlphaBelow(n) => json!({"where": {"alpha": {"lt": n}}}),
        Rows::Mine => json!({"where": {"up.owner": "$me"}}),
        Rows::Any(parts) => json!({"any": parts.iter().map(written).collect::<Vec<_>>()}),
        Rows::Every(parts) => json!({"all": parts.iter().map(written).collect::<Vec<_>>()}),
    }
}

fn some_fields(dice: &mut Dice, odds: usize) -> BTreeSet<usize> {
    (0..3).filter(|_| dice.one_in(odds)).collect()
}

fn grant(dice: &mut Dice) -> Grant {
    let mut may: BTreeSet<&'static str> =
        ["read", "read", "update", "delete", "assign", "create"].into_iter().filter(|_| !dice.one_in(3)).collect();
    if may.is_empty() {
        may.insert("read");
    }
    let hidden = some_fields(dice, 4);
    let masked: BTreeSet<usize> = some_fields(dice, 4).difference(&hidden).copied().collect();
    let write = dice.one_in(2).then(|| (0..3).filter(|n| !hidden.contains(n) && !masked.contains(n)).take(2).collect());
    Grant { may, rows: rows(dice, 2), hidden, masked, write }
}

fn role_file(number: usize, grants: &[Grant]) -> String {
    let named = |fields: &BTreeSet<usize>| fields.iter().map(|n| FIELDS[*n]).collect::<Vec<_>>();
    let written: serde_json::Map<String, Json> = grants
        .iter()
        .enumerate()
        .map(|(n, grant)| {
            let masked: serde_json::Map<String, Json> =
                grant.masked.iter().map(|n| (FIELDS[*n].to_owned(), json!("all"))).collect();
            let mut fields = json!({"hidden": named(&grant.hidden), "masked": masked});
            if let Some(write) = &grant.write {
                // The owner and the places can be set besides.
                let mut write = named(write);
                write.extend(["owner", "unit", "area", "up"]);
                fields["write"] = json!(write);
            }
            let body = json!({"on": "thing", "may": grant.may, "rows": self::written(&grant.rows), "fields": fields});
            (format!("g{n}"), body)
        })
        .collect();
    format!("# definitions/x/r{number}.role.yaml\nrole: r{number}\nlabel: R\ngrants: {}\n", Json::Object(written))
}

const THING: &str = "
# definitions/x.book.yaml
book: x
# definitions/x/thing.object.yaml
object: thing
label: Thing
owner: owner
department: unit
territory: area
fields:
  owner: {type: user, label: Owner}
  unit:  {type: department, label: Unit}
  area:  {type: ref, to: territory, label: Area}
  up:    {type: ref, to: thing, label: Up}
  alpha: {type: integer, label: Alpha}
  beta:  {type: integer, indexed: true, label: Beta}
  gamma: {type: integer, label: Gamma}
";

/// An organisation, its grants and records, and the book that holds them.
struct Site {
    world: World,
    units: Place,
    areas: Place,
    roles: Vec<Vec<Grant>>,
    positions: Vec<Position>,
    things: Vec<Thing>,
}

fn tree(dice: &mut Dice, world: &World, object: &str, n: usize) -> Place {
    let mut place = Place::default();
    for i in 0..n {
        let parent = if i == 0 || dice.one_in(4) { None } else { Some(dice.below(i)) };
        let mut values = json!({"code": format!("{object}{i}"), "name": "x"});
        if let Some(parent) = parent {
            values["parent"] = json!(place.ids[parent].to_string());
        }
        place.ids.push(world.create(object, values));
        place.parents.push(parent);
    }
    place
}

impl Site {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let roles: Vec<Vec<Grant>> =
            (0..ROLES).map(|_| (0..=dice.below(3)).map(|_| grant(&mut dice)).collect()).collect();
        let files: String = roles.iter().enumerate().map(|(n, grants)| role_file(n, grants)).collect();
        let mut world = world(&format!("{THING}{files}"));
        world.actor = parse_actor("root").unlimited();
        let units = tree(&mut dice, &world, "department", 6);
        let areas = tree(&mut dice, &world, "territory", 5);
        let mut site = Self { world, units, areas, roles, positions: Vec::new(), things: Vec::new() };
        for user in 0..USERS {
            site.world.create("user", json!({"login": format!("u{user}"), "name": "x"}));
            for _ in 0..dice.below(4) {
                site.employ(&mut dice, user);
            }
        }
        for _ in 0..RECORDS {
            site.record(&mut dice);
        }
        site
    }

    fn employ(&mut self, dice: &mut Dice, user: usize) {
        let position = Position {
            user,
            role: dice.below(ROLES),
            unit: (!dice.one_in(4)).then(|| dice.below(6)),
            area: (!dice.one_in(3)).then(|| dice.below(5)),
            held: !dice.one_in(6),
        };
        let mut values = json!({"user": format!("u{user}"), "role": format!("r{}", position.role)});
        if let Some(unit) = position.unit {
            values["department"] = json!(self.units.ids[unit].to_string());
        }
        if let Some(area) = position.area {
            values["territory"] = json!(self.areas.ids[area].to_string());
        }
        if !position.held {
            values["to"] = json!("2026-03-01");
        }
        self.world.create("position", values);
        self.positions.push(position);
    }

    fn record(&mut self, dice: &mut Dice) {
        let owner = (!dice.one_in(4)).then(|| dice.below(USERS));
        let unit = (!dice.one_in(4)).then(|| dice.below(6));
        let area = (!dice.one_in(4)).then(|| dice.below(5));
        let up = (!self.things.is_empty() && !dice.one_in(3)).then(|| dice.below(self.things.len()));
        let values = [dice.below(100) as i64, dice.below(20) as i64, dice.below(100) as i64];
        let mut sent = json!({"alpha": values[0], "beta": values[1], "gamma": values[2]});
        if let Some(owner) = owner {
            sent["owner"] = json!(format!("u{owner}"));
        }
        if let Some(unit) = unit {
            sent["unit"] = json!(format!("department{unit}"));
        }
        if let Some(area) = area {
            sent["area"] = json!(self.areas.ids[area].to_string());
        }
        if let Some(up) = up {
            sent["up"] = json!(self.things[up].id.to_string());
        }
        let id = self.world.create("thing", sent);
        self.things.push(Thing { id, owner, unit, area, values, up });
    }

    // The reference.

    fn covers(&self, rows: &Rows, position: &Position, thing: &Thing) -> bool {
        match rows {
            Rows::Own => thing.owner == Some(position.user),
            Rows::Unit => position.unit.is_some() && thing.unit == position.unit,
            Rows::UnitBelow => {
                position.unit.is_some_and(|top| thing.unit.is_some_and(|at| self.units.is_below(at, top)))
            }
            Rows::Area => position.area.is_some_and(|top| thing.area.is_some_and(|at| self.areas.is_below(at, top))),
            Rows::All => true,
            Rows::AlphaBelow(n) => thing.values[0] < *n,
            Rows::Mine => thing.up.is_some_and(|up| self.things[up].owner == Some(position.user)),
            Rows::Any(parts) => parts.iter().any(|part| self.covers(part, position, thing)),
            Rows::Every(parts) => parts.iter().all(|part| self.covers(part, position, thing)),
        }
    }

    fn covering(&self, user: usize, may: &str, thing: &Thing) -> Vec<&Grant> {
        let held = self.positions.iter().filter(|position| position.user == user && position.held);
        held.flat_map(|position| self.roles[position.role].iter().map(move |grant| (position, grant)))
            .filter(|(position, grant)| grant.may.contains(may) && self.covers(&grant.rows, position, thing))
            .map(|(_, grant)| grant)
            .collect()
    }

    fn sees(&self, user: usize, thing: &Thing) -> bool {
        !self.covering(user, "read", thing).is_empty()
    }

    fn seen(&self, user: usize, thing: &Thing, field: usize) -> Seen {
        let by = |grant: &&Grant| {
            if grant.hidden.contains(&field) {
                Seen::Absent
            } else if grant.masked.contains(&field) {
                Seen::Masked
            } else {
                Seen::Full
            }
        };
        self.covering(user, "read", thing).iter().map(by).max().unwrap_or(Seen::Absent)
    }

    /// Whether the user reads any record by a grant that shows all of these fields.
    fn knows(&self, user: usize, fields: &[usize]) -> bool {
        let held = self.positions.iter().filter(|position| position.user == user && position.held);
        let mut grants =
            held.flat_map(|position| &self.roles[position.role]).filter(|grant| grant.may.contains("read"));
        let shows = |grant: &Grant, field| !grant.hidden.contains(&field) && !grant.masked.contains(&field);
        let all: Vec<&Grant> = grants.by_ref().collect();
        all.is_empty() || fields.iter().all(|field| all.iter().any(|grant| shows(grant, *field)))
    }

    /// Whether one grant covers the row and shows all of these fields.
    fn shows(&self, user: usize, thing: &Thing, fields: &[usize]) -> bool {
        let shows =
            |grant: &&&Grant| fields.iter().all(|field| !grant.hidden.contains(field) && !grant.masked.contains(field));
        self.covering(user, "read", thing).iter().any(|grant| shows(&grant))
    }

    fn can_update(&self, user: usize, thing: &Thing, field: usize, value: i64) -> bool {
        let writes = |thing: &Thing| {
            let can = |grant: &&Grant| {
                let full = !grant.hidden.contains(&field) && !grant.masked.contains(&field);
                full && grant.write.as_ref().is_none_or(|write| write.contains(&field))
            };
            self.covering(user, "update", thing).iter().any(can)
        };
        let mut after = thing.clone();
        after.values[field] = value;
        self.sees(user, thing) && writes(thing) && writes(&after)
    }

    fn can_give(&self, user: usize, thing: &Thing, owner: usize) -> bool {
        let moves = thing.owner != Some(owner);
        let after = Thing { owner: Some(owner), ..thing.clone() };
        let may = |may, thing: &Thing| !self.covering(user, may, thing).is_empty();
        self.sees(user, thing)
            && may("update", thing)
            && if moves { may("assign", thing) } else { may("update", &after) }
    }

    fn can_create(&self, user: usize, thing: &Thing, fields: &[usize]) -> bool {
        let covering = self.covering(user, "create", thing);
        let writes = |field: &usize| {
            covering.iter().any(|grant| {
                let full = !grant.hidden.contains(field) && !grant.masked.contains(field);
                full && grant.write.as_ref().is_none_or(|write| write.contains(field))
            })
        };
        !covering.is_empty() && fields.iter().all(writes)
    }

    // The faces.

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
