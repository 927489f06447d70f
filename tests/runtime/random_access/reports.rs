//! Reports over random records: every cell, total, heading and list of records is what the reference adds up record by
//! record, grant by grant. Nobody finds in any number what they do not see.

use std::collections::BTreeMap;

use formwork_catalog::filter::parse_filter;
use formwork_model::{id::RecordId, value::Value};
use formwork_runtime::{
    query::Query,
    report::{Asked, Sheet},
    scenario::parse_actor,
};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{
    LINES, OF_LINES, USERS,
    site::{Dice, Seen, Site, Thing},
};
use crate::runtime::world::name;

/// The reports of the test's book.
pub(super) const REPORTS: &str = "
# definitions/x/things.report.yaml
report: things
on: thing
dimensions:
  alpha: {by: alpha, bands: [20, 40, 60, 80]}
  beta:  beta
  owner: owner
  above: {by: up.beta, bands: [10]}
measures:
  n:     {count: true}
  gamma: {sum: gamma}
  big:   {count: true, where: {gamma: {gte: 50}}}
  over:  {count: true, where: {up.alpha: {gte: 50}}}
  rate:  {value: big / n, as: percent}
  share: {share: gamma}
rows: [beta]
# definitions/x/parts.report.yaml
report: parts
on: thing
lines: parts
dimensions:
  price: {by: parts.price, bands: [10, 20, 30, 40]}
  beta:  {by: beta, bands: [10]}
measures:
  n:     {count: true}
  count: {sum: parts.count}
  dear:  {count: true, where: {parts.price: {gte: 25}, gamma: {gte: 30}}}
rows: [price]
";

/// A dimension or measure: the fields of the record that it reads.
type Reads = (&'static str, &'static [usize]);

const DIMENSIONS: [Reads; 4] = [("alpha", &[0]), ("beta", &[1]), ("owner", &[]), ("above", &[])];
const MEASURES: [Reads; 4] = [("n", &[]), ("gamma", &[2]), ("big", &[2]), ("over", &[])];
const LINE_DIMENSIONS: [Reads; 2] = [("price", &[LINES, OF_LINES[0]]), ("beta", &[LINES, 1])];
const LINE_MEASURES: [Reads; 3] =
    [("n", &[LINES]), ("count", &[LINES, OF_LINES[1]]), ("dear", &[LINES, OF_LINES[0], 2])];

/// A place along an axis, or its total.
type Place = Option<Vec<String>>;

/// What the reference adds up: a number and the records, by measure and cell.
type Cells = BTreeMap<(usize, Place, Place), (Decimal, Vec<RecordId>)>;

/// The place in bands that begin there, as a heading says it.
fn band(value: i64, bands: &[i64]) -> String {
    bands.iter().rev().find(|from| **from <= value).map(|from| from.to_string()).unwrap_or_default()
}

impl Site {
    /// Whether some grant of the user shows all of these fields of some rows.
    fn some_grant(&self, user: usize, fields: &[usize]) -> bool {
        let held = self.positions.iter().filter(|position| position.user == user && position.held);
        held.flat_map(|position| &self.roles[position.role])
            .any(|grant| grant.may.contains("read") && fields.iter().all(|field| grant.shows(*field)))
    }

    fn dimension(&self, user: usize, thing: &Thing, dimension: &str) -> String {
        match dimension {
            "alpha" => band(thing.values[0], &[20, 40, 60, 80]),
            "beta" => thing.values[1].to_string(),
            "owner" => thing.owner.map(|owner| format!("u{owner}")).unwrap_or_default(),
            _ => {
                let up = thing.up.map(|up| &self.things[up]).filter(|up| self.seen(user, up, 1) == Seen::Full);
                // Below the first band, and nothing at all, have no value; their labels differ.
                up.map_or("nothing".to_owned(), |up| band(up.values[1], &[10]))
            }
        }
    }

    /// How much a record is of a measure; `None` when it does not count.
    fn taken(&self, user: usize, thing: &Thing, measure: &str) -> Option<Decimal> {
        let one = |holds: bool| holds.then_some(Decimal::ONE);
        match measure {
            "gamma" => Some(thing.values[2].into()),
            "big" => one(thing.values[2] >= 50),
            "over" => {
                let up = thing.up.map(|up| &self.things[up]);
                one(up.is_some_and(|up| self.seen(user, up, 0) == Seen::Full && up.values[0] >= 50))
            }
            _ => Some(Decimal::ONE),
        }
    }

    /// Asks for a report of records with random rows, columns and filter.
    pub(super) fn check_reports(&self, dice: &mut Dice, user: usize) -> usize {
        let mut cells = 0;
        for _ in 0..6 {
            let offered: Vec<Reads> =
                DIMENSIONS.into_iter().filter(|(name, fields)| self.offers(user, name, fields)).collect();
            let Some(sheet) =
                self.offered_agree(user, "things", &offered.iter().map(|(name, _)| *name).collect::<Vec<_>>())
            else {
                return cells;
            };
            let measures: Vec<usize> =
                (0..MEASURES.len()).filter(|n| sheet.contains(&MEASURES[*n].0.to_owned())).collect();
            for (n, (measure, fields)) in MEASURES.iter().enumerate() {
                let through = *measure != "over" || self.some_grant(user, &[0]);
                assert_eq!(measures.contains(&n), self.some_grant(user, fields) && through, "u{user} {measure}");
            }
            let mut chosen: Vec<Reads> = offered.clone();
            while chosen.len() > 2 || (!chosen.is_empty() && dice.one_in(3)) {
                chosen.remove(dice.below(chosen.len()));
            }
            let (rows, columns) = chosen.split_at(dice.below(chosen.len() + 1));
            let filter = (dice.one_in(2) && self.knows(user, &[1])).then(|| dice.below(20) as i64);
            let read: Vec<usize> =
                chosen.iter().flat_map(|(_, fields)| *fields).copied().chain(filter.map(|_| 1)).collect();
            let asked = Asked {
                rows: Some(rows.iter().map(|(name, _)| (*name).to_owned()).collect()),
                columns: Some(columns.iter().map(|(name, _)| (*name).to_owned()).collect()),
                show: Some(measures.iter().map(|n| MEASURES[*n].0.to_owned()).chain(self.more(&sheet)).collect()),
                filter: filter.map(|least| json!({"beta": {"gte": least}})),
                ..Asked::default()
            };
            let actor = parse_actor(&format!("u{user}"));
            let sheet = self.world.book.eyes(&actor).report("things", &asked).unwrap();
            let place = |thing: &Thing, axis: &[Reads]| -> Place {
                Some(axis.iter().map(|(name, _)| self.dimension(user, thing, name)).collect())
            };
            let mut wanted = Cells::new();
            for thing in self.things.iter().filter(|thing| filter.is_none_or(|least| thing.values[1] >= least)) {
                for n in &measures {
                    let (measure, fields) = MEASURES[*n];
                    let fields: Vec<usize> = fields.iter().chain(&read).copied().collect();
                    let taken = self.taken(user, thing, measure);
                    if let Some(taken) = taken.filter(|_| self.shows(user, thing, &fields)) {
                        add(&mut wanted, *n, (place(thing, rows), place(thing, columns)), taken, thing.id);
                    }
                }
            }
            cells += self.agree(user, &asked, &sheet, (&MEASURES, &measures, &read), &wanted);
        }
        cells
    }

    /// The same of lines.
    pub(super) fn check_line_reports(&self, dice: &mut Dice, user: usize) -> usize {
        let mut cells = 0;
        for _ in 0..4 {
            let offered: Vec<Reads> =
                LINE_DIMENSIONS.into_iter().filter(|(_, fields)| self.some_grant(user, fields)).collect();
            let names: Vec<&str> = offered.iter().map(|(name, _)| *name).collect();
            let Some(known) = self.offered_agree(user, "parts", &names) else { return cells };
            let measures: Vec<usize> =
                (0..LINE_MEASURES.len()).filter(|n| known.contains(&LINE_MEASURES[*n].0.to_owned())).collect();
            for (n, (measure, fields)) in LINE_MEASURES.iter().enumerate() {
                assert_eq!(measures.contains(&n), self.some_grant(user, fields), "u{user} {measure}");
            }
            let mut chosen = offered.clone();
            if !chosen.is_empty() && dice.one_in(3) {
                chosen.remove(dice.below(chosen.len()));
            }
            let (rows, columns) = chosen.split_at(dice.below(chosen.len() + 1));
            let read: Vec<usize> = chosen.iter().flat_map(|(_, fields)| *fields).copied().collect();
            let asked = Asked {
                rows: Some(rows.iter().map(|(name, _)| (*name).to_owned()).collect()),
                columns: Some(columns.iter().map(|(name, _)| (*name).to_owned()).collect()),
                show: Some(measures.iter().map(|n| LINE_MEASURES[*n].0.to_owned()).collect()),
                ..Asked::default()
            };
            let actor = parse_actor(&format!("u{user}"));
            let sheet = self.world.book.eyes(&actor).report("parts", &asked).unwrap();
            let place = |thing: &Thing, part: &[i64; 2], axis: &[Reads]| -> Place {
                let one = |name: &str| match name {
                    "price" => band(part[0], &[10, 20, 30, 40]),
                    _ => band(thing.values[1], &[10]),
                };
                Some(axis.iter().map(|(name, _)| one(name)).collect())
            };
            let mut wanted = Cells::new();
            for (thing, part) in self.things.iter().flat_map(|thing| thing.parts.iter().map(move |part| (thing, part)))
            {
                for n in &measures {
                    let (measure, fields) = LINE_MEASURES[*n];
                    let fields: Vec<usize> = fields.iter().chain(&read).copied().collect();
                    let taken = match measure {
                        "count" => Some(part[1].into()),
                        "dear" => (part[0] >= 25 && thing.values[2] >= 30).then_some(Decimal::ONE),
                        _ => Some(Decimal::ONE),
                    };
                    if let Some(taken) = taken.filter(|_| self.shows(user, thing, &fields)) {
                        let at = (place(thing, part, rows), place(thing, part, columns));
                        add(&mut wanted, *n, at, taken, thing.id);
                    }
                }
            }
            cells += self.agree(user, &asked, &sheet, (&LINE_MEASURES, &measures, &read), &wanted);
        }
        cells
    }

    /// A dimension through a reference is there when what it leads to is seen of some record.
    fn offers(&self, user: usize, name: &str, fields: &[usize]) -> bool {
        self.some_grant(user, fields) && (name != "above" || self.some_grant(user, &[1]))
    }

    /// What the user can choose is what they see of some record; the measures, or `None` when there is no report.
    fn offered_agree(&self, user: usize, report: &str, dimensions: &[&str]) -> Option<Vec<String>> {
        let actor = parse_actor(&format!("u{user}"));
        let Ok((_, offered)) = self.world.book.eyes(&actor).offered_of(report) else {
            let first: &[usize] = if report == "things" { &[] } else { &[LINES] };
            assert!(!self.some_grant(user, first), "u{user} {report}");
            return None;
        };
        let got: Vec<&str> = offered.dimensions.iter().map(|name| name.as_str()).collect();
        assert_eq!(got, dimensions, "u{user} {report}");
        Some(offered.measures.iter().map(|name| name.to_string()).collect())
    }

    /// The measures that are computed from others, where they are there.
    fn more(&self, offered: &[String]) -> Vec<String> {
        let both = |a: &str, b: &str| offered.contains(&a.to_owned()) && offered.contains(&b.to_owned());
        let more = ["rate", "share"].into_iter().filter(|name| offered.contains(&(*name).to_owned()));
        let more: Vec<String> = more.map(str::to_owned).collect();
        assert_eq!(more.contains(&"rate".to_owned()), both("big", "n"));
        assert_eq!(more.contains(&"share".to_owned()), both("gamma", "gamma"));
        more
    }

    /// Every cell, every total, every heading, and the list of the records of each.
    fn agree(
        &self,
        user: usize,
        asked: &Asked,
        sheet: &Sheet,
        (reads, measures, read): (&[Reads], &[usize], &[usize]),
        wanted: &Cells,
    ) -> usize {
        let about = format!("u{user} {asked:?}");
        let places = |axis: &formwork_runtime::report::Axis| -> Vec<Place> {
            let one = |heading: &formwork_runtime::report::Heading| {
                let values = heading.values.iter().zip(&heading.labels).zip(&axis.dimensions);
                let word = |((value, label), along): (
                    (&Value, &formwork_model::text::Text),
                    &formwork_runtime::report::Along,
                )| {
                    let nothing = along.name.as_str() == "above" && label.en == "(none)";
                    if nothing { "nothing".to_owned() } else { value.to_string() }
                };
                Some(values.map(word).collect())
            };
            axis.headings.iter().map(one).chain([None]).collect()
        };
        let (rows, columns) = (places(&sheet.rows), places(&sheet.columns));
        for place in wanted.keys().map(|(_, row, _)| row) {
            assert!(rows.contains(place) || *place == Some(Vec::new()), "{about} {place:?}");
        }
        let met: Vec<&Place> = wanted.keys().flat_map(|(_, row, column)| [row, column]).collect();
        assert!(rows.iter().chain(&columns).all(|place| place.is_none() || met.contains(&place)), "{about}");
        let mut cells = 0;
        for (r, row) in rows.iter().enumerate() {
            for (c, column) in columns.iter().enumerate() {
                let at = (row.is_some().then_some(r), column.is_some().then_some(c));
                for (place, n) in measures.iter().enumerate() {
                    let fields: Vec<usize> = reads[*n].1.iter().chain(read).copied().collect();
                    let want = wanted.get(&(*n, row.clone(), column.clone()));
                    let got = sheet.cell(at.0, at.1, place).map(|value| value.as_decimal().unwrap());
                    let sees = self.some_grant(user, &fields);
                    let zero = sees.then_some(Decimal::ZERO);
                    assert_eq!(
                        got,
                        want.map_or(zero, |(sum, _)| Some(*sum)),
                        "{about} {row:?} {column:?} {}",
                        reads[*n].0
                    );
                    if sees && cells % 3 == 0 {
                        let drill = sheet.drill(at.0, at.1, place).unwrap();
                        let ids = want.map(|(_, ids)| ids.clone()).unwrap_or_default();
                        assert_eq!(
                            self.listed(user, &drill.filter),
                            ids,
                            "{about} {row:?} {column:?} {}",
                            drill.filter
                        );
                    }
                    cells += 1;
                }
                self.check_computed(sheet, at, &about);
            }
        }
        cells
    }

    /// What is computed from others is so in each cell and each total.
    fn check_computed(&self, sheet: &Sheet, at: (Option<usize>, Option<usize>), about: &str) {
        let of = |at: (Option<usize>, Option<usize>), word: &str| {
            let measure = sheet.measures.iter().position(|measure| measure.name == word)?;
            sheet.cell(at.0, at.1, measure).and_then(Value::as_decimal)
        };
        let hundredth = |part: Option<Decimal>, whole: Option<Decimal>| {
            let (part, whole) = (part?, whole.filter(|whole| !whole.is_zero())?);
            let strategy = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
            Some((part * Decimal::ONE_HUNDRED / whole).round_dp_with_strategy(2, strategy))
        };
        let shown = |word: &str| sheet.measures.iter().any(|measure| measure.name == word);
        if shown("rate") {
            assert_eq!(of(at, "rate"), hundredth(of(at, "big"), of(at, "n")), "{about}");
        }
        if shown("share") {
            assert_eq!(of(at, "share"), hundredth(of(at, "gamma"), of((None, None), "gamma")), "{about}");
        }
    }

    /// The records of a list, as the user sees it.
    fn listed(&self, user: usize, filter: &Json) -> Vec<RecordId> {
        let (actor, catalog) = (parse_actor(&format!("u{user}")), self.world.book.catalog());
        let filter = parse_filter(&*catalog, name("thing"), filter, &catalog.book.zone).unwrap();
        let query = Query { object: name("thing"), filter, sort: Vec::new(), limit: 1000, after: None };
        let mut ids: Vec<RecordId> =
            self.world.book.list(&query, &actor).unwrap().records.iter().map(|record| record.id).collect();
        ids.sort();
        ids
    }
}

/// Adds a record to its cell and to the totals; it is listed once, however many lines of it count.
fn add(wanted: &mut Cells, measure: usize, (row, column): (Place, Place), taken: Decimal, id: RecordId) {
    // An axis without dimensions has its total only.
    let ways = |place: Place| match place {
        Some(values) if values.is_empty() => vec![None],
        place => vec![place, None],
    };
    for row in ways(row) {
        for column in ways(column.clone()) {
            let (sum, ids) = wanted.entry((measure, row.clone(), column)).or_default();
            *sum += taken;
            if let Err(place) = ids.binary_search(&id) {
                ids.insert(place, id);
            }
        }
    }
}

#[test]
fn nobody_finds_in_a_report_what_they_do_not_see() {
    let mut cells = 0;
    for seed in 100..112 {
        let site = Site::new(seed);
        let mut dice = Dice(seed ^ 0x5eed);
        for user in 0..USERS {
            cells += site.check_reports(&mut dice, user);
            cells += site.check_line_reports(&mut dice, user);
        }
    }
    assert!(cells > 10_000, "{cells}");
}
