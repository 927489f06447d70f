//! Power loss under a whole book: disk images of random moments while people decide and timers fire. Every image opens,
//! holds each decision that was acknowledged, counts none twice, and goes on: a timer that is due fires once.
//!
//! The disk is the one of the store's own test; here it is looked at through the engine.

#[path = "../../engine/store/tests/suite/power/disk.rs"]
mod disk;
#[path = "../../engine/store/tests/suite/power/journal.rs"]
mod journal;

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use formwork_model::{approval::Approval, id::RecordId, record::Record};
use formwork_runtime::{approval::Operation, command::Request};
use formwork_store::{backend::Kind, embedded::Embedded};
use serde_json::json;

use super::{
    timers::fire,
    world::{World, catalog, name},
};
use disk::{Disk, Random};
use journal::{Journal, Record as Event, compile_shim};

const SITE: &str = r#"
# definitions/site.book.yaml
book: site
access: open
time_zone: Asia/Shanghai
# definitions/shop/permit.object.yaml
object: permit
fields:
  name: {type: text, unique: true}
  rings: {type: integer, default: 0}
# definitions/shop/given.ledger.yaml
ledger: given
dimensions: {permit: {type: ref, to: permit}}
amount: integer
# definitions/shop/permit.flow.yaml
flow: permit
object: permit
start: draft
nodes:
  draft: {actions: {submit: {to: review}}}
  review:
    approval: [{by: user(bo)}, {by: user(cy)}]
    remind: 1d
    limit: {after: 30d, then: reject}
    approved: {to: granted, post: {ledger: given, of: {permit: = this}, amount: = 1}, notify: {to: creator, say: Granted}}
    rejected: {to: refused}
  granted: {timers: {ring: {after: 1h, set: {rings: = this.rings + 1}, to: rung}}}
  rung: {timers: {over: {after: 900d, to: over}}}
  over: {end: {}}
  refused: {end: {}}
"#;

const IMAGES: usize = 16;
const PERMITS: usize = 24;
/// Created, submitted, approved by one, approved by the other, rung.
const STEPS: usize = 5;

/// No test of its own: the process that the power is taken from.
#[test]
fn decides_numbered_permits() {
    let Ok(kind) = std::env::var("FORMWORK_POWER_CHILD") else { return };
    let path = |name| PathBuf::from(std::env::var_os(name).unwrap());
    let mut acks = OpenOptions::new().create(true).append(true).open(path("FORMWORK_POWER_ACK")).unwrap();
    let store = Embedded::open(&path("FORMWORK_POWER_ROOT"), Some(kind.parse().unwrap())).unwrap();
    let mut world = World::over(Arc::new(store), catalog(SITE));
    for n in 0..PERMITS {
        let mut done = |step: usize| {
            let line = format!("{}\n", n * STEPS + step);
            assert_eq!(acks.write(line.as_bytes()).unwrap(), line.len());
        };
        let permit = world.be("ann").create("permit", json!({"name": format!("p{n}")}));
        done(0);
        world.act("permit", permit, "submit");
        done(1);
        for (step, who) in [(2, "bo"), (3, "cy")] {
            approve(&mut world, permit, who);
            done(step);
        }
        world.later(3600);
        assert_eq!(fire(&world), 1);
        done(4);
    }
}

fn approve(world: &mut World, permit: RecordId, who: &str) {
    let approvals = approvals(&world.get("permit", permit));
    let task =
        approvals.iter().flat_map(Approval::tasks).find(|task| task.is_open() && *task.login == *who).unwrap().id;
    let operation = Operation::read("approve", &Default::default()).unwrap();
    world.be(who).run(Request::Decide { object: name("permit"), id: permit, task, operation }).unwrap();
}

fn approvals(permit: &Record) -> Vec<Approval> {
    permit.flows.iter().flat_map(|instance| instance.approvals.clone()).collect()
}

/// How many of its steps a permit has behind it; what follows from the last ones is there as often as they.
fn steps(world: &World, permit: &Record) -> usize {
    let id = permit.id;
    let (state, rings) = (world.state("permit", id), world.text("permit", id, "rings"));
    let signed = approvals(permit).iter().flat_map(Approval::tasks).filter(|task| task.end.is_some()).count();
    let (behind, expected) = match state.as_str() {
        "draft" => (1, ("0", "0", 0)),
        "review" => (2 + signed, ("0", "0", signed.min(1))),
        "granted" => (4, ("0", "1", 2)),
        "rung" => (5, ("1", "1", 2)),
        other => panic!("{other}"),
    };
    let balance = world.balance("given", json!({"permit": id.to_string()}));
    assert_eq!((rings.as_str(), balance.as_str(), signed), expected, "{state}: half a step");
    behind
}

/// Opens the image, looks for lost and half steps, and lets it go on.
fn check(image: &Path, kind: Kind, acknowledged: &[u32]) {
    let world = World::over(Arc::new(Embedded::open(image, Some(kind)).unwrap()), catalog(SITE));
    world.verify();
    let permits = world.list("permit", &json!({}), "", 1000).records;
    let behind = |n: usize| {
        let called = format!("p{n}");
        let permit = permits.iter().find(|permit| world.text("permit", permit.id, "name") == called);
        permit.map_or(0, |permit| steps(&world, permit))
    };
    for n in 0..PERMITS {
        let told = acknowledged.iter().filter(|number| **number as usize / STEPS == n).count();
        let there = behind(n);
        assert!((told..=told + 1).contains(&there), "permit {n} is at {there}, {told} were acknowledged");
    }
    // A day later whatever was granted has rung, once.
    world.later(86_400 + 3600 * i64::try_from(PERMITS).unwrap());
    while fire(&world) > 0 {}
    for permit in world.list("permit", &json!({}), "", 1000).records {
        assert_ne!(steps(&world, &permit), 4, "it did not ring");
    }
    world.verify();
}

fn power_losses(kind: Kind, seed: u64) {
    let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = place.path().join("book");
    fs::create_dir(&root).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/power/shim.c");
    let (journal, shim) = (place.path().join("journal"), compile_shim(&source, place.path()));
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["runtime::power_loss::decides_numbered_permits", "--exact", "--nocapture"])
        .env("LD_PRELOAD", &shim)
        .env("FORMWORK_POWER_CHILD", kind.name())
        .env("FORMWORK_POWER_ROOT", &root)
        .env("FORMWORK_POWER_JOURNAL", &journal)
        .env("FORMWORK_POWER_ACK", place.path().join("acks"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    let (journal, mut random) = (Journal::read(&journal), Random(seed));
    let first = journal.position_of_first_ack();
    let mut moments: Vec<usize> = (0..IMAGES).map(|_| first + random.below(journal.records.len() - first)).collect();
    moments.sort_unstable();
    let (mut disk, mut acknowledged, mut at) = (Disk::default(), Vec::new(), 0);
    for (n, moment) in moments.into_iter().enumerate() {
        for record in &journal.records[at..moment] {
            match record {
                Event::Ack(numbers) => acknowledged.extend_from_slice(numbers),
                other => disk.apply(other),
            }
        }
        at = moment;
        let image = place.path().join(format!("image-{n}"));
        disk.write_image(&image, &mut random);
        check(&image, kind, &acknowledged);
        fs::remove_dir_all(image).unwrap();
    }
    assert!(acknowledged.len() > PERMITS, "too little was acknowledged: {}", acknowledged.len());
}

#[test]
fn sled_keeps_decisions_and_timers_when_the_power_is_lost() {
    power_losses(Kind::Sled, 0x5EED_0011);
}

#[test]
fn fjall_keeps_decisions_and_timers_when_the_power_is_lost() {
    power_losses(Kind::Fjall, 0x5EED_0012);
}
