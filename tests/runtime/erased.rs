//! Where words of a sensitive field go beside it, and that an erasure finds them there: what people said when they decided,
//! the reason of the erasure, files and their contents.

use std::sync::Arc;

use formwork_model::{approval::Approval, id::RecordId, name::Name};
use formwork_runtime::{approval::Operation, command::Request, replay::Replay};
use formwork_store::{
    embedded::Embedded,
    encrypted::unlock,
    store::{Store, read},
    table::audit,
};
use serde_json::{Value as Json, json};

use super::{
    sensitive::{holds, key},
    world::{World, catalog, name},
};

const PATIENTS: &str = "
# definitions/x/patient.object.yaml
object: patient
title: code
owner: owner
fields:
  code: {type: text}
  name: {type: text, sensitive: true}
  code_no: {type: integer, sensitive: true}
  scan: {type: file, sensitive: true}
  letters: {type: files}
  owner: {type: user}
  boss: {type: user}
# definitions/x/patient.flow.yaml
flow: patient
object: patient
start: new
nodes:
  new: {actions: {submit: {to: review}}}
  review:
    approval: [{by: boss}]
    approved: {to: done}
    rejected: {to: new}
    returned: {to: new}
    withdrawn: {to: new}
  done: {end: {}}
";

/// A record that is made of what an action of another one is sent, and one that takes a file by an action of its own.
const ARRIVALS: &str = "
# definitions/x/arrival.object.yaml
object: arrival
fields:
  code: {type: text}
# definitions/x/arrival.flow.yaml
flow: arrival
object: arrival
start: new
nodes:
  new:
    actions:
      admit:
        to: done
        form: admit
        create: {patient: {object: patient, set: {code: = this.code, scan: = input.paper}}}
  done: {end: {}}
# forms/x/admit.form.yaml
form: admit
object: arrival
for: act
inputs: {paper: {type: file, required: true}, more: {type: files}}
sections: [{fields: [paper, more]}]
";

fn patients() -> (Arc<dyn Store>, World) {
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let world = World::over(unlock(inner.clone(), Some(key('a'))).unwrap(), catalog(PATIENTS));
    (inner, world)
}

fn erase(world: &World, id: RecordId, reason: &str) {
    let command = world.command(Request::Erase { object: name("patient"), id }).because(reason);
    world.book.run(command).unwrap();
}

/// Something about the open task of `boss`, with a remark.
fn decide(world: &mut World, id: RecordId, operation: Operation, said: &str) {
    let record = world.get("patient", id);
    let mut tasks = record.flows[0].approvals.iter().flat_map(Approval::tasks);
    let task = tasks.find(|task| task.is_open()).unwrap().id;
    world.be("boss");
    let command = world.command(Request::Decide { object: name("patient"), id, task, operation }).because(said);
    world.book.run(command).unwrap();
    world.be("tester");
}

#[test]
fn what_people_said_when_they_decided_is_erased_too() {
    let (_, mut world) = patients();
    world.create("user", json!({"login": "boss", "name": "Boss"}));
    let id =
        world.create("patient", json!({"code": "P1", "name": "Ada Lovelace", "code_no": 1_815_121, "boss": "boss"}));
    world.act("patient", id, "submit");
    decide(&mut world, id, Operation::Comment { files: Vec::new() }, "I know Ada Lovelace, she has number 1815121");
    decide(&mut world, id, Operation::Reject { input: Default::default() }, "Ada Lovelace was here before");
    let store = world.book.store().clone();
    assert!(holds(&*store, "I know Ada Lovelace") && holds(&*store, "1815121"));
    // Whoever erases says whom it is about; the audit log and the history are no place for that.
    erase(&world, id, "Ada Lovelace, 1815121, asked for it");
    assert!(!holds(&*store, "Ada Lovelace") && !holds(&*store, "1815121"));
    let entry = &world.book.history(name("patient"), id, None, 1).unwrap()[0];
    assert_eq!(entry.reason.as_deref(), Some("***, ***, asked for it"));
    let trail = format!("{:?}", world.get("patient", id).flows);
    assert!(trail.contains("I know ***, she has number ***") && trail.contains("*** was here before"), "{trail}");
    assert_eq!((world.state("patient", id), world.text("patient", id, "code")), ("new".into(), "P1".into()));
    world.verify();
}

#[test]
fn the_hash_of_an_erased_file_is_nowhere_in_the_history_whatever_brought_it() {
    let inner: Arc<dyn Store> = Arc::new(Embedded::memory().unwrap());
    let files = format!("{PATIENTS}{}", &ARRIVALS[1..]);
    let world = World::over(unlock(inner.clone(), Some(key('a'))).unwrap(), catalog(&files));
    let (paper, other) = (file(&world, b"a paper that was handed in"), file(&world, b"a paper that somebody keeps"));
    let hash = |file: &Json| file["sha256"].as_str().unwrap().to_owned();
    let arrival = world.create("arrival", json!({"code": "A1"}));
    let input = json!({"paper": paper, "more": [other, paper]});
    world.try_act("arrival", arrival, "admit", input).unwrap();
    let id = world.list("patient", &json!({}), "code", 10).records[0].id;
    // It lay in a field that is not sensitive too, for a while.
    world.update("patient", id, json!({"letters": [paper, other]}));
    world.update("patient", id, json!({"letters": [other]}));
    let history = |object: &str, id| format!("{:?}", world.book.history(name(object), id, None, 10).unwrap());
    let told = || format!("{} {}", history("arrival", arrival), history("patient", id));
    assert!(told().contains(&hash(&paper)), "{}", told());
    erase(&world, id, "asked for");
    assert_eq!(world.book.file(&hash(&paper)).unwrap(), None);
    for place in [&*inner, &**world.book.store()] {
        assert!(!holds(place, &hash(&paper)));
    }
    // What another field still has stays, and stays named.
    assert!(!told().contains(&hash(&paper)) && told().contains(&hash(&other)), "{}", told());
    assert!(world.book.file(&hash(&other)).unwrap().is_some());
    world.verify();
    let mut replay = Replay::new(&world.book).unwrap();
    while replay.step().unwrap().is_some() {}
}

fn file(world: &World, content: &[u8]) -> Json {
    let file = world.book.keep_file("tester", "passport of Ada.pdf", "application/pdf", content.to_vec()).unwrap();
    json!({"sha256": file.sha256, "name": file.name, "media": file.media, "size": file.size})
}

#[test]
fn a_sensitive_file_is_erased_with_its_content_unless_another_record_has_it() {
    let (inner, world) = patients();
    let (own, shared) = (file(&world, b"the scan of one passport"), file(&world, b"a scan that two have"));
    let hash = |file: &Json| file["sha256"].as_str().unwrap().to_owned();
    assert!(!holds(&*inner, "the scan of one passport") && !holds(&*inner, "passport of Ada"));
    let said = file(&world, b"a scan that somebody spoke of");
    let (both, one) =
        (file(&world, b"a scan in two fields"), world.create("patient", json!({"code": "P1", "scan": own})));
    let four = world.create("patient", json!({"code": "P4", "scan": both, "letters": [both]}));
    let two = world.create("patient", json!({"code": "P2", "scan": shared}));
    let letter = file(&world, b"a letter");
    world.create("patient", json!({"code": "P3", "letters": [shared, letter]}));
    world.update("patient", one, json!({"letters": [letter]}));
    let five = world.create("patient", json!({"code": "P5", "scan": said}));
    let remark = |id, file: &Json| {
        let request = Request::Comment { object: name("patient"), id, files: vec![file.clone()] };
        world.book.run(world.command(request)).unwrap();
    };
    // A comment about another record keeps its file, one about the record itself does not.
    remark(four, &said);
    remark(one, &own);
    assert!(holds(&*inner, &hash(&own)), "the hash of the content is in its key");
    erase(&world, one, "asked for");
    erase(&world, two, "asked for");
    erase(&world, four, "asked for");
    erase(&world, five, "asked for");
    assert_eq!(world.book.file(&hash(&said)).unwrap().as_deref(), Some(&b"a scan that somebody spoke of"[..]));
    assert_eq!(world.book.file(&hash(&both)).unwrap().as_deref(), Some(&b"a scan in two fields"[..]));
    assert_eq!(world.book.file(&hash(&own)).unwrap(), None);
    assert_eq!(world.book.file(&hash(&shared)).unwrap().as_deref(), Some(&b"a scan that two have"[..]));
    assert_eq!(world.book.file(&hash(&letter)).unwrap().as_deref(), Some(&b"a letter"[..]));
    for place in [&*inner, &**world.book.store()] {
        assert!(!holds(place, &hash(&own)) && !holds(place, "the scan of one passport"));
    }
    for id in [one, two] {
        assert!(world.get("patient", id).fields.get(Name::intern("scan")).is_empty());
        let told = format!("{:?}", world.book.history(name("patient"), id, None, 10).unwrap());
        assert!(!told.contains(&hash(&own)) && !told.contains(&hash(&shared)), "{told}");
    }
    world.verify();
    // A comment of which nothing is left is decided again.
    let mut replay = Replay::new(&world.book).unwrap();
    while replay.step().unwrap().is_some() {}
}

#[test]
fn a_file_that_was_replaced_is_erased_as_well() {
    let (inner, world) = patients();
    let (old, new) = (file(&world, b"the old scan"), file(&world, b"the new scan"));
    let id = world.create("patient", json!({"code": "P1", "scan": old}));
    world.update("patient", id, json!({"scan": new}));
    world.delete("patient", id);
    erase(&world, id, "asked for");
    for file in [old, new] {
        assert_eq!(world.book.file(file["sha256"].as_str().unwrap()).unwrap(), None);
    }
    assert!(!holds(&**world.book.store(), "scan\":{") && !holds(&*inner, "passport"));
    world.verify();
    let log = read(&**world.book.store(), audit::head).unwrap();
    assert!(log.0 > 0, "the log knows of the erasure");
}
