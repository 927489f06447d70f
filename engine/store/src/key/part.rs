//! The parts of keys as bytes.

use formwork_model::value::Value;
use rust_decimal::Decimal;

use super::number;

pub(super) const NULL: u8 = 0x10;
pub(super) const FALSE: u8 = 0x20;
pub(super) const TRUE: u8 = 0x21;
pub(super) const TEXT: u8 = 0x40;
pub(super) const DATE: u8 = 0x50;
pub(super) const INSTANT: u8 = 0x60;
pub(super) const SECONDS: u8 = 0x70;
pub(super) const REF: u8 = 0x80;
pub(super) const JSON: u8 = 0x90;
pub(super) const LIST: u8 = 0xA0;
pub(super) const ROWS: u8 = 0xB0;
pub(super) const FILE: u8 = 0xC0;
pub(super) const GEO: u8 = 0xD0;

/// Ends a list; below every tag, so a shorter list sorts first.
pub(super) const END: u8 = 0x01;

/// Turns the sign bit so that negative numbers sort before positive ones.
pub(super) fn ordered(number: i64) -> [u8; 8] {
    (number ^ i64::MIN).to_be_bytes()
}

/// A text: a zero byte becomes `00 FF`, and `00 00` ends it.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    if bytes.contains(&0) {
        for byte in bytes {
            out.push(*byte);
            if *byte == 0 {
                out.push(0xFF);
            }
        }
    } else {
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(&[0, 0]);
}

/// A value with its tag.
pub(super) fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(flag) => out.push(if *flag { TRUE } else { FALSE }),
        Value::Int(whole) => number::put(out, Decimal::from(*whole)),
        Value::Decimal(decimal) => number::put(out, *decimal),
        Value::Text(text) => tagged_text(out, TEXT, text),
        Value::Date(date) => {
            out.push(DATE);
            out.extend_from_slice(&(date.year().cast_unsigned() ^ 0x8000).to_be_bytes());
            out.extend_from_slice(&[date.month().cast_unsigned(), date.day().cast_unsigned()]);
        }
        Value::Instant(instant) => {
            let nanoseconds = instant.as_nanosecond();
            let seconds = nanoseconds.div_euclid(1_000_000_000) as i64;
            out.push(INSTANT);
            out.extend_from_slice(&ordered(seconds));
            out.extend_from_slice(&(nanoseconds.rem_euclid(1_000_000_000) as u32).to_be_bytes());
        }
        Value::Seconds(seconds) => {
            out.push(SECONDS);
            out.extend_from_slice(&ordered(*seconds));
        }
        Value::Ref(id) => {
            out.push(REF);
            out.extend_from_slice(&id.bytes());
        }
        Value::Json(text) => tagged_text(out, JSON, text),
        Value::List(items) => {
            out.push(LIST);
            for item in items {
                put_value(out, item);
            }
            out.push(END);
        }
        Value::Rows(rows) => {
            out.push(ROWS);
            out.extend_from_slice(&(rows.len() as u32).to_be_bytes());
        }
        Value::File(file) => {
            tagged_text(out, FILE, &file.sha256);
            put_text(out, &file.name);
            put_text(out, &file.media);
            out.extend_from_slice(&file.size.to_be_bytes());
        }
        Value::Geo(geo) => {
            out.push(GEO);
            number::put(out, geo.lat);
            number::put(out, geo.lon);
        }
    }
}

fn tagged_text(out: &mut Vec<u8>, tag: u8, text: &str) {
    out.push(tag);
    put_text(out, text);
}
