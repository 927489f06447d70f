//! How cells are written.

use formwork_model::{
    field_type::{Choice, Currency, Tone},
    name::Name,
};
use jiff::tz::TimeZone;

use super::*;

fn read(kind: &FieldType, text: &str) -> Result<Cell, BadValue> {
    parse_cell(text, kind, &ParseContext { zone: TimeZone::UTC })
}

fn meets(kind: &FieldType, cell: &str, input: &Value) -> bool {
    read(kind, cell).unwrap().meets(input).unwrap()
}

const PLAIN: FieldType = FieldType::Decimal { scale: None };

fn number(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

#[test]
fn ranges_are_written_in_several_ways() {
    let cases = [
        ("[1..10]", [true, true, true]),
        ("(1..10]", [false, true, true]),
        ("[1..10)", [true, true, false]),
        ("(1..10)", [false, true, false]),
        ("1..10", [true, true, true]),
        ("1..<10", [true, true, false]),
        ("> 1", [false, true, true]),
        (">= 1", [true, true, true]),
        ("<10", [true, true, false]),
        ("<= 10", [true, true, true]),
        ("≥1", [true, true, true]),
        ("-5 .. 1", [true, false, false]),
        ("1, 10", [true, false, true]),
        ("not(1, 5)", [false, false, true]),
        ("-", [true, true, true]),
        ("", [true, true, true]),
    ];
    for (text, expected) in cases {
        let found = ["1", "5.00", "10"].map(|input| meets(&PLAIN, text, &number(input)));
        assert_eq!(found, expected, "{text}");
    }
    assert!(meets(&FieldType::Date, "2026-01-01..2026-12-31", &Value::Date(jiff::civil::date(2026, 12, 31))));
    assert!(meets(&FieldType::Duration, "> 4h", &Value::Seconds(14_401)));
    assert!(meets(&FieldType::Integer, "-3", &Value::Int(-3)));
    assert!(meets(&FieldType::Percent, "5%..10%", &number("10.0")));
}

#[test]
fn texts_and_options_are_listed() {
    assert!(meets(&FieldType::Text, "a, \"b, c\"，d", &Value::text("b, c")));
    assert!(meets(&FieldType::Text, "\"-\"", &Value::text("-")));
    assert!(meets(&FieldType::Text, "see a..b", &Value::text("see a..b")));
    assert!(!meets(&FieldType::Text, "not(a)", &Value::text("a")));
    let level = |name: &str| Choice { name: Name::intern(name), label: Text::same("金牌"), tone: Tone::Neutral };
    assert!(meets(&FieldType::Choice(vec![level("gold")]), "金牌", &Value::text("gold")));
    assert_eq!(read(&FieldType::Choice(vec![level("gold")]), "glod").unwrap_err().near.as_deref(), Some("gold"));
    assert!(meets(&FieldType::Boolean, "是", &Value::Bool(true)));
    let list = parse_cell_list(["a", "b"], &FieldType::Text, &ParseContext { zone: TimeZone::UTC }).unwrap();
    assert_eq!(list.meets(&Value::text("b")), Some(true));
}

#[test]
fn nothing_is_met_by_null_but_any() {
    for (text, expected) in [("-", true), ("1", false), ("< 5", false), ("not(1)", false)] {
        assert_eq!(meets(&PLAIN, text, &Value::Null), expected, "{text}");
    }
}

#[test]
fn cells_that_mean_nothing_are_refused() {
    let money = FieldType::Money { currency: Currency::CNY };
    let bad = [
        (&PLAIN, "10..1"),
        (&PLAIN, "(1..1]"),
        (&PLAIN, "[1..2"),
        (&PLAIN, "1..2..3"),
        (&PLAIN, ">"),
        (&PLAIN, "1,,2"),
        (&PLAIN, "not()"),
        (&PLAIN, "abc"),
        (&FieldType::Integer, "(1..2)"),
        (&FieldType::Text, "> a"),
        (&FieldType::Text, "\"a"),
        (&FieldType::Boolean, "maybe"),
        (&money, "> 0.004"),
        (&money, "(1.00..1.01)"),
    ];
    for (kind, text) in bad {
        assert_eq!(read(kind, text).unwrap_err().code.as_str(), "bad-cell", "{text}");
    }
    assert!(read(&PLAIN, "(1..2)").is_ok());
}
