//! Whether a record matches a filter.

use std::borrow::Cow;

use formwork_catalog::filter::{Anchor, Comparison, Filter, Lines, Op, Operand, Quantifier, Relative, Shared, Step};
use formwork_definition::kind::sharing;
use formwork_model::{
    field_type::FieldType,
    id::RecordId,
    name::Name,
    record::{Record, Row},
    value::Value,
};
use jiff::{ToSpan, civil::Date};

use crate::{
    query::Asking,
    rejection::Refusal,
    task::{field_or_tasks, tasks},
};

/// Reads a field of another record.
pub(crate) type Through<'a> = dyn FnMut(Name, RecordId, Name) -> Result<Value, Refusal> + 'a;

/// Whether `record` matches `filter`; `through` follows references.
pub(crate) fn matches_with(
    filter: &Filter,
    record: &Record,
    asking: &Asking,
    through: &mut Through<'_>,
) -> Result<bool, Refusal> {
    holds(filter, Of::Record(record), asking, through)
}

/// As [`matches_with`], of a line and a filter over the fields of lines.
pub(crate) fn line_matches_with(
    filter: &Filter,
    row: &Row,
    asking: &Asking,
    through: &mut Through<'_>,
) -> Result<bool, Refusal> {
    holds(filter, Of::Line(row), asking, through)
}

/// What a condition is on.
#[derive(Clone, Copy)]
enum Of<'a> {
    /// A record.
    Record(&'a Record),
    /// One of its lines.
    Line(&'a Row),
}

impl Of<'_> {
    fn field(self, field: Name, asking: &Asking) -> Value {
        match self {
            Self::Record(record) => field_or_tasks(record, field, &asking.hours),
            Self::Line(row) => row.fields.get(field).clone(),
        }
    }
}

fn holds(filter: &Filter, of: Of<'_>, asking: &Asking, through: &mut Through<'_>) -> Result<bool, Refusal> {
    Ok(match filter {
        Filter::And(all) => {
            for part in all {
                if !holds(part, of, asking, through)? {
                    return Ok(false);
                }
            }
            true
        }
        Filter::Or(any) => {
            for part in any {
                if holds(part, of, asking, through)? {
                    return Ok(true);
                }
            }
            false
        }
        Filter::Not(not) => !holds(not, of, asking, through)?,
        Filter::Lines(lines) => holds_of_lines(lines, of, asking, through)?,
        Filter::Shared(shared) => matches!(of, Of::Record(record) if is_shared(shared, record, asking)),
        Filter::Compare(comparison) => {
            compare(comparison, &reached(&comparison.through, comparison.field, of, (asking, through))?, asking)
        }
    })
}

fn holds_of_lines(lines: &Lines, of: Of<'_>, asking: &Asking, through: &mut Through<'_>) -> Result<bool, Refusal> {
    let found = match of {
        // Lines are many: those of the record itself are looked at where they lie.
        Of::Record(record) if lines.through.is_empty() && lines.field != tasks() => {
            Cow::Borrowed(record.fields.get(lines.field))
        }
        _ => Cow::Owned(reached(&lines.through, lines.field, of, (asking, through))?),
    };
    // The one line that decides is one of which it holds, or for `all` one of which it does not.
    let decides = lines.of != Quantifier::All;
    for row in found.rows() {
        if holds(&lines.that, Of::Line(row), asking, through)? == decides {
            return Ok(lines.of == Quantifier::Any);
        }
    }
    Ok(lines.of != Quantifier::Any)
}

/// Whether a line shares the record with whom it is about, today and for what is asked.
fn is_shared(shared: &Shared, record: &Record, asking: &Asking) -> bool {
    let [edit, from, until] = [sharing::EDIT, sharing::FROM, sharing::UNTIL].map(Name::intern);
    let today = asking.now.to_zoned(asking.zone.clone()).date();
    let day = |value: &Value| if let Value::Date(day) = value { Some(*day) } else { None };
    record.fields.get(shared.lines).rows().iter().map(|row| &row.fields).any(|row| {
        row.get(shared.by).same(&shared.with)
            && (!shared.edit || *row.get(edit) == Value::Bool(true))
            && day(row.get(from)).is_none_or(|from| from <= today)
            && day(row.get(until)).is_none_or(|until| today <= until)
    })
}

fn reached(
    steps: &[Step],
    field: Name,
    of: Of<'_>,
    (asking, through): (&Asking, &mut Through<'_>),
) -> Result<Value, Refusal> {
    let Some((first, rest)) = steps.split_first() else { return Ok(of.field(field, asking)) };
    let mut value = of.field(first.field, asking);
    let mut object = first.to;
    for step in rest {
        let Some(id) = value.as_ref_id() else { return Ok(Value::Null) };
        value = through(object, id, step.field)?;
        object = step.to;
    }
    match value.as_ref_id() {
        Some(id) => through(object, id, field),
        None => Ok(Value::Null),
    }
}

fn compare(comparison: &Comparison, value: &Value, asking: &Asking) -> bool {
    let mut operands = comparison.with.iter().map(|operand| operand_value(operand, &comparison.kind, asking));
    if matches!(comparison.op, Op::In | Op::NotIn) {
        return operands.any(|operand| equal(value, &operand)) == (comparison.op == Op::In);
    }
    let first = &*operands.next().unwrap_or(Cow::Owned(Value::Null));
    let ordered = |test: fn(std::cmp::Ordering) -> bool| {
        !matches!(value, Value::Null) && !matches!(first, Value::Null) && value.compare(first).is_some_and(test)
    };
    match comparison.op {
        Op::Eq | Op::In => equal(value, first),
        Op::Ne | Op::NotIn => !equal(value, first),
        Op::Lt => ordered(std::cmp::Ordering::is_lt),
        Op::Lte => ordered(std::cmp::Ordering::is_le),
        Op::Gt => ordered(std::cmp::Ordering::is_gt),
        Op::Gte => ordered(std::cmp::Ordering::is_ge),
        Op::Contains => match (value, first) {
            (Value::List(items), one) => items.iter().any(|item| item.same(one)),
            (value, one) => value
                .as_text()
                .zip(one.as_text())
                .is_some_and(|(text, part)| text.to_lowercase().contains(&part.to_lowercase())),
        },
        Op::StartsWith => value.as_text().zip(first.as_text()).is_some_and(|(text, start)| text.starts_with(start)),
        Op::Empty => value.is_empty(),
        Op::NotEmpty => !value.is_empty(),
    }
}

fn equal(value: &Value, operand: &Value) -> bool {
    !matches!(value, Value::Null) && value.same(operand)
}

/// What an operand is now, for who asks.
pub(crate) fn operand_value<'a>(operand: &'a Operand, kind: &FieldType, asking: &Asking) -> Cow<'a, Value> {
    match operand {
        Operand::Value(value) => Cow::Borrowed(value),
        // Filled in by the position before anybody asks.
        Operand::Places(_) => Cow::Owned(Value::Null),
        Operand::Me => Cow::Owned(Value::Text(asking.login.clone())),
        Operand::Relative(relative) => Cow::Owned(relative_value(*relative, kind, asking)),
    }
}

fn relative_value(relative: Relative, kind: &FieldType, asking: &Asking) -> Value {
    let now = asking.now.to_zoned(asking.zone.clone());
    let today = now.date();
    let anchor: Date = match relative.anchor {
        Anchor::Today | Anchor::Now => today,
        Anchor::WeekStart => today.saturating_sub(i32::from(today.weekday().to_monday_zero_offset()).days()),
        Anchor::MonthStart => today.first_of_month(),
        Anchor::YearStart => today.first_of_year(),
    };
    let date = anchor.saturating_add(relative.months.months()).saturating_add(relative.days.days());
    if *kind == FieldType::Date {
        return Value::Date(date);
    }
    let start = if relative.anchor == Anchor::Now {
        date.to_datetime(now.time())
    } else {
        date.to_datetime(jiff::civil::Time::midnight())
    };
    start
        .to_zoned(asking.zone.clone())
        .ok()
        .and_then(|zoned| zoned.timestamp().checked_add(relative.seconds.seconds()).ok())
        .map_or(Value::Null, Value::Instant)
}
