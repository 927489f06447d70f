//! The hours of one day, and days and instants as numbers.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};

use super::{DAY, DaySpan};

/// The spans of one day, in order, without overlaps, and their sum.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Day {
    pub(super) spans: Vec<DaySpan>,
    pub(super) seconds: i64,
}

impl Day {
    pub(super) fn new(mut spans: Vec<DaySpan>) -> Self {
        spans.sort();
        let mut distinct: Vec<DaySpan> = Vec::with_capacity(spans.len());
        for span in spans {
            match distinct.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => distinct.push(span),
            }
        }
        let seconds = distinct.iter().map(|span| span.end - span.start).sum();
        Self { spans: distinct, seconds }
    }

    /// Working seconds before second `at` of the day.
    pub(super) fn before(&self, at: i64) -> i64 {
        self.spans.iter().map(|span| at.clamp(span.start, span.end) - span.start).sum()
    }

    /// The earliest second of the day before which `seconds` are worked.
    pub(super) fn earliest(&self, seconds: i64) -> i64 {
        let mut left = seconds;
        for span in &self.spans {
            if left <= span.end - span.start {
                return if left == 0 { 0 } else { span.start + left };
            }
            left -= span.end - span.start;
        }
        DAY
    }

    /// The latest second of the day before which no more than `seconds` are worked.
    pub(super) fn latest(&self, seconds: i64) -> i64 {
        let mut left = seconds;
        for span in &self.spans {
            if left < span.end - span.start {
                return span.start + left;
            }
            left -= span.end - span.start;
        }
        DAY
    }
}

/// The first day from `first` to `last` for which `holds`; whatever follows such a day holds too.
pub(super) fn first_day(first: i64, last: i64, holds: impl Fn(i64) -> bool) -> Option<i64> {
    let (mut low, mut high) = (first, last);
    if !holds(high) {
        return None;
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}

pub(super) fn day_number(date: Date) -> i64 {
    let since =
        date.to_datetime(jiff::civil::Time::midnight()).duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    since.as_secs().div_euclid(DAY)
}

pub(super) fn seconds(at: Timestamp) -> i64 {
    // Towards the past, so that spans that meet add up.
    at.as_second() - i64::from(at.subsec_nanosecond() < 0)
}

pub(super) fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}
