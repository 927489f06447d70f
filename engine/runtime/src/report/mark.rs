//! What records are told apart by: a value, or the days or numbers that it is put together with.

use std::sync::Arc;

use formwork_catalog::{
    parse_value::render_json,
    report::{Cut, Dimension, Path},
};
use formwork_definition::kind::report::Step;
use formwork_model::{field_type::FieldType, id::RecordId, text, text::Text, value::Value};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

/// A place along a dimension. Nothing comes last.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Mark {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Decimal),
    /// A text, an option, a login.
    Text(Arc<str>),
    /// The first day of a length of time.
    Day(Date),
    /// An amount of time.
    Seconds(i64),
    /// A record.
    Id(RecordId),
    /// How many places where a band begins are not above the number.
    Band(usize),
    /// The field is empty.
    Nothing,
}

/// When it is asked: what days depend on.
#[derive(Debug, Clone)]
pub(super) struct When {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
}

impl When {
    fn today(&self) -> Date {
        self.day(self.now)
    }

    pub(super) fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// The instant at which a day begins.
    pub(super) fn start(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
    }

    /// What begins on a day, in a filter over a date or over a datetime.
    fn begin(&self, day: Date, kind: &FieldType) -> Json {
        match kind {
            FieldType::DateTime => json!(self.start(day).to_string()),
            _ => json!(day.to_string()),
        }
    }

    /// What holds of days from the first to the last one.
    pub(super) fn between(&self, (first, last): (Option<Date>, Option<Date>), kind: &FieldType) -> Json {
        let mut bounds = serde_json::Map::new();
        bounds.extend(first.map(|day| ("gte".to_owned(), self.begin(day, kind))));
        bounds.extend(last.map(|day| ("lt".to_owned(), self.begin(after(day), kind))));
        Json::Object(bounds)
    }
}

fn after(day: Date) -> Date {
    day.saturating_add(1.day())
}

impl Mark {
    /// The places of a value: one, or one for each item of a list.
    pub(super) fn all(value: &Value, cut: &Cut, when: &When) -> Vec<Self> {
        match value {
            Value::List(items) if !items.is_empty() => {
                let mut marks: Vec<Self> = items.iter().map(|item| Self::of(item, cut, when)).collect();
                marks.sort();
                marks.dedup();
                marks
            }
            value => vec![Self::of(value, cut, when)],
        }
    }

    fn of(value: &Value, cut: &Cut, when: &When) -> Self {
        let day = match value {
            Value::Date(day) => Some(*day),
            Value::Instant(at) => Some(when.day(*at)),
            _ => None,
        };
        match cut {
            Cut::Each => Self::each(value),
            Cut::Step(step) => day.map_or(Self::Nothing, |day| Self::Day(first(day, *step))),
            Cut::Bands(bands) => {
                let number = match day {
                    Some(day) => Some(Decimal::from((when.today() - day).get_days())),
                    None => value.as_decimal(),
                };
                number.map_or(Self::Nothing, |number| Self::Band(bands.iter().filter(|from| **from <= number).count()))
            }
        }
    }

    /// A value for itself.
    pub(super) fn each(value: &Value) -> Self {
        match value {
            Value::Bool(b) => Self::Bool(*b),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Date(day) => Self::Day(*day),
            Value::Seconds(n) => Self::Seconds(*n),
            Value::Ref(id) => Self::Id(*id),
            Value::Int(_) | Value::Decimal(_) => value.as_decimal().map_or(Self::Nothing, Self::Number),
            Value::Instant(at) => Self::Text(at.to_string().into()),
            _ => Self::Nothing,
        }
    }

    /// The value, for programs.
    pub(super) fn value(&self, cut: &Cut) -> Value {
        match (self, cut) {
            (Self::Nothing, _) => Value::Null,
            (Self::Bool(b), _) => Value::Bool(*b),
            (Self::Number(number), _) => Value::Decimal(number.normalize()),
            (Self::Text(text), _) => Value::Text(text.clone()),
            (Self::Day(day), _) => Value::Date(*day),
            (Self::Seconds(n), _) => Value::Seconds(*n),
            (Self::Id(id), _) => Value::Ref(*id),
            (Self::Band(n), Cut::Bands(bands)) => {
                n.checked_sub(1).and_then(|at| bands.get(at)).map_or(Value::Null, |from| Value::Decimal(*from))
            }
            (Self::Band(_), _) => Value::Null,
        }
    }

    /// What finds its records: a condition on the field.
    pub(super) fn condition(&self, path: &Path, cut: &Cut, when: &When) -> Json {
        let that = match (self, cut) {
            (Self::Nothing, _) => json!({"empty": true}),
            (Self::Day(day), Cut::Step(step)) => when.between((Some(*day), Some(last(*day, *step))), &path.kind),
            (Self::Band(n), Cut::Bands(bands)) => band(*n, bands, path, when),
            _ if matches!(path.kind, FieldType::Choices(_) | FieldType::Refs(_)) => {
                json!({"contains": render_json(&self.value(cut))})
            }
            _ => json!({"eq": render_json(&self.value(cut))}),
        };
        json!({path.key(): that})
    }
}

/// What holds of numbers in a band, or of days that are so many days ago.
fn band(n: usize, bands: &[Decimal], path: &Path, when: &When) -> Json {
    let (from, below) = (n.checked_sub(1).and_then(|at| bands.get(at)), bands.get(n));
    if path.kind.is_number() {
        let mut bounds = serde_json::Map::new();
        bounds.extend(from.map(|from| ("gte".to_owned(), json!(from.to_string()))));
        bounds.extend(below.map(|below| ("lt".to_owned(), json!(below.to_string()))));
        return Json::Object(bounds);
    }
    let ago = |days: &Decimal| {
        let days = i64::try_from(*days).unwrap_or(i64::MAX).clamp(-3_000_000, 3_000_000);
        when.today().saturating_sub(days.days())
    };
    // What is longer ago lies before.
    when.between((below.map(ago).map(after), from.map(ago)), &path.kind)
}

/// The first day of the length of time that a day is in.
fn first(day: Date, step: Step) -> Date {
    match step {
        Step::Day => day,
        Step::Week => day.saturating_sub(i32::from(day.weekday().to_monday_zero_offset()).days()),
        Step::Month => day.first_of_month(),
        Step::Quarter => {
            let month = (day.month() - 1) / 3 * 3 + 1;
            Date::new(day.year(), month, 1).unwrap_or(day)
        }
        Step::Year => day.first_of_year(),
    }
}

/// The first day of the next one.
pub(super) fn next(day: Date, step: Step) -> Date {
    match step {
        Step::Day => day.saturating_add(1.day()),
        Step::Week => day.saturating_add(1.week()),
        Step::Month => day.saturating_add(1.month()),
        Step::Quarter => day.saturating_add(3.months()),
        Step::Year => day.saturating_add(1.year()),
    }
}

fn last(day: Date, step: Step) -> Date {
    next(day, step).saturating_sub(1.day())
}

/// What people read of a place, where it needs no record and no definition to say so.
pub(super) fn label(mark: &Mark, dimension: &Dimension) -> Text {
    match (mark, &dimension.cut) {
        (Mark::Nothing, _) => text!("(none)", "（空）"),
        (Mark::Bool(true), _) => text!("yes", "是"),
        (Mark::Bool(false), _) => text!("no", "否"),
        (Mark::Day(day), Cut::Step(step)) => step_label(*day, *step),
        (Mark::Band(n), Cut::Bands(bands)) => band_label(*n, bands, &dimension.kind),
        (Mark::Text(text), _) => Text::same(&**text),
        (Mark::Number(number), _) => Text::same(number.normalize().to_string()),
        (mark, cut) => Text::same(mark.value(cut).to_string()),
    }
}

fn step_label(day: Date, step: Step) -> Text {
    let (year, month) = (day.year(), day.month());
    match step {
        Step::Day => Text::same(day.to_string()),
        Step::Week => {
            let week = day.iso_week_date();
            let (year, week) = (week.year(), week.week());
            text!("{year} W{week:02}", "{year}年第{week}周")
        }
        Step::Month => text!("{year}-{month:02}", "{year}年{month}月"),
        Step::Quarter => {
            let quarter = (month - 1) / 3 + 1;
            text!("{year} Q{quarter}", "{year}年{quarter}季度")
        }
        Step::Year => text!("{year}", "{year}年"),
    }
}

fn band_label(n: usize, bands: &[Decimal], kind: &FieldType) -> Text {
    let whole = matches!(kind, FieldType::Integer | FieldType::Date | FieldType::DateTime);
    let whole = whole && bands.iter().all(Decimal::is_integer);
    let (from, below) = (n.checked_sub(1).and_then(|at| bands.get(at)), bands.get(n));
    match (from, below) {
        (Some(from), Some(below)) if whole && below - from == Decimal::ONE => Text::same(from.to_string()),
        (Some(from), Some(below)) if whole => {
            let last = below - Decimal::ONE;
            text!("{from} to {last}", "{from}～{last}")
        }
        (Some(from), Some(below)) => text!("{from} to below {below}", "{from} 至 {below} 以下"),
        (Some(from), None) => text!("{from} and more", "{from} 及以上"),
        (None, Some(below)) => text!("below {below}", "{below} 以下"),
        (None, None) => text!("all", "全部"),
    }
}
