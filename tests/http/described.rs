//! Requests made from the OpenAPI document, most of them as it says and some not: none breaks the server. `FUZZ_ROUNDS`
//! asks each operation more often.

use std::collections::{BTreeMap, BTreeSet};

use formwork_runtime::verify::verify;
use serde_json::{Map, Value as Json, json};

use super::support::{Reply, Site, encoded};

/// Times that each operation is asked.
const ROUNDS: u64 = 25;

/// Texts that mean something somewhere, or nothing anywhere.
const TEXTS: &[&str] = &[
    "Ann",
    "J00001",
    "wim",
    "kim",
    "name",
    "-amount",
    "name,amount",
    "job",
    "chief",
    "workshop",
    "begin",
    "low",
    "todo",
    "approve",
    "{\"name\":\"Ann\"}",
    "{\"amount\":{\"gt\":\"x\"}}",
    "today-7d",
    "90d",
    "1",
    "0",
    "-1",
    "1e400",
    "",
    " ",
    "\u{0}",
    "金额",
    "../../etc/passwd",
    "<script>",
    "' or 1=1 --",
    "{{7*7}}",
    "2026-03-05",
    "2026-02-30",
    "2026-03-02T09:00:00+08:00",
];

/// Numbers at the edges.
const NUMBERS: &[i64] = &[0, 1, 2, 5, 50, 500, -1, 10_001, i64::MAX, i64::MIN];

/// A source of choices that gives the same ones again.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % n as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn anything(&mut self, depth: usize) -> Json {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => Json::Null,
            1 => json!(self.one_in(2)),
            2 => json!(self.pick(NUMBERS)),
            3 => json!(1.5e300),
            4 => json!(self.pick(TEXTS)),
            5 => (0..self.below(3)).map(|_| self.anything(depth - 1)).collect(),
            _ => Json::Object(
                (0..self.below(3)).map(|_| (self.pick(TEXTS).to_string(), self.anything(depth - 1))).collect(),
            ),
        }
    }

    /// A value of the schema; one in twelve parts is something else.
    fn value(&mut self, document: &Json, schema: &Json, depth: usize) -> Json {
        if depth == 0 || self.one_in(12) {
            return self.anything(2);
        }
        if let Some(place) = schema["$ref"].as_str() {
            let found =
                document.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("{place} is not there"));
            return self.value(document, found, depth);
        }
        for several in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[several].as_array() {
                let choice = self.pick(choices).clone();
                return self.value(document, &choice, depth - 1);
            }
        }
        if let Some(options) = schema["enum"].as_array() {
            return self.pick(options).clone();
        }
        let kind = match &schema["type"] {
            Json::Array(kinds) => self.pick(kinds).as_str().unwrap_or_default().to_owned(),
            kind => kind.as_str().unwrap_or_default().to_owned(),
        };
        match kind.as_str() {
            "object" => self.object(document, schema, depth),
            "array" => {
                let least = schema["minItems"].as_u64().unwrap_or_default() as usize;
                (0..least + self.below(3)).map(|_| self.value(document, &schema["items"], depth - 1)).collect()
            }
            "string" => match schema["format"].as_str() {
                Some("date") => json!("2026-03-05"),
                Some("date-time") => json!("2026-03-05T09:00:00Z"),
                _ => json!(self.pick(TEXTS)),
            },
            "integer" | "number" => json!(self.pick(NUMBERS)),
            "boolean" => json!(self.one_in(2)),
            "null" => Json::Null,
            _ => self.anything(2),
        }
    }

    fn object(&mut self, document: &Json, schema: &Json, depth: usize) -> Json {
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let mut members = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            if !self.one_in(if required.contains(name.as_str()) { 30 } else { 2 }) {
                members.insert(name.clone(), self.value(document, schema, depth - 1));
            }
        }
        if self.one_in(20) {
            members.insert(self.pick(TEXTS).to_string(), self.anything(1));
        }
        Json::Object(members)
    }
}

/// A workshop with a record of each object, by object.
async fn workshop() -> (Site, BTreeMap<&'static str, String>) {
    let site = Site::new();
    let mut records = BTreeMap::new();
    for (object, values) in [
        ("member", json!({"name": "Ann"})),
        ("job", json!({"name": "Chair", "member": "Ann", "amount": 5, "parts": [{"part": "leg", "price": 1}]})),
        ("permit", json!({"name": "Yard", "boss": "tester"})),
        ("call", json!({"name": "Lamp"})),
        ("user", json!({"login": "wim", "name": "Wim"})),
        ("position", json!({"user": "wim", "role": "chief"})),
        ("department", json!({"code": "A", "name": "A"})),
    ] {
        let path = site.create(object, values).await;
        records.insert(object, path.rsplit('/').next().unwrap().to_owned());
    }
    (site, records)
}

/// The path with its placeholders filled, and the query.
fn address(draw: &mut Draw, document: &Json, path: &str, operation: &Json, records: &BTreeMap<&str, String>) -> String {
    let mut filled = Vec::new();
    let parts: Vec<&str> = path.split('/').collect();
    for (place, part) in parts.iter().enumerate() {
        filled.push(match part.strip_prefix('{') {
            None => (*part).to_owned(),
            Some("id}") if !draw.one_in(6) => {
                records.get(parts[place - 1]).cloned().unwrap_or_else(|| "019c0000-0000-7000-8000-000000000000".into())
            }
            Some("login}") => "wim".to_owned(),
            // An empty part would be another address.
            Some(_) => encoded(TEXTS[draw.below(14)]),
        });
    }
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" && draw.one_in(2) {
            let value = draw.value(document, &parameter["schema"], 3);
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            query.push(format!("{}={}", parameter["name"].as_str().unwrap(), encoded(&text)));
        }
    }
    let path = filled.join("/");
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

async fn ask(site: &Site, method: &str, path: &str, body: Option<&Json>) -> Reply {
    let mut headers = vec![("formwork-actor", "tester admin chief"), ("accept-language", "en")];
    if body.is_some() {
        headers.push(("content-type", "application/json"));
    }
    site.send(method, path, &headers, body.map(Json::to_string).unwrap_or_default()).await
}

#[tokio::test]
async fn whatever_the_document_lets_one_send_is_answered() {
    let (site, mut records) = workshop().await;
    let document = site.get("/~/openapi.json").await.expect(200).json();
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let mut draw = Draw(4711);
    let (mut asked, mut done): (BTreeSet<String>, BTreeSet<String>) = Default::default();
    for _ in 0..rounds {
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let method = method.to_uppercase();
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                let body = if schema.is_null() { None } else { Some(draw.value(&document, schema, 6)) };
                let path_sent = address(&mut draw, &document, path, operation, &records);
                let reply = ask(&site, &method, &path_sent, body.as_ref()).await;
                let status = reply.status.as_u16();
                assert!(status < 500, "{method} {path_sent} {body:?}: {reply}");
                if reply.status.is_client_error() {
                    let said = reply.json();
                    assert!(
                        said["code"].is_string() && said["message"]["zh"].is_string(),
                        "{method} {path_sent}: {reply}"
                    );
                }
                asked.insert(format!("{method} {path}"));
                if reply.status.is_success() {
                    done.insert(format!("{method} {path}"));
                }
                // What was deleted is made again, so that the next finds something.
                if method == "DELETE" && reply.status.is_success() && path.ends_with("/{id}") {
                    let object = path.split('/').nth_back(1).unwrap();
                    let values = json!({"name": format!("again {}", draw.0)});
                    if let Some((object, known)) = records.iter_mut().find(|(known, _)| **known == object) {
                        let made = ask(&site, "POST", &format!("/~/{object}"), Some(&values)).await;
                        if made.status.is_success() {
                            *known = made.json()["id"].as_str().unwrap().to_owned();
                        }
                    }
                }
            }
        }
    }
    // It is no proof when nothing gets through.
    assert!(done.len() * 2 > asked.len(), "{} of {}: {:?}", done.len(), asked.len(), asked.difference(&done));
    let book = &site.app.books()[0].book;
    assert_eq!(verify(book).unwrap().findings, []);
}
