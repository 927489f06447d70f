//! Working time: which hours of which days count, and arithmetic with them.
//!
//! An instant is working time exactly when its wall-clock time lies in a span of its day. Instants are turned
//! into local seconds between two changes of the zone's offset, where a day always has 86 400 of them; sums over
//! days are looked up, so that a span of years costs no more than a span of hours.

mod day;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use self::day::{Day, day_number, first_day, instant, seconds};

const DAY: i64 = 86_400;
/// The most days [`parse_days`] names at once.
const MAX_DAYS: usize = 3_660;

/// A span of wall-clock time within one day, in seconds from midnight; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DaySpan {
    start: i64,
    end: i64,
}

/// A day that does not follow the week, and what all such days up to it add to the week's hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Exception {
    day: i64,
    worked: bool,
    seconds_after: i64,
    days_after: i64,
}

/// When people work: hours of the week, holidays, and days off that are worked like a Monday.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkingCalendar {
    zone: TimeZone,
    /// Monday first.
    week: [Day; 7],
    /// In order of their days.
    exceptions: Vec<Exception>,
}

impl WorkingCalendar {
    /// Every second of every day, in `zone`.
    pub fn always(zone: TimeZone) -> Self {
        let day = Day::new(vec![DaySpan { start: 0, end: DAY }]);
        Self { zone, week: std::array::from_fn(|_| day.clone()), exceptions: Vec::new() }
    }

    /// The hours of Monday to Sunday, days on which nobody works, and days that are worked like a Monday all the
    /// same. A day that is both is worked.
    pub fn new(
        zone: TimeZone,
        week: [Vec<DaySpan>; 7],
        holidays: impl IntoIterator<Item = Date>,
        working_days: impl IntoIterator<Item = Date>,
    ) -> Self {
        let mut calendar = Self { zone, week: week.map(Day::new), exceptions: Vec::new() };
        let mut days: BTreeMap<i64, bool> = holidays.into_iter().map(|date| (day_number(date), false)).collect();
        days.extend(working_days.into_iter().map(|date| (day_number(date), true)));
        calendar.except(days);
        calendar
    }

    /// The same with more days on which nobody works (false) or everybody does (true), whatever it said of them.
    #[must_use]
    pub fn with_days(&self, days: impl IntoIterator<Item = (Date, bool)>) -> Self {
        let mut calendar = Self { exceptions: Vec::new(), ..self.clone() };
        let mut all: BTreeMap<i64, bool> = self.exceptions.iter().map(|known| (known.day, known.worked)).collect();
        all.extend(days.into_iter().map(|(date, works)| (day_number(date), works)));
        calendar.except(all);
        calendar
    }

    /// Notes the days that do not follow the week.
    fn except(&mut self, days: BTreeMap<i64, bool>) {
        let (mut seconds, mut count) = (0, 0);
        for (day, worked) in days {
            let usual = self.usual(day);
            let now = if worked { self.weekday(0).seconds } else { 0 };
            let exception = Exception {
                day,
                worked,
                seconds_after: seconds + now - usual.seconds,
                days_after: count + i64::from(now > 0) - i64::from(usual.seconds > 0),
            };
            (seconds, count) = (exception.seconds_after, exception.days_after);
            self.exceptions.push(exception);
        }
    }

    /// The zone in which days begin and end.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Working seconds from `from` to `to`; negative when `to` is the earlier one.
    pub fn elapsed(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (mut at, end) = (seconds(from), seconds(to));
        if end < at {
            return -self.elapsed(to, from);
        }
        let mut sum = 0;
        for change in self.zone.following(from).map(|change| seconds(change.timestamp())) {
            if change >= end {
                break;
            }
            sum += self.between(at, change);
            at = change;
        }
        sum + self.between(at, end)
    }

    /// The earliest instant at which `amount` working seconds have elapsed since `from`: 17:30, not 08:30 of the
    /// next day. For a negative amount, the latest instant that lies so much before. When it is never reached,
    /// the last (or first) instant there is.
    pub fn add(&self, from: Timestamp, amount: i64) -> Timestamp {
        match amount {
            0 => from,
            1.. => self.forward(from, amount),
            _ => self.backward(from, amount.saturating_neg()),
        }
    }

    fn forward(&self, from: Timestamp, mut amount: i64) -> Timestamp {
        let mut at = seconds(from);
        for change in self.zone.following(from).map(|change| seconds(change.timestamp())) {
            let worked = self.between(at, change);
            if worked >= amount {
                break;
            }
            (at, amount) = (change, amount - worked);
            if !self.goes_on(at) {
                return Timestamp::MAX;
            }
        }
        let offset = self.offset(at);
        let target = self.sum(at + offset).saturating_add(amount);
        let last = seconds(Timestamp::MAX).div_euclid(DAY);
        // The first day at whose end the target is reached.
        let day = first_day(at.div_euclid(DAY) - 2, last, |day| self.sum_of_days(day + 1) >= target);
        match day {
            Some(day) => instant(day * DAY + self.day(day).earliest(target - self.sum_of_days(day)) - offset),
            None => Timestamp::MAX,
        }
    }

    fn backward(&self, from: Timestamp, mut amount: i64) -> Timestamp {
        // `end` is the end of a stretch of constant offset, the offset before it being the one that counts.
        let mut end = seconds(from);
        for change in self.zone.preceding(from).map(|change| seconds(change.timestamp())) {
            let worked = self.between(change, end);
            if worked >= amount {
                break;
            }
            (end, amount) = (change, amount - worked);
        }
        let offset = self.offset(end - 1);
        let target = self.sum(end + offset).saturating_sub(amount);
        let first = seconds(Timestamp::MIN).div_euclid(DAY) + 1;
        // The last day before which no more than the target was worked.
        let day = first_day(first, end.div_euclid(DAY) + 2, |day| self.sum_of_days(day) > target);
        match day {
            Some(day) if day > first => {
                instant((day - 1) * DAY + self.day(day - 1).latest(target - self.sum_of_days(day - 1)) - offset)
            }
            _ => Timestamp::MIN,
        }
    }

    /// Whether anybody works on `date`.
    pub fn is_working_day(&self, date: Date) -> bool {
        self.day(day_number(date)).seconds > 0
    }

    /// How many working days there are from `first` to `last`, both included.
    pub fn working_days(&self, first: Date, last: Date) -> i64 {
        (self.days_before(day_number(last) + 1) - self.days_before(day_number(first))).max(0)
    }

    /// The end of work on the `n`-th working day after `day`; for 0, on `day` or the next working day.
    /// The last instant there is, when there are not so many.
    pub fn end_of_nth_working_day(&self, day: Date, n: u32) -> Timestamp {
        let start = day_number(day);
        let target = match n {
            0 => self.days_before(start) + 1,
            n => self.days_before(start + 1) + i64::from(n),
        };
        let last = seconds(Timestamp::MAX).div_euclid(DAY);
        let Some(day) = first_day(start, last, |day| self.days_before(day + 1) >= target) else {
            return Timestamp::MAX;
        };
        let (start, next) = (self.midnight(day), self.midnight(day + 1));
        self.add(start, self.elapsed(start, next))
    }

    /// The instant at which a day begins.
    fn midnight(&self, day: i64) -> Timestamp {
        let epoch = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let midnight = epoch.checked_add(SignedDuration::from_secs(day * DAY)).unwrap_or(DateTime::MAX);
        self.zone.to_ambiguous_timestamp(midnight).compatible().unwrap_or(Timestamp::MAX)
    }

    /// Whether any working time follows.
    fn goes_on(&self, at: i64) -> bool {
        let week: i64 = self.week.iter().map(|day| day.seconds).sum();
        week > 0 || self.exceptions.last().is_some_and(|last| last.day >= at.div_euclid(DAY) - 1)
    }

    /// Working seconds between two instants with one offset.
    fn between(&self, from: i64, to: i64) -> i64 {
        let offset = self.offset(from);
        self.sum(to + offset) - self.sum(from + offset)
    }

    fn offset(&self, at: i64) -> i64 {
        i64::from(self.zone.to_offset(instant(at)).seconds())
    }

    /// Working seconds before the local second `at`, counted from 1970.
    fn sum(&self, at: i64) -> i64 {
        let day = at.div_euclid(DAY);
        self.sum_of_days(day) + self.day(day).before(at.rem_euclid(DAY))
    }

    /// Working seconds of all days before `day`.
    fn sum_of_days(&self, day: i64) -> i64 {
        let exceptions = self.exceptions_before(day).map_or(0, |last| last.seconds_after);
        self.usual_before(day, |day| day.seconds) + exceptions
    }

    /// Working days before `day`.
    fn days_before(&self, day: i64) -> i64 {
        let exceptions = self.exceptions_before(day).map_or(0, |last| last.days_after);
        self.usual_before(day, |day| i64::from(day.seconds > 0)) + exceptions
    }

    fn usual_before(&self, day: i64, count: impl Fn(&Day) -> i64) -> i64 {
        // Day 0 is 1970-01-01, a Thursday; day -3 is a Monday.
        let since_monday = day + 3;
        let rest = since_monday.rem_euclid(7) as usize;
        let whole: i64 = self.week.iter().map(&count).sum();
        since_monday.div_euclid(7) * whole + self.week.iter().take(rest).map(count).sum::<i64>()
    }

    fn exceptions_before(&self, day: i64) -> Option<&Exception> {
        let count = self.exceptions.partition_point(|exception| exception.day < day);
        self.exceptions.get(count.checked_sub(1)?)
    }

    /// The hours of a day.
    fn day(&self, day: i64) -> &Day {
        static FREE: Day = Day { spans: Vec::new(), seconds: 0 };
        match self.exceptions.binary_search_by_key(&day, |exception| exception.day) {
            Ok(i) if self.exceptions.get(i).is_some_and(|exception| exception.worked) => self.weekday(0),
            Ok(_) => &FREE,
            Err(_) => self.usual(day),
        }
    }

    fn usual(&self, day: i64) -> &Day {
        self.weekday((day + 3).rem_euclid(7) as usize)
    }

    fn weekday(&self, weekday: usize) -> &Day {
        let [monday, ..] = &self.week;
        self.week.get(weekday).unwrap_or(monday)
    }
}

/// Reads a span of one day such as `08:30-12:00`; it may end at `24:00`.
pub fn parse_span(text: &str) -> Option<DaySpan> {
    let (start, end) = text.split_once('-')?;
    let (start, end) = (parse_time(start)?, parse_time(end)?);
    (start < end).then_some(DaySpan { start, end })
}

fn parse_time(text: &str) -> Option<i64> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| -> Option<i64> {
        (digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let (hours, minutes) = (number(hours, 1..=2)?, number(minutes, 2..=2)?);
    let seconds = hours * 3_600 + minutes * 60;
    (minutes < 60 && seconds <= DAY).then_some(seconds)
}

/// Reads a day such as `2026-05-01`, or a span of days, both ends included: `2026-02-15..2026-02-23`.
pub fn parse_days(text: &str) -> Option<Vec<Date>> {
    let date = |text: &str| text.trim().parse::<Date>().ok();
    let Some((first, last)) = text.split_once("..") else { return Some(vec![date(text)?]) };
    let (first, last) = (date(first)?, date(last)?);
    let days: Vec<Date> =
        first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).take(MAX_DAYS + 1).collect();
    (!days.is_empty() && days.len() <= MAX_DAYS).then_some(days)
}
