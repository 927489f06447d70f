//! One ticket of the log, what each of its events is in the process, and what the log itself says of its times.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::real::site::{Answer, Site, table};

/// An event that the flow refused: activity, state, code.
pub(super) type Refused = (String, String, String);

/// Queue, owner, and since when.
pub(super) type Held = (String, Option<String>, Timestamp);

/// What happened, when, and how the ticket was rated then.
#[derive(Debug)]
pub(super) struct Event {
    activity: String,
    /// Who did it, as a login.
    by: String,
    pub(super) at: Timestamp,
    workgroup: String,
    level: String,
    seriousness: String,
}

/// A ticket of the log.
#[derive(Debug)]
pub(super) struct Ticket {
    reference: String,
    pub(super) events: Vec<Event>,
    /// Its record, once there is one.
    id: Option<String>,
    /// Where the events so far have put it, and since when.
    state: &'static str,
    /// Each state it was in, and when it came there.
    stays: Vec<(&'static str, Timestamp)>,
    /// Who was responsible, as far as the log goes.
    pub(super) held: Vec<Held>,
    pub(super) reopened: u64,
}

/// Every ticket, in the order of the file.
pub(super) fn read(data: &Path) -> Vec<Ticket> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut tickets: Vec<Ticket> = Vec::new();
    for mut row in table(&data.join("events.csv")) {
        let mut cell = |column: &str| row.remove(column).unwrap();
        let reference = cell("case_id");
        let at = *places.entry(reference.clone()).or_insert(tickets.len());
        if at == tickets.len() {
            let (events, stays, held) = (Vec::new(), Vec::new(), Vec::new());
            tickets.push(Ticket { reference, events, id: None, state: "new", stays, held, reopened: 0 });
        }
        tickets[at].events.push(Event {
            activity: cell("activity"),
            by: cell("resource").to_lowercase(),
            at: cell("timestamp").parse().unwrap(),
            workgroup: cell("workgroup"),
            level: cell("service_level").to_lowercase(),
            seriousness: cell("seriousness_2"),
        });
    }
    tickets
}

/// Whoever takes tickets in charge is a member of the queue they were taken from, in the workgroup they were in.
pub(super) async fn hire(site: &Site, tickets: &[Ticket]) {
    let mut positions: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for ticket in tickets {
        let mut role = "agent";
        for event in &ticket.events {
            match &*event.activity {
                "Create SW anomaly" => role = "developer",
                "Resolve ticket" => role = "agent",
                "Take in charge ticket" => _ = positions.insert((&event.workgroup, &event.by, role)),
                _ => {}
            }
        }
    }
    let workgroups: BTreeSet<&str> =
        tickets.iter().flat_map(|ticket| &ticket.events).map(|event| &*event.workgroup).collect();
    for workgroup in workgroups {
        let values = json!({"code": workgroup, "name": workgroup});
        site.ask("hr", "POST", "department", Some(&values)).await.done();
    }
    let people: BTreeSet<&str> = positions.iter().map(|(_, login, _)| *login).collect();
    for login in people {
        site.ask("hr", "POST", "user", Some(&json!({"login": login, "name": login}))).await.done();
    }
    for (workgroup, login, role) in positions {
        let values = json!({"user": login, "role": role, "department": workgroup});
        site.ask("hr", "POST", "position", Some(&values)).await.done();
    }
}

/// Who was responsible when, as the book tells it.
pub(super) fn periods(told: &Json) -> Vec<Held> {
    let period = |period: &Json| {
        let text = |key: &str| period[key].as_str().map(str::to_owned);
        (text("queue").unwrap(), text("assignee"), text("from").unwrap().parse().unwrap())
    };
    told.as_array().unwrap().iter().map(period).collect()
}

impl Ticket {
    pub(super) async fn ask(&self, site: &Site, method: &str, path: &str) -> Json {
        let path = format!("ticket/{}{path}", self.id.as_deref().unwrap());
        site.ask("auditor", method, &path, None).await.done()
    }

    async fn post(&self, site: &Site, actor: &str, path: &str, body: Json) -> Answer {
        let path = format!("ticket/{}/{path}", self.id.as_deref().unwrap());
        site.ask(actor, "POST", &path, Some(&body)).await
    }

    /// The n-th event; a refusal comes back, after a controller has put right what it changed.
    pub(super) async fn replay(&mut self, site: &Site, n: usize) -> Option<Refused> {
        self.rate(site, n).await;
        let (action, to) = step(&self.events[n].activity, self.state);
        let (by, at) = (self.events[n].by.clone(), self.events[n].at);
        if action == "insert" {
            return None;
        }
        if action == "take" {
            self.hand_over(site, &by).await;
        }
        let answer = self.post(site, &format!("{by} agent"), &format!("actions/{action}"), json!({})).await;
        if answer.status == 200 {
            self.moved(site, action, to, &by, at).await;
            return None;
        }
        let refused = (self.events[n].activity.clone(), self.state.to_owned(), answer.code().to_owned());
        if self.state == "resolved" && ["wait", "upgrade"].contains(&action) {
            let body = json!({"reason": "it was done so"});
            self.post(site, "cas controller", &format!("actions/{action}_anyway"), body).await.done();
            self.moved(site, "anyway", to, &by, at).await;
        }
        Some(refused)
    }

    /// There is a record, and it is rated as the event says.
    async fn rate(&mut self, site: &Site, n: usize) {
        let event = &self.events[n];
        let rated = |event: &Event| json!({"workgroup": event.workgroup, "level": event.level, "seriousness": event.seriousness});
        if self.id.is_none() {
            let mut values = rated(event);
            values["reference"] = self.reference.clone().into();
            let created = site.ask("desk", "POST", "ticket", Some(&values)).await.done();
            self.id = Some(created["id"].as_str().unwrap().to_owned());
            self.stays.push(("new", event.at));
            self.held.push(("desk".into(), None, event.at));
        } else if rated(event) != rated(&self.events[n - 1]) {
            let path = format!("ticket/{}", self.id.as_deref().unwrap());
            site.ask("desk", "PATCH", &path, Some(&rated(event))).await.done();
        }
    }

    fn owner(&self) -> Option<&str> {
        self.held.last().and_then(|held| held.1.as_deref())
    }

    /// What somebody else owns is given away by a dispatcher before it is taken.
    async fn hand_over(&self, site: &Site, to: &str) {
        if self.owner().is_some_and(|owner| owner != to) {
            self.post(site, "dis dispatcher", "queue/assign", json!({"to": to})).await.done();
        }
    }

    /// The event was accepted: who is responsible now, and where it stands.
    async fn moved(&mut self, site: &Site, action: &str, to: &'static str, by: &str, at: Timestamp) {
        let last = self.held.last().cloned().unwrap();
        let mut held: Vec<Held> = Vec::new();
        match action {
            "take" if last.1.as_deref() != Some(by) => held.push((last.0, Some(by.to_owned()), at)),
            "reopen" => {
                self.post(site, by, "queue/claim", json!({})).await.done();
                held.extend([("desk".into(), None, at), ("desk".into(), Some(by.to_owned()), at)]);
                self.reopened += 1;
            }
            "report" if last.0 == "desk" => {
                let why = json!({"reason": "the software is at fault"});
                self.post(site, "dis dispatcher", "queue/escalate", why).await.done();
                held.push(("development".into(), None, at));
            }
            "anyway" => held.push(("desk".into(), None, at)),
            _ => {}
        }
        self.held.extend(held);
        self.state = to;
        self.stays.push((to, at));
    }

    /// Where the log leaves it, after the time in which closed tickets can be reopened.
    pub(super) fn expected(&self, end: Timestamp) -> &'static str {
        let since = self.stays.last().unwrap().1;
        if self.state == "closed" && end.duration_since(since).as_hours() >= 60 * 24 { "archived" } else { self.state }
    }

    /// Seconds until somebody began to deal with it; `None` when nobody has.
    pub(super) fn response(&self) -> Option<i64> {
        let begun = self.stays.iter().find(|(state, _)| !["new", "rated"].contains(state))?;
        Some(begun.1.as_second() - self.stays[0].1.as_second())
    }

    /// Seconds it took until it was first closed, without those it stood still; `None` when it was not closed.
    pub(super) fn resolution(&self) -> Option<i64> {
        let closed = self.stays.iter().position(|(state, _)| *state == "closed")?;
        let counts = |state: &str| !["waiting", "resolved"].contains(&state);
        let stays = self.stays[..=closed].windows(2).filter(|pair| counts(pair[0].0));
        Some(stays.map(|pair| pair[1].1.as_second() - pair[0].1.as_second()).sum())
    }

    /// Seconds that its last service level promises.
    pub(super) fn target(&self, clock: &str) -> i64 {
        let hours = match (&*self.events.last().unwrap().level, clock) {
            ("v1", "response") => 4,
            ("v2", "response") => 8,
            ("v3", "response") => 2,
            ("v4", "response") => 1,
            ("v1", _) => 48,
            ("v2", _) => 96,
            ("v3", _) => 24,
            ("v4", _) => 12,
            (other, _) => panic!("no promise for {other}"),
        };
        hours * 3600
    }

    /// Why the clock and the log differ.
    pub(super) fn why(&self, clock: &str, missed: bool) -> &'static str {
        let changed = self.events.windows(2).any(|pair| pair[0].level != pair[1].level);
        match missed {
            true if changed && clock == "response" => "it was given more time after the response had been missed",
            true if changed => "it was given more time after the resolution had been missed",
            false if changed => "it was given less time after the clock had stopped",
            _ => "unexplained",
        }
    }
}

/// The action that an activity of the log is, and where it leads; what is no word of the process is tried all the same.
fn step(activity: &str, state: &str) -> (&'static str, &'static str) {
    match activity {
        "Insert ticket" => ("insert", "new"),
        "Assign seriousness" => ("rate", "rated"),
        "Take in charge ticket" if ["resolved", "closed"].contains(&state) => ("reopen", "in_charge"),
        "Take in charge ticket" => ("take", "in_charge"),
        "Wait" => ("wait", "waiting"),
        "Require upgrade" => ("upgrade", "upgrading"),
        "Create SW anomaly" => ("report", "anomaly"),
        "Resolve SW anomaly" => ("fix", "fixed"),
        "Schedule intervention" => ("schedule", "scheduled"),
        "Resolve ticket" => ("resolve", "resolved"),
        "Closed" => ("close", "closed"),
        "VERIFIED" => ("verified", ""),
        "RESOLVED" => ("resolved", ""),
        "INVALID" => ("invalid", ""),
        "DUPLICATE" => ("duplicate", ""),
        other => panic!("{other} is not in the log"),
    }
}
