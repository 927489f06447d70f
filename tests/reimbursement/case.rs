//! One case of the log, and what each of its events is in the process.

use std::{collections::HashMap, path::Path};

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::real::site::{Answer, Site, table};

/// What happened, and when.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) activity: String,
    pub(super) at: Timestamp,
}

/// A case of the log.
#[derive(Debug)]
pub(super) struct Case {
    reference: String,
    amount: String,
    budget: String,
    pub(super) events: Vec<Event>,
    /// Its record, once there is one.
    pub(super) id: Option<String>,
}

/// Every case, in the order of the file.
pub(super) fn read(data: &Path) -> Vec<Case> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut cases: Vec<Case> = Vec::new();
    for mut row in table(&data.join("cases.csv")) {
        let mut cell = |column: &str| row.remove(column).unwrap();
        let reference = cell("case_id");
        places.insert(reference.clone(), cases.len());
        cases.push(Case {
            reference,
            amount: cell("Amount"),
            budget: cell("BudgetNumber"),
            events: Vec::new(),
            id: None,
        });
    }
    for mut row in table(&data.join("events.csv")) {
        let event = Event { activity: row.remove("activity").unwrap(), at: row["timestamp"].parse().unwrap() };
        cases[places[&row["case_id"]]].events.push(event);
    }
    cases
}

/// What an event is in the process.
enum Step {
    /// Somebody takes an action.
    Act(&'static str, &'static str),
    /// Somebody decides the step of the approval that they have a task in.
    Decide(&'static str, &'static str),
}

/// Who does what.
fn step(activity: &str) -> Step {
    match activity {
        "Declaration SUBMITTED by EMPLOYEE" => Step::Act("employee", "submit"),
        "Declaration REJECTED by EMPLOYEE" => Step::Act("employee", "take_back"),
        "Declaration APPROVED by ADMINISTRATION" => Step::Decide("ada", "approve"),
        "Declaration REJECTED by ADMINISTRATION" => Step::Decide("ada", "reject"),
        "Declaration APPROVED by PRE_APPROVER" => Step::Decide("pim", "approve"),
        "Declaration REJECTED by PRE_APPROVER" => Step::Decide("pim", "reject"),
        "Declaration APPROVED by BUDGET OWNER" => Step::Decide("bea", "approve"),
        "Declaration REJECTED by BUDGET OWNER" => Step::Decide("bea", "reject"),
        "Declaration FINAL_APPROVED by SUPERVISOR" => Step::Decide("sam", "approve"),
        "Declaration REJECTED by SUPERVISOR" => Step::Decide("sam", "reject"),
        "Declaration REJECTED by MISSING" => Step::Act("pat payments", "missing"),
        "Request Payment" => Step::Act("pat payments", "request_payment"),
        "Payment Handled" => Step::Act("pat payments", "pay"),
        other => panic!("{other} is not in the process"),
    }
}

/// The people who decide, with their roles.
pub(super) async fn hire(site: &Site) {
    let people = [("ada", "administration"), ("pim", "pre_approver"), ("bea", "budget_owner"), ("sam", "supervisor")];
    for (login, role) in people {
        site.ask("hr", "POST", "user", Some(&json!({"login": login, "name": login}))).await.done();
        site.ask("hr", "POST", "position", Some(&json!({"user": login, "role": role}))).await.done();
    }
}

impl Case {
    /// The n-th event; a refusal comes back as activity, state and code, after a controller has put it right.
    pub(super) async fn replay(&mut self, site: &Site, n: usize) -> Option<(String, String, String)> {
        let activity = self.events[n].activity.clone();
        if self.id.is_none() {
            let values = json!({"reference": self.reference, "amount": self.amount, "budget": self.budget});
            let created = site.ask("employee", "POST", "declaration", Some(&values)).await.done();
            self.id = Some(created["id"].as_str().unwrap().to_owned());
        }
        if activity == "Declaration SAVED by EMPLOYEE" {
            return None;
        }
        let answer = match step(&activity) {
            Step::Act(actor, action) if action == "submit" => self.act(site, actor, action, &self.route(n)).await,
            Step::Act(actor, "take_back") if self.state(site).await == "review" => {
                self.decide(site, actor, "recall").await
            }
            Step::Act(actor, action) => self.act(site, actor, action, &json!({})).await,
            Step::Decide(actor, decision) => self.decide(site, actor, decision).await,
        };
        if answer.status == 200 {
            return None;
        }
        let state = self.state(site).await;
        self.put_right(site, &activity, &state).await;
        Some((activity, state, answer.code().to_owned()))
    }

    async fn act(&self, site: &Site, actor: &str, action: &str, input: &Json) -> Answer {
        let path = format!("declaration/{}/actions/{action}", self.id.as_deref().unwrap());
        site.ask(actor, "POST", &path, Some(&json!({"input": input}))).await
    }

    /// Decides the task that waits for somebody, or, as the submitter, takes the approval back.
    async fn decide(&self, site: &Site, actor: &str, decision: &str) -> Answer {
        let path = format!("declaration/{}/approvals", self.id.as_deref().unwrap());
        let trail = site.ask(actor, "GET", &path, None).await.done();
        let last = trail["data"].as_array().unwrap().last().cloned().unwrap_or_default();
        let mut tasks =
            last["steps"].as_array().into_iter().flatten().filter_map(|step| step["tasks"].as_array()).flatten();
        let own = tasks.find(|task| task["state"] == "open" && task["login"] == actor);
        // Whoever takes it back names the whole approval.
        let task = if decision == "recall" { last["id"].as_str() } else { own.and_then(|task| task["id"].as_str()) };
        let task = task.unwrap_or("declaration.nothing.0");
        let why = json!({"reason": "as the log says"});
        site.ask(actor, "POST", &format!("tasks/{task}/{decision}"), Some(&why)).await
    }

    /// Which desks see this round. The log does not say of which department an employee is, so it is taken from who
    /// decides in the round.
    fn route(&self, n: usize) -> Json {
        let round = || self.events[n + 1..].iter().take_while(|event| !event.activity.contains("SUBMITTED"));
        let sees = |desk: &str| round().any(|event| event.activity.ends_with(desk));
        let screening = match (sees("ADMINISTRATION"), sees("PRE_APPROVER")) {
            (true, _) => "administration",
            (_, true) => "pre_approver",
            _ => "nobody",
        };
        json!({"screening": screening, "budget_holder": sees("BUDGET OWNER")})
    }

    /// What the log says happened although the process has no such step: a controller does it, and says why.
    async fn put_right(&self, site: &Site, activity: &str, state: &str) {
        let action = match (activity, state) {
            ("Request Payment", "saved" | "rejected") => "request_payment_anyway",
            ("Payment Handled", "approved") => "pay_anyway",
            ("Declaration REJECTED by EMPLOYEE", "paid") => "take_back_anyway",
            _ => panic!("{activity} in {state}: {self:?}"),
        };
        let path = format!("declaration/{}/actions/{action}", self.id.as_deref().unwrap());
        let why = json!({"reason": "it was done so"});
        site.ask("cas controller", "POST", &path, Some(&why)).await.done();
    }

    /// Where it stands.
    pub(super) async fn state(&self, site: &Site) -> String {
        let path = format!("declaration/{}", self.id.as_deref().unwrap());
        site.ask("employee", "GET", &path, None).await.done()["state"].as_str().unwrap().to_owned()
    }

    /// Where the log leaves it.
    pub(super) fn expected(&self) -> &'static str {
        match self.events.last().unwrap().activity.as_str() {
            "Payment Handled" => "paid",
            "Declaration REJECTED by EMPLOYEE" => "taken_back",
            "Declaration REJECTED by MISSING" => "missing",
            "Declaration SAVED by EMPLOYEE" => "saved",
            other => panic!("{other} is no end"),
        }
    }
}
