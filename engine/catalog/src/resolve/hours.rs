//! Working hours and calendars.

use std::sync::Arc;

use formwork_definition::{
    kind::{Defined, book::WorkingHours, calendar::Calendar as Written},
    list::Many,
    map::{Map, WrittenName},
    spanned::Sp,
};
use formwork_model::{
    calendar::{DaySpan, WorkingCalendar, parse_days, parse_span},
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    source::{Source, Span},
    text,
};
use jiff::{civil::Date, tz::TimeZone};

use crate::{
    calendar::Calendar,
    resolve::{Linker, csv, kind::missing, label, name, node::both, unknown},
};

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const COLUMNS: [&str; 3] = ["day", "works", "note"];

/// The calendar of a book that names none; without working hours people always work.
pub(crate) fn resolve_hours(
    zone: &TimeZone,
    written: Option<&Sp<WorkingHours>>,
    out: &mut Diagnostics,
) -> WorkingCalendar {
    let Some(hours) = written.map(|written| &written.value) else { return WorkingCalendar::always(zone.clone()) };
    let week = week(&hours.week, out);
    let holidays = days(&hours.holidays, out);
    let working = days(&hours.working_days, out);
    WorkingCalendar::new(zone.clone(), week, holidays, working)
}

/// A calendar by name.
pub(crate) fn resolve_calendar(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Calendar {
    let body = &defined.body;
    let zone = match &body.time_zone {
        None => linker.context.zone.clone(),
        Some(written) => super::book::zone_called(written, &linker.context.zone, out),
    };
    if let (Some(records), true) = (&body.records, body.always.as_ref().is_some_and(|always| always.value)) {
        out.push(both(records.span, "a calendar of all hours has no days of its own", "全天候日历没有自己的日期"));
    }
    let hours = if body.always.as_ref().is_some_and(|always| always.value) {
        let first = body.week.iter().next().map(|(day, _)| day.span);
        let day = body.holidays.first().or(body.working_days.first()).or(body.days.0.first()).map(|day| day.span);
        if let Some(at) = first.or(day) {
            out.push(both(at, "a calendar of all hours has no days of its own", "全天候日历没有自己的日期"));
        }
        WorkingCalendar::always(zone)
    } else {
        if body.week.is_empty() {
            out.push(missing(body.calendar.span, "week", "on which hours people work", "需要写明工作时间"));
        }
        let mut holidays = days(&body.holidays, out);
        let mut working = days(&body.working_days, out);
        for file in &body.days {
            beside(linker, defined, file, &mut holidays, &mut working, out);
        }
        WorkingCalendar::new(zone, week(&body.week, out), holidays, working)
    };
    Calendar {
        name: name(&body.calendar),
        label: label::label(body.label.as_ref(), name(&body.calendar)),
        span: body.calendar.span,
        hours: Arc::new(hours),
        records: body.records.as_ref().and_then(|object| records(linker, object, out)),
    }
}

/// The object whose records are days.
fn records(linker: &Linker<'_>, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
    let object = name(written);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(written.span, object, linker.names));
        return None;
    }
    let is = |field: &str, kind: &FieldType| {
        let known = Name::find(field).and_then(|field| linker.names.field_of(object, field));
        known.is_some_and(|known| known.kind.as_ref().is_none_or(|known| known == kind))
    };
    if is("day", &FieldType::Date) && is("works", &FieldType::Boolean) {
        return Some(object);
    }
    out.push(
        Diagnostic::error(
            code!("wrong-object"),
            written.span,
            text!("records of `{object}` are no days of a calendar", "`{object}` 的记录不是日历日期"),
        )
        .help(text!(
            "it needs a date field `day` and a boolean field `works`",
            "它需要日期字段 `day` 和布尔字段 `works`"
        )),
    );
    None
}

fn week(written: &Map<Many<Sp<String>>>, out: &mut Diagnostics) -> [Vec<DaySpan>; 7] {
    let mut week: [Vec<_>; 7] = Default::default();
    for (day, spans) in written {
        let Some(i) = WEEK.iter().position(|known| day.value == *known) else {
            out.push(unknown::word(day.span, day.value.as_str(), &WEEK));
            continue;
        };
        for written in spans {
            let span = parse_span(&written.value);
            if span.is_none() {
                let text = &written.value;
                out.push(
                    Diagnostic::error(
                        code!("bad-value"),
                        written.span,
                        text!("`{text}` is no span of hours", "`{text}` 不是有效的时间段"),
                    )
                    .help(text!("for example `08:30-12:00`", "例如 `08:30-12:00`")),
                );
            }
            if let (Some(span), Some(day)) = (span, week.get_mut(i)) {
                day.push(span);
            }
        }
    }
    week
}

fn days(written: &[Sp<String>], out: &mut Diagnostics) -> Vec<Date> {
    written.iter().flat_map(|written| span_of_days(&written.value, written.span, out)).collect()
}

fn span_of_days(text: &str, at: Span, out: &mut Diagnostics) -> Vec<Date> {
    parse_days(text).unwrap_or_else(|| {
        out.push(
            Diagnostic::error(
                code!("bad-value"),
                at,
                text!("`{text}` is no day and no span of days", "`{text}` 不是日期或日期范围"),
            )
            .help(text!(
                "for example `2026-02-15` or `2026-02-15..2026-02-23`",
                "例如 `2026-02-15` 或 `2026-02-15..2026-02-23`"
            )),
        );
        Vec::new()
    })
}

/// The days in a CSV beside the calendar.
fn beside(
    linker: &Linker<'_>,
    defined: &Defined<Written>,
    file: &Sp<String>,
    holidays: &mut Vec<Date>,
    working: &mut Vec<Date>,
    out: &mut Diagnostics,
) {
    let Some((source, text)) = find(linker, &defined.path, file, out) else { return };
    let mut lines = csv::lines(source, &text.text).into_iter();
    let header = lines.next().unwrap_or_default();
    let mut places = [None; 3];
    for (i, (column, at)) in header.iter().enumerate() {
        match COLUMNS.iter().position(|known| known == column) {
            Some(place) => places[place] = Some(i),
            None => out.push(unknown::word(*at, column, &COLUMNS)),
        }
    }
    let [Some(day), Some(works), _] = places else {
        out.push(missing(
            file.span,
            "day",
            "a file of days has the columns `day` and `works`",
            "文件需要 `day` 和 `works` 列",
        ));
        return;
    };
    for line in lines {
        let (Some((days, day)), Some((word, at))) = (line.get(day), line.get(works)) else { continue };
        let found = span_of_days(days, *day, out);
        match word.as_str() {
            "yes" => working.extend(found),
            "no" => holidays.extend(found),
            word => out.push(unknown::word(*at, word, &["yes", "no"])),
        }
    }
}

fn find<'a>(linker: &'a Linker<'_>, path: &str, file: &Sp<String>, out: &mut Diagnostics) -> Option<(u32, &'a Source)> {
    let folder = path.rfind('/').map_or("", |slash| path.get(..=slash).unwrap_or_default());
    let path = format!("{folder}{}", file.value);
    let found = linker.definitions.csv.iter().find(|(known, _)| *known == path);
    if let Some((source, text)) = found.and_then(|(_, source)| Some((*source, linker.sources.get(*source)?))) {
        return Some((source, text));
    }
    let known = linker.definitions.csv.iter().filter_map(|(path, _)| path.strip_prefix(folder));
    out.push(
        Diagnostic::error(code!("missing-file"), file.span, text!("there is no file `{path}`", "没有文件 `{path}`"))
            .suggest(nearest(&file.value, known)),
    );
    None
}
