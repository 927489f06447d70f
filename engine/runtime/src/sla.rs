//! Clocks of objects: when they begin, stand still and stop, and what they keep in the record's fields.
//!
//! A running clock is a timer of the record, and one more for each mark but the one at 100 %. They stay after they
//! have fired, so that pauses are measured until the clock stops.

use formwork_catalog::{object::Object, sla::Clock};
use formwork_definition::kind::sla::Restart;
use formwork_model::{
    calendar::WorkingCalendar,
    instance::Instance,
    length::{Length, Unit},
    name::Name,
    record::Record,
    timer::{Due, New, Owner, Pause, Timer},
    value::Value,
};
use jiff::Timestamp;

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

/// The part of the timer that ends with the target. Those of marks are their percentages.
const TARGET: u32 = 0;
/// The percentage at which the target is missed.
const ALL: u32 = 100;

impl Decider<'_> {
    /// Lets the clocks of every changed record begin, stand still, go on or stop; says whether a field changed.
    pub(crate) fn settle_clocks(&self) -> Result<bool, Refusal> {
        let changed: Vec<(Key, bool)> = {
            let slots = self.slots.borrow();
            let changed = slots.iter().filter(|(_, slot)| slot.is_changed() && slot.current().is_some());
            changed.map(|(key, slot)| (*key, slot.is_new())).collect()
        };
        let mut moved = false;
        for (key, is_new) in changed {
            for clock in &self.object_of(key)?.sla {
                moved |= self.settle_clock(key, clock, is_new)?;
            }
        }
        Ok(moved)
    }

    fn settle_clock(&self, key: Key, clock: &Clock, is_new: bool) -> Result<bool, Refusal> {
        let before = self.kept(key, clock)?;
        let place = self.record(key, |record| Place::of(record, self.now, clock))?;
        match self.target_timer(key, clock)? {
            None => {
                let never = matches!(before.get(1), Some(Value::Null) | None);
                let begins = if clock.from.is_empty() { is_new && never } else { place.came };
                if begins && !place.stops {
                    self.begin_clock(key, clock, place.pauses)?;
                }
            }
            Some(timer) if place.stops => self.stop_clock(key, clock, &timer)?,
            Some(timer) => {
                self.retarget(key, clock, &timer)?;
                if place.pauses != timer.is_paused() {
                    self.pause_clock(key, clock, place.pauses)?;
                }
            }
        }
        Ok(self.kept(key, clock)? != before)
    }

    /// The clock begins now.
    fn begin_clock(&self, key: Key, clock: &Clock, paused: bool) -> Result<(), Refusal> {
        let vars = self.vars(key);
        self.drop_timers(key, |timer| is_of(timer, clock))?;
        let Some(rule) = self.after(&clock.target, &clock.calendar, &vars)? else { return Ok(()) };
        let timer = |part, due| New { owner: Owner::Record, name: clock.name, part, due, every: None };
        self.set_timer(key, timer(TARGET, rule))?;
        for percent in apart(clock) {
            if let Some(due) = self.share(percent, rule, self.now)? {
                self.set_timer(key, timer(percent, due))?;
            }
        }
        self.set(key, clock.elapsed, Value::Null)?;
        self.set(key, clock.state, Value::text("running"))?;
        self.keep_times(key, clock)?;
        if paused { self.pause_clock(key, clock, true) } else { Ok(()) }
    }

    /// Clocks that begin anew after this do so, unless the record stands where they stop.
    pub(crate) fn restart_clocks(&self, key: Key, after: Restart) -> Result<(), Refusal> {
        for clock in self.object_of(key)?.sla.iter().filter(|clock| clock.restart.contains(&after)) {
            let place = self.record(key, |record| Place::of(record, self.now, clock))?;
            if place.stops {
                continue;
            }
            self.pass_marks(key, clock, |due| due <= self.now)?;
            self.begin_clock(key, clock, place.pauses)?;
            if self.target_timer(key, clock)?.is_none() {
                self.set(key, clock.due, Value::Null)?;
                self.set(key, clock.state, Value::Null)?;
            }
        }
        Ok(())
    }

    /// When a part of the target has passed, by a rule of the same kind as the target's.
    fn share(&self, percent: u32, rule: Due, since: Timestamp) -> Result<Option<Due>, Refusal> {
        let Due::After { length, calendar } = rule else { return Ok(None) };
        let percent = i64::from(percent);
        let part = |amount: i64| (amount / 100).saturating_mul(percent).saturating_add(amount % 100 * percent / 100);
        let length = match length.unit {
            Unit::Seconds => Length::seconds(part(length.amount)),
            Unit::WorkingSeconds => Length::working_seconds(part(length.amount)),
            Unit::WorkingDays => {
                let working = self.calendar(calendar)?;
                Length::working_seconds(part(working.elapsed(since, length.after(since, &working))))
            }
        };
        Ok(Some(Due::After { length, calendar }))
    }

    /// Another target, when what it reads has changed and it is not missed yet.
    fn retarget(&self, key: Key, clock: &Clock, timer: &Timer) -> Result<(), Refusal> {
        if timer.fired > 0 {
            return Ok(());
        }
        let vars = self.vars(key);
        let Some(rule) = self.after(&clock.target, &clock.calendar, &vars)?.filter(|rule| *rule != timer.rule) else {
            return Ok(());
        };
        let calendar = self.calendar(Timer { rule, ..timer.clone() }.calendar())?;
        let mut rules = vec![(TARGET, rule)];
        for percent in apart(clock) {
            rules.extend(self.share(percent, rule, timer.since)?.map(|due| (percent, due)));
        }
        self.quietly(key, |record| {
            for known in record.timers.iter_mut().filter(|known| is_of(known, clock) && known.fired == 0) {
                let Some((_, rule)) = rules.iter().find(|(part, _)| *part == known.part) else { continue };
                known.rule = *rule;
                known.due = known.computed_due(&calendar);
            }
        })?;
        self.keep_times(key, clock)
    }

    fn pause_clock(&self, key: Key, clock: &Clock, paused: bool) -> Result<(), Refusal> {
        let Some(timer) = self.target_timer(key, clock)? else { return Ok(()) };
        if paused {
            self.pass_marks(key, clock, |due| due <= self.now)?;
        }
        let (now, calendar) = (self.now, self.calendar(timer.calendar())?);
        self.quietly(key, |record| {
            for known in record.timers.iter_mut().filter(|known| is_of(known, clock)) {
                match known.pauses.last_mut() {
                    Some(pause) if !paused => pause.to = Some(now),
                    _ => known.pauses.push(Pause { from: now, to: None }),
                }
                known.due = known.computed_due(&calendar);
            }
        })?;
        if timer.fired == 0 && self.state(key, clock)?.as_deref() != Some("missed") {
            self.set(key, clock.state, Value::text(if paused { "paused" } else { "running" }))?;
        }
        self.keep_times(key, clock)
    }

    /// The clock has come to its end.
    fn stop_clock(&self, key: Key, clock: &Clock, timer: &Timer) -> Result<(), Refusal> {
        // Late, and nobody has said so yet.
        self.pass_marks(key, clock, |due| due < self.now)?;
        let calendar = self.calendar(timer.calendar())?;
        let unit = unit(timer);
        let elapsed = passed(unit, timer.since, self.now, &calendar) - self.stood(timer, &calendar);
        self.keep_times(key, clock)?;
        self.drop_timers(key, |timer| is_of(timer, clock))?;
        self.set(key, clock.elapsed, Value::Seconds(elapsed))?;
        if self.state(key, clock)?.as_deref() == Some("missed") {
            return Ok(());
        }
        self.set(key, clock.state, Value::text("met"))
    }

    /// What a timer of the record does when it fires.
    pub(crate) fn fire_clock(&self, key: Key, timer: &Timer) -> Result<(), Refusal> {
        let object = self.object_of(key)?;
        let Some(clock) = object.sla.iter().find(|clock| clock.name == timer.name) else { return Ok(()) };
        match timer.part {
            TARGET => self.miss(key, clock),
            percent => self.pass_mark(key, clock, percent),
        }
    }

    /// What is done at a part of the target, if anything.
    fn pass_mark(&self, key: Key, clock: &Clock, percent: u32) -> Result<(), Refusal> {
        let Some(mark) = clock.marks.iter().find(|mark| mark.percent == percent) else { return Ok(()) };
        if percent != ALL {
            self.fire(format!("sla {}.{} {percent}%", key.0, clock.name), "");
        }
        self.run_effects(&mark.effects, key, &mut self.vars(key))?;
        match mark.escalate {
            Some(up) => self.escalate_all(key, up),
            None => Ok(()),
        }
    }

    /// A timer of the record is due at another time.
    pub(crate) fn clock_moved(&self, key: Key, timer: &Timer) -> Result<(), Refusal> {
        let clock = self.object_of(key)?.sla.iter().find(|clock| clock.name == timer.name);
        match clock.filter(|_| timer.owner == Owner::Record) {
            Some(clock) => self.keep_times(key, clock),
            None => Ok(()),
        }
    }

    /// The target, and what comes after it, count before anything else becomes of the clock, when they are due
    /// already and their timers have not fired.
    fn pass_marks(&self, key: Key, clock: &Clock, is_due: impl Fn(Timestamp) -> bool) -> Result<(), Refusal> {
        let late = |percent: &u32| *percent > ALL;
        for part in std::iter::once(TARGET).chain(apart(clock).filter(late)) {
            let Some(timer) = self.timer_of(key, clock, part)? else { continue };
            if timer.due.is_some_and(&is_due) {
                self.use_up(key, &timer)?;
                self.fire_clock(key, &timer)?;
            }
        }
        Ok(())
    }

    /// The target is missed.
    fn miss(&self, key: Key, clock: &Clock) -> Result<(), Refusal> {
        if self.state(key, clock)?.as_deref() == Some("missed") {
            return Ok(());
        }
        self.fire(format!("sla {}.{} missed", key.0, clock.name), "");
        self.set(key, clock.state, Value::text("missed"))?;
        self.pass_mark(key, clock, ALL)
    }

    /// Keeps the due time, while there is one, and how long the clock stood still.
    fn keep_times(&self, key: Key, clock: &Clock) -> Result<(), Refusal> {
        let Some(timer) = self.target_timer(key, clock)? else { return Ok(()) };
        if let Some(due) = timer.due {
            self.set(key, clock.due, Value::Instant(due))?;
        }
        let stood = self.stood(&timer, &*self.calendar(timer.calendar())?);
        self.set(key, clock.paused, Value::Seconds(stood))
    }

    /// Working or clock seconds in which the clock stood still, up to now.
    fn stood(&self, timer: &Timer, calendar: &WorkingCalendar) -> i64 {
        let unit = unit(timer);
        timer.pauses.iter().map(|pause| passed(unit, pause.from, pause.to.unwrap_or(self.now), calendar)).sum()
    }

    fn target_timer(&self, key: Key, clock: &Clock) -> Result<Option<Timer>, Refusal> {
        self.timer_of(key, clock, TARGET)
    }

    fn timer_of(&self, key: Key, clock: &Clock, part: u32) -> Result<Option<Timer>, Refusal> {
        self.record(key, |record| record.timers.iter().find(|timer| is_of(timer, clock) && timer.part == part).cloned())
    }

    fn state(&self, key: Key, clock: &Clock) -> Result<Option<String>, Refusal> {
        Ok(self.field(key, clock.state)?.as_text().map(str::to_owned))
    }

    fn kept(&self, key: Key, clock: &Clock) -> Result<Vec<Value>, Refusal> {
        [clock.due, clock.state, clock.paused, clock.elapsed].map(|field| self.field(key, field)).into_iter().collect()
    }
}

/// Where the record stands, as far as a clock cares.
struct Place {
    /// A token has just come to a node at which it begins.
    came: bool,
    /// It stops here.
    stops: bool,
    /// It stands still here.
    pauses: bool,
}

impl Place {
    fn of(record: &Record, now: Timestamp, clock: &Clock) -> Self {
        let live = || record.flows.iter().filter(|instance| instance.is_live());
        let stands =
            |nodes: &[Name]| live().flat_map(|i: &Instance| &i.tokens).any(|token| nodes.contains(&token.node));
        let came = live().flat_map(|i| &i.tokens).any(|token| token.since == now && clock.from.contains(&token.node));
        let ended = record.flows.iter().filter(|instance| !instance.is_live());
        let ended = ended.filter_map(|instance| instance.outcome).any(|outcome| clock.until.contains(&outcome));
        Self { came, stops: ended || stands(&clock.until), pauses: stands(&clock.pause) }
    }
}

fn is_of(timer: &Timer, clock: &Clock) -> bool {
    timer.owner == Owner::Record && timer.name == clock.name
}

/// The percentages that have a timer of their own, in the order of time.
fn apart(clock: &Clock) -> impl Iterator<Item = u32> {
    clock.marks.iter().map(|mark| mark.percent).filter(|percent| *percent != ALL)
}

fn unit(timer: &Timer) -> Unit {
    match timer.rule {
        Due::After { length, .. } => length.unit,
        Due::At(_) => Unit::Seconds,
    }
}

/// When the first running clock of a record is missed, or was; `None` while all stand still.
pub(crate) fn first_due(record: &Record) -> Option<Timestamp> {
    let targets = record.timers.iter().filter(|timer| timer.owner == Owner::Record && timer.part == TARGET);
    targets.filter_map(|timer| timer.due.or(timer.last)).min()
}

/// What passed of a unit.
fn passed(unit: Unit, from: Timestamp, to: Timestamp, calendar: &WorkingCalendar) -> i64 {
    match unit {
        Unit::Seconds => to.as_second() - from.as_second(),
        Unit::WorkingSeconds | Unit::WorkingDays => calendar.elapsed(from, to),
    }
}

/// What scenarios can touch of an object's clocks.
pub(crate) fn places(object: &Object) -> Vec<String> {
    let mut places = Vec::new();
    for clock in &object.sla {
        let place = format!("sla {}.{}", object.name, clock.name);
        places.push(format!("{place} missed"));
        places.extend(apart(clock).map(|percent| format!("{place} {percent}%")));
    }
    places
}
