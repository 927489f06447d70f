//! Time in scenarios: moving the clock fires what becomes due, each timer at its own instant.

use std::{collections::HashSet, ops::ControlFlow};

use formwork_definition::{kind::scenario::Then, spanned::Sp};
use formwork_model::{clock::Clock as _, id::RecordId, name::Name, source::Span, text, text::Text, timer::Timer};
use jiff::{SignedDuration, Timestamp};

use super::{Failed, Report, World, expect::Seen, parse_now};
use crate::changes::Changes;

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
        let mut fired = 0;
        let passed = self.book.pass_time(&self.clock, target, &mut HashSet::new(), &mut |result| {
            fired += 1;
            match result {
                Ok(changes) => note(&changes, seen, report),
                Err(refusal) => report.failures.push(Failed::refused(clock.span, &refusal)),
            }
            if fired < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        if let Err(refusal) = passed {
            report.failures.push(Failed::refused(clock.span, &refusal));
        }
        if fired == MOST {
            let message = text!("more than {MOST} timers fired", "触发的计时器超过 {MOST} 个");
            report.failures.push(Failed::new(clock.span, message));
        }
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

/// Notes what fired, and who was told.
fn note(changes: &Changes, seen: &mut Seen, report: &mut Report) {
    let fired = changes.entry.fired.iter().map(|fired| fired.what.to_string());
    seen.fired.extend(fired.clone());
    report.fired.extend(fired);
    for login in &changes.notified {
        if !seen.notified.contains(login) {
            seen.notified.push(login.clone());
        }
    }
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
