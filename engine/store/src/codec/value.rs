//! Reads values and fields.

use std::sync::Arc;

use formwork_model::{
    record::{Fields, Row},
    value::{FileRef, Geo, Value},
};

use super::{
    DEPTH, Reader,
    reader::{bounded, damaged},
    tag,
};
use crate::{error::Error, symbols::Symbols};

impl Reader<'_> {
    /// Reads a value.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn value(&mut self, symbols: &Symbols) -> Result<Value, Error> {
        self.value_at(symbols, 0)
    }

    /// Reads fields.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn fields(&mut self, symbols: &Symbols) -> Result<Fields, Error> {
        self.fields_at(symbols, 0)
    }

    fn fields_at(&mut self, symbols: &Symbols, depth: usize) -> Result<Fields, Error> {
        let count = self.count()?;
        let mut fields = Fields::with_capacity(bounded(count));
        for _ in 0..count {
            let name = self.name(symbols)?;
            let value = self.value_at(symbols, depth)?;
            fields.set(name, value);
        }
        Ok(fields)
    }

    fn value_at(&mut self, symbols: &Symbols, depth: usize) -> Result<Value, Error> {
        Ok(match self.u8()? {
            tag::NULL => Value::Null,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(self.signed()?),
            tag::DECIMAL => Value::Decimal(self.decimal()?),
            tag::TEXT => Value::Text(self.str()?.into()),
            tag::JSON => Value::Json(self.str()?.into()),
            tag::DATE => Value::Date(self.date()?),
            tag::INSTANT => Value::Instant(self.instant()?),
            tag::SECONDS => Value::Seconds(self.signed()?),
            tag::REF => Value::Ref(self.id()?),
            tag::FILE => Value::File(Arc::new(FileRef {
                sha256: self.hash()?,
                name: self.str()?.to_owned(),
                media: self.str()?.to_owned(),
                size: self.varint()?,
            })),
            tag::GEO => Value::Geo(Geo { lat: self.decimal()?, lon: self.decimal()? }),
            tag::LIST | tag::ROWS if depth >= DEPTH => return Err(damaged("depth")),
            tag::LIST => {
                let count = self.count()?;
                let mut items = Vec::with_capacity(bounded(count));
                for _ in 0..count {
                    items.push(self.value_at(symbols, depth + 1)?);
                }
                Value::List(items)
            }
            tag::ROWS => {
                let count = self.count()?;
                let mut rows = Vec::with_capacity(bounded(count));
                for _ in 0..count {
                    rows.push(Row { key: self.u32()?, fields: self.fields_at(symbols, depth + 1)? });
                }
                Value::Rows(rows)
            }
            _ => return Err(damaged("tag")),
        })
    }
}
