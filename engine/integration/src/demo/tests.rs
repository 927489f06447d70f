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
    let query = Query { object: part(), filter: Filter::And(Vec::new()), sort: Vec::new(), limit: 500, after: None };
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

const SHOP: [(&str, &str); 5] = [
    ("definitions/shop.book.yaml", "book: shop\naccess: open\ntime_zone: Asia/Shanghai\n"),
    (
        "definitions/x/order.object.yaml",
        "object: order\nfields:\n  buyer: {type: text}\n  total: {type: money}\n  parts: {type: lines, fields: {name: {type: text}}}\n",
    ),
    (
        "definitions/x/bill.object.yaml",
        "object: bill\nfields:\n  order: {type: ref, to: order}\n  buyer: {type: text}\n  sum: {type: money}\n  rest: {type: money}\n  lines: {type: lines, fields: {of: {type: ref, to: order}, sum: {type: money}}}\nrules:\n  remind: {on: create, create: {one: {object: reminder, set: {bill: = this, keeper: kim}}}}\n",
    ),
    (
        "definitions/x/reminder.object.yaml",
        "object: reminder\nowner: keeper\nfields:\n  bill: {type: ref, to: bill}\n  keeper: {type: user}\n  paid: {type: money}\n",
    ),
    (
        "definitions/x/reminder.flow.yaml",
        "flow: reminder\nobject: reminder\nstart: open\nnodes:\n  open: {label: Open, actions: {settle: {to: done, by: owner, require: paid}}}\n  done: {label: Done, end: {}}\n",
    ),
];

const SALES: &str = r#"
demo: shop
days: 40
objects:
  order:
    count: 60
    on: [0, 20]
    set: {buyer: {pick: [Ann, Bo]}, total: {range: [10, 90]}}
  bill:
    each: {of: order, chance: 50}
    on: [1, 5]
    set:
      order: {copy: each}
      buyer: {copy: each.buyer}
      sum: {share: [100, 100], of: each.total}
      rest: {copy: sum}
      lines: {lines: [1, 1], set: {of: {copy: each}, sum: {copy: each.total}}}
  settled:
    object: bill
    each: {of: reminder, in: done, chance: 100}
    on: [12, 12]
    set: {buyer: after, sum: {copy: each.paid}}
  never:
    object: bill
    each: {of: reminder, in: open, chance: 100}
    on: [12, 12]
    set: {buyer: never}
  reminder:
    made: true
    steps:
      - {after: [1, 4], take: [{act: settle, in: open, input: {paid: {copy: bill.sum}}}]}
"#;

/// A book of these definitions after a plan without refusals.
fn played(files: &[(&str, &str)], plan: &str) -> (Book, Report) {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let checked = formwork_catalog::check::check_parsed(formwork_definition::load::parse(files));
    let found: Vec<&str> = checked.diagnostics.iter().map(|problem| &*problem.message.en).collect();
    let catalog = Arc::new(checked.catalog.unwrap_or_else(|| panic!("{found:?}")));
    let clock = Arc::new(SettableClock::at("2026-03-01T02:00:00Z".parse().unwrap()));
    let store = Arc::new(formwork_store::embedded::Embedded::memory().unwrap());
    let book = Book::open(store, catalog, clock.clone()).unwrap();
    let plan = Plan::parse("book.demo.yaml", plan, &book.catalog()).unwrap_or_else(|error| panic!("{error:#?}"));
    let options = Options { seed: 7, until: jiff::civil::date(2026, 3, 1) };
    let report = run(&book, Some(&clock), &plan, &options, &mut |_| ()).unwrap();
    assert!(report.refused.is_empty(), "{report:?}");
    (book, report)
}

#[test]
fn one_is_made_for_each_and_what_the_book_brings_about_takes_its_steps() {
    let (book, _) = played(&SHOP, SALES);
    let all = |name: &str| {
        let object = Name::intern(name);
        let query = Query { object, filter: Filter::And(Vec::new()), sort: Vec::new(), limit: 500, after: None };
        book.list(&query, &actor()).unwrap().records
    };
    let (mut bills, reminders) = (all("bill"), all("reminder"));
    // A bill for each reminder that had come to its end by then, and none for those that had not.
    let buyer = |bill: &formwork_model::record::Record| bill.fields.get(Name::intern("buyer")).to_string();
    let of_ended: Vec<_> = bills.extract_if(.., |bill| buyer(bill) == "after").collect();
    assert!(of_ended.len() > 10 && of_ended.iter().all(|bill| &*bill.created_by == "kim"), "{}", of_ended.len());
    assert!(bills.iter().all(|bill| buyer(bill) != "never"));
    assert!((20..40).contains(&bills.len()), "{}", bills.len());
    assert_eq!(bills.len() + of_ended.len(), reminders.len());
    let field = |name: &str| Name::intern(name);
    for bill in &bills {
        let order = bill.fields.get(field("order"));
        let of = all("order").into_iter().find(|known| Some(known.id) == order.as_ref_id()).unwrap();
        assert_eq!(bill.fields.get(field("buyer")), of.fields.get(field("buyer")));
        for sum in ["sum", "rest"] {
            assert_eq!(bill.fields.get(field(sum)), of.fields.get(field("total")));
        }
        let line = &bill.fields.get(field("lines")).rows()[0];
        assert_eq!(
            (line.fields.get(field("of")), line.fields.get(field("sum"))),
            (order, of.fields.get(field("total")))
        );
        assert!(bill.created_at > of.created_at);
    }
    // Only those of the last days wait for their step.
    let open: Vec<_> = reminders.iter().filter(|reminder| reminder.fields.get(field("paid")).is_empty()).collect();
    let late =
        reminders.iter().map(|reminder| reminder.created_at).max().unwrap() - jiff::SignedDuration::from_hours(24 * 5);
    assert!(open.iter().all(|reminder| reminder.created_at > late), "{}", open.len());
    let settled = reminders.iter().filter(|reminder| !reminder.fields.get(field("paid")).is_empty());
    assert!(settled.clone().count() >= bills.len() && settled.clone().all(|reminder| &*reminder.updated_by == "kim"));
}

const DESK: [(&str, &str); 3] = [
    ("definitions/desk.book.yaml", "book: desk\naccess: open\ntime_zone: Asia/Shanghai\n"),
    ("definitions/x/ticket.object.yaml", "object: ticket\nfields:\n  about: {type: text}\n"),
    (
        "definitions/x/ticket.flow.yaml",
        "flow: ticket\nobject: ticket\nstart: open\nnodes:\n  open: {label: Open, actions: {answer: {to: done}}, timers: {wait: {after: 3d, to: late}}}\n  done: {label: Done, end: {}}\n  late: {label: Late, end: {}}\n",
    ),
];

const QUESTIONS: &str = r#"
demo: desk
days: 30
objects:
  ticket:
    count: 80
    on: [1, 20]
    set: {about: {pick: [door, lift]}}
    steps:
      - {after: [20m, 6h], take: [{act: answer}, {weight: 1}]}
      - {after: [20m, 6h], take: [{act: answer, in: open}]}
"#;

#[test]
fn people_work_by_day_and_what_becomes_due_meanwhile_happens_at_its_time() {
    let (book, report) = played(&DESK, QUESTIONS);
    let object = Name::intern("ticket");
    let query = Query { object, filter: Filter::And(Vec::new()), sort: Vec::new(), limit: 500, after: None };
    let tickets = book.list(&query, &actor()).unwrap().records;
    let ended = |outcome: &str| {
        let outcome = Name::intern(outcome);
        tickets.iter().filter(move |ticket| ticket.flows.iter().any(|flow| flow.outcome == Some(outcome)))
    };
    let lasted = |ticket: &formwork_model::record::Record| ticket.updated_at.duration_since(ticket.created_at);
    assert!(ended("done").count() > 20 && ended("late").count() > 20, "{report:?}");
    assert_eq!(ended("done").count() + ended("late").count(), 80);
    assert_eq!(report.happened, ended("late").count() as u64);
    assert!(ended("late").all(|ticket| lasted(ticket) == jiff::SignedDuration::from_hours(72)));
    assert!(ended("done").all(|ticket| lasted(ticket) < jiff::SignedDuration::from_hours(20)));
    let zone = book.catalog().book.zone.clone();
    let hour = |at: jiff::Timestamp| at.to_zoned(zone.clone()).hour();
    assert!(tickets.iter().all(|ticket| (9..18).contains(&hour(ticket.created_at))));
    assert!(ended("done").all(|ticket| (8..20).contains(&hour(ticket.updated_at))));
}
