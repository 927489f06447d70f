//! Lengths of time as people write them: clock time, working hours, working days.

use jiff::{SignedDuration, Timestamp};

use crate::calendar::WorkingCalendar;

/// What a length is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Seconds of the clock.
    Seconds,
    /// Seconds in which people work.
    WorkingSeconds,
    /// Days on which people work; such a length ends with the work of its last day.
    WorkingDays,
}

/// A length of time: so much of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Length {
    /// How much; never negative.
    pub amount: i64,
    /// Of what.
    pub unit: Unit,
}

impl Length {
    /// So many seconds of the clock.
    pub const fn seconds(amount: i64) -> Self {
        Self { amount, unit: Unit::Seconds }
    }

    /// So many working seconds.
    pub const fn working_seconds(amount: i64) -> Self {
        Self { amount, unit: Unit::WorkingSeconds }
    }

    /// So many working days.
    pub const fn working_days(amount: i64) -> Self {
        Self { amount, unit: Unit::WorkingDays }
    }

    /// Whether a calendar decides when it is over.
    pub fn is_working(self) -> bool {
        self.unit != Unit::Seconds
    }

    /// The instant at which the length is over when it begins at `from`: the earliest at which so much has
    /// passed. The last instant there is, when that never comes.
    pub fn after(self, from: Timestamp, calendar: &WorkingCalendar) -> Timestamp {
        match self.unit {
            Unit::Seconds => add_seconds(from, self.amount),
            Unit::WorkingSeconds => calendar.add(from, self.amount),
            Unit::WorkingDays => {
                let day = from.to_zoned(calendar.zone().clone()).date();
                calendar.end_of_nth_working_day(day, u32::try_from(self.amount).unwrap_or(u32::MAX))
            }
        }
    }

    /// The first instant after `now` that lies a whole number of lengths after `from`, and the one before it.
    pub fn next_after(self, from: Timestamp, now: Timestamp, calendar: &WorkingCalendar) -> (Timestamp, Timestamp) {
        let passed = match self.unit {
            Unit::Seconds => now.as_second().saturating_sub(from.as_second()),
            Unit::WorkingSeconds => calendar.elapsed(from, now),
            Unit::WorkingDays => {
                let day = |at: Timestamp| at.to_zoned(calendar.zone().clone()).date();
                calendar.working_days(day(from), day(now)) - 1
            }
        };
        let times = (passed / self.amount.max(1)).max(1) - 1;
        let mut last = from;
        if times > 0 {
            last = Self { amount: self.amount.saturating_mul(times), ..self }.after(from, calendar);
        }
        // What was counted is one or two too few, so these are few steps.
        loop {
            let next = self.after(last, calendar);
            if next <= last {
                return (last, Timestamp::MAX);
            }
            if next > now {
                return (last, next);
            }
            last = next;
        }
    }
}

/// `seconds` later by the clock, or the last instant there is.
fn add_seconds(from: Timestamp, seconds: i64) -> Timestamp {
    from.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::calendar::parse_span;

    fn office() -> WorkingCalendar {
        let day = || vec![parse_span("08:30-12:00").unwrap(), parse_span("13:30-17:30").unwrap()];
        let week = [day(), day(), day(), day(), day(), Vec::new(), Vec::new()];
        WorkingCalendar::new(TimeZone::get("Asia/Shanghai").unwrap(), week, [], [])
    }

    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    #[test]
    fn a_length_is_over_at_the_earliest_instant() {
        let office = office();
        // 2026-03-06 is a Friday.
        let cases = [
            (Length::seconds(3_600), "2026-03-06T17:00", "2026-03-06T18:00"),
            (Length::working_seconds(3_600), "2026-03-06T16:30", "2026-03-06T17:30"),
            (Length::working_seconds(7_200), "2026-03-06T16:30", "2026-03-09T09:30"),
            (Length::working_days(3), "2026-03-06T10:00", "2026-03-11T17:30"),
            (Length::working_days(1), "2026-03-07T10:00", "2026-03-09T17:30"),
        ];
        for (length, from, until) in cases {
            assert_eq!(length.after(at(from), &office), at(until), "{length:?} from {from}");
        }
    }

    #[test]
    fn what_repeats_goes_on_in_the_future_however_much_was_missed() {
        let office = office();
        let from = at("2026-03-02T09:00");
        for length in [Length::seconds(3_600), Length::working_seconds(3_600), Length::working_days(1)] {
            for now in [from, at("2026-03-02T10:00"), at("2026-03-02T10:30"), at("2026-05-20T11:11")] {
                let (mut last, mut next) = (from, length.after(from, &office));
                while next <= now {
                    (last, next) = (next, length.after(next, &office));
                }
                assert_eq!(length.next_after(from, now, &office), (last, next), "{length:?} at {now}");
            }
        }
    }

    #[test]
    fn a_length_of_nothing_does_not_repeat_forever() {
        let office = office();
        let from = at("2026-03-02T09:00");
        assert_eq!(Length::seconds(0).next_after(from, from, &office), (from, Timestamp::MAX));
    }
}
