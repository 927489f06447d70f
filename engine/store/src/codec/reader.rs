//! Reads values back from bytes that may be damaged.

use formwork_model::{id::RecordId, name::Name};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

use super::VERSION;
use crate::{error::Error, symbols::Symbols};

/// The bytes of a stored value that are still unread.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    version: u8,
}

pub(super) fn damaged(what: &str) -> Error {
    Error::Damaged(format!("a stored value's {what} can't be read"))
}

impl<'a> Reader<'a> {
    /// Starts after the version byte.
    ///
    /// # Errors
    /// When there is none, or a newer program wrote it.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        match bytes.split_first() {
            Some((&found, _)) if found > VERSION => Err(Error::Newer { found: found.into(), known: VERSION.into() }),
            Some((&version @ 1.., bytes)) => Ok(Self { bytes, version }),
            _ => Err(damaged("version")),
        }
    }

    /// The version of the program that wrote the value.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// How many bytes are unread.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// Checks that everything was read.
    ///
    /// # Errors
    /// When bytes are left.
    pub fn end(&self) -> Result<(), Error> {
        if self.bytes.is_empty() { Ok(()) } else { Err(damaged("end")) }
    }

    /// Reads `n` bytes as they are.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn raw(&mut self, n: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.bytes.split_at_checked(n).ok_or_else(|| damaged("length"))?;
        self.bytes = rest;
        Ok(head)
    }

    /// Reads an array of bytes as they are.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.bytes.split_first_chunk::<N>().ok_or_else(|| damaged("length"))?;
        self.bytes = rest;
        Ok(*head)
    }

    /// Reads one byte.
    ///
    /// # Errors
    /// When there is none.
    pub fn u8(&mut self) -> Result<u8, Error> {
        let (first, rest) = self.bytes.split_first().ok_or_else(|| damaged("length"))?;
        self.bytes = rest;
        Ok(*first)
    }

    fn wide(&mut self) -> Result<u128, Error> {
        let mut number = 0u128;
        for shift in (0..126).step_by(7) {
            let byte = self.u8()?;
            number |= u128::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(damaged("number"))
    }

    /// Reads a number.
    ///
    /// # Errors
    /// When there is none or it is too large.
    pub fn varint(&mut self) -> Result<u64, Error> {
        match self.bytes.first() {
            Some(&byte) if byte < 0x80 => {
                self.bytes = &self.bytes[1..];
                Ok(u64::from(byte))
            }
            _ => u64::try_from(self.wide()?).map_err(|_| damaged("number")),
        }
    }

    /// Reads a number of at most four bytes.
    ///
    /// # Errors
    /// When there is none or it is too large.
    pub fn u32(&mut self) -> Result<u32, Error> {
        u32::try_from(self.varint()?).map_err(|_| damaged("number"))
    }

    /// Reads a signed number.
    ///
    /// # Errors
    /// When there is none.
    pub fn signed(&mut self) -> Result<i64, Error> {
        self.varint().map(unzigzag)
    }

    /// Reads how many elements follow, each of which takes at least one byte.
    ///
    /// # Errors
    /// When that many can't follow.
    pub fn count(&mut self) -> Result<usize, Error> {
        let count = usize::try_from(self.varint()?).map_err(|_| damaged("count"))?;
        if count > self.left() { Err(damaged("count")) } else { Ok(count) }
    }

    /// Reads a length and that many bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn chunk(&mut self) -> Result<&'a [u8], Error> {
        let length = self.count()?;
        self.raw(length)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// When it is cut off or no UTF-8.
    pub fn str(&mut self) -> Result<&'a str, Error> {
        std::str::from_utf8(self.chunk()?).map_err(|_| damaged("text"))
    }

    /// Reads a text that may be missing.
    ///
    /// # Errors
    /// When it is cut off or no UTF-8.
    pub fn optional_str(&mut self) -> Result<Option<&'a str>, Error> {
        let Some(length) = self.varint()?.checked_sub(1) else { return Ok(None) };
        let bytes = self.raw(usize::try_from(length).map_err(|_| damaged("text"))?)?;
        std::str::from_utf8(bytes).map(Some).map_err(|_| damaged("text"))
    }

    /// Reads what [`Writer::hash`](super::Writer::hash) wrote.
    ///
    /// # Errors
    /// When it is cut off or no UTF-8.
    pub fn hash(&mut self) -> Result<String, Error> {
        match self.u8()? {
            0 => self.str().map(str::to_owned),
            1 => Ok(to_hex(&self.array()?)),
            _ => Err(damaged("hash")),
        }
    }

    /// Reads a record id.
    ///
    /// # Errors
    /// When it is cut off.
    pub fn id(&mut self) -> Result<RecordId, Error> {
        self.array().map(RecordId::from_bytes)
    }

    /// Reads a yes or no.
    ///
    /// # Errors
    /// When it is neither.
    pub fn bool(&mut self) -> Result<bool, Error> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(damaged("flag")),
        }
    }

    /// Reads an instant.
    ///
    /// # Errors
    /// When it is cut off or outside the years that exist.
    pub fn instant(&mut self) -> Result<Timestamp, Error> {
        let first = self.varint()?;
        let milliseconds = unzigzag(first >> 1);
        let instant = if first & 1 == 0 {
            Timestamp::from_millisecond(milliseconds)
        } else {
            let rest = self.varint()?;
            Timestamp::from_nanosecond(i128::from(milliseconds) * 1_000_000 + i128::from(rest))
        };
        instant.map_err(|_| damaged("instant"))
    }

    /// Reads an instant that may be missing.
    ///
    /// # Errors
    /// As [`Reader::instant`].
    pub fn optional_instant(&mut self) -> Result<Option<Timestamp>, Error> {
        if self.bool()? { self.instant().map(Some) } else { Ok(None) }
    }

    /// Reads a date.
    ///
    /// # Errors
    /// When it is cut off or no day of the calendar.
    pub fn date(&mut self) -> Result<Date, Error> {
        let packed = self.signed()?;
        let year = i16::try_from(packed >> 9).map_err(|_| damaged("date"))?;
        Date::new(year, (packed >> 5 & 15) as i8, (packed & 31) as i8).map_err(|_| damaged("date"))
    }

    /// Reads a decimal.
    ///
    /// # Errors
    /// When it is cut off or has too many digits.
    pub fn decimal(&mut self) -> Result<Decimal, Error> {
        let head = self.u8()?;
        let mantissa = self.wide()? as i128;
        let mut decimal =
            Decimal::try_from_i128_with_scale(mantissa, u32::from(head & 0x7F)).map_err(|_| damaged("decimal"))?;
        decimal.set_sign_negative(head & 0x80 != 0);
        Ok(decimal)
    }

    /// Reads a name.
    ///
    /// # Errors
    /// When its number is nobody's.
    pub fn name(&mut self, symbols: &Symbols) -> Result<Name, Error> {
        let number = self.u32()?;
        symbols.name(number).ok_or_else(|| Error::Damaged(format!("name number {number} is not in the table of names")))
    }

    /// Reads a name that may be missing.
    ///
    /// # Errors
    /// When its number is nobody's.
    pub fn optional_name(&mut self, symbols: &Symbols) -> Result<Option<Name>, Error> {
        if self.bool()? { self.name(symbols).map(Some) } else { Ok(None) }
    }
}

/// Room for a count that the bytes claim: more only grows as the elements are really there.
pub(super) fn bounded(count: usize) -> usize {
    count.min(64)
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

fn to_hex(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(64);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    text
}
