//! Kills while people decide: an acknowledged decision is never lost, none counts twice, and whatever was going on can
//! be brought to its end.

use std::{net::SocketAddr, thread, time::Duration};

use serde_json::{Value as Json, json};

use super::seed;
use crate::cli::{
    binary::{Folder, Server},
    client::Client,
};

const FILES: &[(&str, &str)] = &[
    ("definitions/shop.book.yaml", "book: shop\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\n"),
    (
        "definitions/work/permit.object.yaml",
        "object: permit\nfields:\n  name: {type: text, unique: true}\n  first: {type: user, default: bo}\n  second: {type: user, default: cy}\n",
    ),
    (
        "definitions/work/given.ledger.yaml",
        "ledger: given\ndimensions: {permit: {type: ref, to: permit}}\namount: integer\n",
    ),
    (
        "definitions/work/permit.flow.yaml",
        r#"flow: permit
object: permit
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review:
    approval: [{by: first}, {by: second}]
    remind: 1d
    limit: {after: 30d, then: reject}
    approved: {to: granted, post: {ledger: given, of: {permit: = this}, amount: = 1}, notify: {to: creator, say: Granted}}
    rejected: {to: refused}
  granted: {end: {}}
  refused: {end: {}}
"#,
    ),
];

/// A permit, and how many of its four commands were acknowledged.
#[derive(Debug)]
struct Permit {
    name: String,
    acknowledged: usize,
}

/// Kills the server while permits are asked for and decided, and looks at each afterwards.
pub(super) fn decide_once(store: &'static str, kills: usize) {
    let mut random = seed(store);
    let folder = Folder::empty();
    FILES.iter().for_each(|(path, text)| folder.write(path, text));
    let mut all: Vec<Permit> = Vec::new();
    for round in 0..kills {
        let server = open(&folder, store);
        let address = server.address;
        let clients: Vec<_> =
            (0..3).map(|client| thread::spawn(move || work(address, &format!("r{round}c{client}")))).collect();
        thread::sleep(Duration::from_micros(20_000 + random.below(150_000)));
        server.kill();
        let permits: Vec<Permit> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        let server = open(&folder, store);
        let mut client = server.client();
        permits.iter().for_each(|permit| check(&mut client, permit));
        server.kill();
        all.extend(permits);
    }
    let server = open(&folder, store);
    let mut client = server.client();
    for permit in all.iter().filter(|permit| permit.acknowledged > 0) {
        finish(&mut client, permit);
        assert_eq!(progress(&mut client, &permit.name), Some(4), "{permit:?}");
    }
    server.terminate();
    folder.run(&["verify"]).code(0).stdout("all is well");
    println!("{store}: {kills} kills, {} permits, each granted once", all.len());
    assert!(all.len() > kills, "too little happened between the kills: {}", all.len());
}

fn open(folder: &Folder, store: &str) -> Server {
    Server::start(folder.path(), &["--store", store])
        .unwrap_or_else(|| panic!("{store} does not open:\n{}", folder.read("server.log")))
}

/// Asks for permits and has them decided until the server is gone.
fn work(address: SocketAddr, name: &str) -> Vec<Permit> {
    let mut permits = Vec::new();
    let Ok(mut client) = Client::connect(address) else { return permits };
    for n in 0.. {
        let mut permit = Permit { name: format!("{name}n{n}"), acknowledged: 0 };
        while permit.acknowledged < 4 && step(&mut client, &permit.name, permit.acknowledged).is_some() {
            permit.acknowledged += 1;
        }
        let gone = permit.acknowledged < 4;
        permits.push(permit);
        if gone {
            break;
        }
    }
    permits
}

/// The n-th command of a permit; `None` when the server is gone.
fn step(client: &mut Client, name: &str, n: usize) -> Option<()> {
    let place = format!("/shop/api/permit/{name}");
    let (actor, path, body, expected) = match n {
        0 => ("ann", "/shop/api/permit".to_owned(), json!({"name": name}), 201),
        1 => ("ann", format!("{place}/actions/submit"), json!({}), 200),
        _ => {
            let (status, trail) = client.send("GET", &format!("{place}/approvals"), None).ok()?;
            assert_eq!(status, 200, "{trail}");
            let task = open_task(&trail).unwrap_or_else(|| panic!("nobody is asked: {trail}"));
            let path = format!("/shop/api/tasks/{}/approve", task["id"].as_str().unwrap());
            (if n == 2 { "bo" } else { "cy" }, path, json!({}), 200)
        }
    };
    let (status, answer) = client.send_as(actor, "POST", &path, Some(&body)).ok()?;
    assert_eq!(status, expected, "{path}: {answer}");
    Some(())
}

fn tasks(trail: &Json) -> impl Iterator<Item = &Json> {
    let steps = trail["data"].as_array().into_iter().flatten().filter_map(|approval| approval["steps"].as_array());
    steps.flatten().filter_map(|step| step["tasks"].as_array()).flatten()
}

fn open_task(trail: &Json) -> Option<&Json> {
    tasks(trail).find(|task| task["state"] == "open")
}

/// How many of its commands a permit has behind it; each decision, and what follows from the last, is there once.
#[track_caller]
fn progress(client: &mut Client, name: &str) -> Option<usize> {
    let (status, permit) = client.get(&format!("/shop/api/permit/{name}"));
    if status == 404 {
        return None;
    }
    let (_, trail) = client.get(&format!("/shop/api/permit/{name}/approvals"));
    let decided: Vec<&str> = tasks(&trail).filter_map(|task| task["by"].as_str()).collect();
    assert_eq!(decided, ["bo", "cy"][..decided.len()], "{trail}");
    let granted = permit["state"] == "granted";
    assert_eq!(granted, decided.len() == 2, "a decision is half applied: {permit} {trail}");
    let id = permit["id"].as_str().unwrap();
    let (_, balance) = client.get(&format!("/shop/api/ledgers/given/balance?permit={id}"));
    assert_eq!(balance["balance"], if granted { "1" } else { "0" }, "{permit}");
    Some(if permit["state"] == "draft" { 1 } else { 2 + decided.len() })
}

/// Everything acknowledged is there, and at most the one command whose answer never came.
#[track_caller]
fn check(client: &mut Client, permit: &Permit) {
    let there = progress(client, &permit.name).unwrap_or(0);
    assert!((permit.acknowledged..=permit.acknowledged + 1).contains(&there), "{permit:?} is at {there}");
}

/// Brings a permit to its end.
fn finish(client: &mut Client, permit: &Permit) {
    let there = progress(client, &permit.name).unwrap_or(0);
    (there..4).for_each(|n| step(client, &permit.name, n).unwrap());
}
