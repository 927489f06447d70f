//! `kill -9` of the real binary between sending and reporting: nothing is lost, and what is sent twice has the same
//! key both times.

use std::{collections::HashMap, time::Duration};

use serde_json::json;

use super::peer::Peer;
use crate::cli::binary::{Folder, Server, eventually};

/// Records, and kills while they are sent.
const COUNTS: (usize, usize) = (40, 8);

fn folder(url: &str) -> Folder {
    let folder = Folder::empty();
    folder.write("definitions/shop.book.yaml", "book: shop\naccess: open\n");
    folder.write(
        "definitions/x/erp.connector.yaml",
        &format!(
            "connector: erp\nurl: {url}\ninternal: true\nbackoff: 1s\ntries: 50\nrequests:\n  order:\n    path: /orders\n    input: number\n    body: '#{{number: input.number}}'\n"
        ),
    );
    folder.write(
        "definitions/x/order.object.yaml",
        "object: order\nfields:\n  name: {type: text, unique: true}\n  erp: {type: text}\n",
    );
    folder.write(
        "definitions/x/order.flow.yaml",
        "flow: order\nobject: order\nstart: ask\nnodes:\n  ask:\n    call: {connector: erp, request: order, with: {number: = this.name}, set: {erp: = answer.number}}\n    to: sent\n  sent: {end: {}}\n",
    );
    folder
}

#[test]
fn nothing_is_lost_between_sending_and_reporting() {
    let peer = Peer::slowly(|_, asked| {
        let number = asked.body.replace("number", "got");
        (200, json!({"number": number}).to_string(), Duration::from_millis(30))
    });
    let folder = folder(&peer.url());
    let mut made = 0;
    for round in 0..COUNTS.1 {
        let server = folder.serve(&["--allow-internal"]);
        let mut client = server.client();
        // What is made is asked about at once.
        let before = peer.asked().len();
        while made < COUNTS.0 * (round + 1) / COUNTS.1 {
            let (status, body) = client.post("/shop/api/order", json!({"name": format!("O{made}")}));
            assert_eq!(status, 201, "{body}");
            made += 1;
        }
        eventually(|| (peer.asked().len() > before).then_some(()));
        // Some of what was begun has been answered and not yet reported.
        std::thread::sleep(Duration::from_millis(5 * round as u64));
        server.kill();
    }
    let server: Server = folder.serve(&["--allow-internal"]);
    eventually(|| {
        let (_, open) = server.client().get("/shop/api/order?filter=%7B%22state%22%3A%22ask%22%7D");
        (open["data"].as_array()?.is_empty()).then_some(())
    });
    let mut keys: HashMap<String, Vec<String>> = HashMap::new();
    for asked in peer.asked() {
        keys.entry(asked.body.clone()).or_default().push(asked.header("idempotency-key").to_owned());
    }
    assert_eq!(keys.len(), COUNTS.0, "every record was asked about");
    for (body, keys) in &keys {
        assert!(keys.iter().all(|key| *key == keys[0]), "{body}: {keys:?}");
    }
    println!("{} records, {} questions", COUNTS.0, peer.asked().len());
    server.terminate();
    folder.run(&["verify"]).code(0);
}
