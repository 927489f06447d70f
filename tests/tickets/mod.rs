//! A real support desk: every event of the log of 4,580 tickets, replayed through the HTTP interface with the clock at
//! its instant. Tickets wait in queues for whoever takes them in charge, faults of the software go up to the next
//! queue, resolved ones are reopened; promised times are an `sla` with a table.
//!
//! The log is not in the repository: see `tests/real`.

mod ticket;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use formwork_store::embedded::Embedded;
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::real::{data, site::Site};

use ticket::{Refused, Ticket, hire, read};

/// What a replay came to.
#[derive(Debug, Default)]
struct Report {
    accepted: usize,
    refused: BTreeMap<Refused, usize>,
    ends: BTreeMap<String, usize>,
    reopened: u64,
    escalated: usize,
    /// By clock: those of tickets whose log has their end, by what the clock says and what the log says.
    missed: BTreeMap<(&'static str, bool, bool), usize>,
    /// Why the two differ.
    why: BTreeMap<&'static str, usize>,
    /// By clock and state: those of tickets that the log leaves open.
    open: BTreeMap<(&'static str, String), usize>,
}

impl Report {
    fn compare(&mut self, ticket: &Ticket, record: &Json) {
        for (clock, logged) in [("response", ticket.response()), ("resolution", ticket.resolution())] {
            let state = record[format!("{clock}_state")].as_str().unwrap();
            let Some(took) = logged else {
                *self.open.entry((clock, state.to_owned())).or_default() += 1;
                continue;
            };
            assert_eq!(record[format!("{clock}_elapsed")], json!(took), "{ticket:?} {record}");
            assert!(["met", "missed"].contains(&state), "{ticket:?} {record}");
            let (found, expected) = (state == "missed", took >= ticket.target(clock));
            *self.missed.entry((clock, found, expected)).or_default() += 1;
            if found != expected {
                *self.why.entry(ticket.why(clock, found)).or_default() += 1;
            }
        }
    }
}

/// Every event in the order of time, then what became of each ticket.
async fn replay(site: &Site, tickets: &mut [Ticket]) -> Report {
    let mut order: Vec<(Timestamp, usize, usize)> = Vec::new();
    for (at, ticket) in tickets.iter().enumerate() {
        order.extend(ticket.events.iter().enumerate().map(|(n, event)| (event.at, at, n)));
    }
    order.sort();
    let end = order.last().unwrap().0;
    site.at(order[0].0);
    hire(site, tickets).await;
    let mut report = Report::default();
    for (instant, at, n) in order {
        site.at(instant);
        match tickets[at].replay(site, n).await {
            None => report.accepted += 1,
            Some(refused) => *report.refused.entry(refused).or_default() += 1,
        }
    }
    for ticket in &*tickets {
        let record = ticket.ask(site, "GET", "").await;
        assert_eq!(record["state"], ticket.expected(end), "{ticket:?}");
        assert_eq!(record["reopened"], json!(ticket.reopened), "{ticket:?}");
        *report.ends.entry(ticket.expected(end).to_owned()).or_default() += 1;
        report.reopened += ticket.reopened;
        let told = ticket.ask(site, "GET", "/responsible").await;
        assert_eq!(ticket::periods(&told["data"]), ticket.held, "{ticket:?}");
        report.escalated += ticket.held.iter().filter(|held| held.0 == "development" && held.1.is_none()).count();
        report.compare(ticket, &record);
    }
    report
}

#[test]
fn every_ticket_of_the_real_log_ends_where_the_log_ends_with_whoever_was_responsible() {
    let Some(data) = data("helpdesk_tickets") else { return };
    let site = Site::open("tickets", Arc::new(Embedded::memory().unwrap()));
    let mut tickets = read(&data);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(replay(&site, &mut tickets));
    println!("{report:#?}");
    assert_eq!((tickets.len(), report.accepted, report.refused.values().sum::<usize>()), (4_580, 21_315, 33));
    let codes: BTreeSet<&str> = report.refused.keys().map(|refused| &*refused.2).collect();
    assert_eq!(Vec::from_iter(codes), ["action-not-here", "unknown-action"], "each is what the process does not know");
    assert_eq!((report.reopened, report.escalated), (157, 61));
    assert_eq!(report.ends["archived"] + report.ends["closed"], 4_558);
    assert_eq!((report.missed[&("response", true, true)], report.missed[&("resolution", true, true)]), (2_384, 2_438));
    assert!(!report.why.contains_key("unexplained"), "{:?}", report.why);
    site.verify();
}
