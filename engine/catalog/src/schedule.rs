//! Schedules: what happens at fixed times, resolved.

use croner::Cron;
use formwork_definition::kind::schedule::{Missed, Period};
use formwork_model::{calendar::WorkingCalendar, name::Name, source::Span, text::Text};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, date},
    tz::TimeZone,
};

use crate::{effect::Effects, filter::Filter, source::Program};

/// What happens at fixed times.
#[derive(Debug)]
pub struct Schedule {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// When.
    pub rule: Rule,
    /// The zone of its times.
    pub zone: TimeZone,
    /// What becomes of runs that nobody was there for.
    pub missed: Missed,
    /// The object whose records it is done for, and which of them.
    pub over: Option<(Name, Option<Filter>)>,
    /// Only when this holds.
    pub when: Option<Program>,
    /// What is done.
    pub effects: Effects,
}

/// When a schedule runs.
#[derive(Debug)]
pub enum Rule {
    /// By a cron line.
    Cron(Box<Cron>),
    /// On a working day of each period.
    WorkingDay {
        /// The first is 1, the last is -1; never 0.
        day: i64,
        /// Of what.
        of: Period,
        /// The time of that day.
        at: Time,
        /// The calendar; `None` is the book's.
        calendar: Option<Name>,
    },
}

/// More periods than this without such a day are taken for never.
const PERIODS: usize = 600;

impl Schedule {
    /// The calendar that its rule counts by; the outer `None` when it counts by none.
    pub fn calendar(&self) -> Option<Option<Name>> {
        match &self.rule {
            Rule::Cron(_) => None,
            Rule::WorkingDay { calendar, .. } => Some(*calendar),
        }
    }

    /// The first time after `after` at which it runs.
    pub fn next(&self, after: Timestamp, calendar: &WorkingCalendar) -> Option<Timestamp> {
        let from = after.to_zoned(self.zone.clone());
        match &self.rule {
            Rule::Cron(cron) => cron.find_next_occurrence(&from, false).ok().map(|next| next.timestamp()),
            Rule::WorkingDay { day, of, at, .. } => {
                let mut first = start_of(*of, from.date())?;
                for _ in 0..PERIODS {
                    let next = start_of_next(*of, first)?;
                    let last = next.yesterday().ok()?;
                    let found = nth_working_day(calendar, first, last, *day);
                    let due = found.and_then(|day| day.to_datetime(*at).to_zoned(self.zone.clone()).ok());
                    if let Some(due) = due.map(|due| due.timestamp()).filter(|due| *due > after) {
                        return Some(due);
                    }
                    first = next;
                }
                None
            }
        }
    }
}

fn start_of(period: Period, day: Date) -> Option<Date> {
    Some(match period {
        Period::Week => day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()?,
        Period::Month => day.first_of_month(),
        Period::Quarter => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
        Period::Year => day.first_of_year(),
    })
}

fn start_of_next(period: Period, first: Date) -> Option<Date> {
    let step = match period {
        Period::Week => 7.days(),
        Period::Month => 1.month(),
        Period::Quarter => 3.months(),
        Period::Year => 1.year(),
    };
    first.checked_add(step).ok()
}

/// The n-th working day from the first, or from the last when `n` is negative.
fn nth_working_day(calendar: &WorkingCalendar, first: Date, last: Date, n: i64) -> Option<Date> {
    let days = first.series(1.day()).take_while(|day| *day <= last).filter(|day| calendar.is_working_day(*day));
    let nth = usize::try_from(n.unsigned_abs()).ok()?.checked_sub(1)?;
    if n > 0 {
        return days.take(nth + 1).nth(nth);
    }
    let days: Vec<Date> = days.collect();
    days.into_iter().rev().nth(nth)
}
