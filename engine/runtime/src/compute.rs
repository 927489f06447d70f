//! Defaults and computed values.

use formwork_catalog::object::{Computed, Field, Measure, Object};
use formwork_model::{field_type::FieldType, name::Name, record::Fields, value::Value};
use formwork_script::{handle::Handle, program::Vars};

use rust_decimal::Decimal;

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Fills the defaults of a new record and of lines that have no value yet.
    pub(crate) fn fill_defaults(&self, key: Key) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        let vars = self.vars(key);
        for field in &object.fields {
            // Nothing to count is 0, not unknown.
            if let Some(Measure::Count | Measure::Sum(_)) = field.roll_up.as_ref().map(|roll_up| roll_up.measure) {
                let zero = if field.kind == FieldType::Integer { Value::Int(0) } else { Value::Decimal(Decimal::ZERO) };
                self.set(key, field.name, formwork_script::convert::coerce_value(zero, &field.kind)?)?;
            }
            if let Some(default) = &field.default
                && self.record(key, |record| record.fields.get(field.name).is_empty())?
            {
                let value = self.value(default, &field.kind, &vars)?;
                self.set(key, field.name, value)?;
            }
        }
        self.fill_line_defaults(key, object)
    }

    /// Fills the defaults of lines whose field is empty.
    pub(crate) fn fill_line_defaults(&self, key: Key, object: &Object) -> Result<(), Refusal> {
        for lines in object.fields.iter().filter(|field| field.lines.iter().any(|line| line.default.is_some())) {
            for row in self.row_keys(key, lines.name)? {
                let vars = self.line_vars(key, lines.name, row);
                for line in &lines.lines {
                    let Some(default) = &line.default else { continue };
                    if self.line_value(key, lines.name, row, line.name)?.is_empty() {
                        let value = self.value(default, &line.kind, &vars)?;
                        self.set_line(key, lines.name, row, line.name, value)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Recomputes every computed value of the record, in the order the catalog found.
    pub(crate) fn recompute(&self, key: Key) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        if object.computed.is_empty() {
            return Ok(());
        }
        let vars = self.vars(key);
        for computed in &object.computed {
            match computed.lines {
                None => {
                    if let Some(field) = object.field(computed.field) {
                        let value = self.program_value(&computed.program, &field.kind, &vars)?;
                        self.set(key, computed.field, value)?;
                    }
                }
                Some(lines) => self.recompute_lines(key, object, lines, computed)?,
            }
        }
        Ok(())
    }

    fn recompute_lines(&self, key: Key, object: &Object, lines: Name, computed: &Computed) -> Result<(), Refusal> {
        let Some(field) = object.field(lines).and_then(|field: &Field| field.line(computed.field)) else {
            return Ok(());
        };
        for row in self.row_keys(key, lines)? {
            let vars = self.line_vars(key, lines, row);
            let value = self.program_value(&computed.program, &field.kind, &vars)?;
            if self.line_value(key, lines, row, computed.field)? != value {
                self.set_line(key, lines, row, computed.field, value)?;
            }
        }
        Ok(())
    }

    /// The variables of an expression about a line: `this` is the line, `parent` the record.
    pub(crate) fn line_vars(&self, key: Key, lines: Name, row: u32) -> Vars {
        let mut vars = Vars::this(Handle::Row(key.0, key.1, lines, row));
        vars.set("parent", Handle::Record(key.0, key.1));
        vars.set("user", self.user());
        vars
    }

    /// The keys of the lines of a field.
    pub(crate) fn row_keys(&self, key: Key, lines: Name) -> Result<Vec<u32>, Refusal> {
        self.record(key, |record| record.fields.get(lines).rows().iter().map(|row| row.key).collect())
    }

    /// One value of one line.
    pub(crate) fn line_value(&self, key: Key, lines: Name, row: u32, field: Name) -> Result<Value, Refusal> {
        self.record(key, |record| {
            let rows = record.fields.get(lines).rows();
            rows.iter().find(|known| known.key == row).map_or(Value::Null, |row| row.fields.get(field).clone())
        })
    }

    fn set_line(&self, key: Key, lines: Name, row: u32, field: Name, value: Value) -> Result<(), Refusal> {
        self.change(key, |record| {
            if let Some(Value::Rows(rows)) = record.fields.get_mut(lines)
                && let Some(row) = rows.iter_mut().find(|known| known.key == row)
            {
                row.fields.set(field, value);
            }
        })
    }

    /// Names of the fields in which two sets of values differ.
    pub(crate) fn changed_fields(before: Option<&Fields>, now: &Fields) -> Vec<Name> {
        let empty = Fields::new();
        let before = before.unwrap_or(&empty);
        let mut names: Vec<Name> =
            now.iter().filter(|(name, value)| before.get(*name) != *value).map(|(name, _)| name).collect();
        names.extend(before.iter().filter(|(name, _)| matches!(now.get(*name), Value::Null)).map(|(name, _)| name));
        names
    }
}
