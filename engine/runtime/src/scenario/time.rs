//! Time in scenarios: moving the clock fires what becomes due, each timer at its own instant.

use formwork_definition::{kind::scenario::Then, spanned::Sp};
use formwork_model::{clock::Clock as _, id::RecordId, name::Name, source::Span, text, text::Text, timer::Timer};
use jiff::{SignedDuration, Timestamp};

use super::{Failed, Report, World, expect::Seen, parse_now};
use crate::{
    book::Due,
    command::{Actor, Command, Request},
    rejection::Refusal,
};

/// More timers than this in one step are taken for a loop.
const MOST: usize = 10_000;

impl World<'_> {
    /// Moves the clock. What becomes due on the way fires at its own instant, in due order.
    pub(super) fn move_clock(&mut self, clock: &Sp<String>, seen: &mut Seen, report: &mut Report) {
        let zone = &self.catalog.book.zone;
        let moved = match clock.strip_prefix('+') {
            Some(length) => formwork_catalog::parse_value::parse_duration(length)
                .ok()
                .and_then(|seconds| self.clock.now().checked_add(SignedDuration::from_secs(seconds)).ok()),
            None => parse_now(clock, zone),
        };
        let Some(target) = moved else {
            let written = &clock.value;
            let message = text!("`{written}` is no instant, day or length of time", "`{written}` 不是时刻、日期或时长");
            report.failures.push(Failed::new(clock.span, message));
            return;
        };
        let mut failed: Vec<Event> = Vec::new();
        for _ in 0..MOST {
            match self.next(&failed) {
                Ok(Some((at, event))) if at <= target => {
                    self.clock.set(at.max(self.clock.now()));
                    if let Err(refusal) = self.fire(event, seen, report) {
                        report.failures.push(Failed::refused(clock.span, &refusal));
                        failed.push(event);
                    }
                }
                Ok(_) => return self.clock.set(target),
                Err(refusal) => {
                    report.failures.push(Failed::refused(clock.span, &refusal));
                    return;
                }
            }
        }
        let message = text!("more than {MOST} timers fired", "触发的计时器超过 {MOST} 个");
        report.failures.push(Failed::new(clock.span, message));
    }

    /// What happens by itself next.
    fn next(&self, failed: &[Event]) -> Result<Option<(Timestamp, Event)>, Refusal> {
        let timer = self.book.next_due(|due| failed.contains(&Event::Timer(*due)))?;
        let schedule = self.book.next_schedule(|name| failed.contains(&Event::Schedule(name)))?;
        let timer = timer.map(|due| (due.at, Event::Timer(due)));
        let schedule = schedule.map(|(at, name)| (at, Event::Schedule(name)));
        Ok(timer.into_iter().chain(schedule).min_by_key(|(at, _)| *at))
    }

    fn fire(&self, event: Event, seen: &mut Seen, report: &mut Report) -> Result<(), Refusal> {
        let changes = self.book.run_full(match event {
            Event::Timer(due) => due.command(),
            Event::Schedule(schedule) => Command::new(Actor::system(), Request::Schedule { schedule }),
        })?;
        let fired = changes.entry.fired.iter().map(|fired| fired.what.to_string());
        seen.fired.extend(fired.clone());
        report.fired.extend(fired);
        for login in changes.notified {
            if !seen.notified.contains(&login) {
                seen.notified.push(login);
            }
        }
        Ok(())
    }

    /// Looks at the timers of a record.
    pub(super) fn expect_timers(&self, then: &Then, object: Name, id: RecordId, fail: &mut dyn FnMut(Span, Text)) {
        let timers = self.book.get(object, id).map(|record| record.timers).unwrap_or_default();
        let zone = &self.catalog.book.zone;
        for (name, want) in &then.timers {
            let got = timers.iter().filter(|timer| timer.name == name.value).map(shown).next();
            let met = match (want.value.as_str(), &got) {
                ("none", got) => got.is_none(),
                ("paused", got) => *got == Some(Shown::Paused),
                (text, got) => *got == parse_now(text, zone).map(Shown::Due),
            };
            if !met {
                let want = &want.value;
                let got = match got {
                    None => "none".to_owned(),
                    Some(Shown::Paused) => "paused".to_owned(),
                    Some(Shown::Due(at)) => at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
                };
                fail(name.span, text!("expected {want}, it is {got}", "期望 {want}，实际 {got}"));
            }
        }
    }
}

/// What happens by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Event {
    Timer(Due),
    Schedule(Name),
}

/// What a timer looks like from outside.
#[derive(Debug, PartialEq)]
enum Shown {
    Due(Timestamp),
    Paused,
}

fn shown(timer: &Timer) -> Shown {
    timer.due.map_or(Shown::Paused, Shown::Due)
}
