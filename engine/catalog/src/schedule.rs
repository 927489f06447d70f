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

impl Schedule {
    /// The last time after `after`, and not after `until`, at which it runs: found among however many by halving the time
    /// in which it lies, since something runs after each instant before it, and nothing after it.
    pub fn last(&self, after: Timestamp, until: Timestamp, calendar: &WorkingCalendar) -> Option<Timestamp> {
        let due = |after: Timestamp| self.next(after, calendar).filter(|run| *run <= until);
        let mut last = due(after)?;
        // Runs are on whole seconds.
        let mut end = until.as_second();
        while last.as_second() < end {
            let middle = last.as_second() + (end - last.as_second()) / 2;
            match Timestamp::from_second(middle).ok().and_then(due) {
                Some(run) => last = run,
                None => end = middle,
            }
        }
        Some(last)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn schedule(rule: Rule, zone: &str) -> Schedule {
        Schedule {
            name: Name::intern("some"),
            module: Name::intern("x"),
            label: Text::default(),
            span: Span::default(),
            rule,
            zone: TimeZone::get(zone).unwrap(),
            missed: Missed::Once,
            over: None,
            when: None,
            effects: Effects::default(),
        }
    }

    fn rules() -> impl Strategy<Value = Rule> {
        let lines =
            ["* * * * *", "*/7 * * * *", "30 2 * * *", "0 0 1 * *", "15 1-3 * * 0", "0 0 29 2 *", "59 23 L * *"];
        let cron =
            proptest::sample::select(lines.to_vec()).prop_map(|line| Rule::Cron(Box::new(line.parse().unwrap())));
        let periods = [Period::Week, Period::Month, Period::Quarter, Period::Year];
        let day = (proptest::sample::select(vec![1, 3, -1, -2]), proptest::sample::select(periods.to_vec()), 0_i8..24)
            .prop_map(|(day, of, hour)| Rule::WorkingDay {
                day,
                of,
                at: Time::constant(hour, 30, 0, 0),
                calendar: None,
            });
        prop_oneof![cron, day]
    }

    proptest! {
        /// Also over changes of the clocks: March and October of 2026 in Berlin, April in Lord Howe, by half an hour.
        #[test]
        fn the_last_run_is_the_one_that_walking_ends_at(
            rule in rules(),
            zone in proptest::sample::select(vec!["Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe"]),
            from in 1_767_200_000_i64..1_790_000_000,
            length in 0_i64..400_000,
            many in 1_i64..100,
        ) {
            let schedule = schedule(rule, zone);
            let calendar = WorkingCalendar::always(schedule.zone.clone());
            // Rare ones over years, others over days.
            let rare = matches!(schedule.rule, Rule::WorkingDay { .. });
            let after = Timestamp::from_second(from).unwrap();
            let until = Timestamp::from_second(from + length * if rare { many } else { 1 }).unwrap();
            let walked = std::iter::successors(schedule.next(after, &calendar), |run| schedule.next(*run, &calendar))
                .take_while(|run| *run <= until)
                .last();
            prop_assert_eq!(schedule.last(after, until, &calendar), walked);
        }
    }
}
