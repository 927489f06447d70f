//! What running scripts see of the working set.

use formwork_catalog::{
    filter::parse_filter,
    object::{Field, Object},
    role::Action,
};
use formwork_definition::kind::role::Right;
use formwork_model::{
    code, field_path::FieldPath, field_type::FieldType, id::RecordId, name::Name, record::Fields, text, value::Value,
};
use formwork_script::{
    failure::Failure,
    handle::Handle,
    host::{Effect, Host, Outputs},
};
use formwork_store::table::record;
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use crate::{
    access::{DELETE, Sent},
    decider::Decider,
    query::{self, Query},
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// The greatest number of records one `find` gives.
const FIND_LIMIT: usize = 1000;

impl Host for Decider<'_> {
    fn get(&self, handle: &Handle, field: Name) -> Result<Value, Failure> {
        match handle {
            Handle::Record(object, id) => {
                let key = (*object, *id);
                let value = self.script_seen(key, field, self.field(key, field)?)?;
                Ok(self.or_empty_list(*object, field, value))
            }
            Handle::Row(object, id, lines, _)
                if !self.script_sees((*object, *id), FieldPath::of_line(*lines, field))? =>
            {
                Ok(Value::Null)
            }
            Handle::Row(object, id, lines, key) => Ok(self.look((*object, *id), |record| {
                let rows = record.map_or(&[][..], |record| record.fields.get(*lines).rows());
                rows.iter().find(|row| row.key == *key).map_or(Value::Null, |row| row.fields.get(field).clone())
            })?),
            Handle::Fixed(Some(object), fields) => Ok(self.or_empty_list(*object, field, fields.get(field).clone())),
            Handle::Fixed(None, fields) => Ok(fields.get(field).clone()),
        }
    }

    fn set(&self, handle: &Handle, field: Name, value: Value) -> Result<(), Failure> {
        Ok(self.script_set(handle, field, value)?)
    }

    fn target(&self, handle: &Handle, field: Name) -> Option<Name> {
        let kind = match handle {
            Handle::Record(object, _) | Handle::Fixed(Some(object), _) => {
                self.described(*object)?.field(field).map(|f| &f.kind)
            }
            Handle::Row(object, _, lines, _) => self.described(*object)?.field(*lines)?.line(field).map(|f| &f.kind),
            Handle::Fixed(None, _) => None,
        };
        match (kind, handle) {
            (Some(FieldType::Ref(to) | FieldType::Refs(to)), _) => Some(*to),
            // An input of a form's own, or of an event: no field of the object says what it refers to.
            (_, Handle::Fixed(_, fields)) => match fields.get(field) {
                Value::Ref(id) => self.holder(*id),
                Value::List(items) => items.iter().find_map(Value::as_ref_id).and_then(|id| self.holder(id)),
                _ => None,
            },
            _ => None,
        }
    }

    fn find(&self, object: Name, filter: &Json, sort: Option<&str>, limit: usize) -> Result<Vec<RecordId>, Failure> {
        let query = self.script_query(object, filter, sort, limit.min(FIND_LIMIT))?;
        Ok(query::find_as(self, &query, &self.asking_for())?)
    }

    fn count(&self, object: Name, filter: &Json) -> Result<i64, Failure> {
        let query = self.script_query(object, filter, None, usize::MAX)?;
        Ok(i64::try_from(query::find_as(self, &query, &self.asking_for())?.len()).unwrap_or(i64::MAX))
    }

    fn sum(&self, object: Name, field: Name, filter: &Json) -> Result<Decimal, Failure> {
        let query = self.script_query(object, filter, None, usize::MAX)?;
        let mut total = Decimal::ZERO;
        for id in query::find_as(self, &query, &self.asking_for())? {
            if self.script_sees((object, id), field)? {
                total += self.field((object, id), field)?.as_decimal().unwrap_or_default();
            }
        }
        Ok(total)
    }

    fn table(&self, table: Name, this: Option<&Handle>, inputs: &Fields) -> Result<Outputs, Failure> {
        Ok(self.evaluate_table(self.running(), table, this, inputs)?)
    }

    fn balance(&self, ledger: Name, dimensions: &Fields, at: Option<Date>) -> Result<Decimal, Failure> {
        if self.is_limited() {
            self.require(Right::Ledgers)?;
        }
        Ok(self.ledger_balance(ledger, dimensions, at)?)
    }

    fn setting(&self, name: Name) -> Result<Value, Failure> {
        self.running().book.settings.get(&name).map(|setting| setting.default.clone()).ok_or_else(|| {
            Failure::new(code!("unknown-setting"), text!("there is no setting `{name}`", "没有参数 `{name}`"))
        })
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn today(&self) -> Date {
        self.today
    }

    fn is_timed(&self) -> bool {
        self.release.timed
    }

    fn time_of(&self, instant: Timestamp) -> Time {
        instant.to_zoned(self.catalog().book.zone.clone()).time()
    }

    fn date_of(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.catalog().book.zone.clone()).date()
    }

    fn start_of(&self, date: Date) -> Timestamp {
        date.to_zoned(self.catalog().book.zone.clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp())
    }

    fn working_time(&self, from: Timestamp, to: Timestamp, calendar: Option<&str>) -> Result<i64, Failure> {
        Ok(self.calendar_by(calendar)?.elapsed(from, to))
    }

    fn add_working_time(&self, from: Timestamp, seconds: i64, calendar: Option<&str>) -> Result<Timestamp, Failure> {
        Ok(self.calendar_by(calendar)?.add(from, seconds))
    }

    fn calendar_of(&self, login: &str) -> Result<String, Failure> {
        Ok(self.calendar_name_of(login)?)
    }

    fn effect(&self, effect: Effect) -> Result<Option<RecordId>, Failure> {
        Ok(self.script_effect(effect)?)
    }
}

impl Decider<'_> {
    /// The object of a record of which only the id is known: one this command has looked at, else whichever has it.
    fn holder(&self, id: RecordId) -> Option<Name> {
        let looked_at = {
            let slots = self.slots.borrow();
            let mut known = slots.iter().filter(|((_, known), slot)| *known == id && slot.current().is_some());
            known.next().map(|((object, _), _)| *object)
        };
        if looked_at.is_some() {
            return looked_at;
        }
        let has = |object: &&Name| {
            let table = self.release.number(**object).ok();
            table.is_some_and(|table| self.view.get(&record::key(table, id)).is_ok_and(|found| found.is_some()))
        };
        self.catalog().objects.keys().find(has).copied()
    }

    /// An object as the release whose program runs describes it; one that is newer than that, as the live one does.
    fn described(&self, object: Name) -> Option<&Object> {
        self.running().object(object).or_else(|| self.catalog().object(object)).map(AsRef::as_ref)
    }

    /// A list field that holds nothing is an empty list to a script, so that `this.lines.len()` is 0.
    fn or_empty_list(&self, object: Name, field: Name, value: Value) -> Value {
        if !matches!(value, Value::Null) {
            return value;
        }
        match self.described(object).and_then(|object| object.field(field)).map(|field| &field.kind) {
            Some(FieldType::Lines) => Value::Rows(Vec::new()),
            Some(FieldType::Refs(_) | FieldType::Choices(_) | FieldType::Files) => Value::List(Vec::new()),
            _ => Value::Null,
        }
    }

    fn script_query(&self, object: Name, filter: &Json, sort: Option<&str>, limit: usize) -> Result<Query, Refusal> {
        let filter = parse_filter(self.running(), object, filter, &self.catalog().book.zone)
            .map_err(|bad| Problem::new(bad.code, bad.message).field(bad.key).reject(Kind::Invalid))?;
        let sort = sort.map(|sort| query::parse_sort(self.object(object)?, sort)).transpose()?.unwrap_or_default();
        Ok(Query { object, filter, sort, limit, after: None })
    }

    fn script_set(&self, handle: &Handle, field: Name, value: Value) -> Result<(), Refusal> {
        let unknown = || {
            Rejection::new(
                Kind::Invalid,
                code!("unknown-field"),
                text!("there is no field `{field}` to set", "没有可设置的字段 `{field}`"),
            )
        };
        match handle {
            Handle::Record(object, id) => {
                let known = self.described(*object).and_then(|known| known.field(field)).ok_or_else(unknown)?;
                self.refuse_computed(known)?;
                let value = fitted_rows(formwork_script::convert::coerce_value(value, &known.kind)?, known)?;
                let key = (*object, *id);
                let sent = || Ok(Sent::of_value(field, &self.field(key, field)?, &value));
                self.script_change(key, sent, || self.set(key, field, value.clone()))
            }
            Handle::Row(object, id, lines, key) => {
                let known =
                    self.described(*object).and_then(|known| known.field(*lines)?.line(field)).ok_or_else(unknown)?;
                self.refuse_computed(known)?;
                let value = formwork_script::convert::coerce_value(value, &known.kind)?;
                let target = (*object, *id);
                let set = || {
                    self.change(target, |record| {
                        if let Some(Value::Rows(rows)) = record.fields.get_mut(*lines)
                            && let Some(row) = rows.iter_mut().find(|row| row.key == *key)
                        {
                            row.fields.set(field, value);
                        }
                    })
                };
                let path = FieldPath::of_line(*lines, field);
                self.script_change(target, || Ok(vec![Sent::Line { path, same: false }]), set)
            }
            Handle::Fixed(..) => Err(Rejection::new(
                Kind::Invalid,
                code!("script-failed"),
                text!(
                    "`{field}` is a value of the past or of the input and can't be set",
                    "`{field}` 是旧值或输入值，不能设置"
                ),
            )
            .into()),
        }
    }

    fn refuse_computed(&self, field: &formwork_catalog::object::Field) -> Result<(), Refusal> {
        if field.is_input() {
            return Ok(());
        }
        let name = field.name;
        Err(Problem::new(
            code!("computed-field"),
            text!("`{name}` is computed and can't be set", "`{name}` 由系统计算，不能设置"),
        )
        .field(name.as_str())
        .reject(Kind::Invalid)
        .into())
    }

    fn script_effect(&self, effect: Effect) -> Result<Option<RecordId>, Refusal> {
        match effect {
            Effect::Create(object, fields) => {
                let sent: Vec<(Name, Value)> = fields.iter().map(|(name, value)| (name, value.clone())).collect();
                let id = self.create_with(object, self.running().object(object), fields)?;
                self.script_created((object, id), &sent)?;
                Ok(Some(id))
            }
            Effect::Delete(object, id) => {
                self.script_may((object, id), DELETE)?;
                self.remove((object, id)).map(|()| None)
            }
            Effect::Act(object, id, action, input) => {
                self.script_may((object, id), Action::Act(action))?;
                self.act_inside((object, id), action, input).map(|()| None)
            }
            Effect::Post { ledger, dimensions, amount, note } => {
                if self.is_limited() {
                    self.check_post(ledger, &dimensions)?;
                }
                self.post_entry(ledger, &dimensions, amount, None, note.as_deref(), None)?;
                Ok(None)
            }
            Effect::Notify { to, say } => {
                self.send(to, &say, None);
                Ok(None)
            }
            Effect::Refuse { say, field } => {
                let mut problem = Problem::new(code!("refused"), say);
                problem.field = field.map(|name| name.to_string());
                Err(problem.reject(Kind::Invalid).into())
            }
        }
    }
}

/// Lines whose every value is of the type of its field.
fn fitted_rows(value: Value, lines: &Field) -> Result<Value, Refusal> {
    let Value::Rows(mut rows) = value else { return Ok(value) };
    for row in &mut rows {
        let mut fields = Fields::with_capacity(lines.lines.len());
        for (name, value) in row.fields.iter() {
            let field = lines.line(name).ok_or_else(|| {
                let path = format!("{}.{name}", lines.name);
                let message = text!("there is no field `{path}` to set", "没有可设置的字段 `{path}`");
                Rejection::new(Kind::Invalid, code!("unknown-field"), message)
            })?;
            fields.set(name, formwork_script::convert::coerce_value(value.clone(), &field.kind)?);
        }
        row.fields = fields;
    }
    Ok(Value::Rows(rows))
}
