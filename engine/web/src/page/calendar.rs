//! Records on the days of a month, by a field that is a day or an instant.

use axum::http::StatusCode;
use formwork_catalog::{
    filter::{Filter, parse_filter},
    object::Object,
};
use formwork_definition::kind::role::May;
use formwork_model::{
    field_path::FieldPath, field_type::FieldType, name::Name, record::Record, text, text::Language, value::Value,
};
use formwork_runtime::query::Query;
use jiff::{ToSpan, civil::Date};
use serde_json::{Value as Json, json};

use super::{
    list::{Asked, asked},
    typed::Typed,
    view::View,
};
use crate::{
    api::Answer,
    ask::{Ask, not_found},
    error::Problem,
};

/// Records of a month that are read. Behind them the page says that there are more.
const READ: usize = 600;
/// Records of a day that are shown.
const SHOWN: usize = 4;

/// The fields that put a record on a day.
pub(crate) fn fields<'o>(object: &'o Object, hidden: &'o [FieldPath]) -> impl Iterator<Item = Name> + use<'o> {
    let dated = |kind: &FieldType| matches!(kind, FieldType::Date | FieldType::DateTime);
    let fields = object.fields.iter().filter(move |field| dated(&field.kind) && !hidden.contains(&field.name.into()));
    fields.map(|field| field.name)
}

/// `GET /{book}/{object}/calendar?by=&month=`
pub(crate) async fn calendar(ask: Ask) -> Answer {
    let object = ask.call.path("object").to_owned();
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.page("calendar", StatusCode::OK, move |view| {
        let object = view.object(&object)?;
        page(view, &object, &query)
    })
    .await
}

/// The days that are shown: whole weeks around a month.
struct Month {
    first: Date,
    next: Date,
    begin: Date,
    end: Date,
}

impl Month {
    fn of(view: &View, text: Option<&str>) -> Option<Self> {
        let today = view.now.to_zoned(view.zone().clone()).date();
        let asked = text.and_then(|text| format!("{text}-01").parse::<Date>().ok());
        let first = asked.unwrap_or(today).first_of_month();
        let next = first.checked_add(1.month()).ok()?;
        let before = i64::from(first.weekday().to_monday_zero_offset());
        let begin = first.checked_sub(before.days()).ok()?;
        let behind = (7 - i64::from(next.weekday().to_monday_zero_offset())) % 7;
        Some(Self { first, next, begin, end: next.checked_add(behind.days()).ok()? })
    }

    fn address(first: Date) -> String {
        first.strftime("%Y-%m").to_string()
    }
}

fn page(view: &View, object: &Object, typed: &Typed) -> Result<Json, Problem> {
    let hidden = view.eyes().unasked(object.name)?;
    let dated: Vec<Name> = fields(object, &hidden).collect();
    let wanted = typed.filled("by").and_then(Name::find).filter(|name| dated.contains(name));
    let by = wanted.or(dated.first().copied()).ok_or_else(|| not_found("object", object.name.as_str()))?;
    let kind = object.kind_of(by).cloned().unwrap_or(FieldType::Date);
    let month = Month::of(view, typed.filled("month")).ok_or_else(|| not_found("object", object.name.as_str()))?;
    let asked = asked(view, object, typed)?;
    let filter = between(view, object, by, &kind, &month)?;
    let filter = Filter::And(vec![asked.filter.clone(), filter]);
    let query = Query { object: object.name, filter, sort: vec![(by, false)], limit: READ, after: None };
    let found = view.book.list(&query, &view.actor)?;
    let days = days(view, object, (by, &kind), &month, &found.records);
    let (list, href) = (view.list_href(object.name), format!("{}/calendar", view.list_href(object.name)));
    let to = |first: Date| asked.with(&href, &[("month", &Month::address(first))]);
    let title = match view.language {
        Language::Zh => format!("{}年{}月", month.first.year(), month.first.month()),
        Language::En => month.first.strftime("%B %Y").to_string(),
    };
    let before = month.first.checked_sub(1.month()).unwrap_or(month.first);
    let names =
        [("Mon", "一"), ("Tue", "二"), ("Wed", "三"), ("Thu", "四"), ("Fri", "五"), ("Sat", "六"), ("Sun", "日")];
    let weekdays: Vec<&str> =
        names.iter().map(|(en, zh)| if view.language == Language::Zh { *zh } else { *en }).collect();
    let by_which: Vec<Json> = dated
        .iter()
        .map(|name| {
            let to = asked.with(&href, &[("by", name.as_str())]);
            json!({"label": view.field_label(object, *name), "href": to, "current": *name == by})
        })
        .collect();
    let body = json!({
        "month": title, "weekdays": weekdays, "weeks": days.chunks(7).collect::<Vec<_>>(),
        "before": to(before), "next": to(month.next), "now": asked.with(&href, &[("month", "")]),
        "by": if dated.len() > 1 { by_which } else { Vec::new() }, "list": asked.with(&list, &[("month", ""), ("by", "")]),
        "create": view.may_some(object.name, May::Create).then(|| format!("{list}/new")),
        "cut": found.next.is_some().then(|| view.say(&text!("Only the first {READ} are shown.", "仅显示前 {READ} 条。")).to_owned()),
    });
    view.frame(object.name.as_str(), view.say(&object.label), body)
}

fn between(view: &View, object: &Object, by: Name, kind: &FieldType, month: &Month) -> Result<Filter, Problem> {
    let bound = |day: Date| if *kind == FieldType::Date { day.to_string() } else { format!("{day}T00:00") };
    let json = json!({"and": [
        {by.as_str(): {"gte": bound(month.begin)}}, {by.as_str(): {"lt": bound(month.end)}},
    ]});
    parse_filter(&*view.catalog, object.name, &json, view.zone()).map_err(Problem::filter)
}

fn day_of(view: &View, value: &Value) -> Option<Date> {
    match value {
        Value::Date(day) => Some(*day),
        Value::Instant(at) => Some(at.to_zoned(view.zone().clone()).date()),
        _ => None,
    }
}

/// Every day with its records.
fn days(view: &View, object: &Object, (by, kind): (Name, &FieldType), month: &Month, records: &[Record]) -> Vec<Json> {
    let today = view.now.to_zoned(view.zone().clone()).date();
    let list = view.list_href(object.name);
    let (mut days, mut day) = (Vec::new(), month.begin);
    while day < month.end {
        let on: Vec<&Record> =
            records.iter().filter(|record| day_of(view, record.fields.get(by)) == Some(day)).collect();
        let shown = on.iter().take(SHOWN).map(|record| {
            let tone = view.state(&view.catalog, record).map_or("", |(_, tone)| tone);
            let time = match record.fields.get(by) {
                Value::Instant(at) => at.to_zoned(view.zone().clone()).strftime("%H:%M").to_string(),
                _ => String::new(),
            };
            // Midnight is no time that anybody set.
            let time = if time == "00:00" { String::new() } else { time };
            let title = view.title(object.name, record.id);
            json!({"title": title, "time": time, "tone": tone, "href": view.record_href(object.name, record.id)})
        });
        let more = on.len().saturating_sub(SHOWN);
        let next = day.tomorrow().unwrap_or(month.end);
        let all = if *kind == FieldType::Date {
            format!("{list}?f0={by}&o0=eq&v0={day}")
        } else {
            format!("{list}?f0={by}&o0=gte&v0={day}T00:00&f1={by}&o1=lte&v1={day}T23:59")
        };
        days.push(json!({
            "day": day.day(), "date": day.to_string(), "outside": day < month.first || day >= month.next,
            "today": day == today, "rows": shown.collect::<Vec<_>>(), "all": all,
            "more": (more > 0).then(|| view.say(&text!("{more} more", "另有 {more} 条")).to_owned()),
        }));
        if next <= day {
            break;
        }
        day = next;
    }
    days
}

/// Whether a list has a calendar.
pub(crate) fn offered(asked: &Asked, object: &Object, hidden: &[FieldPath], href: &str) -> Option<String> {
    fields(object, hidden).next().map(|_| asked.with(&format!("{href}/calendar"), &[("after", ""), ("panel", "")]))
}
