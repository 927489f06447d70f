//! Timers: what happens to a record by itself at some instant.
//!
//! Timers lie inside the record they belong to, so that setting one is part of the step that set it. The store
//! keeps them in a table by due time beside; that table is derived from the records.

use jiff::{SignedDuration, Timestamp};

use crate::{
    calendar::WorkingCalendar,
    length::{Length, Unit},
    name::Name,
    record::Record,
};

/// Names of timers that nodes and objects set by themselves, beside those a definition names.
pub const WORDS: [&str; 6] = ["accept", "remind", "escalate", "limit", "ttl", "due"];

/// What a timer belongs to: it ends with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// An activation of a node.
    Token {
        /// The flow.
        flow: Name,
        /// The token.
        token: u32,
    },
    /// The record itself.
    Record,
    /// An event that the record keeps.
    Event(u32),
}

/// When a timer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Due {
    /// At an instant, whatever happens.
    At(Timestamp),
    /// So long after it was set.
    After {
        /// How long.
        length: Length,
        /// The calendar that counts working time; `None` is the book's.
        calendar: Option<Name>,
    },
}

/// A stretch in which the time of a timer does not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pause {
    /// When it began.
    pub from: Timestamp,
    /// When it ended; `None` while it lasts.
    pub to: Option<Timestamp>,
}

/// A timer that is to be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct New {
    /// What it belongs to.
    pub owner: Owner,
    /// What it is called; what firing does is found by this name.
    pub name: Name,
    /// Which of several with the same name, such as the task of an approval.
    pub part: u32,
    /// When it is due.
    pub due: Due,
    /// How long after firing it fires again.
    pub every: Option<Length>,
}

/// A timer of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Timer {
    /// Unique within the record as long as the timer lives.
    pub id: u32,
    /// What it belongs to.
    pub owner: Owner,
    /// What it is called.
    pub name: Name,
    /// Which of several with the same name.
    pub part: u32,
    /// The instant from which its time is measured.
    pub since: Timestamp,
    /// How its due time is found.
    pub rule: Due,
    /// How long after firing it fires again.
    pub every: Option<Length>,
    /// The last time at which it was due, when it has fired.
    pub last: Option<Timestamp>,
    /// When its time did not run, since it was set or fired last.
    pub pauses: Vec<Pause>,
    /// When it fires; `None` while it is paused, after it fired for good, or when its failure is somebody's to solve.
    pub due: Option<Timestamp>,
    /// How often it has fired.
    pub fired: u32,
}

impl Timer {
    /// The calendar its time is counted by; `None` is the book's.
    pub fn calendar(&self) -> Option<Name> {
        match self.rule {
            Due::After { calendar, .. } => calendar,
            Due::At(_) => None,
        }
    }

    /// Whether a calendar decides when it is due.
    pub fn follows_calendar(&self) -> bool {
        matches!(self.rule, Due::After { length, .. } if length.is_working())
            || self.every.is_some_and(Length::is_working)
    }

    /// Whether its time stands still.
    pub fn is_paused(&self) -> bool {
        self.pauses.last().is_some_and(|pause| pause.to.is_none())
    }

    /// When it is due by its rule and its pauses; `None` while it is paused, and when it has fired for good.
    pub fn computed_due(&self, calendar: &WorkingCalendar) -> Option<Timestamp> {
        let (length, mut due) = match (self.last, self.rule) {
            (Some(last), _) => (self.every?, self.every?.after(last, calendar)),
            (None, Due::At(at)) => return Some(at),
            (None, Due::After { length, .. }) => (length, length.after(self.since, calendar)),
        };
        for pause in &self.pauses {
            due = longer(due, length.unit, pause.from, pause.to?, calendar);
        }
        Some(due)
    }
}

/// A due time moved by what passed of its unit in a pause. What was due before the pause is not moved.
fn longer(due: Timestamp, unit: Unit, from: Timestamp, to: Timestamp, calendar: &WorkingCalendar) -> Timestamp {
    if due <= from {
        return due;
    }
    match unit {
        Unit::Seconds => due.checked_add(to.duration_since(from).max(SignedDuration::ZERO)).unwrap_or(Timestamp::MAX),
        Unit::WorkingSeconds | Unit::WorkingDays => calendar.add(due, calendar.elapsed(from, to).max(0)),
    }
}

impl Record {
    /// Whether what the timer belongs to is still there.
    pub fn has_owner(&self, owner: Owner) -> bool {
        match owner {
            Owner::Record => true,
            Owner::Event(id) => self.events.iter().any(|event| event.id == id),
            Owner::Token { flow, token } => {
                self.flow(flow).is_some_and(|instance| instance.tokens.iter().any(|known| known.id == token))
            }
        }
    }

    /// A number that no timer of the record has.
    pub fn next_timer(&self) -> u32 {
        self.timers.iter().map(|timer| timer.id).max().map_or(1, |id| id.wrapping_add(1))
    }
}

#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::TimeZone};

    use super::*;
    use crate::calendar::{parse_days, parse_span};

    /// The calendar of the examples: office hours, National Day 2026, and the Saturday that is worked for it.
    fn office() -> WorkingCalendar {
        let day = || vec![parse_span("08:30-12:00").unwrap(), parse_span("13:30-17:30").unwrap()];
        let week = [day(), day(), day(), day(), day(), Vec::new(), Vec::new()];
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        WorkingCalendar::new(zone, week, parse_days("2026-10-01..2026-10-07").unwrap(), [date(2026, 10, 10)])
    }

    fn at(text: &str) -> Timestamp {
        format!("{text}+08:00").parse().unwrap()
    }

    fn timer(since: &str, hours: i64, pauses: &[(&str, Option<&str>)]) -> Timer {
        Timer {
            id: 1,
            owner: Owner::Record,
            name: Name::intern("due"),
            part: 0,
            since: at(since),
            rule: Due::After { length: Length::working_seconds(hours * 3_600), calendar: None },
            every: None,
            last: None,
            pauses: pauses.iter().map(|(from, to)| Pause { from: at(from), to: to.map(at) }).collect(),
            due: None,
            fired: 0,
        }
    }

    #[test]
    fn a_due_time_moves_by_the_working_time_that_was_paused() {
        let due = |timer: Timer| timer.computed_due(&office());
        assert_eq!(due(timer("2026-09-30T16:30", 2, &[])), Some(at("2026-10-08T09:30")));
        assert_eq!(due(timer("2026-09-30T16:30", 16, &[])), Some(at("2026-10-09T17:30")));
        let paused = [("2026-10-09T10:00", Some("2026-10-09T14:30"))];
        assert_eq!(due(timer("2026-09-30T16:30", 16, &paused)), Some(at("2026-10-10T11:30")));
        assert_eq!(due(timer("2026-09-30T16:30", 16, &[("2026-10-09T10:00", None)])), None);
    }

    #[test]
    fn a_pause_after_the_due_time_changes_nothing() {
        let late = [("2026-10-09T10:00", Some("2026-10-09T14:30"))];
        assert_eq!(timer("2026-09-30T16:30", 2, &late).computed_due(&office()), Some(at("2026-10-08T09:30")));
    }
}
