//! Kills while timers fire: each alarm rings once in effect, however often the server died.

use std::{thread, time::Duration};

use serde_json::json;

use super::seed;
use crate::cli::{
    binary::{Folder, Server, eventually},
    client::Client,
};

const FILES: &[(&str, &str)] = &[
    ("definitions/shop.book.yaml", "book: shop\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\n"),
    (
        "definitions/work/alarm.object.yaml",
        "object: alarm\nfields:\n  name: {type: text, unique: true}\n  rings: {type: integer, default: 0}\n",
    ),
    (
        "definitions/work/rung.ledger.yaml",
        "ledger: rung\ndimensions: {alarm: {type: ref, to: alarm}}\namount: integer\n",
    ),
    (
        "definitions/work/alarm.flow.yaml",
        r#"flow: alarm
object: alarm
start: set
nodes:
  set:
    timers:
      ring:
        after: 1s
        set: {rings: = this.rings + 1}
        post: {ledger: rung, of: {alarm: = this}, amount: = 1}
        notify: {to: creator, say: It rings}
        to: rung
  rung: {timers: {over: {after: 30d, to: over}}}
  over: {end: {}}
"#,
    ),
];

/// Kills the server while alarms are set and ring, then counts.
pub(super) fn ring_once(store: &'static str, kills: usize) {
    let mut random = seed(store);
    let folder = Folder::empty();
    FILES.iter().for_each(|(path, text)| folder.write(path, text));
    let mut alarms: Vec<String> = Vec::new();
    for round in 0..kills {
        let server = open(&folder, store);
        let address = server.address;
        let setting = thread::spawn(move || set(Client::connect(address).unwrap(), round));
        // Some rounds are long enough for alarms of their own to ring.
        thread::sleep(Duration::from_micros(20_000 + random.below(if round % 5 == 0 { 1_500_000 } else { 150_000 })));
        server.kill();
        alarms.extend(setting.join().unwrap());
    }
    let server = open(&folder, store);
    let mut client = server.client();
    let rung = |client: &mut Client| {
        let (status, page) = client.get("/shop/api/alarm?filter=%7B%22state%22%3A%22set%22%7D&limit=1");
        assert_eq!(status, 200, "{page}");
        page["data"].as_array().is_some_and(Vec::is_empty)
    };
    eventually(|| rung(&mut client).then_some(()));
    for name in &alarms {
        let (status, alarm) = client.get(&format!("/shop/api/alarm/{name}"));
        assert_eq!((status, &alarm["state"], &alarm["rings"]), (200, &json!("rung"), &json!(1)), "{alarm}");
        let id = alarm["id"].as_str().unwrap();
        let (_, balance) = client.get(&format!("/shop/api/ledgers/rung/balance?alarm={id}"));
        assert_eq!(balance["balance"], "1", "{name}");
    }
    server.terminate();
    folder.run(&["verify"]).code(0).stdout("all is well");
    println!("{store}: {kills} kills, {} alarms, each rang once", alarms.len());
    assert!(alarms.len() > kills, "too little happened between the kills: {}", alarms.len());
}

fn open(folder: &Folder, store: &str) -> Server {
    Server::start(folder.path(), &["--store", store])
        .unwrap_or_else(|| panic!("{store} does not open:\n{}", folder.read("server.log")))
}

/// Sets alarms until the server is gone; those it was told of.
fn set(mut client: Client, round: usize) -> Vec<String> {
    let mut alarms = Vec::new();
    for n in 0.. {
        let name = format!("r{round}n{n}");
        match client.send("POST", "/shop/api/alarm", Some(&json!({"name": name}))) {
            Ok((status, answer)) => assert_eq!(status, 201, "{answer}"),
            Err(_) => break,
        }
        alarms.push(name);
    }
    alarms
}
