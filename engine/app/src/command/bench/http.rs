//! Durable jobs through HTTP: a create with two checks and a rule, then three actions.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use formwork_model::{clock::SystemClock, name::Name};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Input, Request},
    rejection::Refusal,
};
use formwork_store::{dump::sealed::Key, embedded::Embedded, encrypted::unlock};
use formwork_web::{App, Served, Settings};
use serde_json::json;

use super::{bare, business, client::Client, fresh};

/// The role of whoever works in the small business.
const ROLE: (&str, &str) = (
    "definitions/work/worker.role.yaml",
    r#"
role: worker
grants:
  own:   {on: job, may: [read, create, update, act], rows: own}
  near:  {on: job, may: read, rows: {where: {region: {lt: 10}}}, fields: {hidden: [amount, net]}}
  plain: {on: job, may: read, rows: {where: {kind: plain}}, fields: {hidden: note, masked: {name: last 4}}}
"#,
);

const ACTIONS: [&str; 3] = ["accept", "finish", "close"];

/// What a book is measured beside: its name, and how it is opened.
type Beside<'a> = (&'a str, &'a dyn Fn() -> Result<Book, String>);

pub(super) fn run(store: &str, seconds: u64, clients: usize, (roles, encrypted): (bool, bool)) -> Result<(), String> {
    let folder = std::env::temp_dir().join(format!("formwork-bench-http-{store}"));
    let shapes = shapes()?;
    let open =
        || Book::open(Arc::new(fresh(store, &folder)?), business::catalog()?, Arc::new(SystemClock)).map_err(said);
    let (guarded, sealed) = (|| guarded(store, &folder), || sealed(store, &folder));
    let all: [(bool, Beside<'_>); 2] = [(roles, ("roles", &guarded)), (encrypted, ("encryption", &sealed))];
    let beside: Vec<Beside<'_>> = all.into_iter().filter(|(asked, _)| *asked).map(|(_, beside)| beside).collect();
    // Each twice and in turn: the disk's speed changes from minute to minute.
    let (mut jobs, mut others) = (0.0, vec![0.0; beside.len()]);
    let rounds = if beside.is_empty() { 1 } else { 2 };
    for _ in 0..rounds {
        jobs += self::jobs(Arc::new(open()?), seconds, clients, &work)? / f64::from(rounds);
        for ((_, open), rate) in beside.iter().zip(&mut others) {
            *rate += self::jobs(Arc::new(open()?), seconds, clients, &work)? / f64::from(rounds);
        }
    }
    let bare = bare::commands(store, &folder, &shapes, clients, seconds)? / 4.0;
    std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    let bytes: usize = shapes.iter().flatten().map(|(key, value)| key + value).sum();
    let keys: usize = shapes.iter().map(Vec::len).sum();
    println!("store {store}, {clients} keep-alive clients, a job is 4 commands, {keys} keys and {bytes} bytes");
    println!("through HTTP      {jobs:>8.0} jobs/s  {:>8.0} commands/s", jobs * 4.0);
    for ((what, _), rate) in beside.iter().zip(&others) {
        println!("with {what:<12} {rate:>8.0} jobs/s  {:>8.0} commands/s", rate * 4.0);
        println!("with, by without  {:>8.2}", rate / jobs);
    }
    println!("the bare store    {bare:>8.0} jobs/s  {:>8.0} commands/s", bare * 4.0);
    println!("ratio             {:>8.2}", jobs / bare);
    Ok(())
}

/// The book encrypted on the disk, as two of its fields are sensitive.
fn sealed(store: &str, folder: &Path) -> Result<Book, String> {
    let catalog = business::edited(business::FILES, |text| {
        text.replace("required: true}", "required: true, sensitive: true}")
            .replace("note: {type: text,", "note: {type: text, sensitive: true,")
    })?;
    let key = Key::parse(&"5e".repeat(32)).ok_or("no key")?;
    let store = unlock(Arc::new(fresh(store, folder)?), Some(key)).map_err(|error| error.to_string())?;
    Book::open(store, catalog, Arc::new(SystemClock)).map_err(said)
}

/// The book in which the client `ann` has a position, and nothing besides.
fn guarded(store: &str, folder: &Path) -> Result<Book, String> {
    let files: Vec<_> = business::FILES.iter().copied().chain([ROLE]).collect();
    let catalog = business::edited(&files, |text| text.replace("access: open\n", ""))?;
    let book = Book::open(Arc::new(fresh(store, folder)?), catalog, Arc::new(SystemClock)).map_err(said)?;
    let given =
        [("user", json!({"login": "ann", "name": "Ann"})), ("position", json!({"user": "ann", "role": "worker"}))];
    for (object, values) in given {
        let values = values.as_object().cloned().unwrap_or_default();
        let request = Request::Create { object: Name::intern(object), values };
        book.run(Command::new(Actor::system(), request)).map_err(said)?;
    }
    Ok(book)
}

fn said(refusal: Refusal) -> String {
    format!("{refusal:?}")
}

/// What one client does until an instant: where, which client, until when, and the count of jobs done.
pub(super) type Work<'a> = &'a (dyn Fn(SocketAddr, usize, Instant, &AtomicU64) -> Result<(), String> + Sync);

/// Jobs a second over HTTP: serves the book and lets so many clients do one job after the other.
pub(super) fn jobs(book: Arc<Book>, seconds: u64, clients: usize, work: Work<'_>) -> Result<f64, String> {
    let app = App::new([Served::new(book)], Settings { dev: true, ..Settings::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let server = runtime.spawn(async move {
        formwork_web::serve(listener, app, async {
            let _stopped = stopped.await;
        })
        .await
    });
    let done = AtomicU64::new(0);
    let started = Instant::now();
    let failed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..clients)
            .map(|n| {
                scope.spawn({
                    let done = &done;
                    move || work(address, n, started + Duration::from_secs(seconds), done)
                })
            })
            .collect();
        workers.into_iter().filter_map(|worker| worker.join().ok().and_then(Result::err)).next()
    });
    let rate = done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    let _gone = stop.send(());
    let _ended = runtime.block_on(server);
    failed.map_or(Ok(rate), Err)
}

fn work(address: SocketAddr, client: usize, until: Instant, done: &AtomicU64) -> Result<(), String> {
    let mut connection = Client::connect(address).map_err(|error| error.to_string())?;
    let mut n = 0u64;
    while Instant::now() < until {
        n += 1;
        let body = serde_json::Value::Object(values(client as u64, n)).to_string();
        let (status, answer) = connection.post("/bench/api/job", &body).map_err(|error| error.to_string())?;
        if status != 201 {
            return Err(format!("create answered {status}: {}", String::from_utf8_lossy(answer)));
        }
        let answer: serde_json::Value = serde_json::from_slice(answer).map_err(|error| error.to_string())?;
        let id = answer.get("id").and_then(serde_json::Value::as_str).ok_or("no id")?.to_owned();
        for action in ACTIONS {
            let (status, answer) = connection
                .post(&format!("/bench/api/job/{id}/actions/{action}"), "{}")
                .map_err(|error| error.to_string())?;
            if status != 200 {
                return Err(format!("{action} answered {status}: {}", String::from_utf8_lossy(answer)));
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The values of the n-th job of a client.
pub(super) fn values(client: u64, n: u64) -> Input {
    let mut values = Input::new();
    values.insert("name".into(), format!("job {client} {n}").into());
    values.insert("owner".into(), "ann".into());
    values.insert("kind".into(), ["plain", "special", "rush"].get((n % 3) as usize).copied().unwrap_or("plain").into());
    values.insert("region".into(), (n % 50).into());
    values.insert("amount".into(), format!("{}.50", 100 + n.wrapping_mul(7919) % 9000).into());
    values.insert("discount".into(), (n % 20).into());
    values
}

/// What each of a job's four commands writes, taken from a book in memory.
fn shapes() -> Result<Vec<bare::Shape>, String> {
    let store = Arc::new(Embedded::memory().map_err(|error| error.to_string())?);
    let book =
        Book::open(store, business::catalog()?, Arc::new(SystemClock)).map_err(|refusal| format!("{refusal:?}"))?;
    let job = Name::find("job").ok_or("no job")?;
    let mut shapes = Vec::new();
    let mut carry_out = |request: Request| -> Result<_, String> {
        let command = Command::new(Actor::new("ann", []), request);
        let changes = book.dry_run(&command).map_err(|refusal| format!("{refusal:?}"))?;
        let mut shape: bare::Shape = changes
            .writes
            .iter()
            .filter_map(|(key, value)| value.as_ref().map(|value| (key.len(), value.len())))
            .collect();
        // The history entry, its place under the record, and the head of the chain.
        let entry = 200
            + changes.entry.changes.len() * 20
            + changes.entry.fired.iter().map(|fired| fired.what.len() + fired.values.len()).sum::<usize>();
        shape.extend([(9, entry + changes.entry.input.len()), (27, 0), (16, 40)]);
        shapes.push(shape);
        book.run(command).map_err(|refusal| format!("{refusal:?}"))
    };
    let record = carry_out(Request::Create { object: job, values: values(0, 1) })?.record.ok_or("no record")?;
    for action in ACTIONS {
        let action = Name::find(action).ok_or("no action")?;
        carry_out(Request::Act { object: job, id: record.id, rev: None, action, token: None, input: Input::new() })?;
    }
    Ok(shapes)
}
