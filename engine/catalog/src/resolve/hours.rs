//! Working hours.

use formwork_definition::{kind::book::WorkingHours, spanned::Sp};
use formwork_model::{
    calendar::{WorkingCalendar, parse_days, parse_span},
    code,
    diagnostic::{Diagnostic, Diagnostics},
    text,
};
use jiff::{civil::Date, tz::TimeZone};

use crate::resolve::unknown;

const WEEK: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The calendar of the book; without working hours people always work.
pub(crate) fn resolve_hours(
    zone: &TimeZone,
    written: Option<&Sp<WorkingHours>>,
    out: &mut Diagnostics,
) -> WorkingCalendar {
    let Some(hours) = written.map(|written| &written.value) else { return WorkingCalendar::always(zone.clone()) };
    let mut week: [Vec<_>; 7] = Default::default();
    for (day, spans) in &hours.week {
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
    let holidays = days(&hours.holidays, out);
    let working = days(&hours.working_days, out);
    WorkingCalendar::new(zone.clone(), week, holidays, working)
}

fn days(written: &[Sp<String>], out: &mut Diagnostics) -> Vec<Date> {
    let mut days = Vec::new();
    for written in written {
        match parse_days(&written.value) {
            Some(found) => days.extend(found),
            None => {
                let text = &written.value;
                out.push(
                    Diagnostic::error(
                        code!("bad-value"),
                        written.span,
                        text!("`{text}` is no day and no span of days", "`{text}` 不是日期或日期范围"),
                    )
                    .help(text!(
                        "for example `2026-02-15` or `2026-02-15..2026-02-23`",
                        "例如 `2026-02-15` 或 `2026-02-15..2026-02-23`"
                    )),
                );
            }
        }
    }
    days
}
