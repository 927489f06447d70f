//! Reports: what is counted and summed by what.

mod rights;
mod sources;
mod tasks;

use formwork_model::{name::Name, text::Language, value::Value};
use formwork_runtime::report::{Asked, Axis, Sheet};
use serde_json::json;

use super::world::{World, refused, world};

const SHOP: &str = "
# definitions/shop.book.yaml
book: shop
access: open
time_zone: Asia/Shanghai
# definitions/x/buyer.object.yaml
object: buyer
label: Buyer
title: name
fields: {name: {type: text, label: Name}, province: {type: text, label: Province}}
# definitions/x/product.object.yaml
object: product
label: Product
title: name
fields: {name: {type: text, label: Name}}
# definitions/x/order.object.yaml
object: order
label: Order
fields:
  buyer:  {type: ref, to: buyer, label: Buyer}
  owner:  {type: user, label: Owner}
  stage:  {type: choice, options: {open: Open, won: Won, lost: Lost}, label: Stage}
  tags:   {type: choices, options: {a: A, b: B}, label: Tags}
  amount: {type: money, label: Amount}
  score:  {type: integer, label: Score}
  effort: {type: duration, label: Effort}
  due:    {type: date, label: Due}
  done:   {type: date, label: Done}
  sent:   {type: datetime, label: Sent}
  good:   {type: boolean, label: Good}
  lines:
    type: lines
    label: Lines
    fields:
      product: {type: ref, to: product, label: Product}
      kind:    {type: choice, options: {part: Part, work: Work}, label: Kind}
      total:   {type: money, label: Total}
# definitions/x/order.flow.yaml
flow: order
object: order
start: draft
nodes:
  draft: {label: Drafted, actions: {send: {label: Send, to: out}}}
  out: {label: On its way, actions: {close: {label: Close, to: closed}}}
  closed: {label: Closed, end: {}}
# definitions/x/orders.report.yaml
report: orders
label: Orders
on: order
period: due
dimensions:
  stage: stage
  state: state
  tag: tags
  buyer: buyer
  province: buyer.province
  owner: owner
  good: good
  score: {by: score, bands: [0, 10, 20]}
  late: {by: due, bands: [1, 31]}
  sent_late: {by: sent, bands: [0, 1]}
  day: due
  week: {by: due, step: week}
  month: {by: sent, step: month}
  quarter: {by: due, step: quarter}
  year: {by: due, step: year}
measures:
  n: {count: true}
  amount: {sum: amount}
  mean: {mean: amount}
  least: {min: due}
  most: {max: amount}
  middle: {median: score}
  high: {percentile: {of: score, at: 90}}
  effort: {mean: effort}
  took: {sum: {from: due, to: done}}
  waits: {max: {from: sent}}
  buyers: {distinct: buyer}
  won: {count: true, where: {stage: won}}
  rate: {value: won / n, as: percent, digits: 1}
  each: {value: amount / won, as: money}
  double: {value: each * 2}
  share: {share: amount}
  hours: {value: effort * 2, as: duration}
rows: [stage]
# definitions/x/sold.report.yaml
report: sold
label: Sold
on: order
lines: lines
where: {lines.kind: part}
dimensions: {product: lines.product, stage: stage}
measures:
  n: {count: true}
  total: {sum: lines.total}
  big: {sum: lines.total, where: {lines.total: {gte: 10}, stage: won}}
rows: [product]
";

/// The places along an axis, in words.
fn words(axis: &Axis) -> Vec<String> {
    let one = |labels: &[formwork_model::text::Text]| {
        labels.iter().map(|label| label.get(Language::En)).collect::<Vec<_>>().join("/")
    };
    axis.headings.iter().map(|heading| one(&heading.labels)).collect()
}

/// Each row with its total, then that of all: `won 2 30`.
fn rows(sheet: &Sheet) -> Vec<String> {
    let cells = |row: Option<usize>| -> Vec<String> {
        (0..sheet.measures.len())
            .map(|measure| sheet.cell(row, None, measure).map_or("-".to_owned(), Value::to_string))
            .collect()
    };
    let all =
        words(&sheet.rows).into_iter().enumerate().map(|(row, word)| format!("{word} {}", cells(Some(row)).join(" ")));
    all.chain([format!("total {}", cells(None).join(" "))]).collect()
}

fn asked(rows: &[&str], show: &[&str]) -> Asked {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    Asked { rows: words(rows), show: words(show), ..Asked::default() }
}

#[track_caller]
fn sheet(world: &World, report: &str, asked: &Asked) -> Sheet {
    world.book.eyes(&world.actor).report(report, asked).unwrap()
}

#[track_caller]
fn by(world: &World, dimension: &str, show: &[&str]) -> Vec<String> {
    rows(&sheet(world, "orders", &asked(&[dimension], show)))
}

fn shop() -> World {
    let world = world(SHOP);
    let [ada, bo] = ["Ada", "Bo"].map(|name| {
        let province = if name == "Ada" { json!("Sichuan") } else { json!(null) };
        world.create("buyer", json!({"name": name, "province": province})).to_string()
    });
    for (buyer, owner, stage, tags, amount, score, due) in [
        (Some(&ada), "li", "won", json!(["a", "b"]), 10, 5, "2026-02-27"),
        (Some(&ada), "wu", "won", json!(["a"]), 30, 10, "2026-01-05"),
        (Some(&bo), "li", "open", json!([]), 5, -1, "2026-03-02"),
        (None, "li", "lost", json!(["b"]), 7, 30, "2026-03-31"),
    ] {
        world.create("order", json!({
            "buyer": buyer, "owner": owner, "stage": stage, "tags": tags, "amount": amount, "score": score, "due": due,
            "effort": score * 60, "good": stage == "won",
        }));
    }
    world
}

#[test]
fn records_are_told_apart_by_every_kind_of_dimension() {
    let world = shop();
    // Options in their order, not by the alphabet; nothing last.
    assert_eq!(by(&world, "stage", &["n", "amount"]), ["Open 1 5.00", "Won 2 40.00", "Lost 1 7.00", "total 4 52.00"]);
    // A record with two options counts for both, and once in the total.
    assert_eq!(by(&world, "tag", &["n", "amount"]), ["A 2 40.00", "B 2 17.00", "(none) 1 5.00", "total 4 52.00"]);
    assert_eq!(by(&world, "buyer", &["n"]), ["Ada 2", "Bo 1", "(none) 1", "total 4"]);
    assert_eq!(by(&world, "province", &["n"]), ["Sichuan 2", "(none) 2", "total 4"]);
    assert_eq!(by(&world, "owner", &["n"]), ["li 3", "wu 1", "total 4"]);
    assert_eq!(by(&world, "good", &["n"]), ["no 2", "yes 2", "total 4"]);
    assert_eq!(by(&world, "state", &["n"]), ["Drafted 4", "total 4"]);
    assert_eq!(by(&world, "score", &["n"]), ["below 0 1", "0 to 9 1", "10 to 19 1", "20 and more 1", "total 4"]);
    // Today is 2 March; what is due today is nought days ago.
    assert_eq!(by(&world, "late", &["n"]), ["below 1 2", "1 to 30 1", "31 and more 1", "total 4"]);
    assert_eq!(by(&world, "year", &["n"]), ["2026 4", "total 4"]);
    assert_eq!(by(&world, "quarter", &["n"]), ["2026 Q1 4", "total 4"]);
    let weeks = by(&world, "week", &["n"]);
    assert_eq!((&*weeks[0], &*weeks[1], weeks.len()), ("2026 W02 1", "2026 W03 0", 14));
    assert_eq!(by(&world, "day", &["n"]).len(), 87);
    world.act("order", world.book.list(&query(&world), &world.actor).unwrap().records[0].id, "send");
    assert_eq!(by(&world, "state", &["n"]), ["Drafted 3", "On its way 1", "total 4"]);
}

fn query(world: &World) -> formwork_runtime::query::Query {
    let catalog = world.book.catalog();
    let filter =
        formwork_catalog::filter::parse_filter(&*catalog, Name::intern("order"), &json!({}), &catalog.book.zone);
    formwork_runtime::query::Query {
        object: Name::intern("order"),
        filter: filter.unwrap(),
        sort: Vec::new(),
        limit: 9,
        after: None,
    }
}

#[test]
fn days_begin_where_the_book_is() {
    let world = world(SHOP);
    // Half past midnight on 1 April in Shanghai is still March in London.
    for sent in ["2026-03-31T15:59:00Z", "2026-03-31T16:30:00Z"] {
        world.create("order", json!({"sent": sent}));
    }
    assert_eq!(by(&world, "month", &["n"]), ["2026-03 1", "2026-04 1", "total 2"]);
    // An instant is so many days ago as its day is.
    world.create("order", json!({"sent": "2026-03-01T15:59:00Z"}));
    world.create("order", json!({"sent": "2026-03-01T16:01:00Z"}));
    assert_eq!(by(&world, "sent_late", &["n"]), ["below 0 2", "0 1", "1 and more 1", "total 4"]);
    drills(&world, &asked(&["sent_late"], &["n"]), "orders");
    drills(&world, &asked(&["month"], &["n"]), "orders");
}

#[test]
fn measures_are_taken_of_records_and_of_each_other() {
    let world = shop();
    let stage = |show: &[&str]| by(&world, "stage", show);
    assert_eq!(stage(&["mean", "most"]), ["Open 5.00 5.00", "Won 20.00 30.00", "Lost 7.00 7.00", "total 13.00 30.00"]);
    assert_eq!(stage(&["least"]), ["Open 2026-03-02", "Won 2026-01-05", "Lost 2026-03-31", "total 2026-01-05"]);
    assert_eq!(stage(&["middle", "high"]), ["Open -1.00 -1", "Won 7.50 10", "Lost 30.00 30", "total 7.50 30"]);
    assert_eq!(
        stage(&["effort", "hours"]),
        ["Open -60s -120s", "Won 450s 900s", "Lost 1800s 3600s", "total 660s 1320s"]
    );
    assert_eq!(stage(&["buyers"]), ["Open 1", "Won 1", "Lost 0", "total 2"]);
    // The rate of the total is that of all records, no sum of rates; what is divided by nought is nothing.
    assert_eq!(
        stage(&["won", "rate", "each", "double"]),
        ["Open 0 0.0 - -", "Won 2 100.0 20.00 40.00", "Lost 0 0.0 - -", "total 2 50.0 26.00 52.00",]
    );
    assert_eq!(stage(&["share"]), ["Open 9.62", "Won 76.92", "Lost 13.46", "total 100.00"]);
    // Time between two days, and until now; what has no end does not count.
    world.create(
        "order",
        json!({"due": "2026-03-01", "done": "2026-03-04", "sent": "2026-03-01T01:00:00Z", "stage": "open"}),
    );
    assert_eq!(by(&world, "stage", &["took", "waits"])[0], format!("Open {}s 86400s", 3 * 86_400));
    // Nothing at all: counts and sums are 0, everything else is nothing.
    let none = Asked {
        filter: Some(json!({"amount": {"gt": 1000}})),
        ..asked(&[], &["n", "amount", "mean", "rate", "share", "least"])
    };
    assert_eq!(rows(&sheet(&world, "orders", &none)), ["total 0 0 - - - -"]);
}

#[test]
fn two_axes_have_totals_of_their_own() {
    let world = shop();
    let two = Asked { columns: Some(vec!["owner".into()]), ..asked(&["stage", "good"], &["mean", "n"]) };
    let sheet = sheet(&world, "orders", &two);
    assert_eq!(words(&sheet.rows), ["Open/no", "Won/yes", "Lost/no"]);
    assert_eq!(words(&sheet.columns), ["li", "wu"]);
    let shown = |row: Option<usize>, column: Option<usize>, measure: usize| {
        sheet.cell(row, column, measure).map_or("-".to_owned(), Value::to_string)
    };
    assert_eq!(
        (shown(Some(1), Some(0), 0), shown(Some(1), Some(1), 0), shown(Some(1), None, 0)),
        ("10.00".into(), "30.00".into(), "20.00".into())
    );
    assert_eq!((shown(Some(0), Some(1), 0), shown(Some(0), Some(1), 1)), ("-".into(), "0".into()));
    assert_eq!((shown(None, Some(0), 0), shown(None, None, 0)), ("7.33".into(), "13.00".into()));
    assert_eq!(
        (sheet.cell(Some(3), None, 0), sheet.cell(None, Some(2), 0), sheet.cell(None, None, 2)),
        (None, None, None)
    );
    drills(&world, &two, "orders");
}

/// Each cell of a count has as many records as its list.
#[track_caller]
fn drills(world: &World, asked: &Asked, report: &str) {
    let sheet = sheet(world, report, asked);
    let catalog = world.book.catalog();
    let along = |axis: &Axis| (0..axis.headings.len()).map(Some).chain([None]).collect::<Vec<_>>();
    for row in along(&sheet.rows) {
        for column in along(&sheet.columns) {
            let n = sheet.measures.iter().position(|measure| measure.name == "n").unwrap();
            let drill = sheet.drill(row, column, n).unwrap();
            let filter =
                formwork_catalog::filter::parse_filter(&*catalog, drill.object, &drill.filter, &catalog.book.zone)
                    .unwrap();
            let (count, _) = world.book.count(drill.object, &filter, 1000, &world.actor).unwrap();
            let got = sheet.cell(row, column, n).and_then(Value::as_decimal);
            assert_eq!(got, Some(count.into()), "{row:?} {column:?} {}", drill.filter);
        }
    }
}

#[test]
fn a_cell_leads_to_exactly_its_records() {
    let world = shop();
    for dimension in [
        "stage", "state", "tag", "buyer", "province", "owner", "good", "score", "late", "day", "week", "quarter",
        "year",
    ] {
        let period = Asked {
            from: Some("2026-01-06".parse().unwrap()),
            to: Some("2026-03-30".parse().unwrap()),
            filter: Some(json!({"amount": {"gte": 6}})),
            ..asked(&[dimension], &["n", "won", "rate", "share", "each"])
        };
        drills(&world, &asked(&[dimension], &["n"]), "orders");
        drills(&world, &period, "orders");
        let sheet = sheet(&world, "orders", &period);
        // What is computed is of the records of the row; a measure has conditions of its own.
        assert_eq!(sheet.drill(None, None, 2).unwrap(), sheet.drill(None, None, 0).unwrap());
        assert!(sheet.drill(None, None, 1).unwrap().filter.to_string().contains("won"));
    }
}

#[test]
fn the_period_is_laid_over_the_day_that_the_report_says() {
    let world = shop();
    let period = |from: Option<&str>, to: Option<&str>| {
        let day = |day: Option<&str>| day.map(|day| day.parse().unwrap());
        let asked = Asked { from: day(from), to: day(to), ..asked(&[], &["n"]) };
        rows(&sheet(&world, "orders", &asked)).concat()
    };
    assert_eq!(period(Some("2026-02-27"), Some("2026-03-02")), "total 2");
    assert_eq!(period(Some("2026-02-28"), None), "total 2");
    assert_eq!(period(None, Some("2026-02-26")), "total 1");
}

#[test]
fn each_line_counts_for_itself() {
    let world = world(SHOP);
    let [bolt, nut] = ["Bolt", "Nut"].map(|name| world.create("product", json!({"name": name})).to_string());
    for (stage, lines) in [
        (
            "won",
            json!([
                {"product": bolt, "kind": "part", "total": 5}, {"product": bolt, "kind": "part", "total": 20},
                {"product": nut, "kind": "work", "total": 100},
            ]),
        ),
        ("open", json!([{"product": nut, "kind": "part", "total": 40}])),
        ("lost", json!([])),
    ] {
        world.create("order", json!({"stage": stage, "lines": lines}));
    }
    let sold = sheet(&world, "sold", &Asked::default());
    assert_eq!(rows(&sold), ["Bolt 2 25.00 20.00", "Nut 1 40.00 0", "total 3 65.00 20.00"]);
    // The list of a cell has the orders with such a line: one condition holds of one and the same line.
    let listed = |row: Option<usize>, measure: usize| {
        let drill = sold.drill(row, None, measure).unwrap();
        let catalog = world.book.catalog();
        let filter =
            formwork_catalog::filter::parse_filter(&*catalog, drill.object, &drill.filter, &catalog.book.zone).unwrap();
        world.book.count(drill.object, &filter, 1000, &world.actor).unwrap().0
    };
    assert_eq!((listed(Some(0), 0), listed(Some(1), 0), listed(None, 0)), (1, 1, 2));
    assert_eq!((listed(Some(0), 2), listed(Some(1), 2)), (1, 0));
}

#[test]
fn more_cells_than_anybody_reads_are_refused() {
    let world = world(SHOP);
    for n in 0..101 {
        world.create("order", json!({"owner": format!("u{n}"), "amount": n, "score": n}));
    }
    let many = Asked { columns: Some(vec!["buyer".into()]), ..asked(&["owner", "day"], &["n"]) };
    assert_eq!(sheet(&world, "orders", &many).rows.headings.len(), 101);
    for n in 0..100 {
        let buyer = world.create("buyer", json!({"name": format!("b{n}")}));
        world.create("order", json!({"owner": "u1", "buyer": buyer.to_string()}));
    }
    let asked = world.book.eyes(&world.actor).report("orders", &many);
    assert_eq!(refused(asked.map(|_| panic!("it was computed"))), "report-too-large");
}
