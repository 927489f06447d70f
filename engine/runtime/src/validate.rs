//! What must hold for every changed record before anything is written.

use formwork_catalog::object::{Effective, Field, Object, Unique};
use formwork_model::{
    code,
    field_type::FieldType,
    name::Name,
    record::{Record, Row},
    text,
    value::Value,
};
use formwork_script::program::Vars;
use formwork_store::table::unique;

use crate::{
    command::Request,
    decider::{Decider, Key, system},
    query::{self, Query},
    queue::owner::check_owner,
    rejection::{Kind, Problem, Refusal, Rejection},
    slot::Slot,
};

/// How deep a tree may be.
const TREE_DEPTH: usize = 200;

impl Decider<'_> {
    /// Checks every changed record; all problems of all records are reported together.
    pub(crate) fn validate(&self) -> Result<(), Refusal> {
        let changed: Vec<Key> = self
            .slots
            .borrow()
            .iter()
            .filter(|(_, slot)| slot.is_changed() && slot.current().is_some() && !self.only_moved(slot))
            .map(|(key, _)| *key)
            .collect();
        // What is erased may have been required; and an entry that something was erased from was valid when it was decided.
        let is_exempt = self.release.lenient || self.erasing.borrow().is_some();
        let mut problems = Vec::new();
        let mut kind = Kind::Invalid;
        for key in changed.into_iter().filter(|_| !is_exempt) {
            let object = self.object_of(key)?;
            // Keys and ranges are of all records together.
            let shared = self.object(key.0)?;
            self.check_append_only(key, object)?;
            let vars = self.vars(key);
            let record = self.record(key, Record::clone)?;
            for field in &object.fields {
                self.check_field(key, field, &record, &vars, &mut problems)?;
            }
            // A check reads fields; when those are already wrong its message would only confuse.
            if problems.is_empty() {
                self.run_checks(object, &vars, &mut problems)?;
            }
            check_owner(object, &record, &mut problems);
            let before = problems.len();
            self.check_uniques(key, shared, &record, &mut problems)?;
            if problems.len() > before && before == 0 {
                kind = Kind::Conflict;
            }
            if let Some(effective) = &shared.effective {
                self.check_effective(key, shared, effective, &record, &mut problems)?;
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Rejection { kind, problems }.into()) }
    }

    /// Whether a migration or repair has moved the record and left its values alone: whoever changes them next hears of what
    /// the other release demands.
    fn only_moved(&self, slot: &Slot) -> bool {
        let fields = |record: Option<&Record>| record.map(|record| record.fields.clone());
        matches!(self.command.request, Request::Migrate { .. } | Request::Repair { .. })
            && fields(slot.before()) == fields(slot.current())
    }

    fn check_append_only(&self, key: Key, object: &Object) -> Result<(), Refusal> {
        let slots = self.slots.borrow();
        let Some(slot) = slots.get(&key).filter(|slot| object.append_only && !slot.is_new()) else { return Ok(()) };
        // What is computed and rolled up follows what it reads: nobody has changed the record.
        let same = |before: &Record, now: &Record| {
            object.fields.iter().filter(|field| field.is_input()).all(|field| {
                let (before, now) = (before.fields.get(field.name), now.fields.get(field.name));
                before == now || same_lines(field, before.rows(), now.rows())
            })
        };
        if slot.before().zip(slot.current()).is_some_and(|(before, now)| same(before, now)) {
            return Ok(());
        }
        let name = object.name;
        Err(Rejection::new(
            Kind::Forbidden,
            code!("append-only"),
            text!("records of {name} are never changed", "{name} 的记录不能修改"),
        )
        .into())
    }

    fn check_field(
        &self,
        key: Key,
        field: &Field,
        record: &Record,
        vars: &Vars,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Refusal> {
        let value = record.fields.get(field.name);
        self.check_value(field, value, field.name.as_str(), vars, problems)?;
        self.check_fixed(key, field, value, problems);
        if field.tree {
            self.check_tree(key, field, value, problems)?;
        }
        for (i, row) in value.rows().iter().enumerate() {
            let vars = self.line_vars(key, field.name, row.key);
            for line in &field.lines {
                let path = format!("{}[{i}].{}", field.name, line.name);
                self.check_value(line, row.fields.get(line.name), &path, &vars, problems)?;
            }
        }
        Ok(())
    }

    /// Whether it is there when it must be, and within its bounds.
    pub(crate) fn check_value(
        &self,
        field: &Field,
        value: &Value,
        path: &str,
        vars: &Vars,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Refusal> {
        if value.is_empty() {
            if self.is(field.required.as_ref(), vars)? {
                problems.push(missing(field, path));
            }
            return Ok(());
        }
        let kind = if field.kind == FieldType::LongText || field.kind.is_text() {
            FieldType::Integer
        } else {
            field.kind.clone()
        };
        let measure = value
            .as_text()
            .filter(|_| kind == FieldType::Integer)
            .map_or_else(|| value.clone(), |text| Value::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)));
        for (bound, least) in [(&field.min, true), (&field.max, false)] {
            let Some(bound) = bound else { continue };
            let bound = self.value(bound, &kind, vars)?;
            if bound.is_empty() {
                continue;
            }
            let out = measure.compare(&bound).is_some_and(|order| if least { order.is_lt() } else { order.is_gt() });
            if out {
                problems.push(out_of_range(field, path, &bound, least));
            }
        }
        Ok(())
    }

    fn check_fixed(&self, key: Key, field: &Field, value: &Value, problems: &mut Vec<Problem>) {
        if !field.fixed {
            return;
        }
        let slots = self.slots.borrow();
        let Some(before) = slots.get(&key).and_then(|slot| slot.before()) else { return };
        let old = before.fields.get(field.name);
        if !old.is_empty() && old != value {
            let name = field.name;
            problems.push(
                Problem::new(
                    code!("fixed-field"),
                    text!("`{name}` can't be changed once it is set", "`{name}` 一经设置不能更改"),
                )
                .field(name.as_str()),
            );
        }
    }

    fn check_tree(&self, key: Key, field: &Field, value: &Value, problems: &mut Vec<Problem>) -> Result<(), Refusal> {
        let mut above = value.as_ref_id();
        for _ in 0..TREE_DEPTH {
            let Some(id) = above else { return Ok(()) };
            if id == key.1 {
                break;
            }
            above = self.field((key.0, id), field.name)?.as_ref_id();
        }
        problems.push(
            Problem::new(code!("tree-cycle"), text!("a record can't come below itself", "记录不能成为自己的下级"))
                .field(field.name.as_str()),
        );
        Ok(())
    }

    fn run_checks(&self, object: &Object, vars: &Vars, problems: &mut Vec<Problem>) -> Result<(), Refusal> {
        for check in &object.checks {
            if !self.holds_or_none(check.when.as_ref(), vars)? || self.holds(&check.that, vars)? {
                continue;
            }
            let mut problem =
                Problem::new(code!("check-failed"), check.say.clone()).rule(format!("{}.{}", object.name, check.name));
            problem.field = check.at.map(|name| name.to_string());
            problems.push(problem);
        }
        Ok(())
    }

    fn check_uniques(
        &self,
        key: Key,
        object: &Object,
        record: &Record,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Refusal> {
        for unique in &object.uniques {
            let Some(values) = unique_values(unique, record) else { continue };
            if self.is_taken(key, object, unique, &values)? {
                let fields = unique.fields.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
                let given = given(object, unique, &values);
                problems.push(
                    Problem::new(
                        code!("duplicate-key"),
                        text!("another record already has {fields} = `{given}`", "已有记录的 {fields} 为 `{given}`"),
                    )
                    .field(unique.fields.first().map_or("", |name| name.as_str()))
                    .rule(format!("{}.{}", object.name, unique.name)),
                );
            }
        }
        Ok(())
    }

    fn is_taken(&self, key: Key, object: &Object, unique: &Unique, values: &[Value]) -> Result<bool, Refusal> {
        let same = |record: &Record| unique_values(unique, record).is_some_and(|theirs| theirs == values);
        let taken_here = self.slots.borrow().iter().any(|((name, id), slot)| {
            *name == object.name && *id != key.1 && slot.is_changed() && slot.current().is_some_and(same)
        });
        if taken_here {
            return Ok(true);
        }
        let holder = unique::holder_at(self.view, &self.release.unique_key(object, unique, values)?)?;
        match holder {
            Some(id) if id != key.1 => self.look((object.name, id), |record| record.is_some_and(same)),
            _ => Ok(false),
        }
    }

    fn check_effective(
        &self,
        key: Key,
        object: &Object,
        effective: &Effective,
        record: &Record,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Refusal> {
        let (from, to) = (record.fields.get(effective.from), record.fields.get(effective.to));
        if !to.is_empty() && to.compare(from).is_some_and(std::cmp::Ordering::is_lt) {
            problems.push(
                Problem::new(
                    code!("effective-range"),
                    text!("the last day lies before the first", "终止日期早于起始日期"),
                )
                .field(effective.to.as_str()),
            );
            return Ok(());
        }
        let filter =
            query::equal_to(object, effective.key.iter().map(|name| (*name, record.fields.get(*name).clone())));
        let others = query::find(
            self,
            &Query { object: object.name, filter, sort: Vec::new(), limit: usize::MAX, after: None },
        )?;
        for id in others.into_iter().filter(|id| *id != key.1) {
            let (from2, to2) = self.record((object.name, id), |other| {
                (other.fields.get(effective.from).clone(), other.fields.get(effective.to).clone())
            })?;
            if !ends_before(to, &from2) && !ends_before(&to2, from) {
                // When that one holds is told to those only who see it.
                let seen = self.sight((object.name, id))?.is_some_and(|sight| {
                    sight.shows_path(effective.from.as_str()) && sight.shows_path(effective.to.as_str())
                });
                let message = match seen {
                    true => text!(
                        "overlaps with a row that holds from {from2} to {to2}",
                        "与生效期 {from2} 至 {to2} 的记录重叠"
                    ),
                    false => text!("overlaps with another row", "与其他记录的生效期重叠"),
                };
                problems.push(Problem::new(code!("effective-overlap"), message).field(effective.from.as_str()));
                break;
            }
        }
        Ok(())
    }
}

/// Whether the lines are the same but for what is computed in them.
fn same_lines(lines: &Field, before: &[Row], now: &[Row]) -> bool {
    let inputs = || lines.lines.iter().filter(|field| field.is_input()).map(|field| field.name);
    let same = |(before, now): (&Row, &Row)| {
        before.key == now.key && inputs().all(|field| before.fields.get(field) == now.fields.get(field))
    };
    !before.is_empty() && before.len() == now.len() && before.iter().zip(now).all(same)
}

/// Whether a range that ends on `to` lies wholly before `from`; an empty end never does.
fn ends_before(to: &Value, from: &Value) -> bool {
    !to.is_empty() && to.compare(from).is_some_and(std::cmp::Ordering::is_lt)
}

/// The values of a unique key as a message says them: what is sensitive is not repeated in answers, incidents and logs.
pub(crate) fn given(object: &Object, unique: &Unique, values: &[Value]) -> String {
    let one =
        |(field, value): (&Name, &Value)| if object.is_sensitive(*field) { "***".into() } else { value.to_string() };
    unique.fields.iter().zip(values).map(one).collect::<Vec<_>>().join(", ")
}

/// The values of a unique key; `None` when one of them is empty, which makes the record not count.
pub(crate) fn unique_values(unique: &Unique, record: &Record) -> Option<Vec<Value>> {
    let mut values = Vec::with_capacity(unique.fields.len());
    for field in &unique.fields {
        let value = if *field == system().number {
            record.number.as_ref().map_or(Value::Null, |number| Value::Text(number.clone()))
        } else {
            record.fields.get(*field).clone()
        };
        if value.is_empty() {
            return None;
        }
        values.push(value);
    }
    Some(values)
}

/// A required value is missing.
pub(crate) fn missing(field: &Field, path: &str) -> Problem {
    let (en, zh) = (&field.label.en, &field.label.zh);
    Problem::new(code!("required"), text!("{en} is required", "必须填写{zh}")).field(path)
}

fn out_of_range(field: &Field, path: &str, bound: &Value, least: bool) -> Problem {
    let (en, zh) = (&field.label.en, &field.label.zh);
    let text = field.kind.is_text() || field.kind == FieldType::LongText;
    let message = match (text, least) {
        (true, true) => text!("{en} needs at least {bound} characters", "{zh}至少 {bound} 个字符"),
        (true, false) => text!("{en} has at most {bound} characters", "{zh}最多 {bound} 个字符"),
        (false, true) => text!("{en} must be at least {bound}", "{zh}不能小于 {bound}"),
        (false, false) => text!("{en} must be at most {bound}", "{zh}不能大于 {bound}"),
    };
    Problem::new(code!("out-of-range"), message).field(path)
}
