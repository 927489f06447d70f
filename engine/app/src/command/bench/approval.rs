//! Approvals through HTTP: created, submitted, approved by two people one after the other, with timers and messages.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use formwork_model::{clock::SystemClock, name::Name};
use formwork_runtime::{
    approval::Operation,
    book::Book,
    command::{Actor, Command, Input, Request},
};
use formwork_web::TimerFigures;

use super::{business, client::Client, fill::fill, fresh, http};
use crate::clockwork::Clockwork;

const FILES: &[(&str, &str)] = &[
    (
        "definitions/bench.book.yaml",
        "book: bench\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\nworking_hours:\n  week: {mon: 09:00-18:00, tue: 09:00-18:00, wed: 09:00-18:00, thu: 09:00-18:00, fri: 09:00-18:00}\n",
    ),
    (
        "definitions/work/claim.object.yaml",
        r#"
object: claim
number: "C{yyyy}{mm}-{seq:7}"
title: name
owner: owner
fields:
  name: {type: text, max: 80, required: true}
  owner: {type: user}
  first: {type: user, required: true}
  second: {type: user, required: true}
  amount: {type: money, min: 0}
"#,
    ),
    (
        "definitions/work/claim.flow.yaml",
        r#"
flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: review, require: amount}}}
  review:
    approval: [{by: first}, {by: second}]
    show: [name, amount]
    remind: 4 working hours
    limit: {after: 3 working days, then: escalate}
    approved: {to: granted, notify: {to: owner, say: It is granted}}
    rejected: {to: refused}
  granted: {end: {}}
  refused: {end: {}}
"#,
    ),
];

/// How often a book in which others wait and an empty one take turns.
const TURNS: u32 = 3;

/// A book at work, whose timers run.
struct Site {
    book: Arc<Book>,
    /// The numbers that the two tasks of every claim have.
    tasks: [u32; 2],
    _clockwork: Clockwork,
}

impl Site {
    /// A new book in which `parked` approvals wait.
    fn with(parked: u64, store: &str, data: &Path) -> Result<Self, String> {
        let book = Book::open(Arc::new(fresh(store, data)?), business::check(FILES)?, Arc::new(SystemClock));
        let book = Arc::new(book.map_err(|refusal| format!("{refusal:?}"))?);
        let named = |name: &str| Name::find(name).ok_or_else(|| format!("no {name}"));
        let started = Instant::now();
        fill(&book, named("claim")?, parked, &[named("submit")?], |n| values("import", n))?;
        if parked > 0 {
            println!("parked {parked} approvals with their timers in {:.0} s", started.elapsed().as_secs_f64());
        }
        let figures = Arc::new(TimerFigures::default());
        let clockwork = Clockwork::start(book.clone(), figures).map_err(|error| error.to_string())?;
        Ok(Self { tasks: tasks(&book)?, book, _clockwork: clockwork })
    }

    /// Jobs a second.
    fn measured(&self, (seconds, clients): (u64, usize)) -> Result<f64, String> {
        let tasks = self.tasks;
        http::jobs(self.book.clone(), seconds, clients, &|address, client, until, done| {
            work(address, client, tasks, until, done)
        })
    }
}

/// Measures an empty book; where approvals are to wait, it takes turns with one in which they do, because the machine is
/// not as fast at all times.
pub(super) fn run(store: &str, parked: u64, load: (u64, usize), data: &Path) -> Result<(), String> {
    println!("store {store}, {} keep-alive clients; a job is 4 commands", load.1);
    let empty = Site::with(0, store, &data.join("empty"))?;
    if parked == 0 {
        say("approvals through HTTP", empty.measured(load)?);
    } else {
        let crowded = Site::with(parked, store, &data.join("parked"))?;
        let (mut alone, mut beside) = (0.0, 0.0);
        for _ in 0..TURNS {
            let (one, other) = (empty.measured(load)?, crowded.measured(load)?);
            say("in an empty book", one);
            say("while they wait", other);
            alone += one;
            beside += other;
        }
        println!("while they wait, by in an empty book {:>8.2}", beside / alone);
    }
    drop(empty);
    std::fs::remove_dir_all(data).map_err(|error| error.to_string())
}

fn say(what: &str, jobs: f64) {
    println!("{what:<22} {jobs:>8.0} jobs/s  {:>8.0} commands/s", jobs * 4.0);
}

/// The values of the n-th claim of somebody; the approvers are a thousand people.
fn values(owner: &str, n: u64) -> Input {
    let mut values = Input::new();
    values.insert("name".into(), format!("claim {owner} {n}").into());
    values.insert("owner".into(), owner.into());
    values.insert("first".into(), approver("f", n).into());
    values.insert("second".into(), approver("s", n).into());
    values.insert("amount".into(), format!("{}.50", 100 + n.wrapping_mul(7919) % 9000).into());
    values
}

fn approver(group: &str, n: u64) -> String {
    format!("{group}{}", n.wrapping_mul(31) % 1000)
}

/// The numbers that the two tasks of every claim have.
fn tasks(book: &Book) -> Result<[u32; 2], String> {
    let claim = Name::find("claim").ok_or("no claim")?;
    let run = |actor: &str, request: Request| {
        let outcome =
            book.run(Command::new(Actor::new(actor, []), request)).map_err(|refusal| format!("{refusal:?}"))?;
        outcome.record.ok_or_else(|| "no record".to_owned())
    };
    let record = run("ann", Request::Create { object: claim, values: values("ann", 0) })?;
    let id = record.id;
    let action = Name::find("submit").ok_or("no submit")?;
    let submit = Request::Act { object: claim, id, rev: None, action, token: None, input: Input::new() };
    let open = |record: &formwork_model::record::Record| {
        let steps = record.flows.iter().flat_map(|instance| &instance.approvals).flat_map(|approval| &approval.steps);
        steps.flat_map(|step| &step.tasks).filter(|task| task.open).map(|task| task.id).next().ok_or("no task")
    };
    let first = open(&run("ann", submit)?)?;
    let operation = Operation::read("approve", &Input::new()).map_err(|refused| format!("{refused:?}"))?;
    let second = open(&run(&approver("f", 0), Request::Decide { object: claim, id, task: first, operation })?)?;
    Ok([first, second])
}

fn work(address: SocketAddr, client: usize, tasks: [u32; 2], until: Instant, done: &AtomicU64) -> Result<(), String> {
    let mut connection = Client::connect(address).map_err(|error| error.to_string())?;
    let owner = format!("client{client}");
    let mut n = client as u64;
    while Instant::now() < until {
        n += 32;
        let body = serde_json::Value::Object(values(&owner, n)).to_string();
        let created = send(&mut connection, &owner, "/bench/api/claim", &body, 201)?;
        let id = created.get("id").and_then(serde_json::Value::as_str).ok_or("no id")?.to_owned();
        send(&mut connection, &owner, &format!("/bench/api/claim/{id}/actions/submit"), "{}", 200)?;
        let [first, second] = tasks.map(|task| format!("/bench/api/tasks/claim.{id}.{task}/approve"));
        send(&mut connection, &approver("f", n), &first, "{}", 200)?;
        let last = send(&mut connection, &approver("s", n), &second, "{}", 200)?;
        if last.get("state").and_then(serde_json::Value::as_str) != Some("granted") {
            return Err(format!("it is not granted: {last}"));
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

fn send(
    connection: &mut Client,
    actor: &str,
    path: &str,
    body: &str,
    expected: u16,
) -> Result<serde_json::Value, String> {
    let (status, answer) = connection.post_as(actor, path, body).map_err(|error| error.to_string())?;
    if status != expected {
        return Err(format!("{path} answered {status}: {}", String::from_utf8_lossy(answer)));
    }
    serde_json::from_slice(answer).map_err(|error| error.to_string())
}
