//! Bodies, filters and addresses that nobody would write. `PROPTEST_CASES=1000000` runs it for hours.

use proptest::{collection::vec, option, prelude::*, sample::select, string::string_regex};
use serde_json::{Map, Value as Json, json};
use tokio::runtime::Builder;

use super::support::{Site, encoded};

/// Words that mean something somewhere, so that the deeper code is reached.
const WORDS: &[&str] = &[
    "name",
    "member",
    "member.city",
    "member.name.x",
    "amount",
    "due",
    "count",
    "weight",
    "level",
    "extra",
    "parts",
    "part",
    "price",
    "key",
    "plan",
    "sha256",
    "worker",
    "state",
    "number",
    "id",
    "rev",
    "created_at",
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "in",
    "gte",
    "lt",
    "contains",
    "starts_with",
    "empty",
    "input",
    "inputs",
    "this",
    "object",
    "reason",
    "token",
    "dimensions",
    "entries",
    "date",
    "note",
    "Ann",
    "J00001",
    "job",
    "low",
    "today",
    "today-7d",
    "month_start+99999999m",
    "now-9223372036854775807s",
    "$me",
    "",
    " ",
    "\u{0}",
    "金额",
    "0",
    "-1",
    "1e400",
    "99999999999999999999",
    "2026-02-30",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(WORDS).prop_map(str::to_owned), 1 => any::<String>()]
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (-3_i64..200).prop_map(Json::from),
        word().prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![vec(inner.clone(), 0..5).prop_map(Json::from), vec((word(), inner), 0..5).prop_map(object)]
    })
}

fn object(members: Vec<(String, Json)>) -> Json {
    Json::Object(members.into_iter().collect::<Map<_, _>>())
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let whole = vec((word(), value()), 0..8).prop_map(|members| object(members).to_string().into_bytes()).boxed();
    // Cut off, or with a byte that does not belong there.
    let damaged =
        (whole.clone(), any::<prop::sample::Index>(), option::of(any::<u8>())).prop_map(|(mut bytes, at, byte)| {
            let at = at.index(bytes.len());
            match byte {
                Some(byte) => bytes[at] = byte,
                None => bytes.truncate(at),
            }
            bytes
        });
    prop_oneof![6 => whole, 1 => damaged, 1 => vec(any::<u8>(), 0..60)]
}

fn target() -> impl Strategy<Value = (&'static str, String)> {
    let query = string_regex("[a-z=&%0-9A-F.,{}-]{0,40}").unwrap();
    prop_oneof![
        Just(("POST", "/~/job".to_owned())),
        Just(("POST", "/~/member".to_owned())),
        Just(("PATCH", "/~/job/J00001".to_owned())),
        select(vec!["begin", "finish", "drop"]).prop_map(|action| ("POST", format!("/~/job/J00001/actions/{action}"))),
        Just(("POST", "/~/tables/job_level/evaluate".to_owned())),
        select(vec!["entries", "opening"]).prop_map(|what| ("POST", format!("/~/ledgers/credit/{what}"))),
        value()
            .prop_map(|filter| ("GET", format!("/~/job?limit=3&count=capped&filter={}", encoded(&filter.to_string())))),
        (word(), word()).prop_map(|(name, value)| ("GET", format!("/~/job?{}={}", encoded(&name), encoded(&value)))),
        (word(), word())
            .prop_map(|(sort, after)| ("GET", format!("/~/job?sort=-{}&after={}", encoded(&sort), encoded(&after)))),
        word().prop_map(|id| ("GET", format!("/~/job/x{}", encoded(&id)))),
        query.prop_map(|query| ("GET", format!("/~/ledgers/credit/statement?{}", encoded(&query)))),
    ]
}

#[test]
fn nothing_that_is_sent_breaks_the_server() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let site = Site::new();
    runtime.block_on(async {
        site.create("member", json!({"name": "Ann"})).await;
        site.create("job", json!({"name": "Chair", "member": "Ann", "parts": [{"part": "leg", "price": 1}]})).await;
    });
    proptest!(|((method, path) in target(), body in body())| {
        let headers = [("content-type", "application/json")];
        let reply = runtime.block_on(site.send(method, &path, &headers, body.clone()));
        let shown = String::from_utf8_lossy(&body);
        prop_assert!(reply.status.as_u16() < 500, "{method} {path} {shown}: {reply}");
        if reply.status.is_client_error() {
            prop_assert!(reply.json()["message"]["zh"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path} {shown}: {reply}");
        }
    });
    let verified = runtime.block_on(site.get("/~/job/J00001/history")).status;
    assert_eq!(verified, 200);
}
