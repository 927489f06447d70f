//! Appends values to a buffer.

use formwork_model::{
    id::RecordId,
    name::Name,
    record::Fields,
    value::{FileRef, Value},
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

use super::{DEPTH, VERSION, tag};
use crate::{error::Error, symbols::Symbols};

/// A stored value under construction.
#[derive(Debug, Clone)]
pub struct Writer(Vec<u8>);

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// An empty value of the present version.
    pub fn new() -> Self {
        Self::with_capacity(256)
    }

    /// An empty value with room for `n` bytes.
    pub fn with_capacity(n: usize) -> Self {
        let mut bytes = Vec::with_capacity(n);
        bytes.push(VERSION);
        Self(bytes)
    }

    /// The finished value.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }

    /// What has been written so far, the version byte included.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Appends one byte.
    pub fn u8(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Appends bytes as they are; the reader must know how many.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Appends a number, seven bits to a byte.
    pub fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Appends a signed number; small ones are short whatever their sign.
    pub fn signed(&mut self, number: i64) {
        self.varint(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    /// Appends a length and that many bytes.
    pub fn chunk(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Appends a text.
    pub fn str(&mut self, text: &str) {
        self.chunk(text.as_bytes());
    }

    /// Appends a text that may be missing.
    pub fn optional_str(&mut self, text: Option<&str>) {
        match text {
            None => self.varint(0),
            Some(text) => {
                self.varint(text.len() as u64 + 1);
                self.0.extend_from_slice(text.as_bytes());
            }
        }
    }

    /// Appends a text that is usually a SHA-256 in lower case hexadecimal, in half the bytes then.
    pub fn hash(&mut self, text: &str) {
        match from_hex(text) {
            Some(bytes) => {
                self.0.push(1);
                self.0.extend_from_slice(&bytes);
            }
            None => {
                self.0.push(0);
                self.str(text);
            }
        }
    }

    /// Appends a record id.
    pub fn id(&mut self, id: RecordId) {
        self.0.extend_from_slice(&id.bytes());
    }

    /// Appends a yes or no.
    pub fn bool(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    /// Appends an instant, to the nanosecond; whole milliseconds are shorter.
    pub fn instant(&mut self, instant: Timestamp) {
        let nanoseconds = instant.as_nanosecond();
        let milliseconds = nanoseconds.div_euclid(1_000_000) as i64;
        let rest = nanoseconds.rem_euclid(1_000_000) as u64;
        let zigzag = ((milliseconds << 1) ^ (milliseconds >> 63)).cast_unsigned();
        self.varint(zigzag << 1 | u64::from(rest != 0));
        if rest != 0 {
            self.varint(rest);
        }
    }

    /// Appends an instant that may be missing.
    pub fn optional_instant(&mut self, instant: Option<Timestamp>) {
        self.bool(instant.is_some());
        if let Some(instant) = instant {
            self.instant(instant);
        }
    }

    /// Appends a date.
    pub fn date(&mut self, date: Date) {
        let (year, month, day) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
        self.signed((year * 16 + month) * 32 + day);
    }

    /// Appends a decimal with all its digits and zeros.
    pub fn decimal(&mut self, decimal: Decimal) {
        let mut mantissa = decimal.mantissa().unsigned_abs();
        self.0.push(decimal.scale() as u8 | if decimal.is_sign_negative() { 0x80 } else { 0 });
        while mantissa >= 0x80 {
            self.0.push(mantissa as u8 | 0x80);
            mantissa >>= 7;
        }
        self.0.push(mantissa as u8);
    }

    /// Appends the number of `name`.
    ///
    /// # Errors
    /// When it has none: the caller forgot [`Symbols::extend`].
    pub fn name(&mut self, name: Name, symbols: &Symbols) -> Result<(), Error> {
        let number = symbols.number(name).ok_or_else(|| Error::Fault(format!("the name {name} has no number")))?;
        self.varint(u64::from(number));
        Ok(())
    }

    /// Appends a name that may be missing.
    ///
    /// # Errors
    /// When it has no number.
    pub fn optional_name(&mut self, name: Option<Name>, symbols: &Symbols) -> Result<(), Error> {
        self.bool(name.is_some());
        name.map_or(Ok(()), |name| self.name(name, symbols))
    }

    /// Appends a value.
    ///
    /// # Errors
    /// When a name in it has no number, or it is deeper than [`DEPTH`].
    pub fn value(&mut self, value: &Value, symbols: &Symbols) -> Result<(), Error> {
        self.value_at(value, symbols, 0)
    }

    /// Appends fields.
    ///
    /// # Errors
    /// When a name in them has no number, or they are deeper than [`DEPTH`].
    pub fn fields(&mut self, fields: &Fields, symbols: &Symbols) -> Result<(), Error> {
        self.fields_at(fields, symbols, 0)
    }

    fn fields_at(&mut self, fields: &Fields, symbols: &Symbols, depth: usize) -> Result<(), Error> {
        self.varint(fields.len() as u64);
        for (name, value) in fields.iter() {
            self.name(name, symbols)?;
            self.value_at(value, symbols, depth)?;
        }
        Ok(())
    }

    fn tagged_str(&mut self, tag: u8, text: &str) {
        self.0.push(tag);
        self.str(text);
    }

    fn file(&mut self, file: &FileRef) {
        self.0.push(tag::FILE);
        self.hash(&file.sha256);
        self.str(&file.name);
        self.str(&file.media);
        self.varint(file.size);
    }

    fn value_at(&mut self, value: &Value, symbols: &Symbols, depth: usize) -> Result<(), Error> {
        match value {
            Value::Null => self.0.push(tag::NULL),
            Value::Bool(flag) => self.0.push(if *flag { tag::TRUE } else { tag::FALSE }),
            Value::Int(whole) => {
                self.0.push(tag::INT);
                self.signed(*whole);
            }
            Value::Decimal(decimal) => {
                self.0.push(tag::DECIMAL);
                self.decimal(*decimal);
            }
            Value::Text(text) => self.tagged_str(tag::TEXT, text),
            Value::Json(text) => self.tagged_str(tag::JSON, text),
            Value::Date(date) => {
                self.0.push(tag::DATE);
                self.date(*date);
            }
            Value::Instant(instant) => {
                self.0.push(tag::INSTANT);
                self.instant(*instant);
            }
            Value::Seconds(seconds) => {
                self.0.push(tag::SECONDS);
                self.signed(*seconds);
            }
            Value::Ref(id) => {
                self.0.push(tag::REF);
                self.id(*id);
            }
            Value::File(file) => self.file(file),
            Value::Geo(geo) => {
                self.0.push(tag::GEO);
                self.decimal(geo.lat);
                self.decimal(geo.lon);
            }
            Value::List(_) | Value::Rows(_) if depth >= DEPTH => {
                return Err(Error::Fault("a value lies too deep in itself".into()));
            }
            Value::List(items) => {
                self.0.push(tag::LIST);
                self.varint(items.len() as u64);
                for item in items {
                    self.value_at(item, symbols, depth + 1)?;
                }
            }
            Value::Rows(rows) => {
                self.0.push(tag::ROWS);
                self.varint(rows.len() as u64);
                for row in rows {
                    self.varint(u64::from(row.key));
                    self.fields_at(&row.fields, symbols, depth + 1)?;
                }
            }
        }
        Ok(())
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}
