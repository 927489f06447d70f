//! A record as a form has it while it is filled in, for the conditions of that form: what was typed, over what is
//! stored, over what is computed from it. Nothing here is written; what may be saved is the engine's to say.

use std::sync::Arc;

use formwork_catalog::{
    catalog::Catalog,
    filter::{Filter, parse_filter},
    object::{Field, Object},
    parse_value::{ParseContext, parse_json},
    source::{Condition, Program},
};
use formwork_model::{
    calendar::WorkingCalendar,
    code,
    field_path::FieldPath,
    field_type::FieldType,
    id::RecordId,
    name::Name,
    record::{Fields, Record, Row},
    text,
    value::Value,
};
use formwork_script::{
    failure::Failure,
    handle::Handle,
    host::{Effect, Host, Outputs},
    program::Vars,
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use crate::{
    access::{Settable, Shown},
    book::Book,
    command::Actor,
    query::{Query, parse_sort},
    rejection::Refusal,
};

/// The most records a condition looks at.
const MOST: usize = 1000;

/// A record that is being filled in.
#[derive(Debug)]
pub struct Preview {
    /// The release that decides it.
    pub catalog: Arc<Catalog>,
    /// What kind of record it is.
    pub object: Arc<Object>,
    /// The stored record, when there is one.
    pub stored: Option<Record>,
    /// The fields as they are now.
    pub fields: Fields,
    /// The fields that are not there for whoever fills it in.
    absent: Vec<FieldPath>,
    /// Those of which they see a part.
    masked: Vec<FieldPath>,
    /// What whoever fills it in can set; `None` where an action says so.
    settable: Option<Settable>,
    book: Arc<Book>,
    actor: Actor,
    id: RecordId,
    now: Timestamp,
}

impl Book {
    /// A record as `actor` fills it in: over a stored one as they see it, or a new one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn preview(
        self: &Arc<Self>,
        actor: &Actor,
        (catalog, object): (Arc<Catalog>, Arc<Object>),
        stored: Option<Shown>,
    ) -> Result<Preview, Refusal> {
        let (stored, absent, masked) = match stored {
            Some(Shown { record, absent, masked }) => (Some(record), absent, masked),
            None => (None, self.eyes(actor).unseen(object.name)?, Vec::new()),
        };
        // No record has this id: one that is not stored yet is found by it all the same.
        let id = stored.as_ref().map_or(RecordId::from_bytes([0; 16]), |record| record.id);
        let fields = stored.as_ref().map(|record| record.fields.clone()).unwrap_or_default();
        let (book, now) = (self.clone(), self.now());
        Ok(Preview {
            catalog,
            object,
            stored,
            fields,
            absent,
            masked,
            settable: None,
            book,
            actor: actor.clone(),
            id,
            now,
        })
    }

    /// A new record of a release that need not be live, with every field, as whoever designs its form looks at it.
    pub fn blank(self: &Arc<Self>, actor: &Actor, (catalog, object): (Arc<Catalog>, Arc<Object>)) -> Preview {
        Preview {
            catalog,
            object,
            stored: None,
            fields: Fields::default(),
            absent: Vec::new(),
            masked: Vec::new(),
            settable: None,
            book: self.clone(),
            actor: actor.clone(),
            id: RecordId::from_bytes([0; 16]),
            now: self.now(),
        }
    }
}

impl Preview {
    /// Whether a field, or a field of lines, is there for whoever fills it in.
    pub fn has(&self, path: impl Into<FieldPath>) -> bool {
        !self.absent.contains(&path.into())
    }

    /// The same, where only this can be set.
    #[must_use]
    pub fn with_settable(mut self, settable: Settable) -> Self {
        self.settable = Some(settable);
        self
    }

    /// Whether whoever fills it in can set a field, or a field of lines: never one of which they see only a part.
    pub fn can_set(&self, path: impl Into<FieldPath>) -> bool {
        let path = path.into();
        !self.masked.contains(&path) && self.settable.as_ref().is_none_or(|settable| settable.fields.contains(&path))
    }

    /// Whether whoever fills it in can add lines and take them away.
    pub fn can_set_lines(&self, lines: Name) -> bool {
        self.settable.as_ref().is_none_or(|settable| settable.lines.contains(&lines))
    }

    /// The fields of lines that are there for whoever fills it in; and of each whether they can set it.
    pub fn line_fields<'f>(&self, lines: &'f Field) -> Vec<(&'f Field, bool)> {
        let there = lines.lines.iter().map(|line| (line, FieldPath::of_line(lines.name, line.name)));
        let there = there.filter(|(_, path)| self.has(*path));
        there.map(|(line, path)| (line, line.is_input() && self.can_set(path))).collect()
    }

    /// Whether a condition holds. One that can't be answered yet does what `otherwise` says; the engine will look
    /// again when the form is saved.
    pub fn holds(&self, program: Option<&Program>, otherwise: bool) -> bool {
        let Some(program) = program else { return otherwise };
        let this = Handle::Record(self.object.name, self.id);
        let login = Fields::from_iter([(Name::intern("login"), Value::text(&self.actor.login))]);
        let vars = Vars::this(this).with("user", Handle::Fixed(None, Arc::new(login)));
        self.catalog.sandbox.eval_bool(program, self, &vars).unwrap_or(otherwise)
    }

    /// Whether a condition that may be a literal holds; none never does.
    pub fn is(&self, condition: Option<&Condition>) -> bool {
        match condition {
            None => false,
            Some(Condition::Always(always)) => *always,
            Some(Condition::Program(program)) => self.holds(Some(program), false),
        }
    }

    fn system(&self, record: Option<&Record>, field: Name) -> Option<Value> {
        let text = |text: &str| Value::text(text);
        Some(match (field.as_str(), record) {
            ("id" | "number" | "state" | "rev" | "created_at" | "updated_at", None) => Value::Null,
            ("created_by" | "updated_by", None) => text(&self.actor.login),
            ("id", Some(record)) => text(&record.id.to_string()),
            ("number", Some(record)) => record.number.as_deref().map_or(Value::Null, text),
            ("state", Some(record)) => text(&crate::json::state(record)),
            ("rev", Some(record)) => Value::Int(i64::try_from(record.rev).unwrap_or(i64::MAX)),
            ("created_at", Some(record)) => Value::Instant(record.created_at),
            ("updated_at", Some(record)) => Value::Instant(record.updated_at),
            ("created_by", Some(record)) => text(&record.created_by),
            ("updated_by", Some(record)) => text(&record.updated_by),
            _ => return None,
        })
    }

    fn stored_field(&self, record: &Record, field: Name) -> Value {
        self.system(Some(record), field).unwrap_or_else(|| record.fields.get(field).clone())
    }

    fn filter(&self, object: Name, json: &Json) -> Result<Filter, Failure> {
        parse_filter(&*self.catalog, object, json, &self.catalog.book.zone)
            .map_err(|bad| Failure::new(bad.code, bad.message))
    }

    fn records(&self, object: Name, filter: &Json, sort: Option<&str>, limit: usize) -> Result<Vec<Record>, Failure> {
        let Some(known) = self.catalog.object(object) else { return Ok(Vec::new()) };
        let filter = self.filter(object, filter)?;
        let sort = parse_sort(known, sort.unwrap_or_default()).map_err(Failure::from)?;
        let query = Query { object, filter, sort, limit: limit.min(MOST), after: None };
        Ok(self.book.list(&query, &self.actor).map_err(Failure::from)?.records)
    }

    fn calendar(&self, name: Option<&str>) -> Arc<WorkingCalendar> {
        self.catalog.calendar(name.and_then(Name::find))
    }

    fn refused() -> Failure {
        Failure::new(code!("effect-in-expression"), text!("a condition changes nothing", "条件不能修改数据"))
    }
}

impl Host for Preview {
    fn get(&self, handle: &Handle, field: Name) -> Result<Value, Failure> {
        Ok(match handle {
            Handle::Record(_, id) if *id == self.id => {
                self.system(self.stored.as_ref(), field).unwrap_or_else(|| self.fields.get(field).clone())
            }
            Handle::Record(object, id) => {
                let record = self.book.eyes(&self.actor).get(*object, *id).map_err(Failure::from)?.record;
                self.stored_field(&record, field)
            }
            Handle::Row(_, id, lines, key) if *id == self.id => {
                let row = self.fields.get(*lines).rows().iter().find(|row| row.key == *key);
                row.map_or(Value::Null, |row| row.fields.get(field).clone())
            }
            Handle::Row(object, id, lines, key) => {
                let record = self.book.eyes(&self.actor).get(*object, *id).map_err(Failure::from)?.record;
                let row = record.fields.get(*lines).rows().iter().find(|row| row.key == *key);
                row.map_or(Value::Null, |row| row.fields.get(field).clone())
            }
            Handle::Fixed(_, fields) => fields.get(field).clone(),
        })
    }

    fn set(&self, _: &Handle, _: Name, _: Value) -> Result<(), Failure> {
        Err(Self::refused())
    }

    fn target(&self, handle: &Handle, field: Name) -> Option<Name> {
        let (object, lines) = match handle {
            Handle::Record(object, _) => (*object, None),
            Handle::Row(object, _, lines, _) => (*object, Some(*lines)),
            Handle::Fixed(object, _) => ((*object)?, None),
        };
        let object = self.catalog.object(object)?;
        let field = match lines {
            Some(lines) => object.field(lines)?.line(field)?,
            None => object.field(field)?,
        };
        if let FieldType::Ref(to) | FieldType::Refs(to) = field.kind { Some(to) } else { None }
    }

    fn find(&self, object: Name, filter: &Json, sort: Option<&str>, limit: usize) -> Result<Vec<RecordId>, Failure> {
        Ok(self.records(object, filter, sort, limit)?.into_iter().map(|record| record.id).collect())
    }

    fn count(&self, object: Name, filter: &Json) -> Result<i64, Failure> {
        let filter = self.filter(object, filter)?;
        let (n, _) = self.book.count(object, &filter, usize::MAX, &self.actor).map_err(Failure::from)?;
        Ok(i64::try_from(n).unwrap_or(i64::MAX))
    }

    fn sum(&self, object: Name, field: Name, filter: &Json) -> Result<Decimal, Failure> {
        let records = self.records(object, filter, None, MOST)?;
        Ok(records.iter().filter_map(|record| record.fields.get(field).as_decimal()).sum())
    }

    fn table(&self, table: Name, this: Option<&Handle>, inputs: &Fields) -> Result<Outputs, Failure> {
        let this = match this {
            Some(Handle::Record(object, id)) if *id != self.id || self.stored.is_some() => Some((*object, *id)),
            _ => None,
        };
        let given: Map<String, Json> = inputs
            .iter()
            .map(|(name, value)| (name.to_string(), formwork_catalog::parse_value::render_json(value)))
            .collect();
        Ok(self.book.evaluate(table, this, &given, &self.actor).map_err(Failure::from)?.0)
    }

    fn balance(&self, ledger: Name, dimensions: &Fields, at: Option<Date>) -> Result<Decimal, Failure> {
        self.book.eyes(&self.actor).balance(ledger, dimensions, at).map_err(Failure::from)
    }

    fn setting(&self, name: Name) -> Result<Value, Failure> {
        self.catalog.book.settings.get(&name).map(|setting| setting.default.clone()).ok_or_else(|| {
            Failure::new(code!("unknown-setting"), text!("there is no setting `{name}`", "没有参数 `{name}`"))
        })
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn today(&self) -> Date {
        self.date_of(self.now)
    }

    fn date_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.catalog.book.zone.clone()).date()
    }

    fn start_of(&self, date: Date) -> Timestamp {
        date.to_zoned(self.catalog.book.zone.clone()).map_or(self.now, |zoned| zoned.timestamp())
    }

    fn working_time(&self, from: Timestamp, to: Timestamp, calendar: Option<&str>) -> Result<i64, Failure> {
        Ok(self.calendar(calendar).elapsed(from, to))
    }

    fn add_working_time(&self, from: Timestamp, seconds: i64, calendar: Option<&str>) -> Result<Timestamp, Failure> {
        Ok(self.calendar(calendar).add(from, seconds))
    }

    fn effect(&self, _: Effect) -> Result<Option<RecordId>, Failure> {
        Err(Self::refused())
    }
}

impl Preview {
    /// Puts values as a request has them into the draft. What can't be read is left out: the engine will say so.
    pub fn type_in(&mut self, values: &Map<String, Json>) {
        let object = self.object.clone();
        for (name, json) in values {
            if let Some(field) = Name::find(name).and_then(|name| object.field(name))
                && let Some(value) = self.read(field, json)
            {
                self.fields.set(field.name, value);
            }
        }
    }

    fn read(&self, field: &Field, json: &Json) -> Option<Value> {
        let context = ParseContext { zone: self.catalog.book.zone.clone() };
        match (&field.kind, json) {
            (_, Json::Null) => Some(Value::Null),
            (FieldType::Ref(to), json) => Some(Value::Ref(self.book.eyes(&self.actor).resolve(*to, json).ok()??)),
            (FieldType::Refs(to), Json::Array(items)) => {
                let found = items.iter().filter_map(|item| self.book.eyes(&self.actor).resolve(*to, item).ok()?);
                Some(Value::List(found.map(Value::Ref).collect()))
            }
            (FieldType::Lines, Json::Array(items)) => {
                let stored = self.fields.get(field.name).rows();
                let mut next = stored.iter().map(|row| row.key).max().unwrap_or(0);
                let rows = items.iter().filter_map(Json::as_object).map(|item| {
                    let key = item.get("key").and_then(Json::as_u64).and_then(|key| u32::try_from(key).ok());
                    let old = key.and_then(|key| stored.iter().find(|row| row.key == key)).cloned();
                    let mut row = old.unwrap_or_else(|| {
                        next += 1;
                        Row { key: next, fields: Fields::new() }
                    });
                    for line in &field.lines {
                        if let Some(value) = item.get(line.name.as_str()).and_then(|json| self.read(line, json)) {
                            row.fields.set(line.name, value);
                        }
                    }
                    row
                });
                Some(Value::Rows(rows.collect()))
            }
            (kind, json) => parse_json(kind, json, &context).ok(),
        }
    }
}
