//! Codec: round trip and damaged bytes.

use std::sync::Arc;

use formwork_model::{
    id::RecordId,
    name::Name,
    record::{Fields, Row},
    value::{FileRef, Geo, Value},
};
use jiff::{Timestamp, civil::Date};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{embedded::Embedded, error::Error, store::transact, symbols::Symbols};

/// A table of the names `n0` … `n19`.
pub(crate) fn symbols() -> Symbols {
    let store = Embedded::memory().unwrap();
    transact(&store, |txn| Symbols::default().extend(txn, (0..20).map(|n| Name::intern(&format!("n{n}")))))
        .unwrap()
        .unwrap()
}

fn decimals() -> impl Strategy<Value = Decimal> {
    let limit: i128 = (1 << 96) - 1;
    (-limit..=limit, 0u32..=28).prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, scale))
}

pub(crate) fn leaves() -> impl Strategy<Value = Value> {
    let file = ("[0-9a-f]{64}|[a-z]{3}", ".{0,9}", "[a-z/]{0,9}", any::<u64>())
        .prop_map(|(sha256, name, media, size)| Value::File(Arc::new(FileRef { sha256, name, media, size })));
    let nanoseconds = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
    let milliseconds = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        decimals().prop_map(Value::Decimal),
        ".{0,30}".prop_map(|text| Value::Text(text.into())),
        ".{0,30}".prop_map(|text| Value::Json(text.into())),
        (-9999i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Value::Date(Date::new(y, m, d).unwrap())),
        nanoseconds.prop_map(|n| Value::Instant(Timestamp::from_nanosecond(n).unwrap())),
        milliseconds.prop_map(|n| Value::Instant(Timestamp::from_millisecond(n).unwrap())),
        any::<i64>().prop_map(Value::Seconds),
        any::<[u8; 16]>().prop_map(|bytes| Value::Ref(RecordId::from_bytes(bytes))),
        (decimals(), decimals()).prop_map(|(lat, lon)| Value::Geo(Geo { lat, lon })),
        file,
    ]
}

fn fields_of(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Fields> {
    prop::collection::vec((0u32..20, values), 0..6)
        .prop_map(|pairs| pairs.into_iter().map(|(n, value)| (Name::intern(&format!("n{n}")), value)).collect())
}

fn values() -> impl Strategy<Value = Value> {
    leaves().prop_recursive(4, 40, 5, |inner| {
        let row = (any::<u32>(), fields_of(inner.clone())).prop_map(|(key, fields)| Row { key, fields });
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::List),
            prop::collection::vec(row, 0..4).prop_map(Value::Rows),
        ]
    })
}

pub(crate) fn some_fields() -> impl Strategy<Value = Fields> {
    fields_of(values())
}

proptest! {
    #[test]
    fn values_read_back(value in values()) {
        let symbols = symbols();
        let mut out = Writer::new();
        out.value(&value, &symbols).unwrap();
        let bytes = out.into_vec();
        let mut from = Reader::new(&bytes).unwrap();
        prop_assert_eq!(from.value(&symbols).unwrap(), value);
        from.end().unwrap();
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_an_error_or_a_value(fields in some_fields(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let symbols = symbols();
        let mut out = Writer::new();
        out.fields(&fields, &symbols).unwrap();
        let mut bytes = out.into_vec();
        for end in 1..bytes.len() {
            prop_assert!(Reader::new(&bytes[..end]).unwrap().fields(&symbols).is_err());
        }
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let _any = Reader::new(&bytes).and_then(|mut from| from.fields(&symbols));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let symbols = symbols();
        let mut versioned = vec![VERSION];
        versioned.extend(bytes);
        let _any = Reader::new(&versioned).unwrap().value(&symbols);
        let _any = Reader::new(&versioned).unwrap().fields(&symbols);
        let _any = crate::table::record::decode(Name::intern("n0"), RecordId::from_bytes([0; 16]), &versioned, &symbols);
        let _any = crate::table::history::decode(&versioned, &symbols);
        let _any = crate::table::ledger::decode_entry(&versioned);
        let _any = crate::table::message::decode(&versioned, &symbols);
    }
}

#[test]
fn a_bomb_of_nested_lists_is_refused_both_ways() {
    let symbols = Symbols::default();
    let mut deep = Value::Null;
    for _ in 0..=DEPTH {
        deep = Value::List(vec![deep]);
    }
    assert!(matches!(Writer::new().value(&deep, &symbols), Err(Error::Fault(_))));
    let mut bytes = vec![VERSION];
    bytes.extend([tag::LIST, 1].repeat(100_000));
    assert!(matches!(Reader::new(&bytes).unwrap().value(&symbols), Err(Error::Damaged(_))));
}

#[test]
fn a_newer_version_says_so() {
    assert!(matches!(Reader::new(&[VERSION + 1, 0]), Err(Error::Newer { found: 3, known: 2 })));
    assert!(matches!(Reader::new(&[]), Err(Error::Damaged(_))));
}

#[test]
fn a_name_without_a_number_is_a_fault_not_silence() {
    let fields: Fields = [(Name::intern("unknown_here"), Value::Int(1))].into_iter().collect();
    assert!(matches!(Writer::new().fields(&fields, &Symbols::default()), Err(Error::Fault(_))));
}
