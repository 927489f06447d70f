//! What an operator does about what failed with nobody waiting, over HTTP, with a real system at the other end of the
//! wire: sees it, whose it is and why; tries again, also in vain; goes on without it for a reason; and the record goes on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use formwork_integration::delivery::{Secrets, Settings as Delivery, Worker};
use formwork_model::clock::{Clock as _, SettableClock};
use formwork_runtime::{book::Book, verify::verify};
use formwork_store::embedded::Embedded;
use formwork_web::Settings;
use serde_json::{Value as Json, json};

use super::support::{NOW, Reply, Site, compiled};
use crate::outside::peer::Peer;

const FILES: &[(&str, &str)] = &[
    (
        "definitions/workshop.book.yaml",
        "book: workshop\naccess: open\nlocales: [zh, en]\nincidents: role(keeper)\nlabel: {zh: 工坊, en: Workshop}\n",
    ),
    (
        "definitions/work/mill.connector.yaml",
        "connector: mill\nlabel: {zh: 磨坊, en: Mill}\nurl: URL\ninternal: true\ntries: 1\nowner: role(miller)\n\
         requests: {look: {method: GET, path: /look}}\n",
    ),
    (
        "definitions/work/sack.object.yaml",
        "
object: sack
label: {zh: 袋, en: Sack}
title: name
fields:
  name:  {type: text, label: {zh: 名称, en: Name}}
  grain: {type: text, label: {zh: 粮食, en: Grain}}
  price: {type: decimal, default: 12, label: {zh: 价格, en: Price}}
  parts: {type: integer, default: 0, label: {zh: 份数, en: Parts}}
  rate:  {type: decimal, label: {zh: 单价, en: Rate}}
",
    ),
    (
        "definitions/work/sack.flow.yaml",
        "
flow: sack
label: {zh: 袋, en: Sack}
object: sack
start: draft
nodes:
  draft:
    label: {zh: 草稿, en: Draft}
    actions: {send: {to: ask, label: {zh: 发送, en: Send}}, keep: {to: stored, label: {zh: 入库, en: Keep}}, ask: {to: judged, label: {zh: 送审, en: Ask}}}
  ask:
    label: {zh: 询问磨坊, en: Asking the mill}
    call: {connector: mill, request: look, set: {grain: = answer.grain}}
    to: known
  stored:
    label: {zh: 在库, en: Stored}
    timers: {share: {after: 1h, set: {rate: = this.price / this.parts}, to: known}}
    actions: {take: {to: known, label: {zh: 取出, en: Take}}}
  judged:
    label: {zh: 评审, en: Judging}
    approval: [{by: role(judge), empty: block}]
    approved: {to: known}
    rejected: {to: known}
  known: {label: {zh: 已知, en: Known}, actions: {close: {to: closed, label: {zh: 关闭, en: Close}}}}
  closed: {label: {zh: 已关闭, en: Closed}, end: {}}
",
    ),
];

/// Who owns what calls leave, who owns the rest, and somebody with neither role.
const MILLER: &str = "mia miller";
const KEEPER: &str = "kim keeper";
const STRANGER: &str = "sam";

struct Mill {
    site: Site,
    clock: Arc<SettableClock>,
    book: Arc<Book>,
    worker: Worker,
    /// Whether the mill knows what it is asked for.
    knows: Arc<AtomicBool>,
}

impl Mill {
    fn new() -> Self {
        let knows: Arc<AtomicBool> = Arc::default();
        let known = knows.clone();
        let peer = Peer::says(move |_, _| match known.load(Ordering::SeqCst) {
            true => (200, r#"{"grain": "rye"}"#.into()),
            false => (404, "no such sack here".into()),
        });
        let url = peer.url();
        let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), text.replace("URL", &url).into_bytes()));
        let clock = Arc::new(SettableClock::at(NOW.parse().unwrap()));
        let book = Book::open(Arc::new(Embedded::memory().unwrap()), compiled(files), clock.clone()).unwrap();
        let site = Site::of(Settings { dev: true, ..Settings::default() }, book);
        let book = site.app.books()[0].book.clone();
        let settings = Delivery { allow_internal: true, secrets: Secrets::new(|_| None) };
        let worker = Worker::start(book.clone(), settings).unwrap();
        Self { site, clock, book, worker, knows }
    }

    async fn ask(&self, who: &str, path: &str) -> Json {
        self.site.send("GET", path, &[("formwork-actor", who)], "").await.expect(200).json()
    }

    /// The open incidents, for everybody or only those of `who`.
    async fn open(&self, who: &str, mine: bool) -> Vec<Json> {
        let path = if mine { "/~/incidents?mine=1" } else { "/~/incidents" };
        self.ask(who, path).await["data"].as_array().unwrap().clone()
    }

    async fn deal(&self, who: &str, incident: &Json, step: &str, body: Json) -> Reply {
        let path = format!("/~/incidents/{}/{step}", incident["id"].as_str().unwrap());
        self.site.write("POST", &path, &[("formwork-actor", who)], body).await
    }

    async fn incident(&self, incident: &Json) -> Json {
        self.ask(KEEPER, &format!("/~/incidents/{}", incident["id"].as_str().unwrap())).await
    }

    /// The one open incident, once it has happened so many times.
    async fn failed(&self, times: u64) -> Json {
        for _ in 0..2_000 {
            let open = self.open(KEEPER, false).await;
            if let [one] = open.as_slice()
                && one["times"] == times
            {
                return one.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{:?}", self.open(KEEPER, false).await)
    }

    /// Waits until the record has come to a state.
    async fn comes_to(&self, record: &str, state: &str) -> Json {
        for _ in 0..2_000 {
            let shown = self.site.get(record).await.expect(200).json();
            if shown["state"] == state {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{}", self.site.get(record).await)
    }

    async fn act(&self, record: &str, action: &str) -> Reply {
        self.site.post(&format!("{record}/actions/{action}"), json!({})).await.expect(200)
    }

    /// An hour passes, and what is due is done, as the clock of a server does it.
    fn an_hour(&self) {
        self.clock.set(self.clock.now().checked_add(jiff::SignedDuration::from_hours(1)).unwrap());
        for due in self.book.due(self.book.now(), 10, |_| false).unwrap() {
            self.book.run(due.command()).unwrap();
        }
    }

    async fn goes_on(self, record: &str) {
        self.act(record, "close").await;
        assert_eq!(self.site.get(record).await.json()["state"], "closed");
        assert_eq!(self.open(KEEPER, false).await, Vec::<Json>::new());
        self.worker.stop();
        assert_eq!(verify(&self.book).unwrap().findings, []);
    }
}

/// What is told of an incident says what happened in words, in both languages, and nothing of the inside.
fn in_plain_words(incident: &Json, en: &str, zh: &str) {
    let (said, told) = (incident["cause"]["en"].as_str().unwrap(), incident["cause"]["zh"].as_str().unwrap());
    assert!(said.contains(en) && told.contains(zh), "{said} / {told}");
    assert!(!said.contains("Err(") && !said.contains("panicked"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_call_is_tried_again_until_the_other_system_knows() {
    let mill = Mill::new();
    let sack = mill.site.create("sack", json!({"name": "S1"})).await;
    mill.act(&sack, "send").await;
    let first = mill.failed(1).await;
    assert_eq!((&first["what"], &first["owner"]), (&json!("call"), &json!("role(miller)")));
    in_plain_words(&first, "no such sack here", "404");
    let shown = mill.incident(&first).await;
    assert_eq!(
        (&shown["record"]["title"], &shown["place"]["label"]),
        (&json!("S1"), &json!({"en": "Asking the mill", "zh": "询问磨坊"}))
    );
    assert_eq!((mill.open(MILLER, true).await.len(), mill.open(STRANGER, true).await.len()), (1, 0));
    let refused = mill.deal(STRANGER, &first, "retry", json!({})).await.refused(403, "not-allowed");
    assert!(refused["message"]["en"].as_str().unwrap().contains("role(miller)"), "{refused}");
    // In vain: it is the same incident, of two failures.
    mill.deal(MILLER, &first, "retry", json!({})).await.expect(200);
    let again = mill.failed(2).await;
    assert_eq!((&again["id"], &again["opened_at"]), (&first["id"], &first["opened_at"]));
    assert_eq!(mill.site.get(&sack).await.json()["state"], "ask");
    mill.knows.store(true, Ordering::SeqCst);
    mill.deal(MILLER, &first, "retry", json!({})).await.expect(200);
    assert_eq!(mill.comes_to(&sack, "known").await["grain"], "rye");
    assert_eq!(mill.incident(&first).await["end"]["how"], "solved");
    mill.deal(MILLER, &first, "retry", json!({})).await.refused(409, "incident-ended");
    mill.goes_on(&sack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_call_is_left_out_for_a_reason() {
    let mill = Mill::new();
    let sack = mill.site.create("sack", json!({"name": "S1"})).await;
    mill.act(&sack, "send").await;
    let failed = mill.failed(1).await;
    for nothing in [json!({}), json!({"reason": " "})] {
        let said = mill.deal(MILLER, &failed, "skip", nothing).await.refused(422, "required");
        assert_eq!(said["message"], json!({"en": "a reason is required", "zh": "必须填写原因"}));
    }
    mill.deal(STRANGER, &failed, "skip", json!({"reason": "so"})).await.refused(403, "not-allowed");
    // Whoever owns all of the book's incidents deals with this one too.
    let skipped = mill.deal(KEEPER, &failed, "skip", json!({"reason": "asked by phone"})).await.expect(200).json();
    let end = &skipped["end"];
    assert_eq!((&end["how"], &end["by"], &end["reason"]), (&json!("skipped"), &json!("kim"), &json!("asked by phone")));
    let shown = mill.site.get(&sack).await.json();
    assert_eq!((&shown["state"], &shown["grain"]), (&json!("known"), &Json::Null));
    let told = mill.site.get(&format!("{sack}/history")).await.expect(200).text();
    assert!(told.contains("asked by phone"), "{told}");
    mill.goes_on(&sack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_timer_waits_until_it_is_tried_again_with_success() {
    let mill = Mill::new();
    let sack = mill.site.create("sack", json!({"name": "S1"})).await;
    mill.act(&sack, "keep").await;
    mill.an_hour();
    let first = mill.failed(1).await;
    assert_eq!((&first["what"], &first["owner"]), (&json!("timer"), &json!("role(keeper)")));
    in_plain_words(&first, "zero", "零");
    assert_eq!(mill.incident(&first).await["place"]["label"]["zh"], "在库");
    mill.an_hour();
    assert_eq!(mill.failed(1).await["last_at"], first["last_at"], "it is not tried by itself");
    mill.deal(MILLER, &first, "retry", json!({})).await.refused(403, "not-allowed");
    let again = mill.deal(KEEPER, &first, "retry", json!({})).await.expect(200).json();
    assert_eq!((&again["times"], &again["end"]), (&json!(2), &Json::Null));
    assert_eq!(mill.site.get(&sack).await.json()["state"], "stored");
    mill.site.write("PATCH", &sack, &[], json!({"parts": 4})).await.expect(200);
    let solved = mill.deal(KEEPER, &first, "retry", json!({})).await.expect(200).json();
    assert_eq!((&solved["end"]["how"], &solved["end"]["by"]), (&json!("solved"), &json!("kim")));
    let shown = mill.site.get(&sack).await.json();
    assert_eq!((&shown["state"], &shown["rate"]), (&json!("known"), &json!("3")));
    mill.goes_on(&sack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_for_which_nobody_is_found_is_tried_again_and_never_left_out() {
    let mill = Mill::new();
    let sack = mill.site.create("sack", json!({"name": "S1"})).await;
    mill.act(&sack, "ask").await;
    let first = mill.failed(1).await;
    assert_eq!((&first["what"], &first["owner"]), (&json!("approver"), &json!("role(keeper)")));
    in_plain_words(&first, "nobody was found to decide", "找不到“评审”的审批人");
    mill.deal(KEEPER, &first, "skip", json!({"reason": "so"})).await.refused(409, "cannot-skip");
    mill.deal(KEEPER, &first, "retry", json!({})).await.expect(200);
    assert_eq!(mill.failed(2).await["id"], first["id"]);
    mill.site.create("user", json!({"login": "jo", "name": "Jo"})).await;
    mill.site.create("position", json!({"user": "jo", "role": "judge"})).await;
    let solved = mill.deal(KEEPER, &first, "retry", json!({})).await.expect(200).json();
    assert_eq!(solved["end"]["how"], "solved");
    let todo = mill.ask("jo", "/~/tasks?list=todo").await;
    let task = format!("/~/tasks/{}/approve", todo["data"][0]["id"].as_str().unwrap());
    mill.site.write("POST", &task, &[("formwork-actor", "jo")], json!({})).await.expect(200);
    assert_eq!(mill.site.get(&sack).await.json()["state"], "known");
    mill.goes_on(&sack).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_timer_is_left_out_and_somebody_acts_instead() {
    let mill = Mill::new();
    let sack = mill.site.create("sack", json!({"name": "S1"})).await;
    mill.act(&sack, "keep").await;
    mill.an_hour();
    let failed = mill.failed(1).await;
    mill.deal(KEEPER, &failed, "skip", json!({})).await.refused(422, "required");
    mill.deal(KEEPER, &failed, "skip", json!({"reason": "not shared"})).await.expect(200);
    mill.an_hour();
    assert_eq!(mill.site.get(&sack).await.json()["state"], "stored", "its moment has passed");
    mill.act(&sack, "take").await;
    mill.goes_on(&sack).await;
}
