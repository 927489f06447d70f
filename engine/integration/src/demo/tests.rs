//! Demo data for a small book.

use formwork_catalog::filter::Filter;
use formwork_runtime::query::Query;

use super::*;
use crate::testing::{actor, book, part};

const PLAN: &str = r#"
demo: parts
days: 100
actor: demo seller
lists: {word: [nut, bolt, box]}
objects:
  part:
    count: 200
    on: [0, 90]
    set:
      name: {pattern: "{word} {digits:2} {n:3}", unique: true}
      kind: {pick: {big: 3, small: 1}}
      above: {ref: part, chance: 30}
      price: {range: [10, 20], step: 0.5}
      since: {days: [-5, 0]}
      note: {share: [50, 50], of: price}
    steps:
      - {after: [1, 9], take: [{act: sell, weight: 1}, {weight: 1}]}
"#;

fn play(seed: u64) -> (Report, Vec<String>) {
    let (book, clock) = book();
    let plan = Plan::parse("parts.demo.yaml", PLAN, &book.catalog()).unwrap_or_else(|error| panic!("{error:#?}"));
    let options = Options { seed, until: jiff::civil::date(2026, 3, 1) };
    let report = run(&book, Some(&clock), &plan, &options, &mut |_| ()).unwrap();
    let query = Query {
        object: part(),
        filter: Filter::And(Vec::new()),
        within: Filter::And(Vec::new()),
        sort: Vec::new(),
        limit: 500,
        after: None,
    };
    let records = book.list(&query, &actor()).unwrap().records;
    let shown = records.iter().map(|record| {
        let fields: Vec<String> = record.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {} {}", record.created_at, record.id, fields.join(" "))
    });
    (report, shown.collect())
}

#[test]
fn the_same_seed_gives_the_same_records_spread_over_the_days() {
    let (report, records) = play(7);
    assert_eq!(report.created.get(&part()), Some(&200));
    assert!((60..140).contains(&report.acted), "{report:?}");
    assert!(report.refused.is_empty(), "{report:?}");
    assert_eq!(records, play(7).1);
    assert_ne!(records, play(8).1);
    let days: std::collections::BTreeSet<&str> = records.iter().filter_map(|record| record.get(..10)).collect();
    assert!(days.len() > 60 && days.iter().all(|day| *day < "2026-03-01"), "{days:?}");
}

#[test]
fn a_wrong_plan_says_where() {
    let catalog = crate::testing::catalog();
    let wrong = PLAN.replace("act: sell", "act: sel").replace("{word}", "{wrod}").replace("count:", "cuont:");
    let Err(Error::Mapping(problems)) = Plan::parse("a.demo.yaml", &wrong, &catalog) else { panic!("no problems") };
    assert_eq!(problems.diagnostics.len(), 3, "{:#?}", problems.diagnostics);
}
