//! The audit log as administrators read it: in plain words, page by page, picked, as a file, and proved whole.

use std::process::Command;

use formwork_runtime::audit::json::{parse_entry, render_hash};
use formwork_store::{
    store,
    table::audit::{self, Chain, Entry, What},
};
use serde_json::json;

use super::Works;

const LOG: &str = "/shop/admin/audit";

/// What an entry tells of, about what, with what more, and what the page says of it in English and Chinese.
type Told<'t> = (&'t str, &'t str, String, &'t [&'t str], &'t [&'t str]);

/// Adds an entry that was written so many seconds after midnight of the 3rd of March, in Shanghai.
fn add(works: &Works, seconds: i64, (actor, what, about): (&str, &str, &str), more: &str) -> u64 {
    let begun: jiff::Timestamp = "2026-03-03T00:00:00+08:00".parse().unwrap();
    let at = begun + jiff::SignedDuration::from_secs(seconds);
    let [actor, what, about, more] = [actor, what, about, more].map(str::to_owned);
    store::transact(&**works.shop.book().store(), move |txn| {
        let [actor, what, about, more] = [&actor, &what, &about, &more].map(String::clone);
        audit::append(txn, Entry { seq: 0, at, actor, what, about, address: "192.0.2.7".into(), more })
    })
    .unwrap()
    .unwrap()
}

/// The positions on a page, as it shows them.
fn positions(text: &str) -> Vec<u64> {
    text.split("title=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
}

/// Where the page leads that has this relation.
fn led(text: &str, relation: &str) -> Option<String> {
    let (before, _) = text.split_once(&format!("\" rel=\"{relation}\""))?;
    Some(before.rsplit_once("href=\"")?.1.replace("&amp;", "&").replace("&#x3D;", "="))
}

#[tokio::test]
async fn each_entry_says_in_both_languages_who_did_what_when_and_to_whom() {
    let works = Works::new();
    works.keeper().await;
    let deal = works.post("/shop/deal/new", "mia+maker", &[("name", "Big One"), ("amount", "500")]).await.sent_to();
    let id = deal.rsplit('/').next().unwrap();
    let release = works.release();
    let decided = json!({"flow": "deal", "node": "open", "outcome": "approved",
        "tasks": [{"task": 1, "of": "kai", "is": "approved", "by": "mia", "for": "kai"}]});
    let known: &[Told<'_>] = &[
        (
            "sign-in-failed",
            "unknown login",
            String::new(),
            &["Sign-in failed", "unknown login"],
            &["登录失败", "未知登录名"],
        ),
        ("key-made", "kai nightly", String::new(), &["Made an API key", "nightly", "Kai"], &["创建 API 密钥"]),
        (
            "decision",
            &format!("deal {id}"),
            decided.to_string(),
            &["Decided an approval", "Deal · Open", "Kai: approved", "(by mia)", "the approval is granted"],
            &["审批通过", "Kai：已同意"],
        ),
        (
            "read",
            &format!("deal {id}"),
            json!({"records": 3, "fields": {"deal": ["amount"]}}).to_string(),
            &["Saw sensitive fields", "Amount", "3 records"],
            &["查看敏感字段", "3 条记录"],
        ),
        (
            "export",
            "deal amount=5",
            json!({"rows": 1200, "most": 5000}).to_string(),
            &["Exported", "1200 rows", "up to 5000 a day", "href=\"/shop/deal\""],
            &["导出", "1200 行"],
        ),
        ("export", &format!("deal {id} sheet"), String::new(), &["Exported"], &["导出"]),
        (
            "release",
            &release,
            json!({"reason": "Because of that"}).to_string(),
            &["Published a release", "Because of that", &format!("href=\"/shop/admin/releases/{release}\"")],
            &["发布版本"],
        ),
        (
            "transfer",
            "kai",
            json!({"said": {"from": "kai", "to": "mia"}, "reason": "left"}).to_string(),
            &["Handed work over", "to mia", "“left”"],
            &["移交工作", "给 mia"],
        ),
        (
            "restored",
            "backup of 2026-03-01T00:00:00Z",
            json!({"sessions": 4, "keys": 2}).to_string(),
            &["4 sessions ended, 2 API keys revoked"],
            &["结束 4 个会话"],
        ),
        (
            "view-as",
            "kai",
            json!({"reason": "to help"}).to_string(),
            &["Began to view as somebody else", "to help"],
            &["开始以他人身份查看"],
        ),
        ("of-an-earlier-program", "", String::new(), &["of-an-earlier-program"], &["of-an-earlier-program"]),
    ];
    for (at, (what, about, more, ..)) in (0..).zip(known) {
        add(&works, 36_000 + at, ("mia", *what, *about), more);
    }
    add(&works, 40_000, ("", "sign-in-failed", "unknown login"), "");
    let read = async |language: &str| works.shop.ask("GET", LOG, "root+admin+maker", language, "").await.status(200);
    let (en, zh) = (read("en").await, read("zh").await);
    for (_, _, _, english, chinese) in known {
        for words in *english {
            en.has(words);
        }
        for words in *chinese {
            zh.has(words);
        }
    }
    // The record and the person are links; the time is exact and the book's.
    en.has("Big One").has(&format!("href=\"{deal}\"")).has("/shop/admin/people/kai").has(">10:00:00</time>");
    en.has("Tuesday, 3 March 2026").has("192.0.2.7").lacks("tone-bad\">altered");
    zh.has("2026年3月3日 星期二").has("审计日志");
    let everything = read("en").await;
    for what in What::ALL {
        everything.has(&format!("<option value=\"{}\">", what.word()));
        add(&works, 50_000, ("mia", what.word(), "kai"), "");
    }
    // Nothing that this program writes is without words.
    for language in ["en", "zh"] {
        let page = read(language).await;
        let rows = page.text.split("<td class=\"first\">").skip(1);
        for row in rows {
            let words = row.split('>').nth(1).unwrap().split('<').next().unwrap();
            assert!(words == "of-an-earlier-program" || What::find(words).is_none(), "{words}");
        }
    }
}

#[tokio::test]
async fn the_newest_stand_first_and_every_entry_is_on_one_page() {
    let works = Works::new();
    for at in 0..120 {
        let who = if at % 3 == 0 { "ann" } else { "bob" };
        add(&works, at * 3600, (who, if at % 2 == 0 { "sign-in" } else { "sign-out" }, who), "");
    }
    let pick = async |query: &str| {
        let (mut found, mut next) = (Vec::new(), Some(format!("{LOG}?{query}")));
        while let Some(path) = next {
            let page = works.get(&path, "root+admin").await.status(200);
            let shown = positions(&page.text);
            assert!(shown.len() <= 50, "{path}");
            assert_eq!(led(&page.text, "first").is_some(), path.contains("before="), "{path}");
            found.extend(shown);
            next = led(&page.text, "next");
        }
        assert!(found.is_sorted_by(|a, b| a > b), "{query}: {found:?}");
        found
    };
    let all = pick("").await;
    assert_eq!(all, (1..=all.len() as u64).rev().collect::<Vec<_>>());
    // That somebody looked is one entry, however many pages that were.
    assert_eq!(works.audit().iter().filter(|(_, what)| what == "log-read").count(), 1);
    let told = works.audit();
    let last = told.len();
    for (query, count) in [
        ("what=sign-in", 60),
        ("actor=ann", 40),
        ("about=bob&what=sign-out", 40),
        ("from=2026-03-04&to=2026-03-04&actor=ann", 8),
        ("from=2026-03-07&what=sign-in", 12),
        ("to=2026-03-03&what=sign-in", 12),
        ("what=no-such-thing", 0),
    ] {
        assert_eq!(pick(query).await.len(), count, "{query}");
    }
    assert_eq!(works.audit().len(), last, "nobody else did anything in between");
    works.get(&format!("{LOG}?from=yesterday"), "root+admin").await.status(422).has("is no day");
    // Somebody is found by name as well, with what was done to their record.
    works.keeper().await;
    let kai = works.get(&format!("{LOG}?about=Kai"), "mia+maker+admin").await.status(200);
    kai.has("Changed people").has("<option value=\"sign-in\">");
    assert_eq!(positions(&kai.text).len(), 1, "the position is a record of its own");
}

#[tokio::test]
async fn the_file_is_the_chain_and_a_part_of_it_for_whoever_looks_after_some() {
    let works = Works::new();
    works.keeper().await;
    for at in 0..2500 {
        add(&works, at, (if at % 2 == 0 { "kai" } else { "ann" }, "sign-in", ""), "");
    }
    let taken = async |who: &str| {
        String::from_utf8(works.shop.bytes("GET", &format!("{LOG}/export"), who, Vec::new()).await).unwrap()
    };
    let entries = |text: &str| text.lines().map(|line| parse_entry(line).unwrap()).collect::<Vec<_>>();
    let (mut chain, all) = (Chain::default(), taken("root+admin").await);
    let file = works.place("audit.jsonl");
    std::fs::write(&file, &all).unwrap();
    let verify = Command::new(env!("CARGO_BIN_EXE_formwork")).args(["verify", "--audit"]).arg(&file).output().unwrap();
    assert!(verify.status.success(), "{verify:?}");
    let all = entries(&all);
    for chained in &all {
        assert_eq!(chain.step(chained), None, "{:?}", chained.entry);
    }
    let head = store::read(&**works.shop.book().store(), audit::head).unwrap();
    assert_eq!(chain.end(), head);
    let last = &all.last().unwrap().entry;
    assert_eq!((&*last.actor, &*last.what, &*last.about), ("root", "export", "the audit log"));
    // mia looks after kai, and did a few things herself.
    let told = entries(&taken("mia+maker").await);
    assert!(told.iter().all(|told| told.entry.actor == "kai" || told.entry.actor == "mia"));
    assert_eq!(told.iter().filter(|told| told.entry.actor == "kai").count(), 1250);
    let page = works.get(LOG, "mia+maker").await.status(200);
    page.has("whom you look after").has(">kai<").lacks(">ann<").lacks("Check the chain");
    works.get(&format!("{LOG}?check=1"), "mia+maker").await.status(200).lacks("id=\"whole\"");
}

#[tokio::test]
async fn a_log_that_is_whole_is_told_so_and_every_change_is_found_where_it_is() {
    let works = Works::new();
    for at in 0..2100 {
        add(&works, at, ("ann", "sign-in", "ann"), "");
    }
    let check = async || works.get(&format!("{LOG}?check=1&what=sign-out"), "root+admin").await.status(200);
    let well = check().await;
    let head = store::read(&**works.shop.book().store(), audit::head).unwrap();
    well.has("entries are whole").has(&render_hash(&head.1)).has("note good");
    let book = works.shop.book();
    let change = |seq: u64, to: fn(&mut Vec<u8>) -> bool| {
        store::transact(&**book.store(), move |txn| {
            let mut bytes = txn.view().get(&audit::key(seq))?.unwrap().to_vec();
            if to(&mut bytes) {
                txn.put(audit::key(seq), bytes)
            } else {
                txn.delete(audit::key(seq))
            }
            Ok::<_, formwork_store::error::Error>(())
        })
        .unwrap()
        .unwrap();
    };
    change(5, |bytes| {
        let place = bytes.windows(3).position(|part| part == b"ann").unwrap();
        bytes[place] = b'b';
        true
    });
    change(1500, |_| false);
    change(2000, |bytes| {
        bytes.truncate(20);
        true
    });
    let found = check().await;
    found.has("note bad").has("entry 5 was altered").has("entry 1500 is missing before entry 1501");
    found.has("entry 2000 can&#x27;t be read");
    let page = works.get(&format!("{LOG}?before=7"), "root+admin").await.status(200);
    assert_eq!(page.text.matches("tone-bad\">altered").count(), 1);
    page.has(">bnn");
    works
        .get(&format!("{LOG}?before=2003"), "root+admin")
        .await
        .status(200)
        .has("Entries that can't be read")
        .has("<b>2000</b>");
    // A file that lacks something would not say so: it breaks off.
    let export = format!("{LOG}/export");
    let broken = works.shop.try_bytes("GET", &export, "root+admin", Vec::new()).await;
    assert!(broken.is_err(), "{broken:?}");
}

#[tokio::test]
async fn nobody_else_reads_it_and_nobody_as_somebody_else() {
    let works = Works::new();
    works.keeper().await;
    for who in ["cleo+clerk", "kai+keeper", "nobody"] {
        for path in [LOG.to_owned(), format!("{LOG}/export"), format!("{LOG}?check=1")] {
            works.get(&path, who).await.status(404);
        }
    }
    assert_eq!(works.audit().iter().filter(|(_, what)| what == "log-read" || what == "export").count(), 0);
    works.get("/shop", "mia+maker").await.status(200).has("href=\"/shop/admin/audit\"");
    works.get("/shop", "cleo+clerk").await.status(200).lacks("/shop/admin/audit");
}
