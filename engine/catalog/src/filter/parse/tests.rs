//! What filters mean, what they refuse, and that nothing makes the reader panic.

use formwork_model::{
    field_type::{Choice, Currency, Tone},
    text::Language,
    value::Value,
};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::filter::{Anchor, Operand, Relative};

/// A deal with lines and a customer, which refers to itself as its parent and has lines too; and an object `line` that
/// has the fields of a line.
struct World;

impl Schema for World {
    fn kind_of(&self, object: Name, field: &str) -> Option<(Name, FieldType)> {
        let stage = |name: &str| Choice {
            name: Name::intern(name),
            label: Text::same(name.to_uppercase()),
            tone: Tone::Neutral,
        };
        let kind = match (object.as_str(), field) {
            ("deal", "amount") => FieldType::Money { currency: Currency::CNY },
            ("deal", "stage") => FieldType::Choice(vec![stage("open"), stage("won")]),
            ("deal", "tags") => FieldType::Choices(vec![stage("hot")]),
            ("deal", "customer") => FieldType::Ref(Name::intern("customer")),
            ("deal", "owner") => FieldType::User,
            ("deal", "close") => FieldType::Date,
            ("deal", "place") => FieldType::Geo,
            ("deal" | "customer", "lines") => FieldType::Lines,
            ("deal" | "customer", "created_at") => FieldType::DateTime,
            ("line", "price") => FieldType::Money { currency: Currency::CNY },
            ("line", "payer") => FieldType::Ref(Name::intern("customer")),
            ("line", "note" | "card") => FieldType::Text,
            ("customer", "industry" | "tax_id") => FieldType::Text,
            ("customer", "parent") => FieldType::Ref(Name::intern("customer")),
            _ => return None,
        };
        Some((Name::intern(field), kind))
    }

    fn is_sensitive(&self, _: Name, field: Name) -> bool {
        field.as_str() == "tax_id"
    }

    fn is_sensitive_in_lines(&self, _: Name, _: Name, field: Name) -> bool {
        field.as_str() == "card"
    }

    fn fields(&self, _: Name) -> Vec<&str> {
        vec!["amount", "stage", "tags", "customer", "owner", "close", "place", "created_at", "industry", "parent"]
    }

    fn line_kind_of(&self, _: Name, lines: Name, field: &str) -> Option<(Name, FieldType)> {
        (lines == "lines").then(|| self.kind_of(Name::intern("line"), field)).flatten()
    }

    fn line_fields(&self, _: Name, _: Name) -> Vec<&str> {
        vec!["price", "payer", "note"]
    }
}

fn read(json: &Json) -> Result<Filter, BadFilter> {
    parse_filter(&World, Name::intern("deal"), json, &TimeZone::UTC)
}

fn code_of(json: &Json) -> (&'static str, String) {
    let bad = read(json).unwrap_err();
    (bad.code.as_str(), bad.key)
}

fn only(json: &Json) -> Comparison {
    match read(json).unwrap() {
        Filter::Compare(comparison) => comparison,
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_of_one_mapping_all_hold_and_or_and_not_nest() {
    let filter = read(&json!({"stage": "won", "or": [{"amount": {"gte": 5, "lt": 10}}, {"not": {"stage": "open"}}]}));
    let Filter::And(all) = filter.unwrap() else { panic!("not and") };
    let [Filter::Compare(stage), Filter::Or(either)] = &all[..] else { panic!("{all:?}") };
    assert_eq!((stage.op, &stage.with[..]), (Op::Eq, &[Operand::Value(Value::text("won"))][..]));
    assert!(matches!(&either[..], [Filter::And(range), Filter::Not(_)] if range.len() == 2));
    assert_eq!(read(&json!({})), Ok(Filter::And(vec![])));
}

#[test]
fn null_is_empty_and_a_list_is_in() {
    assert_eq!(only(&json!({"stage": null})).op, Op::Empty);
    assert_eq!(only(&json!({"stage": {"ne": null}})).op, Op::NotEmpty);
    assert_eq!(only(&json!({"place": {"empty": false}})).op, Op::NotEmpty);
    let list = only(&json!({"stage": ["open", "WON"]}));
    assert_eq!((list.op, list.with.len()), (Op::In, 2));
    assert_eq!(only(&json!({"amount": {"in": []}})).with, vec![]);
}

#[test]
fn references_are_followed() {
    let comparison = only(&json!({"customer.parent.industry": {"starts_with": "a"}}));
    let to = Name::intern("customer");
    assert_eq!(comparison.through, [Step { field: to, to }, Step { field: Name::intern("parent"), to }]);
    assert_eq!(comparison.field, "industry");
    assert_eq!(code_of(&json!({"customer.parent.parent.parent.parent.parent": null})).0, "filter-too-deep");
    assert_eq!(code_of(&json!({"amount.x": 1})).0, "bad-filter");
    assert_eq!(code_of(&json!({"customer.": 1})).0, "unknown-field");
}

#[test]
fn days_are_relative_and_users_are_me() {
    let with = |json: &Json| only(json).with.remove(0);
    let relative = |anchor, months, days, seconds| Operand::Relative(Relative { anchor, months, days, seconds });
    assert_eq!(with(&json!({"close": {"gte": "today-7d"}})), relative(Anchor::Today, 0, -7, 0));
    assert_eq!(with(&json!({"close": "month_start - 1m + 3d"})), relative(Anchor::MonthStart, -1, 3, 0));
    assert_eq!(with(&json!({"created_at": {"lt": "now-4h+30min"}})), relative(Anchor::Now, 0, 0, -12_600));
    assert_eq!(with(&json!({"owner": "$me"})), Operand::Me);
    for wrong in ["today-", "today7d", "today-7x", "tomorow", "today-99999999d", "today-4h", "today--1d"] {
        assert_eq!(code_of(&json!({"close": wrong})), ("bad-value", "close".to_owned()), "{wrong}");
    }
}

#[test]
fn what_is_misspelt_is_pointed_out() {
    let bad = read(&json!({"amout": 1})).unwrap_err();
    assert_eq!(bad.code.as_str(), "unknown-field");
    assert!(bad.message.get(Language::En).contains("`amount`"));
    let bad = read(&json!({"amount": {"gtee": 1}})).unwrap_err();
    assert_eq!((bad.code.as_str(), bad.key.as_str()), ("unknown-operator", "amount.gtee"));
    assert!(bad.message.get(Language::En).contains("`gte`"));
    assert!(read(&json!({"stage": "wno"})).unwrap_err().message.get(Language::Zh).contains("`won`"));
    assert_eq!(code_of(&json!({"tags": "hot"})).0, "unknown-operator");
    assert_eq!(only(&json!({"tags": {"contains": "hot"}})).op, Op::Contains);
}

#[test]
fn shapes_that_mean_nothing_are_refused() {
    for wrong in [
        json!([]),
        json!(1),
        json!({"or": {}}),
        json!({"amount": {}}),
        json!({"stage": {"in": "won"}}),
        json!({"stage": {"empty": 1}}),
    ] {
        assert_eq!(code_of(&wrong).0, "bad-filter", "{wrong}");
    }
    for wrong in
        [json!({"amount": ""}), json!({"stage": {"in": [null]}}), json!({"amount": "x"}), json!({"amount": true})]
    {
        assert_eq!(code_of(&wrong).0, "bad-value", "{wrong}");
    }
}

#[test]
fn an_amount_is_not_rounded_before_it_is_compared() {
    assert_eq!(
        only(&json!({"amount": {"gt": "0.004"}})).with,
        [Operand::Value(Value::Decimal("0.004".parse().unwrap()))]
    );
}

fn only_lines(json: &Json) -> Lines {
    match read(json).unwrap() {
        Filter::Lines(lines) => lines,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lines_are_looked_into_with_the_fields_of_a_line() {
    let lines = only_lines(&json!({"lines": {"any": {"price": {"gt": 5}, "payer.industry": "steel"}}}));
    assert_eq!((lines.field, lines.of, lines.through.len()), (Name::intern("lines"), Quantifier::Any, 0));
    let Filter::And(both) = *lines.that else { panic!("not both") };
    let [Filter::Compare(price), Filter::Compare(industry)] = &both[..] else { panic!("{both:?}") };
    assert_eq!((price.field, price.op), (Name::intern("price"), Op::Gt));
    assert_eq!((industry.through.len(), industry.field), (1, Name::intern("industry")));
    let all = only_lines(&json!({"customer.lines": {"all": {"or": [{"note": null}, {"not": {"price": 1}}]}}}));
    assert_eq!((all.of, all.through.len()), (Quantifier::All, 1));
    assert!(
        matches!(read(&json!({"lines": {"any": {}, "none": {"price": 1}}})), Ok(Filter::And(both)) if both.len() == 2)
    );
    assert_eq!(only(&json!({"lines": {"empty": true}})).op, Op::Empty);
}

#[test]
fn what_is_wrong_about_lines_is_pointed_out() {
    let bad = read(&json!({"lines": {"any": {"prise": 1}}})).unwrap_err();
    assert_eq!((bad.code.as_str(), bad.key.as_str()), ("unknown-field", "lines.any.prise"));
    assert_eq!(bad.message.get(Language::En), "`deal.lines` has no field `prise`; did you mean `price`?");
    // A line has no fields of its record, and no system fields.
    assert_eq!(code_of(&json!({"lines": {"any": {"amount": 1}}})).0, "unknown-field");
    assert_eq!(code_of(&json!({"lines": {"none": {"created_at": null}}})).0, "unknown-field");
    let bad = read(&json!({"lines": {"anny": {}}})).unwrap_err();
    assert!(bad.code.as_str() == "unknown-operator" && bad.message.get(Language::En).contains("`any`"));
    assert_eq!(code_of(&json!({"tags": {"any": {}}})).0, "unknown-operator");
    assert_eq!(code_of(&json!({"lines": 1})).0, "unknown-operator");
    assert_eq!(code_of(&json!({"lines.price": 1})).0, "bad-filter");
    assert_eq!(code_of(&json!({"lines": {"any": [1]}})).0, "bad-filter");
    // Lines of the records that lines refer to would be read once a line.
    assert_eq!(code_of(&json!({"lines": {"any": {"payer.lines": {"any": {}}}}})).0, "bad-filter");
}

#[test]
fn limits_hold() {
    let nested = |levels: usize| (1..levels).fold(json!({"amount": 1}), |inner, _| json!({"not": inner}));
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(code_of(&nested(MAX_DEPTH + 1)).0, "filter-too-deep");
    let wide = Json::Array((0..MAX_NODES).map(|_| json!({"amount": 1})).collect());
    assert_eq!(code_of(&json!({"or": wide})).0, "filter-too-deep");
    assert!(read(&json!({"amount": vec![1; MAX_IN]})).is_ok());
    assert_eq!(code_of(&json!({"amount": vec![1; MAX_IN + 1]})).0, "filter-too-deep");
    assert_eq!(code_of(&json!({"owner": "x".repeat(MAX_OPERAND + 1)})).0, "bad-filter");
}

fn any_json() -> impl Strategy<Value = Json> {
    let word = prop::sample::select(vec![
        "and",
        "or",
        "not",
        "amount",
        "stage",
        "tags",
        "customer",
        "customer.industry",
        "lines",
        "customer.lines",
        "any",
        "all",
        "none",
        "price",
        "payer",
        "payer.industry",
        "note",
        "owner",
        "close",
        "place",
        "eq",
        "in",
        "contains",
        "gte",
        "empty",
        "today-7d",
        "$me",
        "won",
        "hot",
        "é.日",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,8}|(today|now)[-+0-9a-z]{0,12}".prop_map(Json::from),
        word.clone().prop_map(Json::from),
    ];
    leaf.prop_recursive(10, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|pairs| Json::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_the_reader_panic(json in any_json()) {
        let _either = read(&json);
    }

    /// A condition on a line means what it means on a record with the same fields.
    #[test]
    fn lines_are_read_as_records_are(json in any_json()) {
        let alone = parse_filter(&World, Name::intern("line"), &json, &TimeZone::UTC);
        match (alone, read(&json!({"lines": {"none": json}}))) {
            (Ok(alone), Ok(Filter::Lines(lines))) => prop_assert_eq!(alone, *lines.that),
            (Ok(_), Err(bad)) => prop_assert_eq!(bad.code.as_str(), "filter-too-deep"),
            (Err(_), Err(_)) => {}
            (Err(bad), Ok(_)) => panic!("{bad:?}"),
            (_, Ok(other)) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_sensitive_field_is_found_only_whole() {
    for fits in
        [json!("9"), json!(["9", "8"]), json!({"eq": "9"}), json!({"empty": true}), json!(null), json!({"ne": null})]
    {
        assert!(read(&json!({"customer.tax_id": fits})).is_ok(), "{fits}");
    }
    for (op, with) in [("contains", "9"), ("starts_with", "9"), ("ne", "9"), ("lt", "9")] {
        let (code, key) = code_of(&json!({"not": {"customer.tax_id": {op: with}}}));
        assert_eq!((code, key), ("sensitive-search", format!("not.customer.tax_id.{op}")));
    }
    assert_eq!(code_of(&json!({"customer.tax_id": {"not_in": ["9"]}})).0, "sensitive-search");
    assert!(read(&json!({"lines": {"any": {"card": "9"}}})).is_ok());
    assert_eq!(code_of(&json!({"lines": {"any": {"card": {"contains": "9"}}}})).0, "sensitive-search");
    assert_eq!(code_of(&json!({"lines": {"any": {"payer.tax_id": {"gt": "9"}}}})).0, "sensitive-search");
}
