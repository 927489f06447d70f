//! Lists: whatever index the planner takes, the answer is that of looking at every record.

use std::cmp::Ordering;

use formwork_catalog::filter::parse_filter;
use formwork_model::{id::RecordId, record::Record, value::Value};
use formwork_runtime::{
    command::Actor,
    query::{Page, Query, parse_sort},
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::world::{World, name, world};

const THINGS: &str = "
# definitions/x/kind.object.yaml
object: kind
title: name
fields: {name: {type: text, unique: true}, weight: {type: integer}}
# definitions/x/thing.object.yaml
object: thing
number: \"T{seq:4}\"
title: name
unique: {pair: [code, size]}
indexes: {by_color_size: [color, size], by_size_day: [size, day], by_kind_name: [kind, name]}
fields:
  name: {type: text}
  code: {type: text}
  color: {type: choice, options: [red, green, blue]}
  size: {type: integer, indexed: true}
  price: {type: decimal}
  day: {type: date, indexed: true}
  kind: {type: ref, to: kind}
  tags: {type: choices, options: [a, b, c]}
  good: {type: boolean}
";

fn some<T: std::fmt::Debug + Clone>(strategy: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop::option::weighted(0.8, strategy)
}

fn thing() -> impl Strategy<Value = Json> {
    (
        (some("[ab]{0,2}"), some(prop::sample::select(vec!["red", "green", "blue"])), some(-2..3i64)),
        (some(-15..15i64), some(1..4u8), some(0..2usize)),
        (prop::sample::subsequence(vec!["a", "b", "c"], 0..3), some(any::<bool>())),
    )
        .prop_map(|((text, color, size), (price, day, kind), (tags, good))| {
            json!({
                "name": text, "color": color, "size": size,
                "price": price.map(|p| format!("{}.{}", p / 10, (p % 10).abs())),
                "day": day.map(|d| format!("2026-03-0{d}")),
                "kind": kind.map(|k| ["light", "heavy"][k]),
                "tags": tags, "good": good,
            })
        })
}

fn comparison() -> impl Strategy<Value = Json> {
    let op = || prop::sample::select(vec!["eq", "ne", "lt", "lte", "gt", "gte"]);
    prop_oneof![
        3 => (op(), -2..3i64).prop_map(|(op, n)| json!({"size": {op: n}})),
        1 => (-2..1i64, 0..3i64).prop_map(|(low, high)| json!({"size": {"gte": low, "lt": high}})),
        1 => (-2..1i64, 0..3i64).prop_map(|(low, high)| json!({"size": {"gt": low, "lte": high}})),
        1 => Just(json!({"size": {"in": [0, 2]}})),
        1 => Just(json!({"size": {"in": [1]}})),
        1 => Just(json!({"size": {"not_in": [0, 2]}})),
        2 => prop::sample::select(vec!["red", "green"]).prop_map(|c| json!({"color": c})),
        1 => Just(json!({"color": {"in": ["red", "blue"]}})),
        1 => prop::sample::select(vec!["color", "size", "day", "kind", "tags", "name", "price"]).prop_map(|f| json!({f: {"empty": true}})),
        1 => prop::sample::select(vec!["size", "day", "kind", "tags"]).prop_map(|f| json!({f: {"empty": false}})),
        2 => (op(), 1..4u8).prop_map(|(op, d)| json!({"day": {op: format!("2026-03-0{d}")}})),
        1 => (op()).prop_map(|op| json!({"day": {op: "today"}})),
        1 => "[ab]{1,2}".prop_map(|t| json!({"name": {"starts_with": t}})),
        1 => "[ab]{1,2}".prop_map(|t| json!({"name": {"contains": t.to_uppercase()}})),
        1 => (op(), -15..15i64).prop_map(|(op, p)| json!({"price": {op: format!("{}", p / 10)}})),
        1 => prop::sample::select(vec!["a", "b"]).prop_map(|t| json!({"tags": {"contains": t}})),
        1 => any::<bool>().prop_map(|g| json!({"good": g})),
        2 => prop::sample::select(vec!["light", "heavy"]).prop_map(|k| json!({"kind.name": k})),
        1 => (op(), 0..10i64).prop_map(|(op, w)| json!({"kind.weight": {op: w}})),
    ]
}

fn filter() -> impl Strategy<Value = Json> {
    let merge = |parts: Vec<Json>| json!({"and": parts});
    comparison().prop_recursive(2, 6, 3, move |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 0..3).prop_map(merge),
            1 => prop::collection::vec(inner.clone(), 1..3).prop_map(|parts| json!({"or": parts})),
            1 => inner.prop_map(|part| json!({"not": part})),
        ]
    })
}

fn sort() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec!["size", "day", "color", "name", "price", "kind", "id", "number", "good"]);
    prop::collection::vec((field, any::<bool>()), 0..3).prop_map(|fields| {
        let mut seen: Vec<&str> = Vec::new();
        let words: Vec<String> = fields
            .into_iter()
            .filter(|(field, _)| {
                let new = !seen.contains(field);
                seen.push(field);
                new
            })
            .map(|(field, down)| if down { format!("-{field}") } else { field.to_owned() })
            .collect();
        words.join(",")
    })
}

fn field(record: &Record, what: &str) -> Value {
    match what {
        "id" => Value::Ref(record.id),
        "number" => Value::Text(record.number.clone().unwrap()),
        _ => record.fields.get(name(what)).clone(),
    }
}

/// What a comparison means, written down once more, without the engine's filter.
fn holds(world: &World, filter: &Json, record: &Record) -> bool {
    let all = filter.as_object().unwrap();
    all.iter().all(|(key, test)| match key.as_str() {
        "and" => test.as_array().unwrap().iter().all(|part| holds(world, part, record)),
        "or" => test.as_array().unwrap().iter().any(|part| holds(world, part, record)),
        "not" => !holds(world, test, record),
        path => {
            let value = match path.split_once('.') {
                None => field(record, path),
                Some((by, rest)) => match field(record, by) {
                    Value::Ref(id) => field(&world.get("kind", id), rest),
                    _ => Value::Null,
                },
            };
            match test {
                Json::Object(ops) => ops.iter().all(|(op, with)| compare(&value, op, with)),
                literal => compare(&value, "eq", literal),
            }
        }
    })
}

fn compare(value: &Value, op: &str, with: &Json) -> bool {
    let same = |with: &Json| !matches!(value, Value::Null) && order(value, with) == Some(Ordering::Equal);
    match op {
        "eq" => same(with),
        "ne" => !same(with),
        "in" => with.as_array().unwrap().iter().any(same),
        "not_in" => !with.as_array().unwrap().iter().any(same),
        "empty" => value.is_empty() == with.as_bool().unwrap(),
        "starts_with" => matches!(value, Value::Text(text) if text.starts_with(with.as_str().unwrap())),
        "contains" => match value {
            Value::List(items) => items.iter().any(|item| item.to_string() == with.as_str().unwrap()),
            other => {
                !other.is_empty() && other.to_string().to_lowercase().contains(&with.as_str().unwrap().to_lowercase())
            }
        },
        "lt" => order(value, with) == Some(Ordering::Less),
        "lte" => order(value, with).is_some_and(Ordering::is_le),
        "gt" => order(value, with) == Some(Ordering::Greater),
        "gte" => order(value, with).is_some_and(Ordering::is_ge),
        other => panic!("{other}"),
    }
}

fn order(value: &Value, with: &Json) -> Option<Ordering> {
    let text = with.as_str().map_or_else(|| with.to_string(), str::to_owned);
    match value {
        Value::Null => None,
        Value::Date(day) => {
            let with = if text == "today" { "2026-03-02".to_owned() } else { text };
            Some(day.to_string().cmp(&with))
        }
        Value::Int(_) | Value::Decimal(_) => Some(value.as_decimal()?.cmp(&text.parse().unwrap())),
        other => Some(other.to_string().cmp(&text)),
    }
}

fn naive(world: &World, all: &[Record], filter: &Json, sort: &str) -> Vec<RecordId> {
    let mut records: Vec<&Record> = all.iter().filter(|record| holds(world, filter, record)).collect();
    let keys: Vec<(&str, bool)> = sort
        .split(',')
        .filter(|key| !key.is_empty())
        .map(|key| key.strip_prefix('-').map_or((key, false), |key| (key, true)))
        .collect();
    let empty_first = |a: &Value, b: &Value| match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (a, b) => a.compare(b).unwrap(),
    };
    records.sort_by(|a, b| {
        for (key, down) in &keys {
            let by = empty_first(&field(a, key), &field(b, key));
            let by = if *down { by.reverse() } else { by };
            if by.is_ne() {
                return by;
            }
        }
        if keys.last().is_none_or(|(_, down)| *down) { b.id.cmp(&a.id) } else { a.id.cmp(&b.id) }
    });
    records.into_iter().map(|record| record.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_planner_answers_as_looking_at_everything_does(
        things in prop::collection::vec(thing(), 0..25),
        queries in prop::collection::vec((filter(), sort(), 1..6usize, 0..30usize), 1..25),
    ) {
        let world = world(THINGS);
        world.create("kind", json!({"name": "light", "weight": 1}));
        world.create("kind", json!({"name": "heavy", "weight": 9}));
        for thing in things {
            world.later(1);
            world.create("thing", thing);
        }
        let catalog = world.book.catalog();
        let all = world.list("thing", &json!({}), "", 1000).records;
        for (filter, sort, page, cap) in queries {
            let expected = naive(&world, &all, &filter, &sort);
            let parsed = parse_filter(&*catalog, name("thing"), &filter, &catalog.book.zone).unwrap();
            let sorted = parse_sort(catalog.object(name("thing")).unwrap(), &sort).unwrap();
            let mut query = Query { object: name("thing"), filter: parsed.clone(), sort: sorted, limit: 1000, after: None };
            let whole = world.book.list(&query, &world.actor).unwrap();
            let got: Vec<RecordId> = whole.records.iter().map(|record| record.id).collect();
            prop_assert_eq!(&got, &expected, "{} sorted by `{}`: {}", filter, sort, whole.plan.describe());
            query.limit = page;
            let mut paged = Vec::new();
            loop {
                let page = world.book.list(&query, &world.actor).unwrap();
                paged.extend(page.records.iter().map(|record| record.id));
                prop_assert!(paged.len() <= expected.len(), "{} sorted by `{}`: a record comes twice", filter, sort);
                let Some(next) = page.next else { break };
                query.after = formwork_runtime::query::Cursor::from_text(&next.to_text());
                prop_assert!(query.after.is_some());
            }
            prop_assert_eq!(&paged, &expected, "{} sorted by `{}`, {} a page: {}", filter, sort, page, whole.plan.describe());
            let count = world.book.count(name("thing"), &parsed, cap, &world.actor).unwrap();
            prop_assert_eq!(count, (expected.len().min(cap), expected.len() <= cap), "counting {}: {}", filter, whole.plan.describe());
        }
    }
}

#[test]
fn plans_take_the_index_that_fits() {
    let world = world(THINGS);
    let plan = |filter: Json, sort: &str| world.list("thing", &filter, sort, 10).plan.describe();
    assert!(plan(json!({"number": "T0001"}), "").starts_with("unique key"), "{}", plan(json!({"number": "T0001"}), ""));
    assert!(plan(json!({"code": "x", "size": 1}), "").starts_with("unique key pair"));
    assert!(plan(json!({"color": "red", "size": 1}), "").contains("2 equal"));
    assert!(plan(json!({"color": "red"}), "size").contains("in order"));
    assert!(plan(json!({"size": {"gte": 1}}), "").contains("a range"));
    assert!(plan(json!({"color": {"empty": true}}), "size").contains("1 equal; in order"));
    assert!(plan(json!({"price": 1}), "").starts_with("every record"));
    let created = plan(json!({"created_by": "$me"}), "");
    assert_eq!(created, "index by_created_by, 1 equal; in order; filter answered by keys");
    let begun = plan(json!({"and": [{"created_by": "$me"}, {"state": "draft"}]}), "");
    assert!(begun.starts_with("index by_created_by, 1 equal; in order"), "{begun}");
}

#[test]
fn a_few_among_thousands_are_read_alone_whatever_the_order() {
    const MANY: i64 = 2_100;
    let mut world = world(
        "
# definitions/x/job.object.yaml
object: job
owner: owner
fields:
  kind: {type: choice, options: [plain, rush]}
  amount: {type: integer}
  owner: {type: user}
indexes:
  by_kind: [kind, amount]
# definitions/x/worker.role.yaml
role: worker
grants:
  own: {on: job, may: read, rows: own}
",
    );
    world.actor = Actor::system();
    for n in 0..MANY {
        let owner = if n % 420 == 0 { "ann" } else { "zoe" };
        world.create("job", json!({"kind": "plain", "amount": n, "owner": owner}));
    }
    let amounts = |page: &Page| -> Vec<i64> {
        let amount = |record: &Record| match record.fields.get(name("amount")) {
            Value::Int(amount) => *amount,
            other => panic!("{other}"),
        };
        page.records.iter().map(amount).collect()
    };
    // For whoever sees all there is an order to follow, unless they ask for the few.
    let (plain, both) = (json!({"kind": "plain"}), json!({"kind": "plain", "owner": "ann"}));
    let page = world.list("job", &plain, "-amount", 3);
    assert_eq!((amounts(&page), page.read), (vec![MANY - 1, MANY - 2, MANY - 3], 4));
    let page = world.list("job", &both, "-amount", 3);
    assert_eq!((amounts(&page), page.read), (vec![1680, 1260, 840], 5), "{}", page.plan.describe());
    // For whoever sees the few they are all there is.
    world.be("ann worker");
    for (filter, sort) in [(&plain, "-amount"), (&both, "-amount"), (&json!({}), "-amount")] {
        let page = world.list("job", filter, sort, 3);
        // They are told no number of what was read, but what they see; how it was found tells that it was the few.
        assert_eq!(amounts(&page), [1680, 1260, 840], "{filter}");
        assert!(page.read <= 5 && page.plan.describe().contains("index by_owner"), "{filter} {}", page.plan.describe());
    }
}
