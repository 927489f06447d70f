//! Values as they come from outside, made to fit the fields.

use formwork_catalog::{
    object::{Field, Object},
    parse_value::{ParseContext, parse_json},
};
use formwork_model::{
    code,
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    record::{Fields, Row},
    text,
    value::Value,
};
use serde_json::Value as Json;

use crate::{
    command::Input,
    decider::Decider,
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// The greatest number of lines one field can hold.
const MAX_LINES: usize = 10_000;

impl Decider<'_> {
    /// Reads the values of a request, nulls included: a null empties the field. Every problem is reported,
    /// not the first.
    pub(crate) fn read_input(
        &self,
        object: &Object,
        values: &Input,
        current: Option<&Fields>,
    ) -> Result<Vec<(Name, Value)>, Refusal> {
        let mut problems = Vec::new();
        let mut pairs = Vec::with_capacity(values.len());
        for (key, json) in values {
            let Some(field) = Name::find(key).and_then(|name| object.field(name)) else {
                problems.push(unknown(key, object.fields.iter()));
                continue;
            };
            if !field.is_input() {
                problems.push(not_settable(field, key));
                continue;
            }
            let known = current.map(|fields| fields.get(field.name));
            if let Some(value) = self.read_value(field, json, key, known, &mut problems)? {
                pairs.push((field.name, value));
            }
        }
        if problems.is_empty() { Ok(pairs) } else { Err(Rejection { kind: Kind::Invalid, problems }.into()) }
    }

    /// Reads one value; `None` when a problem was reported.
    pub(crate) fn read_value(
        &self,
        field: &Field,
        json: &Json,
        path: &str,
        current: Option<&Value>,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<Value>, Refusal> {
        if json.is_null() {
            return Ok(Some(Value::Null));
        }
        match &field.kind {
            FieldType::Ref(to) => match self.resolve_reference(*to, json)? {
                Some(id) => Ok(Some(Value::Ref(id))),
                None => {
                    problems.push(no_such_reference(*to, json, path));
                    Ok(None)
                }
            },
            FieldType::Refs(to) => {
                let Json::Array(items) = json else {
                    problems.push(expected_list(path));
                    return Ok(None);
                };
                let mut ids = Vec::with_capacity(items.len());
                for item in items {
                    match self.resolve_reference(*to, item)? {
                        Some(id) if !ids.contains(&Value::Ref(id)) => ids.push(Value::Ref(id)),
                        Some(_) => {}
                        None => problems.push(no_such_reference(*to, item, path)),
                    }
                }
                Ok(Some(if ids.is_empty() { Value::Null } else { Value::List(ids) }))
            }
            FieldType::Lines => self.read_lines(field, json, path, current, problems),
            kind => match parse_json(kind, json, &self.parse_context()) {
                Ok(value) => Ok(Some(value)),
                Err(bad) => {
                    problems.push(Problem::new(bad.code, bad.message).field(path));
                    Ok(None)
                }
            },
        }
    }

    pub(crate) fn parse_context(&self) -> ParseContext {
        ParseContext { zone: self.catalog().book.zone.clone() }
    }

    /// Lines are replaced as a whole; a line that names the `key` of an existing one is that line, changed.
    fn read_lines(
        &self,
        field: &Field,
        json: &Json,
        path: &str,
        current: Option<&Value>,
        problems: &mut Vec<Problem>,
    ) -> Result<Option<Value>, Refusal> {
        let Json::Array(items) = json else {
            problems.push(expected_list(path));
            return Ok(None);
        };
        if items.len() > MAX_LINES {
            problems.push(
                Problem::new(code!("too-many-lines"), text!("more than {MAX_LINES} lines", "超过 {MAX_LINES} 行"))
                    .field(path),
            );
            return Ok(None);
        }
        let known = current.map_or(&[][..], Value::rows);
        let mut next = known.iter().map(|row| row.key).max().unwrap_or(0) + 1;
        let mut rows: Vec<Row> = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let Json::Object(values) = item else {
                problems.push(
                    Problem::new(code!("bad-value"), text!("a line is a mapping of fields", "每行应为字段映射"))
                        .field(format!("{path}[{i}]")),
                );
                continue;
            };
            let key = values.get("key").and_then(Json::as_u64).and_then(|key| u32::try_from(key).ok());
            let old = key.and_then(|key| known.iter().find(|row| row.key == key));
            if key.is_some() && (old.is_none() || rows.iter().any(|row| Some(row.key) == key)) {
                problems.push(
                    Problem::new(
                        code!("no-such-line"),
                        text!("there is no such line, or it is named twice", "没有这一行，或重复引用"),
                    )
                    .field(format!("{path}[{i}].key")),
                );
                continue;
            }
            let mut row = old.cloned().unwrap_or_else(|| {
                next += 1;
                Row { key: next - 1, fields: Fields::with_capacity(values.len()) }
            });
            self.read_line(field, values, &format!("{path}[{i}]"), &mut row, problems)?;
            rows.push(row);
        }
        Ok(Some(if rows.is_empty() { Value::Null } else { Value::Rows(rows) }))
    }

    fn read_line(
        &self,
        field: &Field,
        values: &Input,
        path: &str,
        row: &mut Row,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Refusal> {
        for (name, json) in values.iter().filter(|(name, _)| *name != "key") {
            let path = format!("{path}.{name}");
            match Name::find(name).and_then(|name| field.line(name)) {
                None => problems.push(unknown(&path, field.lines.iter())),
                // Computed values may come back unchanged from a client that sends whole lines.
                Some(line) if !line.is_input() => {}
                Some(line) => {
                    if let Some(value) = self.read_value(line, json, &path, None, problems)? {
                        row.fields.set(line.name, value);
                    }
                }
            }
        }
        Ok(())
    }
}

fn unknown<'a>(key: &str, fields: impl Iterator<Item = &'a Field>) -> Problem {
    let last = key.rsplit('.').next().unwrap_or(key);
    let message = match nearest(last, fields.map(|field| field.name.as_str())) {
        Some(near) => {
            text!("there is no field `{last}`; did you mean `{near}`?", "没有字段 `{last}`；是不是 `{near}`？")
        }
        None => text!("there is no field `{last}`", "没有字段 `{last}`"),
    };
    Problem::new(code!("unknown-field"), message).field(key)
}

fn not_settable(field: &Field, key: &str) -> Problem {
    let name = field.name;
    Problem::new(
        code!("computed-field"),
        text!("`{name}` is computed and can't be set", "`{name}` 由系统计算，不能设置"),
    )
    .field(key)
}

fn no_such_reference(to: Name, json: &Json, path: &str) -> Problem {
    let what: String = json.as_str().map_or_else(|| json.to_string(), str::to_owned).chars().take(80).collect();
    Problem::new(code!("no-such-reference"), text!("there is no {to} `{what}`", "没有 {to} `{what}`")).field(path)
}

fn expected_list(path: &str) -> Problem {
    Problem::new(code!("bad-value"), text!("expected a list", "应为列表")).field(path)
}
