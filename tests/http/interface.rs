//! The interface described by itself: the route table and OpenAPI.

use std::collections::HashSet;

use formwork_catalog::check::check_parsed;
use formwork_definition::load;
use formwork_web::routes;
use serde_json::{Value as Json, json};

use super::support::Site;

#[tokio::test]
async fn every_route_of_the_table_answers_its_method() {
    let site = Site::new();
    let mut seen = HashSet::new();
    for route in routes() {
        assert!(seen.insert((route.method, route.path)), "{} {} is there twice", route.method, route.path);
        assert!(!route.what.is_empty());
        let path = route.path.replace("{book}", "workshop").replace(['{', '}'], "");
        let reply = site.send(route.method, &path, &[("content-type", "application/json")], "").await;
        let code = serde_json::from_slice::<Json>(&reply.bytes).map(|json| json["code"].clone()).unwrap_or_default();
        assert!(code != "wrong-method", "{} {path}: {reply}", route.method);
        // What somebody may not see of the administration is no address to them; but it refuses other methods, which
        // what is no address does not.
        let others = ["PATCH", "PUT", "DELETE"];
        let other = others
            .iter()
            .find(|method| !routes().iter().any(|known| (known.method, known.path) == (**method, route.path)));
        if code == "unknown-route" {
            let reply = site.send(other.unwrap(), &path, &[("content-type", "application/json")], "").await;
            assert!(reply.status == 405, "{} {path} leads nowhere: {reply}", route.method);
        }
        assert!(reply.status != 500, "{} {path}: {reply}", route.method);
    }
}

#[tokio::test]
async fn the_document_describes_every_object_and_resolves() {
    let site = Site::new();
    let reply = site.get("/~/openapi.json").await.expect(200);
    let document = reply.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = HashSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(ids.insert(operation["operationId"].to_string()), "{method} {path} has no id of its own");
            let declared: HashSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let used: HashSet<&str> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(declared, used, "{method} {path}");
        }
    }
    for expected in [
        "/workshop/api/job/{id}/actions/finish",
        "/workshop/api/member",
        "/workshop/api/tables/job_level/evaluate",
        "/workshop/api/ledgers/credit/entries",
        "/health",
    ] {
        assert!(document["paths"].get(expected).is_some(), "{expected}");
    }
    let create = &document["components"]["schemas"]["job.create"];
    assert_eq!((&create["required"], create["properties"].get("total")), (&json!(["name"]), None));
    assert_eq!(document["components"]["schemas"]["job"]["properties"]["total"]["readOnly"], true);
    assert_eq!(create["properties"]["name"]["description"], "Name · 名称");
    each_reference(&document, &mut |reference| {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    });
    assert_eq!(site.get("/~/openapi.json").await.bytes, reply.bytes);
}

#[tokio::test]
async fn no_book_and_no_object_is_called_like_an_address() {
    let first = |path: &'static str, before: &str| path.strip_prefix(before).and_then(|rest| rest.split('/').next());
    let mut tried = 0;
    for path in routes().iter().map(|route| route.path) {
        let book = first(path, "/").map(|word| ("x.book.yaml", format!("book: {word}\n"), word));
        let below = first(path, "/{book}/api/").or_else(|| first(path, "/{book}/"));
        let object =
            below.map(|word| ("x/o.object.yaml", format!("object: {word}\nfields: {{a: {{type: text}}}}\n"), word));
        for (file, text, word) in book.into_iter().chain(object) {
            let is_name = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if is_name {
                let parsed = load::parse([(format!("definitions/{file}"), text.into_bytes())]);
                let found = check_parsed(parsed).diagnostics;
                assert!(
                    found.iter().any(|found| found.code.to_string() == "reserved-name"),
                    "{file} may be called `{word}`"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried}");
}

fn each_reference(json: &Json, check: &mut impl FnMut(&str)) {
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                match value {
                    Json::String(reference) if key == "$ref" => check(reference),
                    other => each_reference(other, check),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| each_reference(item, check)),
        _ => {}
    }
}
