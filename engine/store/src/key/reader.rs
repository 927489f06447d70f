//! Reads back the parts of a key, in the order they were added.

use std::sync::Arc;

use formwork_model::{
    id::RecordId,
    value::{FileRef, Geo, Value},
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{KeyKind, damaged, number, part};
use crate::error::Error;

/// Lists in keys are no deeper than this.
const DEPTH: usize = 16;

/// The parts of a key that are still unread.
#[derive(Debug, Clone)]
pub struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    /// Starts after the first byte, which must be `kind`'s.
    ///
    /// # Errors
    /// When the key is of another kind.
    pub fn new(key: &'a [u8], kind: KeyKind) -> Result<Self, Error> {
        match key.split_first() {
            Some((first, rest)) if *first == kind.number() => Ok(Self(rest)),
            _ => Err(damaged("kind")),
        }
    }

    fn take<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Error> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or_else(|| damaged(what))?;
        self.0 = rest;
        Ok(*head)
    }

    /// Reads a number of two bytes.
    ///
    /// # Errors
    /// When the key is too short.
    pub fn u16(&mut self) -> Result<u16, Error> {
        self.take("number").map(u16::from_be_bytes)
    }

    /// Reads a number of four bytes.
    ///
    /// # Errors
    /// When the key is too short.
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.take("number").map(u32::from_be_bytes)
    }

    /// Reads a number of eight bytes.
    ///
    /// # Errors
    /// When the key is too short.
    pub fn u64(&mut self) -> Result<u64, Error> {
        self.take("number").map(u64::from_be_bytes)
    }

    /// Reads a record id.
    ///
    /// # Errors
    /// When the key is too short.
    pub fn id(&mut self) -> Result<RecordId, Error> {
        self.take("id").map(RecordId::from_bytes)
    }

    /// Reads an instant, to the millisecond.
    ///
    /// # Errors
    /// When the key is too short, or its number is no instant.
    pub fn instant(&mut self) -> Result<Timestamp, Error> {
        let milliseconds = i64::from_be_bytes(self.take("instant")?) ^ i64::MIN;
        Timestamp::from_millisecond(milliseconds).map_err(|_| damaged("instant"))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// When it does not end or is no UTF-8.
    pub fn text(&mut self) -> Result<String, Error> {
        let mut bytes = Vec::new();
        loop {
            match self.take::<1>("text")?[0] {
                0 if self.take::<1>("text")?[0] == 0 => break,
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| damaged("text"))
    }

    /// Reads a value. Whole numbers that fit come back as integers, other numbers without zeros at the end.
    ///
    /// # Errors
    /// When the bytes are no value, or stand for rows, which keys only count.
    pub fn value(&mut self) -> Result<Value, Error> {
        let [tag] = self.take("value")?;
        self.tagged(tag, 0)
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    fn tagged(&mut self, tag: u8, depth: usize) -> Result<Value, Error> {
        Ok(match tag {
            part::NULL => Value::Null,
            part::FALSE => Value::Bool(false),
            part::TRUE => Value::Bool(true),
            part::TEXT => Value::Text(self.text()?.into()),
            part::JSON => Value::Json(self.text()?.into()),
            part::DATE => self.date()?,
            part::INSTANT => {
                let seconds = i128::from(self.ordered()?);
                let nanoseconds = i128::from(self.u32()?);
                let instant = Timestamp::from_nanosecond(seconds * 1_000_000_000 + nanoseconds);
                Value::Instant(instant.map_err(|_| damaged("instant"))?)
            }
            part::SECONDS => Value::Seconds(self.ordered()?),
            part::REF => Value::Ref(self.id()?),
            part::LIST => self.list(depth)?,
            part::FILE => Value::File(Arc::new(FileRef {
                sha256: self.text()?,
                name: self.text()?,
                media: self.text()?,
                size: self.u64()?,
            })),
            part::GEO => Value::Geo(Geo { lat: self.number()?, lon: self.number()? }),
            tag if number::is_number(tag) => {
                let decimal = self.number_after(tag)?;
                let whole = if decimal.scale() == 0 { decimal.to_i64() } else { None };
                whole.map_or(Value::Decimal(decimal), Value::Int)
            }
            _ => return Err(damaged("value")),
        })
    }

    fn list(&mut self, depth: usize) -> Result<Value, Error> {
        if depth >= DEPTH {
            return Err(damaged("list"));
        }
        let mut items = Vec::new();
        loop {
            match self.take::<1>("list")?[0] {
                part::END => return Ok(Value::List(items)),
                tag => items.push(self.tagged(tag, depth + 1)?),
            }
        }
    }

    fn date(&mut self) -> Result<Value, Error> {
        let year = (self.u16()? ^ 0x8000).cast_signed();
        let [month, day] = self.take("date")?;
        let date = Date::new(year, month.cast_signed(), day.cast_signed());
        date.map(Value::Date).map_err(|_| damaged("date"))
    }

    fn ordered(&mut self) -> Result<i64, Error> {
        Ok(i64::from_be_bytes(self.take("number")?) ^ i64::MIN)
    }

    fn number(&mut self) -> Result<Decimal, Error> {
        let [tag] = self.take("number")?;
        self.number_after(tag)
    }

    fn number_after(&mut self, tag: u8) -> Result<Decimal, Error> {
        let (decimal, used) = number::take(tag, self.0).ok_or_else(|| damaged("number"))?;
        self.0 = self.0.get(used..).ok_or_else(|| damaged("number"))?;
        Ok(decimal)
    }
}
