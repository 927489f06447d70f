//! Counters and durations for `GET /metrics`, in Prometheus' text format.
//!
//! Fixed arrays of atomics: nothing is allocated by a request, nothing grows while nobody scrapes, and no label
//! holds what a user sent.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::http::StatusCode;

use crate::routes::routes;

/// Statuses that are counted one by one; the last place counts all others.
const STATUSES: [u16; 18] = [200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 429, 500, 503];
/// Upper bounds of the duration buckets, in microseconds.
const BUCKETS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];
/// What a command came to.
const OUTCOMES: [&str; 4] = ["done", "replayed", "refused", "failed"];

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It is on disk.
    Done,
    /// An earlier one with the same key was answered again.
    Replayed,
    /// Nothing was written.
    Refused,
    /// The engine or the store failed, or it took too long.
    Failed,
}

/// The numbers of one process.
#[derive(Debug)]
pub struct Metrics {
    /// One for each route, and one for paths that are none.
    routes: Vec<OfRoute>,
    commands: [AtomicU64; OUTCOMES.len()],
}

/// What became of the timers of a book since the server started.
#[derive(Debug, Default)]
pub struct TimerFigures {
    /// Timers that fired.
    pub fired: AtomicU64,
    /// Attempts that failed.
    pub failed: AtomicU64,
    /// Timers that failed last and are tried again later.
    pub failing: AtomicU64,
}

impl TimerFigures {
    /// As Prometheus reads it.
    pub(crate) fn render(&self, book: &str, out: &mut String) {
        for (what, kind, count) in [
            ("formwork_timers_fired_total", "counter", &self.fired),
            ("formwork_timer_failures_total", "counter", &self.failed),
            ("formwork_timers_failing", "gauge", &self.failing),
        ] {
            let _infallible = writeln!(out, "# TYPE {what} {kind}");
            line(out, what, &format!("book=\"{book}\""), get(count));
        }
    }
}

#[derive(Debug, Default)]
struct OfRoute {
    statuses: [AtomicU64; STATUSES.len() + 1],
    buckets: [AtomicU64; BUCKETS.len()],
    microseconds: AtomicU64,
    count: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { routes: (0..=routes().len()).map(|_| OfRoute::default()).collect(), commands: Default::default() }
    }
}

impl Metrics {
    /// Counts an answer of the route at this place of [`routes`]; any other place means no route.
    pub(crate) fn answered(&self, route: usize, status: StatusCode, took: Duration) {
        let Some(of) = self.routes.get(route.min(self.routes.len().saturating_sub(1))) else { return };
        let place = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len());
        let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(count) = of.statuses.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(bucket) = of.buckets.iter().zip(BUCKETS).find(|(_, bound)| microseconds <= *bound) {
            bucket.0.fetch_add(1, Ordering::Relaxed);
        }
        of.microseconds.fetch_add(microseconds, Ordering::Relaxed);
        of.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a command.
    pub(crate) fn ended(&self, how: Ended) {
        if let Some(count) = self.commands.get(how as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Everything, as Prometheus reads it.
    pub fn render(&self) -> String {
        let mut out = String::with_capacity(8 * 1024);
        out.push_str("# TYPE formwork_commands_total counter\n");
        for (outcome, count) in OUTCOMES.iter().zip(&self.commands) {
            line(&mut out, "formwork_commands_total", &format!("outcome=\"{outcome}\""), get(count));
        }
        out.push_str("# TYPE formwork_http_requests_total counter\n");
        self.each(|labels, of| {
            let codes = STATUSES.iter().map(u16::to_string).chain(["other".to_owned()]);
            for (status, count) in codes.zip(&of.statuses).filter(|(_, count)| get(count) > 0) {
                line(&mut out, "formwork_http_requests_total", &format!("{labels},status=\"{status}\""), get(count));
            }
        });
        out.push_str("# TYPE formwork_http_request_seconds histogram\n");
        self.each(|labels, of| {
            let mut sum = 0;
            for (bound, count) in BUCKETS.iter().zip(&of.buckets) {
                sum += get(count);
                let labels = format!("{labels},le=\"{}\"", seconds(*bound));
                line(&mut out, "formwork_http_request_seconds_bucket", &labels, sum);
            }
            line(&mut out, "formwork_http_request_seconds_bucket", &format!("{labels},le=\"+Inf\""), get(&of.count));
            line(&mut out, "formwork_http_request_seconds_sum", labels, seconds(get(&of.microseconds)));
            line(&mut out, "formwork_http_request_seconds_count", labels, get(&of.count));
        });
        out
    }

    /// Every route that was asked for, with its labels.
    fn each(&self, mut each: impl FnMut(&str, &OfRoute)) {
        let known = routes().iter().map(|route| (route.method, route.path)).chain([("any", "none")]);
        for ((method, path), of) in known.zip(&self.routes).filter(|(_, of)| get(&of.count) > 0) {
            each(&format!("method=\"{method}\",route=\"{path}\""), of);
        }
    }
}

fn get(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

fn seconds(microseconds: u64) -> String {
    let text = format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn line(out: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    // Writing to a `String` can't fail.
    let _written = writeln!(out, "{name}{{{labels}}} {value}");
}
