//! Keys: order and round trip.

use std::cmp::Ordering;

use jiff::{Timestamp, civil::Date};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;

fn decimals() -> impl Strategy<Value = Decimal> {
    let limit: i128 = (1 << 96) - 1;
    let any = (-limit..=limit, 0u32..=28).prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale));
    let short = (-1000i128..=1000, 0u32..=5).prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale));
    let tiny = (-99i128..=99, 24u32..=28).prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale));
    prop_oneof![any, short, tiny]
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::Int),
        (-50i64..50).prop_map(Value::Int),
        decimals().prop_map(Value::Decimal)
    ]
}

fn texts() -> impl Strategy<Value = Value> {
    // Zero bytes and common beginnings are what an encoding gets wrong.
    prop_oneof!["[\u{0}\u{1}a\u{ff}金]{1,6}", ".{1,20}"].prop_map(|text: String| Value::Text(text.into()))
}

fn dates() -> impl Strategy<Value = Value> {
    (-9999i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Value::Date(Date::new(y, m, d).unwrap()))
}

fn instants() -> impl Strategy<Value = Value> {
    let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    let near = -3_000_000_000i128..3_000_000_000;
    prop_oneof![range.prop_map(|n| n), near].prop_map(|n| Value::Instant(Timestamp::from_nanosecond(n).unwrap()))
}

fn refs() -> impl Strategy<Value = Value> {
    any::<[u8; 16]>().prop_map(|bytes| Value::Ref(RecordId::from_bytes(bytes)))
}

/// Two values of one type, or one of them null.
fn pairs() -> impl Strategy<Value = (Value, Value)> {
    let null = Just(Value::Null);
    prop_oneof![
        (numbers(), numbers()),
        (texts(), texts()),
        (dates(), dates()),
        (instants(), instants()),
        (any::<i64>().prop_map(Value::Seconds), any::<i64>().prop_map(Value::Seconds)),
        (any::<bool>().prop_map(Value::Bool), any::<bool>().prop_map(Value::Bool)),
        (refs(), refs()),
        (null, prop_oneof![numbers(), texts(), dates(), instants(), refs()]),
    ]
}

fn bytes(value: &Value) -> Vec<u8> {
    Key::new(KeyKind::Index).value(value).into_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn keys_sort_as_values_do((a, b) in pairs()) {
        prop_assert_eq!(bytes(&a).cmp(&bytes(&b)), a.compare(&b).unwrap(), "{:?} {:?}", a, b);
    }

    #[test]
    fn what_follows_decides_only_between_equals((a, b) in pairs(), x in numbers(), y in texts()) {
        let first = Key::new(KeyKind::Index).value(&a).value(&x).into_vec();
        let second = Key::new(KeyKind::Index).value(&b).value(&y).into_vec();
        match a.compare(&b).unwrap() {
            Ordering::Equal => prop_assert_eq!(first.cmp(&second), Ordering::Less),
            order => prop_assert_eq!(first.cmp(&second), order),
        }
    }

    #[test]
    fn values_read_back((a, b) in pairs()) {
        let list = Value::List(vec![a.clone(), b.clone()]);
        let key = Key::new(KeyKind::Unique).u16(7).value(&a).value(&b).value(&list).text("x\0y").u64(9).into_vec();
        let mut reader = KeyReader::new(&key, KeyKind::Unique).unwrap();
        prop_assert_eq!(reader.u16().unwrap(), 7);
        prop_assert!(reader.value().unwrap().same(&a));
        prop_assert!(reader.value().unwrap().same(&b));
        let Value::List(items) = reader.value().unwrap() else { panic!("no list") };
        prop_assert!(items[0].same(&a) && items[1].same(&b));
        prop_assert_eq!(reader.text().unwrap(), "x\0y");
        prop_assert_eq!(reader.u64().unwrap(), 9);
        prop_assert!(reader.rest().is_empty());
    }

    #[test]
    fn a_range_holds_exactly_what_starts_with_its_prefix(prefix in prop::collection::vec(prop_oneof![Just(255u8), any::<u8>()], 0..4), key in prop::collection::vec(0u8..255, 0..6)) {
        let end = Key::prefix_end(&prefix);
        let inside = prefix.as_slice() <= key.as_slice() && key < end;
        prop_assert_eq!(inside, key.starts_with(&prefix));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let mut key = vec![KeyKind::Index.number()];
        key.extend(bytes);
        let mut reader = KeyReader::new(&key, KeyKind::Index).unwrap();
        while reader.value().is_ok() {}
    }
}

#[test]
fn equal_numbers_are_one_key_whatever_their_zeros() {
    let one = bytes(&Value::Int(1));
    assert_eq!(one, bytes(&Value::Decimal("1.00".parse().unwrap())));
    assert_eq!(bytes(&Value::Decimal("-0.0".parse().unwrap())), bytes(&Value::Int(0)));
    assert_eq!(bytes(&Value::Int(100)), bytes(&Value::Decimal("100.000".parse().unwrap())));
}

#[test]
fn kinds_and_their_numbers_are_fixed() {
    let numbers: Vec<u8> = KeyKind::ALL.iter().map(|kind| kind.number()).collect();
    assert!(numbers.starts_with(&(1..=14).collect::<Vec<u8>>()) && numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    for kind in KeyKind::ALL {
        assert_eq!(KeyKind::from_number(kind.number()), Some(kind));
    }
    assert_eq!((KeyKind::Meta.number(), KeyKind::Record.number(), KeyKind::Message.number()), (1, 3, 14));
    assert_eq!((KeyKind::Task.number(), KeyKind::Timer.number()), (15, 16));
    assert_eq!(KeyKind::from_number(0), None);
    assert_eq!(KeyKind::from_number(200), None);
}
