//! What each type reads, refuses and renders.

use formwork_model::{
    field_type::{Choice, Currency, Tone},
    name::Name,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn context() -> ParseContext {
    ParseContext { zone: TimeZone::get("Asia/Shanghai").unwrap() }
}

fn read(kind: &FieldType, text: &str) -> Result<String, BadKind> {
    parse_text(kind, text, &context()).map(|value| value.to_string()).map_err(|bad| bad.kind)
}

fn options() -> Vec<Choice> {
    let option = |name: &str, zh: &str, en: &str| Choice {
        name: Name::intern(name),
        label: Text { zh: zh.into(), en: en.into() },
        tone: Tone::Neutral,
    };
    vec![option("open", "进行中", "Open"), option("won", "赢单", "Won")]
}

const MONEY: FieldType = FieldType::Money { currency: Currency::CNY };

fn good(kind: &FieldType, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(read(kind, text).as_deref(), Ok(*expected), "{} {text:?}", kind.word());
    }
}

fn bad(kind: &FieldType, cases: &[&str]) {
    for text in cases {
        assert!(read(kind, text).is_err(), "{} {text:?}", kind.word());
    }
}

#[test]
fn numbers_are_exact_and_round_half_up() {
    good(&FieldType::Integer, &[(" 42 ", "42"), ("-7", "-7"), ("12.00", "12"), ("1e3", "1000")]);
    bad(&FieldType::Integer, &["1.5", "x", "1,000", "9223372036854775808", "--1", "1-1", "."]);
    good(&MONEY, &[("1054", "1054.00"), ("0.005", "0.01"), ("-0.005", "-0.01"), ("2.344999", "2.34"), ("-0", "0.00")]);
    let yen = FieldType::Money { currency: Currency::new("JPY").unwrap() };
    good(&yen, &[("10.5", "11")]);
    good(&FieldType::Decimal { scale: None }, &[("0.10", "0.10"), ("1e-3", "0.001")]);
    good(&FieldType::Decimal { scale: Some(1) }, &[("0.25", "0.3")]);
    good(&FieldType::Percent, &[("8.5%", "8.5"), ("8.5", "8.5"), ("8 %", "8")]);
    bad(&FieldType::Decimal { scale: None }, &["0x10", "1_000", "NaN", "1e999", "99999999999999999999999999999999"]);
}

#[test]
fn days_instants_and_durations_have_several_spellings() {
    good(&FieldType::Date, &[("2026-03-01", "2026-03-01"), ("2026/3/1", "2026-03-01"), ("20260301", "2026-03-01")]);
    bad(&FieldType::Date, &["2026-02-29", "26-03-01", "2026-3", "2026-03-01T00:00", "0000-01-01", "2026年3月1日"]);
    good(
        &FieldType::DateTime,
        &[
            ("2026-03-01T09:00", "2026-03-01T01:00:00Z"),
            ("2026-03-01 09:00:30", "2026-03-01T01:00:30Z"),
            ("2026-03-01T09:00:00+00:00", "2026-03-01T09:00:00Z"),
            ("2026-03-01T09:00:00.123456Z", "2026-03-01T09:00:00.123Z"),
            ("2026-03-01", "2026-02-28T16:00:00Z"),
        ],
    );
    bad(&FieldType::DateTime, &["09:00", "2026-03-01T25:00", "tomorrow"]);
    good(
        &FieldType::Duration,
        &[
            ("4h", "14400s"),
            ("30m", "1800s"),
            ("2d", "172800s"),
            ("1h30m", "5400s"),
            ("1h 30m", "5400s"),
            ("90s", "90s"),
            ("PT4H", "14400s"),
            ("P1DT1M", "86460s"),
            ("-5m", "-300s"),
        ],
    );
    bad(&FieldType::Duration, &["4", "h", "30m1h", "1h1h", "P4H", "P", "99999999999999w", "4 hours"]);
    assert_eq!(parse_text(&FieldType::Duration, "90", &context()).unwrap_err().near.as_deref(), Some("90s"));
}

#[test]
fn a_choice_is_a_name_or_a_label_and_a_slip_is_pointed_out() {
    let kind = FieldType::Choice(options());
    good(&kind, &[("won", "won"), ("赢单", "won"), ("OPEN", "open")]);
    let bad = parse_text(&kind, "opne", &context()).unwrap_err();
    assert_eq!((bad.kind, bad.near.as_deref()), (BadKind::UnknownChoice, Some("open")));
    good(&FieldType::Choices(options()), &[("won，open, won", "won, open")]);
}

#[test]
fn texts_have_shapes() {
    bad(&FieldType::Text, &["a\nb", "a\u{0}b"]);
    assert_eq!(parse_text(&FieldType::LongText, " a\r\nb\tc ", &context()), Ok(Value::text("a\nb\tc")));
    bad(&FieldType::LongText, &["a\u{0}b", "\u{7}x"]);
    assert_eq!(read(&FieldType::Text, &"长".repeat(MAX_TEXT + 1)), Err(BadKind::OutOfRange));
    good(&FieldType::Email, &[("a.b+c@example.com", "a.b+c@example.com"), ("张三@例子.中国", "张三@例子.中国")]);
    bad(&FieldType::Email, &["a", "a@b", "@b.c", "a@@b.c", "a b@c.d", "a@-b.c", "a..b@c.d"]);
    good(
        &FieldType::Phone,
        &[("+86 138-0013-8000", "+86 138-0013-8000"), ("(021) 5555 1234转802", "(021) 5555 1234转802")],
    );
    bad(&FieldType::Phone, &["1234", "call me", "123456x", "1+234567", "+861380013800012345678"]);
    good(
        &FieldType::Url,
        &[("https://例子.中国/a?b=c#d", "https://例子.中国/a?b=c#d"), ("http://[::1]:80/", "http://[::1]:80/")],
    );
    bad(
        &FieldType::Url,
        &["javascript:alert(1)", "ftp://a.b", "http://", "http://a b", "http://u@h/", "http://h:0/", "http://a/\"x"],
    );
    good(&FieldType::Region, &[("310000", "310000"), ("31", "31"), ("8200", "8200")]);
    bad(&FieldType::Region, &["99", "310", "16", "31000a", "3１"]);
    good(&FieldType::Geo, &[("31.2, 121.5", "31.2, 121.5")]);
    bad(&FieldType::Geo, &["91, 0", "0, 181", "1", "1,2,3"]);
}

#[test]
fn a_reference_by_number_is_left_to_the_runtime() {
    let customer = FieldType::Ref(Name::intern("customer"));
    assert_eq!(read(&customer, "C-0001"), Err(BadKind::NotAnId));
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    good(&customer, &[(id, id)]);
}

#[test]
fn json_numbers_never_lose_a_digit_silently() {
    let kind = FieldType::Decimal { scale: None };
    let read = |kind: &FieldType, json: Json| parse_json(kind, &json, &context()).map(|value| value.to_string());
    assert_eq!(read(&kind, json!(0.1)).as_deref(), Ok("0.1"));
    assert_eq!(read(&kind, json!(12_345_678_901_234_567_i64)).as_deref(), Ok("12345678901234567"));
    assert!(read(&kind, json!(0.1 + 0.2)).is_err());
    assert_eq!(read(&MONEY, json!(0.1 + 0.2)).as_deref(), Ok("0.30"));
    assert_eq!(read(&MONEY, json!("1054")).as_deref(), Ok("1054.00"));
    assert_eq!(render_json(&Value::Decimal("1054.00".parse().unwrap())), json!("1054.00"));
    assert!(read(&FieldType::Text, json!(5)).is_err());
    assert!(read(&FieldType::Boolean, json!(1)).is_err());
    assert_eq!(read(&FieldType::Integer, json!(3.0)).as_deref(), Ok("3"));
}

#[test]
fn files_places_and_json_are_objects() {
    let hash = "ab".repeat(32);
    let file = json!({"sha256": hash, "name": "合同.pdf", "media": "application/pdf", "size": 12});
    let value = parse_json(&FieldType::File, &file, &context()).unwrap();
    assert_eq!(render_json(&value), file);
    let list = parse_json(&FieldType::Files, &json!([file, file]), &context()).unwrap();
    assert_eq!(list, Value::List(vec![value]));
    for wrong in [json!({"sha256": "x", "name": "a", "media": "a/b", "size": 1}), json!("a.pdf"), json!({})] {
        assert!(parse_json(&FieldType::File, &wrong, &context()).is_err());
    }
    let place = parse_json(&FieldType::Geo, &json!({"lat": 31.2, "lon": "121.5"}), &context()).unwrap();
    assert_eq!(parse_json(&FieldType::Geo, &render_json(&place), &context()), Ok(place));
    assert_eq!(parse_text(&FieldType::Json, "{\"a\": 1}", &context()), Ok(Value::Json("{\"a\":1}".into())));
    assert!(parse_json(&FieldType::Json, &json!("x".repeat(MAX_JSON)), &context()).is_err());
}

fn every_kind() -> Vec<FieldType> {
    let thing = Name::intern("thing");
    vec![
        FieldType::Text,
        FieldType::LongText,
        FieldType::Integer,
        FieldType::Decimal { scale: None },
        MONEY,
        FieldType::Percent,
        FieldType::Boolean,
        FieldType::Date,
        FieldType::DateTime,
        FieldType::Duration,
        FieldType::Choice(options()),
        FieldType::Choices(options()),
        FieldType::Ref(thing),
        FieldType::Refs(thing),
        FieldType::User,
        FieldType::Phone,
        FieldType::Email,
        FieldType::Url,
        FieldType::Region,
        FieldType::Geo,
        FieldType::Json,
    ]
}

proptest! {
    #[test]
    fn what_was_read_is_rendered_and_read_again(text in "\\PC{0,12}|[-0-9./:,TZPhmsd%]{0,14}", at in 0usize..21) {
        let kind = &every_kind()[at];
        if let Ok(value) = parse_text(kind, &text, &context()) {
            prop_assert_eq!(parse_json(kind, &render_json(&value), &context()), Ok(value));
        }
    }
}
