//! Kills at random moments while several clients send commands.

use std::{thread, time::Duration};

use super::{
    Random,
    round::{Sent, check, send},
    seed,
};
use crate::cli::binary::{Folder, Server};

const CLIENTS: u64 = 3;
/// After so many kills `formwork verify` looks at everything.
const VERIFY_EVERY: usize = 21;

/// Kills the server `kills` times and checks after each.
pub(super) fn survives(store: &'static str, kills: usize) {
    let mut random = seed(store);
    let folder = Folder::shop();
    let mut all: Vec<Sent> = Vec::new();
    let mut last: Vec<Sent> = Vec::new();
    for round in 0..kills {
        let server = open(&folder, store, round);
        // The last round's commands, and some from long ago.
        let mut client = server.client();
        last.iter().for_each(|sent| check(&mut client, sent));
        for _ in 0..8.min(all.len()) {
            check(&mut client, &all[random.below(all.len() as u64) as usize]);
        }
        all.append(&mut last);
        last = under_load(server, round, &mut random);
        if round % VERIFY_EVERY == VERIFY_EVERY - 1 {
            folder.run(&["verify"]).code(0).stdout("all is well");
        }
    }
    let server = open(&folder, store, kills);
    let mut client = server.client();
    all.extend(last);
    all.iter().for_each(|sent| check(&mut client, sent));
    server.terminate();
    folder.run(&["verify"]).code(0).stdout("all is well");
    let acknowledged = all.iter().filter(|sent| sent.id.is_some()).count();
    println!("{store}: {kills} kills, {} jobs begun, {acknowledged} acknowledged", all.len());
    assert!(acknowledged > kills * 2, "too little happened between the kills: {acknowledged}");
}

fn open(folder: &Folder, store: &str, round: usize) -> Server {
    Server::start(folder.path(), &["--store", store])
        .unwrap_or_else(|| panic!("{store} does not open after kill {round}:\n{}", folder.read("server.log")))
}

/// Sends commands from several threads and kills the server in the middle.
fn under_load(server: Server, round: usize, random: &mut Random) -> Vec<Sent> {
    let address = server.address;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let random = Random(random.next() | 1);
            thread::spawn(move || send(address, &format!("r{round}c{client}"), random))
        })
        .collect();
    thread::sleep(Duration::from_micros(5_000 + random.below(150_000)));
    server.kill();
    clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
}
