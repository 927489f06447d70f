//! `call` nodes: answered, too slow, failing and then not, refused, dead; and what they may not reach.

use std::{net::TcpListener, time::Duration};

use formwork_integration::delivery::sign;
use formwork_model::incident::What;
use formwork_runtime::command::IncidentStep;
use serde_json::{Value as Json, json};

use super::{peer::Peer, world::World};

const FILES: &str = "
# definitions/x.book.yaml
book: x
access: open
settings:
  erp: {type: text, default: 'URL'}
# definitions/x/erp.connector.yaml
connector: erp
url: = setting(\"erp\")
internal: true
secret: ERP_SECRET
token: ERP_TOKEN
timeout: 1s
tries: 3
backoff: 10s
owner: role(it)
requests:
  order:
    path: '= \"/orders?by=\" + input.number'
    input: [number, lines, urgent]
    headers: {name: X-Site, value: north}
    body: '#{orderNo: input.number, items: input.lines, urgent: input.urgent}'
  look: {method: GET, path: /look}
# definitions/x/order.object.yaml
object: order
fields:
  name:  {type: text}
  erp:   {type: text}
  why:   {type: text}
  lines: {type: lines, fields: {part: {type: text}, count: {type: integer}}}
# definitions/x/order.flow.yaml
flow: order
object: order
start: draft
nodes:
  draft:
    actions:
      send: {to: ask}
      look: {to: see}
  ask:
    call:
      connector: erp
      request: order
      with: {number: = this.name, lines: = this.lines, urgent: true}
      set: {erp: = answer.data.number}
    to: sent
    failed:
      when: status == 202
      to: manual
      set: {why: = cause}
  see: {call: {connector: erp, request: look, set: {erp: = answer.number}}, to: sent}
  sent: {end: {}}
  manual: {actions: {close: {to: sent}, again: {to: ask}}}
";

fn world(peer: &Peer) -> World {
    World::new(FILES, &[("URL", &peer.url())], true)
}

#[test]
fn an_answer_is_taken_over_and_the_question_is_signed() {
    let peer = Peer::says(|_, _| (200, r#"{"data": {"number": "E-7"}}"#.into()));
    let world = world(&peer);
    let id = world.create("order", json!({"name": "O1", "lines": [{"part": "bolt", "count": 2}]}));
    world.act("order", id, "send");
    world.wait("answered", |world| world.see("order", id, "state") == "sent");
    assert_eq!(world.see("order", id, "erp"), "E-7");
    let asked = peer.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/orders?by=O1"));
    let body: Json = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body, json!({"items": [{"count": 2, "part": "bolt"}], "orderNo": "O1", "urgent": true}));
    assert_eq!((asked.header("authorization"), asked.header("x-site")), ("Bearer t0ken", "north"));
    assert_eq!(asked.header("idempotency-key"), asked.header("webhook-id"));
    let signed = (asked.header("webhook-id"), asked.header("webhook-timestamp"), asked.header("webhook-signature"));
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(sign::verify(secret, signed, asked.body.as_bytes(), world.book.now()), Ok(()));
    let history = world.book.history(formwork_model::name::Name::intern("order"), id, None, 9).unwrap();
    assert_eq!((&*history[0].kind, &*history[0].actor), ("delivered", "system"));
    world.finish();
    assert_eq!(peer.asked().len(), 1);
}

#[test]
fn what_fails_for_now_is_tried_again_later_with_the_same_key() {
    let peer = Peer::slowly(|n, _| match n {
        0 => (500, "oops".into(), Duration::ZERO),
        1 => (200, "{}".into(), Duration::from_secs(3)),
        _ => (200, r#"{"data": {"number": "E-8"}}"#.into(), Duration::ZERO),
    });
    let world = world(&peer);
    let id = world.create("order", json!({"name": "O1"}));
    world.act("order", id, "send");
    world.wait("asked once", |world| peer.asked().len() == 1 && world.book.outbox(1).unwrap()[0].tries == 1);
    world.pause();
    assert_eq!(peer.asked().len(), 1, "not before the wait is over");
    world.later(13);
    world.wait("too slow", |world| world.book.outbox(1).unwrap()[0].tries == 2);
    world.later(26);
    world.wait("answered", |world| world.see("order", id, "state") == "sent");
    let keys: Vec<String> = peer.asked().iter().map(|asked| asked.header("idempotency-key").to_owned()).collect();
    assert_eq!((keys.len(), keys[0] == keys[1] && keys[1] == keys[2]), (3, true));
    assert_eq!(world.incidents(), []);
    world.finish();
}

#[test]
fn a_refusal_takes_the_failed_branch_or_is_an_incident() {
    let peer = Peer::says(|n, _| match n {
        0 => (409, "no credit".into()),
        1 => (202, "{}".into()),
        2 => (404, "nothing here".into()),
        _ => (200, r#"{"number": "N"}"#.into()),
    });
    let world = world(&peer);
    let id = world.create("order", json!({"name": "O1"}));
    world.act("order", id, "send");
    world.wait("refused", |world| world.see("order", id, "state") == "manual");
    assert!(world.see("order", id, "why").contains("409"), "{}", world.see("order", id, "why"));
    world.act("order", id, "again");
    world.wait("refused by `when`", |world| world.see("order", id, "why").contains("202"));
    let other = world.create("order", json!({"name": "O2"}));
    world.act("order", other, "look");
    world.wait("an incident", |world| world.incidents().len() == 1);
    let incident = world.incidents().remove(0);
    assert_eq!((incident.what, incident.owner.to_string()), (What::Call, "role(it)".into()));
    assert!(incident.cause.en.contains("nothing here") && incident.cause.zh.contains("404"), "{:?}", incident.cause);
    world.deal(incident.id, IncidentStep::Retry, None);
    world.wait("answered", |world| world.see("order", other, "state") == "sent");
    assert_eq!((world.incidents(), world.see("order", other, "erp")), (vec![], "N".into()));
    world.finish();
}

#[test]
fn a_dead_peer_takes_the_failed_branch_after_the_last_try() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let world = World::new(FILES, &[("URL", &url)], true);
    let id = world.create("order", json!({"name": "O1"}));
    world.act("order", id, "send");
    for tries in 1..=2 {
        world.wait("a try", |world| world.book.outbox(1).unwrap()[0].tries == tries);
        world.later(60);
    }
    world.wait("given up", |world| world.see("order", id, "state") == "manual");
    assert!(world.see("order", id, "why").contains('3'), "{}", world.see("order", id, "why"));
    world.finish();
}

#[test]
fn a_dead_peer_is_an_incident_and_a_retry_finds_it_alive() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let world = World::new(FILES, &[("URL", &format!("http://{address}"))], true);
    let id = world.create("order", json!({"name": "O1"}));
    world.act("order", id, "look");
    for tries in 1..=2 {
        world.wait("a try", |world| world.book.outbox(1).unwrap()[0].tries == tries);
        world.later(60);
    }
    world.wait("an incident", |world| world.incidents().len() == 1);
    let incident = world.incidents().remove(0);
    let key = world.book.outbox(1).unwrap()[0].id;
    assert_eq!((world.see("order", id, "state"), incident.times), ("see".into(), 1));
    world.later(24 * 3600);
    world.pause();
    assert_eq!(world.book.outbox(1).unwrap()[0].due, None, "nothing is sent until somebody says so");
    world.deal(incident.id, IncidentStep::Retry, None);
    world.wait("tried", |world| world.book.outbox(1).unwrap()[0].tries == 1);
    let peer = Peer::at(TcpListener::bind(address).unwrap(), |_, _| (200, r#"{"number": "N"}"#.into(), Duration::ZERO));
    world.later(60);
    world.wait("answered", |world| world.see("order", id, "state") == "sent");
    assert_eq!(peer.asked()[0].header("idempotency-key"), key.to_string());
    assert_eq!(world.book.incident(incident.id).unwrap().end.map(|end| end.how.word()), Some("solved"));
    world.finish();
}

#[test]
fn an_answer_that_does_not_fit_is_an_incident_that_can_be_left_out() {
    let peer = Peer::says(|_, _| (200, r#"{"number": {"a": 1}}"#.into()));
    let world = world(&peer);
    let id = world.create("order", json!({"name": "O1"}));
    world.act("order", id, "look");
    world.wait("an incident", |world| world.incidents().len() == 1);
    let incident = world.incidents().remove(0);
    assert!(incident.cause.en.contains("order.flow.yaml"), "{:?}", incident.cause);
    world.deal(incident.id, IncidentStep::Retry, None);
    world.wait("again", |world| world.incidents().first().is_some_and(|incident| incident.times == 2));
    world.deal(incident.id, IncidentStep::Skip, Some("the number comes by mail"));
    assert_eq!(world.see("order", id, "state"), "sent");
    world.finish();
}

#[test]
fn a_record_that_goes_takes_its_question_with_it() {
    let peer = Peer::says(|_, _| (500, String::new()));
    let world = world(&peer);
    let id = world.create("order", json!({"name": "O1"}));
    world.act("order", id, "send");
    world.wait("asked", |world| world.book.outbox(1).unwrap().first().is_some_and(|entry| entry.tries == 1));
    let object = formwork_model::name::Name::intern("order");
    let request = formwork_runtime::command::Request::Delete { object, id, rev: None };
    world.run("tester", request, None).unwrap();
    world.finish();
}

#[test]
fn private_networks_are_out_of_reach_unless_both_sides_say_so() {
    let peer = Peer::says(|_, _| (200, r#"{"number": "N"}"#.into()));
    let public = FILES.replace("internal: true\n", "");
    let port = peer.address.port();
    let same = [
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        format!("http://[::ffff:127.0.0.1]:{port}"),
        format!("http://0.0.0.0:{port}"),
        format!("http://0x7f000001:{port}"),
        format!("http://2130706433:{port}"),
        format!("http://user@127.0.0.1:{port}"),
    ];
    for (files, allow) in [(public.as_str(), true), (FILES, false)] {
        for url in &same {
            let world = World::new(files, &[("URL", url)], allow);
            let id = world.create("order", json!({"name": "O1"}));
            world.act("order", id, "look");
            world.wait(url, |world| world.book.outbox(1).unwrap()[0].tries == 1);
        }
    }
    assert_eq!(peer.asked().len(), 0);
}

#[test]
fn a_redirect_is_an_answer_and_not_followed() {
    let peer = Peer::says(|_, _| (302, String::new()));
    let world = world(&peer);
    let id = world.create("order", json!({"name": "O1"}));
    world.act("order", id, "look");
    world.wait("an incident", |world| world.incidents().len() == 1);
    assert!(world.incidents()[0].cause.en.contains("302"));
    world.deal(world.incidents()[0].id, IncidentStep::Skip, Some("moved"));
    world.finish();
    assert_eq!(peer.asked().len(), 1);
}
