//! A real reimbursement process: every case of a university's log of two and a half years, replayed event by event
//! through the HTTP interface with the clock at each event's instant.
//!
//! The process is files (`definitions/`, `forms/`). The log is not in the repository: see `tests/real`.

mod case;

use std::{collections::BTreeMap, path::Path, sync::Arc, thread};

use formwork_model::name::Name;
use formwork_store::{embedded::Embedded, store::Store};
use jiff::Timestamp;

use case::Case;

use crate::real::{data, site::Site};

/// So many books work at once, each on its share of the cases.
const BOOKS: usize = 2;

/// What a replay came to.
#[derive(Debug, Default)]
struct Report {
    cases: usize,
    events: usize,
    accepted: usize,
    /// Events that the flow refused, by activity, state and code. A controller put each of them right, with a reason.
    refused: BTreeMap<(String, String, String), usize>,
    /// Cases by the state they end in.
    ends: BTreeMap<String, usize>,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.events += other.events;
        self.accepted += other.accepted;
        other.refused.into_iter().for_each(|(key, count)| *self.refused.entry(key).or_default() += count);
        other.ends.into_iter().for_each(|(state, count)| *self.ends.entry(state).or_default() += count);
    }
}

/// Replays cases in the order of time, and compares where each ends with where the log ends.
fn replay(store: Arc<dyn Store>, mut cases: Vec<Case>) -> Report {
    let site = Site::open("reimbursement", store);
    let mut order: Vec<(Timestamp, usize, usize)> = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        order.extend(case.events.iter().enumerate().map(|(n, event)| (event.at, at, n)));
    }
    order.sort();
    let mut report = Report { cases: cases.len(), events: order.len(), ..Report::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        case::hire(&site).await;
        for (instant, case, n) in order {
            site.at(instant);
            match cases[case].replay(&site, n).await {
                None => report.accepted += 1,
                Some(refused) => *report.refused.entry(refused).or_default() += 1,
            }
        }
        for case in &cases {
            let state = case.state(&site).await;
            assert_eq!(state, case.expected(), "{case:?}");
            *report.ends.entry(state).or_default() += 1;
        }
    });
    histories(&site, &cases);
    site.verify();
    report
}

/// What the history says happened when is what the log says.
fn histories(site: &Site, cases: &[Case]) {
    let object = Name::find("declaration").unwrap();
    for case in cases.iter().step_by(10) {
        let id = case.id.as_deref().unwrap().parse().unwrap();
        let history = site.book.history(object, id, None, 200).unwrap();
        let (reminders, steps): (Vec<_>, Vec<_>) = history.iter().partition(|entry| &*entry.actor == "system");
        let mut told: Vec<Timestamp> = steps.iter().map(|entry| entry.at).collect();
        let mut logged: Vec<Timestamp> = case.events.iter().map(|event| event.at).collect();
        told.sort();
        told.dedup();
        logged.dedup();
        assert_eq!(told, logged, "{case:?}");
        // Whoever lets a task wait is reminded two weeks after it came, to the second.
        let after = |reminder: Timestamp| logged.iter().any(|at| reminder.duration_since(*at).as_secs() == 14 * 86_400);
        assert!(reminders.iter().all(|entry| after(entry.at)), "{case:?}");
    }
}

fn shards(data: &Path, most: usize) -> Vec<Vec<Case>> {
    let mut shards: Vec<Vec<Case>> = (0..BOOKS).map(|_| Vec::new()).collect();
    for (at, case) in case::read(data).into_iter().take(most).enumerate() {
        shards[at % BOOKS].push(case);
    }
    shards
}

#[test]
fn every_case_of_the_real_log_ends_where_the_log_ends() {
    let Some(data) = data("bpi2020_domestic_declarations") else { return };
    let mut report = Report::default();
    thread::scope(|scope| {
        let workers: Vec<_> = shards(&data, usize::MAX)
            .into_iter()
            .map(|cases| scope.spawn(|| replay(Arc::new(Embedded::memory().unwrap()), cases)))
            .collect();
        workers.into_iter().for_each(|worker| report.add(worker.join().unwrap()));
    });
    println!("{report:#?}");
    assert_eq!((report.cases, report.events, report.accepted), (10_357, 55_628, 55_624));
    let ends: Vec<(&str, usize)> = report.ends.iter().map(|(state, count)| (state.as_str(), *count)).collect();
    assert_eq!(ends, [("missing", 28), ("paid", 9_911), ("saved", 134), ("taken_back", 284)]);
    let refused: Vec<(&str, &str, &str, usize)> = report
        .refused
        .iter()
        .map(|((activity, state, code), count)| (activity.as_str(), state.as_str(), code.as_str(), *count))
        .collect();
    // Somebody went round the process four times: without a request for payment, without an approval, after a
    // rejection, and after the payment.
    assert_eq!(
        refused,
        [
            ("Declaration REJECTED by EMPLOYEE", "paid", "action-not-here", 1),
            ("Payment Handled", "approved", "action-not-here", 1),
            ("Request Payment", "rejected", "action-not-here", 1),
            ("Request Payment", "saved", "action-not-here", 1),
        ]
    );
}

#[test]
fn a_sample_of_the_real_log_ends_alike_on_disk() {
    let Some(data) = data("bpi2020_domestic_declarations") else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Embedded::open(folder.path(), None).unwrap());
    let cases = shards(&data, 400).swap_remove(0);
    let report = replay(store, cases);
    assert_eq!((report.cases, report.accepted), (200, report.events));
}
