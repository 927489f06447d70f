//! Random actions, pauses and clock jumps against a model of a few lines: each timer fires once, in due order, and
//! never after its node was left.

use formwork_model::{clock::Clock as _, id::RecordId};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use super::world::{World, world};

const SITE: &str = r#"
# definitions/shop/job.object.yaml
object: job
fields:
  ends: {type: datetime}
  count: {type: integer, default: 0}
# definitions/shop/job.flow.yaml
flow: job
object: job
start: begin
nodes:
  begin: {run: {set: {count: 0}}, to: [one, free]}
  one:
    timers:
      once: {after: 1h7s, pause: held, set: {count: = this.count + 1}}
      again: {after: 31m11s, every: 53m3s, set: {count: = this.count + 1}}
      ends: {at: this.ends, set: {count: = this.count + 1}}
    actions: {go: {to: two}, stop: {to: done}}
  two:
    timers:
      home: {after: 2h3m17s, to: one}
      slow: {after: 41m13s, pause: held, set: {count: = this.count + 1}}
    actions: {back: {to: one}}
  free: {actions: {hold: {to: held}}}
  held: {actions: {free: {to: free}}}
  done: {end: {terminate: true}}
"#;

const HOUR: i64 = 3_600;

/// What is done to the record.
#[derive(Debug, Clone)]
enum Doing {
    /// `go` or `back`, whichever is offered.
    Move,
    /// `hold` or `free`.
    Pause,
    /// Another `ends`, so many seconds from now.
    Ends(i64),
    /// Time passes, and every timer fires at its own instant.
    Pass(i64),
    /// Nobody looks for a while; then everything fires late.
    Sleep(i64),
}

fn doing() -> impl Strategy<Value = Doing> {
    prop_oneof![
        Just(Doing::Move),
        Just(Doing::Pause),
        (-HOUR..5 * HOUR).prop_map(Doing::Ends),
        (1..3 * HOUR).prop_map(Doing::Pass),
        (1..9 * HOUR).prop_map(Doing::Sleep),
    ]
}

/// A timer as the model sees it: seconds since the beginning.
#[derive(Debug, Clone, PartialEq)]
struct Expected {
    name: &'static str,
    due: i64,
    every: Option<i64>,
    pauses: bool,
    /// What is left of it while it is paused.
    left: Option<i64>,
}

#[derive(Debug, Default)]
struct Model {
    now: i64,
    two: bool,
    held: bool,
    ends: Option<i64>,
    /// The `ends` that has fired in this activation.
    ended: Option<i64>,
    timers: Vec<Expected>,
    count: i64,
}

impl Model {
    fn arrive(&mut self, two: bool) {
        (self.two, self.ended) = (two, None);
        let timer =
            |name, after: i64, every, pauses| Expected { name, due: self.now + after, every, pauses, left: None };
        self.timers = if two {
            vec![timer("home", 2 * HOUR + 197, None, false), timer("slow", 41 * 60 + 13, None, true)]
        } else {
            vec![timer("once", HOUR + 7, None, true), timer("again", 31 * 60 + 11, Some(53 * 60 + 3), false)]
        };
        self.adjust();
    }

    /// After every command: pauses and `ends` follow.
    fn adjust(&mut self) {
        for timer in self.timers.iter_mut().filter(|timer| timer.pauses) {
            match timer.left {
                None if self.held && timer.due > self.now => timer.left = Some(timer.due - self.now),
                Some(left) if !self.held => (timer.left, timer.due) = (None, self.now + left),
                _ => {}
            }
        }
        let known = self.timers.iter().find(|timer| timer.name == "ends").map(|timer| timer.due);
        if !self.two && self.ends != known && self.ends != self.ended {
            self.timers.retain(|timer| timer.name != "ends");
            let ends = |due| Expected { name: "ends", due, every: None, pauses: false, left: None };
            self.timers.extend(self.ends.map(ends));
            self.ended = None;
        }
    }

    fn next(&self, until: i64) -> Option<Expected> {
        let due = self.timers.iter().filter(|timer| timer.left.is_none() && timer.due <= until);
        due.min_by_key(|timer| timer.due).cloned()
    }

    /// Two timers due at one second have no order that the model knows.
    fn is_tied(&self) -> bool {
        let mut dues: Vec<i64> = self.timers.iter().map(|timer| timer.due).collect();
        dues.sort_unstable();
        dues.windows(2).any(|pair| pair[0] == pair[1])
    }

    fn fire(&mut self, timer: &Expected) {
        let place = self.timers.iter().position(|known| known == timer).unwrap();
        match timer.every {
            Some(every) => {
                let missed = (self.now - timer.due) / every;
                self.timers[place].due = timer.due + (missed + 1) * every;
            }
            None => {
                self.timers.remove(place);
            }
        }
        if timer.name == "ends" {
            self.ended = Some(timer.due);
        }
        if timer.name == "home" {
            self.arrive(false);
        } else {
            self.count += 1;
        }
        self.adjust();
    }
}

struct Run {
    world: World,
    job: RecordId,
    start: Timestamp,
    model: Model,
}

impl Run {
    fn new() -> Self {
        let world = world(SITE);
        let start = world.clock.now();
        let job = world.create("job", json!({}));
        let mut model = Model::default();
        model.arrive(false);
        Self { world, job, start, model }
    }

    fn set(&mut self, now: i64) {
        self.model.now = now;
        self.world.clock.set(self.start + SignedDuration::from_secs(now));
    }

    fn take(&mut self, doing: &Doing) -> Result<(), TestCaseError> {
        match doing {
            Doing::Move => {
                self.world.act("job", self.job, if self.model.two { "back" } else { "go" });
                self.model.arrive(!self.model.two);
            }
            Doing::Pause => {
                self.world.act("job", self.job, if self.model.held { "free" } else { "hold" });
                self.model.held = !self.model.held;
                self.model.adjust();
            }
            Doing::Ends(seconds) => {
                let ends = self.model.now + seconds;
                let at = (self.start + SignedDuration::from_secs(ends)).to_string();
                self.world.update("job", self.job, json!({"ends": at}));
                self.model.ends = Some(ends);
                self.model.adjust();
            }
            Doing::Pass(seconds) => {
                let until = self.model.now + seconds;
                while let Some(timer) = self.model.next(until) {
                    prop_assume!(!self.model.is_tied());
                    self.set(timer.due.max(self.model.now));
                    self.fire_one(&timer)?;
                }
                self.set(until);
            }
            Doing::Sleep(seconds) => {
                self.set(self.model.now + seconds);
                while let Some(timer) = self.model.next(self.model.now) {
                    prop_assume!(!self.model.is_tied());
                    self.fire_one(&timer)?;
                }
            }
        }
        self.check()
    }

    /// What the book says is due first is what the model says.
    fn fire_one(&mut self, expected: &Expected) -> Result<(), TestCaseError> {
        let due = self.world.book.next_due(|_| false).unwrap().unwrap();
        prop_assert_eq!(due.at, self.start + SignedDuration::from_secs(expected.due), "{:?}", expected);
        let changes = self.world.book.run_full(due.command()).unwrap();
        prop_assert_eq!(&*changes.entry.kind, format!("timer {}", expected.name));
        // Fired is fired: the same command again finds nothing to do.
        prop_assert_eq!(self.world.book.run(due.command()).unwrap().seq, 0);
        self.model.fire(expected);
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.world.text("job", self.job, "count"), self.model.count.to_string());
        let record = self.world.get("job", self.job);
        let seconds = |at: Timestamp| at.duration_since(self.start).as_secs();
        let mut got: Vec<(String, i64)> = Vec::new();
        for timer in &record.timers {
            got.extend(timer.due.map(|due| (timer.name.to_string(), seconds(due))));
        }
        let running = self.model.timers.iter().filter(|timer| timer.left.is_none());
        let mut want: Vec<(String, i64)> = running.map(|timer| (timer.name.to_owned(), timer.due)).collect();
        got.sort();
        want.sort();
        prop_assert_eq!(got, want);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_global_rejects: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn timers_do_what_the_model_says(doings in prop::collection::vec(doing(), 1..40)) {
        let mut run = Run::new();
        for doing in &doings {
            run.take(doing)?;
        }
        run.world.verify();
    }
}
