//! Weeks in which no server runs: a book that was filled long ago is served again, and killed while it catches up.
//! Whatever became due fires once, in due order, however often the server starts.

use std::sync::Arc;

use formwork_catalog::check::check_folder;
use formwork_model::{clock::SettableClock, name::Name};
use formwork_runtime::{
    book::Book,
    command::{Command, Input, Request},
    scenario::parse_actor,
};
use formwork_store::{backend::Kind, embedded::Embedded};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use crate::cli::{
    binary::{Folder, Server, eventually},
    client::Client,
};

const FILES: &[(&str, &str)] = &[
    ("definitions/shop.book.yaml", "book: shop\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\n"),
    (
        "definitions/work/alarm.object.yaml",
        "object: alarm\nfields:\n  name: {type: text, unique: true}\n  due: {type: datetime}\n  boss: {type: user, default: bo}\n  tolls: {type: integer, default: 0}\n",
    ),
    ("definitions/work/ring.object.yaml", "object: ring\nnumber: \"{seq:5}\"\nfields:\n  alarm: {type: text}\n"),
    (
        "definitions/work/alarm.flow.yaml",
        r#"flow: alarm
object: alarm
start: set
nodes:
  set:
    timers:
      toll: {after: 1h, every: 1h, set: {tolls: = this.tolls + 1}}
      ring: {at: this.due, create: {ring: {object: ring, set: {alarm: = this.name}}}, to: over}
    actions: {submit: {to: review}}
  review:
    approval: [{by: boss}]
    limit: {after: 10d, then: approve}
    approved: {to: over, create: {ring: {object: ring, set: {alarm: = this.name}}}}
    rejected: {to: over}
  over: {end: {}}
"#,
    ),
];

/// So many alarms, set a minute after each other. Every other one is not left to ring, but has to be approved, and
/// nobody does.
const ALARMS: usize = 120;

/// When the alarms were set: long before any server runs here.
fn begun() -> Timestamp {
    "2025-03-03T01:00:00Z".parse().unwrap()
}

/// When the n-th alarm rings: some before the approvals are over, some after, not in the order in which they were set.
fn rings_at(n: usize) -> Timestamp {
    begun() + SignedDuration::from_hours(2 + 4 * i64::try_from(n * 7 % ALARMS).unwrap())
}

fn set_at(n: usize) -> Timestamp {
    begun() + SignedDuration::from_mins(i64::try_from(n).unwrap())
}

fn is_submitted(n: usize) -> bool {
    n % 2 == 1
}

fn due(n: usize) -> Timestamp {
    if is_submitted(n) { set_at(n) + SignedDuration::from_hours(240) } else { rings_at(n) }
}

/// Fills the book and closes it before anything is due.
fn fill(folder: &Folder, store: &str) {
    FILES.iter().for_each(|(path, text)| folder.write(path, text));
    let catalog = Arc::new(check_folder(folder.path()).unwrap().catalog.unwrap());
    let kind: Kind = store.parse().unwrap();
    let store = Arc::new(Embedded::open(&folder.at("data/shop"), Some(kind)).unwrap());
    let clock = Arc::new(SettableClock::at(begun()));
    let book = Book::open(store, catalog, clock.clone()).unwrap();
    let object = Name::find("alarm").unwrap();
    let run = |request: Request| book.run(Command::new(parse_actor("ann"), request)).unwrap().record.unwrap().id;
    for n in 0..ALARMS {
        clock.set(set_at(n));
        let values = json!({"name": format!("a{n}"), "due": rings_at(n).to_string()}).as_object().unwrap().clone();
        let id = run(Request::Create { object, values });
        if is_submitted(n) {
            let action = Name::find("submit").unwrap();
            run(Request::Act { object, id, rev: None, action, token: None, input: Input::new() });
        }
    }
}

fn open(folder: &Folder, store: &str) -> Server {
    Server::start(folder.path(), &["--store", store])
        .unwrap_or_else(|| panic!("{store} does not open:\n{}", folder.read("server.log")))
}

fn all(client: &mut Client, path: &str) -> Vec<Json> {
    let (status, page) = client.get(path);
    assert_eq!(status, 200, "{page}");
    page["data"].as_array().unwrap().clone()
}

/// Serves the book after the weeks, killing the server `kills` times while it catches up.
pub(super) fn catches_up(store: &'static str, kills: usize) {
    let folder = Folder::empty();
    fill(&folder, store);
    let rings = "/shop/api/ring?sort=number&limit=500";
    let mut seen = Vec::new();
    for _ in 0..kills {
        let server = open(&folder, store);
        let mut client = server.client();
        let before = seen.len();
        // As soon as some more have fired.
        let more = |now: &Vec<Json>| now.len() > before || now.len() == ALARMS;
        seen = eventually(|| Some(all(&mut client, rings)).filter(more));
        server.kill();
    }
    let server = open(&folder, store);
    let mut client = server.client();
    let left = "/shop/api/alarm?filter=%7B%22state%22%3A%7B%22ne%22%3A%22over%22%7D%7D&limit=1";
    eventually(|| all(&mut client, left).is_empty().then_some(()));
    let rung = all(&mut client, rings);
    let told: Vec<&str> = rung.iter().map(|ring| ring["alarm"].as_str().unwrap()).collect();
    let mut order: Vec<usize> = (0..ALARMS).collect();
    order.sort_by_key(|n| due(*n));
    let expected: Vec<String> = order.iter().map(|n| format!("a{n}")).collect();
    assert_eq!(told, expected, "each once, by when it was due");
    for n in (0..ALARMS).step_by(13) {
        let (_, alarm) = client.get(&format!("/shop/api/alarm/a{n}"));
        // What repeats is one, however many were missed, and none once the node was left.
        let tolls = i32::from(!is_submitted(n));
        assert_eq!((&alarm["state"], &alarm["tolls"]), (&json!("over"), &json!(tolls)), "{alarm}");
    }
    server.terminate();
    folder.run(&["verify"]).code(0).stdout("all is well");
}
