//! Random organisations, roles and records, and the book that holds them.

use std::collections::BTreeSet;

use formwork_model::id::RecordId;
use formwork_runtime::scenario::parse_actor;
use serde_json::{Value as Json, json};

use super::{
    FIELDS, LINES, OF_LINES, RECORDS, ROLES, USERS,
    faces::{NOTE, note_grant},
    reports::REPORTS,
};
use crate::runtime::world::{World, world};

/// A generator whose numbers follow from its seed (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// Rows as the reference understands them.
#[derive(Debug, Clone)]
pub(super) enum Rows {
    Own,
    Unit,
    UnitBelow,
    Area,
    Range,
    Firm,
    All,
    AlphaBelow(i64),
    SomePriceBelow(i64),
    Mine,
    Any(Vec<Rows>),
    Every(Vec<Rows>),
}

#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) may: BTreeSet<&'static str>,
    pub(super) rows: Rows,
    pub(super) hidden: BTreeSet<usize>,
    pub(super) masked: BTreeSet<usize>,
    pub(super) write: Option<BTreeSet<usize>>,
}

impl Grant {
    pub(super) fn hides(&self, field: usize) -> bool {
        self.hidden.contains(&field) || OF_LINES.contains(&field) && self.hidden.contains(&LINES)
    }

    pub(super) fn shows(&self, field: usize) -> bool {
        !self.hides(field) && !self.masked.contains(&field)
    }

    pub(super) fn sets(&self, field: usize) -> bool {
        let named = |write: &BTreeSet<usize>| {
            let whole = OF_LINES.contains(&field) && write.contains(&LINES);
            let part = field == LINES && OF_LINES.iter().any(|field| write.contains(field));
            write.contains(&field) || whole || part
        };
        self.shows(field) && self.write.as_ref().is_none_or(named)
    }

    pub(super) fn adds_lines(&self) -> bool {
        self.shows(LINES) && self.write.as_ref().is_none_or(|write| write.contains(&LINES))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) user: usize,
    pub(super) role: usize,
    pub(super) unit: Option<usize>,
    pub(super) area: Option<usize>,
    pub(super) range: Option<usize>,
    pub(super) firm: Option<usize>,
    pub(super) held: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) id: RecordId,
    pub(super) owner: Option<usize>,
    pub(super) unit: Option<usize>,
    pub(super) area: Option<usize>,
    pub(super) range: Option<usize>,
    pub(super) firm: Option<usize>,
    pub(super) values: [i64; 3],
    /// Its lines: the price and the count of each.
    pub(super) parts: Vec<[i64; 2]>,
    pub(super) up: Option<usize>,
}

/// How a field is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seen {
    Absent,
    Masked,
    Full,
}

#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) parents: Vec<Option<usize>>,
    pub(super) ids: Vec<RecordId>,
}

impl Place {
    pub(super) fn is_below(&self, mut at: usize, top: usize) -> bool {
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

pub(super) fn rows(dice: &mut Dice, deep: usize) -> Rows {
    match dice.below(if deep == 0 { 10 } else { 12 }) {
        0 => Rows::Own,
        1 => Rows::Unit,
        2 => Rows::UnitBelow,
        3 => Rows::Area,
        4 => Rows::All,
        5 => Rows::AlphaBelow(dice.below(100) as i64),
        6 => Rows::Mine,
        7 => Rows::SomePriceBelow(dice.below(40) as i64),
        8 => Rows::Range,
        9 => Rows::Firm,
        10 => Rows::Any((0..2).map(|_| rows(dice, deep - 1)).collect()),
        _ => Rows::Every((0..2).map(|_| rows(dice, deep - 1)).collect()),
    }
}

pub(super) fn written(rows: &Rows) -> Json {
    match rows {
        Rows::Own => json!("own"),
        Rows::Unit => json!("department"),
        Rows::UnitBelow => json!("department_below"),
        Rows::Area => json!("territory"),
        Rows::Range => json!("product_line"),
        Rows::Firm => json!("partner"),
        Rows::All => json!("all"),
        Rows::AlphaBelow(n) => json!({"where": {"alpha": {"lt": n}}}),
        Rows::SomePriceBelow(n) => json!({"where": {"parts": {"any": {"price": {"lt": n}}}}}),
        Rows::Mine => json!({"where": {"up.owner": "$me"}}),
        Rows::Any(parts) => json!({"any": parts.iter().map(written).collect::<Vec<_>>()}),
        Rows::Every(parts) => json!({"all": parts.iter().map(written).collect::<Vec<_>>()}),
    }
}

pub(super) fn some_fields(dice: &mut Dice, odds: usize) -> BTreeSet<usize> {
    (0..FIELDS.len()).filter(|_| dice.one_in(odds)).collect()
}

pub(super) fn grant(dice: &mut Dice) -> Grant {
    let mut may: BTreeSet<&'static str> =
        ["read", "read", "update", "delete", "assign", "create"].into_iter().filter(|_| !dice.one_in(3)).collect();
    if may.is_empty() {
        may.insert("read");
    }
    // Whoever reads takes out what they read.
    may.extend(may.contains("read").then_some("export"));
    let hidden = some_fields(dice, 4);
    let mut masked: BTreeSet<usize> = some_fields(dice, 4).difference(&hidden).copied().collect();
    masked.remove(&LINES);
    let mut grant = Grant { may, rows: rows(dice, 2), hidden, masked, write: None };
    grant.write = dice.one_in(2).then(|| (0..FIELDS.len()).filter(|n| grant.shows(*n) && !dice.one_in(3)).collect());
    grant
}

pub(super) fn role_file(number: usize, grants: &[Grant]) -> String {
    let named = |fields: &BTreeSet<usize>| fields.iter().map(|n| FIELDS[*n]).collect::<Vec<_>>();
    let mut written: serde_json::Map<String, Json> = grants
        .iter()
        .enumerate()
        .map(|(n, grant)| {
            let masked: serde_json::Map<String, Json> =
                grant.masked.iter().map(|n| (FIELDS[*n].to_owned(), json!("all"))).collect();
            let mut fields = json!({"hidden": named(&grant.hidden), "masked": masked});
            if let Some(write) = &grant.write {
                // The owner and the places can be set besides.
                let mut write = named(write);
                write.extend(["owner", "unit", "area", "range", "firm", "up"]);
                fields["write"] = json!(write);
            }
            let body = json!({"on": "thing", "may": grant.may, "rows": self::written(&grant.rows), "fields": fields});
            (format!("g{n}"), body)
        })
        .collect();
    written.insert("notes".to_owned(), note_grant());
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
product_line: range
partner: firm
fields:
  owner: {type: user, label: Owner}
  unit:  {type: department, label: Unit}
  area:  {type: ref, to: territory, label: Area}
  range: {type: ref, to: product_line, label: Range}
  firm:  {type: ref, to: partner, label: Firm}
  up:    {type: ref, to: thing, label: Up}
  alpha: {type: integer, label: Alpha}
  beta:  {type: integer, indexed: true, label: Beta}
  gamma: {type: integer, label: Gamma}
  parts:
    type: lines
    label: Parts
    fields:
      price: {type: integer, label: Price}
      count: {type: integer, label: Count}
";

/// Lines as they are sent.
pub(super) fn lines(parts: &[[i64; 2]]) -> Json {
    parts.iter().map(|[price, count]| json!({"price": price, "count": count})).collect()
}

/// An organisation, its grants and records, and the book that holds them.
pub(super) struct Site {
    pub(super) world: World,
    pub(super) units: Place,
    pub(super) areas: Place,
    pub(super) ranges: Place,
    pub(super) firms: Place,
    pub(super) roles: Vec<Vec<Grant>>,
    pub(super) positions: Vec<Position>,
    pub(super) things: Vec<Thing>,
}

pub(super) fn tree(dice: &mut Dice, world: &World, object: &str, n: usize) -> Place {
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
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let roles: Vec<Vec<Grant>> =
            (0..ROLES).map(|_| (0..=dice.below(3)).map(|_| grant(&mut dice)).collect()).collect();
        let files: String = roles.iter().enumerate().map(|(n, grants)| role_file(n, grants)).collect();
        let mut world = world(&format!("{THING}{NOTE}{REPORTS}{files}"));
        world.actor = parse_actor("root").unlimited();
        let units = tree(&mut dice, &world, "department", 6);
        let areas = tree(&mut dice, &world, "territory", 5);
        let ranges = tree(&mut dice, &world, "product_line", 4);
        let firms = tree(&mut dice, &world, "partner", 4);
        let mut site = Self { world, units, areas, ranges, firms, roles, positions: Vec::new(), things: Vec::new() };
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

    pub(super) fn employ(&mut self, dice: &mut Dice, user: usize) {
        let position = Position {
            user,
            role: dice.below(ROLES),
            unit: (!dice.one_in(4)).then(|| dice.below(6)),
            area: (!dice.one_in(3)).then(|| dice.below(5)),
            range: (!dice.one_in(3)).then(|| dice.below(4)),
            firm: (!dice.one_in(3)).then(|| dice.below(4)),
            held: !dice.one_in(6),
        };
        let mut values = json!({"user": format!("u{user}"), "role": format!("r{}", position.role)});
        if let Some(unit) = position.unit {
            values["department"] = json!(self.units.ids[unit].to_string());
        }
        if let Some(area) = position.area {
            values["territory"] = json!(self.areas.ids[area].to_string());
        }
        if let Some(range) = position.range {
            values["product_line"] = json!(self.ranges.ids[range].to_string());
        }
        if let Some(firm) = position.firm {
            values["partner"] = json!(self.firms.ids[firm].to_string());
        }
        if !position.held {
            values["to"] = json!("2026-03-01");
        }
        self.world.create("position", values);
        self.positions.push(position);
    }

    pub(super) fn record(&mut self, dice: &mut Dice) {
        let owner = (!dice.one_in(4)).then(|| dice.below(USERS));
        let unit = (!dice.one_in(4)).then(|| dice.below(6));
        let area = (!dice.one_in(4)).then(|| dice.below(5));
        let range = (!dice.one_in(4)).then(|| dice.below(4));
        let firm = (!dice.one_in(4)).then(|| dice.below(4));
        let up = (!self.things.is_empty() && !dice.one_in(3)).then(|| dice.below(self.things.len()));
        let values = [dice.below(100) as i64, dice.below(20) as i64, dice.below(100) as i64];
        let parts: Vec<[i64; 2]> = (0..dice.below(4)).map(|_| [dice.below(50) as i64, dice.below(50) as i64]).collect();
        let mut sent = json!({"alpha": values[0], "beta": values[1], "gamma": values[2], "parts": lines(&parts)});
        if let Some(owner) = owner {
            sent["owner"] = json!(format!("u{owner}"));
        }
        if let Some(unit) = unit {
            sent["unit"] = json!(format!("department{unit}"));
        }
        if let Some(area) = area {
            sent["area"] = json!(self.areas.ids[area].to_string());
        }
        if let Some(range) = range {
            sent["range"] = json!(self.ranges.ids[range].to_string());
        }
        if let Some(firm) = firm {
            sent["firm"] = json!(self.firms.ids[firm].to_string());
        }
        if let Some(up) = up {
            sent["up"] = json!(self.things[up].id.to_string());
        }
        let id = self.world.create("thing", sent);
        self.things.push(Thing { id, owner, unit, area, range, firm, values, parts, up });
    }
}
