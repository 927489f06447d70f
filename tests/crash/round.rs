//! What one client sends until the server is gone, and what must be true of it afterwards.

use std::net::SocketAddr;

use serde_json::{Value as Json, json};

use super::Random;
use crate::cli::client::Client;

/// What is posted by hand; the rest of a balance comes from the flow.
const POSTED: i64 = 3;

/// A job that a client began, and how far it was told that it came.
#[derive(Debug, Default)]
pub(super) struct Sent {
    name: String,
    amount: i64,
    /// Acknowledged: the id the server gave it.
    pub(super) id: Option<String>,
    /// The revision of the last acknowledged command.
    rev: u64,
    finish: Step,
    post: Step,
}

/// How far a command came, as the client knows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Step {
    #[default]
    NotSent,
    /// Sent, no answer: it happened whole, or not at all.
    Unknown,
    Acknowledged,
}

/// Sends jobs until the connection breaks: create, often finish, sometimes a ledger entry of its own.
pub(super) fn send(address: SocketAddr, name: &str, mut random: Random) -> Vec<Sent> {
    let mut jobs = Vec::new();
    let Ok(mut client) = Client::connect(address) else { return jobs };
    loop {
        let mut job =
            Sent { name: format!("{name}n{}", jobs.len()), amount: 1 + random.below(900) as i64, ..Sent::default() };
        let gone = one(&mut client, &mut job, &mut random).is_none();
        jobs.push(job);
        if gone {
            return jobs;
        }
    }
}

/// One job; `None` when the server is gone.
fn one(client: &mut Client, job: &mut Sent, random: &mut Random) -> Option<()> {
    let created = command(client, "/shop/api/job", &json!({"name": job.name, "amount": job.amount}), 201)?;
    let id = created["id"].as_str().unwrap().to_owned();
    job.rev = created["rev"].as_u64().unwrap();
    job.id = Some(id.clone());
    if random.below(4) > 0 {
        job.finish = Step::Unknown;
        let done = command(client, &format!("/shop/api/job/{id}/actions/finish"), &json!({}), 200)?;
        job.rev = done["rev"].as_u64().unwrap();
        job.finish = Step::Acknowledged;
    }
    if random.below(3) == 0 {
        job.post = Step::Unknown;
        let entry = json!({"dimensions": {"job": id}, "amount": POSTED});
        command(client, "/shop/api/ledgers/works/entries", &entry, 201)?;
        job.post = Step::Acknowledged;
    }
    Some(())
}

/// An acknowledged command, or `None` when there was no answer. A refusal is a mistake of this test.
fn command(client: &mut Client, path: &str, body: &Json, expected: u16) -> Option<Json> {
    let (status, answer) = client.send("POST", path, Some(body)).ok()?;
    assert_eq!(status, expected, "{path}: {answer}");
    Some(answer)
}

/// Everything acknowledged is there; what was not is there whole or not at all.
#[track_caller]
pub(super) fn check(client: &mut Client, sent: &Sent) {
    let (status, job) = client.get(&format!("/shop/api/job/{}", sent.name));
    if status == 404 {
        assert_eq!(sent.id, None, "an acknowledged job is lost: {sent:?}");
        return;
    }
    assert_eq!(status, 200, "{sent:?}: {job}");
    let id = job["id"].as_str().unwrap();
    assert!(sent.id.as_deref().is_none_or(|known| known == id), "{sent:?}: {job}");
    assert!(job["rev"].as_u64().unwrap() >= sent.rev, "an acknowledged change is lost: {sent:?}: {job}");
    let done = job["state"] == "done";
    assert_eq!(job["posted"], done, "an action is half applied: {sent:?}: {job}");
    match sent.finish {
        Step::NotSent => assert!(!done, "{sent:?}: {job}"),
        Step::Unknown => {}
        Step::Acknowledged => assert!(done, "an acknowledged action is lost: {sent:?}: {job}"),
    }
    let (status, balance) = client.get(&format!("/shop/api/ledgers/works/balance?job={id}"));
    assert_eq!(status, 200, "{balance}");
    let balance: f64 = balance["balance"].as_str().unwrap().parse().unwrap();
    // The record exists exactly when its first entry does, it is done exactly when its second one is there.
    let flow = (sent.amount * if done { 2 } else { 1 }) as f64;
    let posted = balance - flow;
    let fits = match sent.post {
        Step::NotSent => posted == 0.0,
        Step::Unknown => posted == 0.0 || posted == POSTED as f64,
        Step::Acknowledged => posted == POSTED as f64,
    };
    assert!(fits, "the ledger has {balance}: {sent:?}: {job}");
}
