//! Lists: filters, order, pages, counts, plans.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use super::support::{Site, encoded};

async fn names(site: &Site, filter: Json) -> Vec<String> {
    let reply = site.get(&format!("/~/job?sort=name&filter={}", encoded(&filter.to_string()))).await.expect(200).json();
    reply["data"].as_array().unwrap().iter().map(|job| job["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let site = Site::new();
    site.create("member", json!({"name": "Ann", "city": "bj"})).await;
    site.create("member", json!({"name": "Bo", "city": "sh"})).await;
    for job in [
        json!({"name": "a", "member": "Ann", "amount": 5, "due": "2026-03-02"}),
        json!({"name": "b", "member": "Bo", "amount": 50, "due": "2026-03-09"}),
        json!({"name": "c", "amount": 500, "due": "2026-05-01"}),
        json!({"name": "d"}),
    ] {
        site.create("job", job).await;
    }
    for (filter, found) in [
        (json!({}), "abcd"),
        (json!({"name": "b"}), "b"),
        (json!({"amount": {"gte": 5, "lt": 500}}), "ab"),
        (json!({"member.city": "bj"}), "a"),
        (json!({"member.city": {"in": ["bj", "sh"]}}), "ab"),
        (json!({"not": {"member.city": "bj"}}), "bcd"),
        (json!({"or": [{"amount": {"gt": 100}}, {"name": {"starts_with": "a"}}]}), "ac"),
        (json!({"due": {"lte": "today+7d"}}), "ab"),
        (json!({"due": {"gte": "month_start+1m"}}), "c"),
        (json!({"due": null}), "d"),
        (json!({"member": {"empty": true}}), "cd"),
        (json!({"state": "draft", "level": "high"}), "c"),
        (json!({"worker": "$me"}), "abcd"),
        (json!({"number": "J00002"}), "b"),
        (json!({"name": {"contains": "C"}}), "c"),
        (json!({"amount": {"ne": 5}}), "bcd"),
    ] {
        assert_eq!(names(&site, filter.clone()).await.concat(), found, "{filter}");
    }
}

#[tokio::test]
async fn pages_lose_and_repeat_nothing_while_records_are_added() {
    let site = Site::new();
    for n in 0..250 {
        site.create("job", json!({"name": format!("job {n:03}"), "amount": n % 7})).await;
    }
    for (n, sort) in
        ["", "amount", "-amount", "name", "-name", "level,amount", "-amount,name", "number"].iter().enumerate()
    {
        let before: HashSet<Json> = ids(&site, sort, None).await;
        let seen = ids(&site, sort, Some(n)).await;
        assert!(before.is_subset(&seen), "`{sort}` lost {}", before.difference(&seen).count());
    }
}

/// Every id, page by page; with a record added between the pages.
async fn ids(site: &Site, sort: &str, add: Option<usize>) -> HashSet<Json> {
    let (mut seen, mut after) = (HashSet::new(), String::new());
    for page in 0.. {
        let reply =
            site.get(&format!("/~/job?limit=30&fields=name&sort={sort}&after={after}")).await.expect(200).json();
        for record in reply["data"].as_array().unwrap() {
            assert!(seen.insert(record["id"].clone()), "`{sort}` repeats {record}");
        }
        let Some(next) = reply["next"].as_str() else { break };
        after = next.to_owned();
        if let Some(n) = add {
            site.create("job", json!({"name": format!("new {n} {page}"), "amount": page % 9})).await;
        }
    }
    seen
}

#[tokio::test]
async fn counts_and_plans_are_told_when_asked_for() {
    let site = Site::new();
    for n in 0..12 {
        site.create("job", json!({"name": format!("job {n}"), "amount": n})).await;
    }
    let plain = site.get("/~/job?limit=5").await.expect(200).json();
    assert_eq!((plain["data"].as_array().unwrap().len(), plain.get("count"), plain.get("explain")), (5, None, None));
    for count in ["capped", "exact"] {
        let reply = site.get(&format!("/~/job?limit=1&count={count}")).await.expect(200).json();
        assert_eq!(reply["count"], json!({"value": 12, "exact": true}));
    }
    let filter = encoded(r#"{"amount": {"gte": 9}}"#);
    let plan = site.get(&format!("/~/job?explain=1&sort=amount&filter={filter}")).await.expect(200).json();
    assert!(plan["explain"]["plan"].as_str().unwrap().contains("index"), "{plan}");
    let name = encoded(r#"{"name": "job 3"}"#);
    let plan = site.get(&format!("/~/job?explain=1&sort=weight&filter={name}")).await.expect(200).json();
    assert!(plan["explain"]["plan"].as_str().unwrap().contains("sorted after reading"), "{plan}");
}

#[tokio::test]
async fn what_a_list_can_not_mean_is_refused() {
    let site = Site::new();
    for n in 0..3 {
        site.create("job", json!({"name": format!("job {n}")})).await;
    }
    let next = site.get("/~/job?limit=1&sort=name").await.json()["next"].as_str().unwrap().to_owned();
    let deep = (0..20).fold(json!({"name": "x"}), |inner, _| json!({"not": inner})).to_string();
    let broken = "[".repeat(500);
    for (query, status, code) in [
        ("limit=0".to_owned(), 422, "bad-parameter"),
        ("limit=501".to_owned(), 422, "bad-parameter"),
        ("limit=x".to_owned(), 422, "bad-parameter"),
        ("limit=1&limit=2".to_owned(), 422, "bad-parameter"),
        ("count=maybe".to_owned(), 422, "bad-parameter"),
        ("explain=perhaps".to_owned(), 422, "bad-parameter"),
        ("filer={}".to_owned(), 422, "unknown-parameter"),
        ("sort=nmae".to_owned(), 422, "unknown-field"),
        ("sort=extra".to_owned(), 422, "unknown-field"),
        ("fields=name,nmae".to_owned(), 422, "unknown-field"),
        ("after=00".to_owned(), 422, "bad-cursor"),
        (format!("after={next}&sort=-name"), 422, "bad-cursor"),
        (format!("after={next}"), 422, "bad-cursor"),
        (format!("filter={}", encoded("{\"name\": ")), 400, "bad-json"),
        (format!("filter={}", encoded(&broken)), 400, "bad-json"),
        (format!("filter={}", encoded("[1]")), 422, "bad-filter"),
        (format!("filter={}", encoded(&deep)), 422, "filter-too-deep"),
        (format!("filter={}", encoded(r#"{"nmae": 1}"#)), 422, "unknown-field"),
        (format!("filter={}", encoded(r#"{"name": {"like": "x"}}"#)), 422, "unknown-operator"),
        (format!("filter={}", encoded(r#"{"amount": "much"}"#)), 422, "bad-value"),
        ("sort=%FF".to_owned(), 400, "bad-request"),
    ] {
        site.get(&format!("/~/job?{query}")).await.refused(status, code);
    }
    site.get(&format!("/~/job?limit=1&sort=name&after={next}")).await.expect(200);
}
