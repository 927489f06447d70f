//! What arrives broken, huge, foreign or unsigned: a clear refusal, nothing written, the server still up.

use std::time::Duration;

use formwork_web::{Limits, Settings};
use serde_json::{Value as Json, json};

use super::support::Site;

async fn count(site: &Site) -> Json {
    site.get("/~/job?count=exact").await.expect(200).json()["count"]["value"].clone()
}

#[tokio::test]
async fn bodies_that_are_no_json_name_the_place() {
    let site = Site::new();
    let deep = format!("{{\"name\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, place) in [
        (b"".to_vec(), "line 1"),
        (b"{".to_vec(), "line 1"),
        (b"{\n  \"name\": nope}".to_vec(), "line 2, column 1"),
        (b"{\"name\": \"\xFF\"}".to_vec(), "byte 10"),
        (b"{\"name\": \"x\"} {}".to_vec(), "line 1"),
        (b"{\"name\": 1e999}".to_vec(), "out of range"),
        (b"{\"name\": \"\\ud800\"}".to_vec(), "line 1"),
        (b"\xEF\xBB\xBF{}".to_vec(), "line 1"),
        (deep.into_bytes(), "recursion limit"),
        (b"[]".to_vec(), "no JSON object"),
        (b"\"x\"".to_vec(), "no JSON object"),
        (b"null".to_vec(), "no JSON object"),
    ] {
        let headers = [("content-type", "application/json"), ("accept-language", "en")];
        let problem = site.send("POST", "/~/job", &headers, body).await.refused(400, "bad-json");
        assert!(problem["detail"].as_str().unwrap().contains(place), "{problem}");
    }
    assert_eq!(count(&site).await, 0);
}

#[tokio::test]
async fn values_that_do_not_fit_are_refused_one_by_one() {
    let site = Site::new();
    let wide = Json::Object((0..20_000).map(|n| (format!("f{n}"), json!(n))).collect());
    for values in [
        json!({"name": "x".repeat(41)}),
        json!({"name": {"deep": [1]}}),
        json!({"name": "a\u{0}b"}),
        json!({"name": "x", "count": 9_223_372_036_854_775_808_u64}),
        json!({"name": "x", "count": 1.5}),
        json!({"name": "x", "amount": 1e300}),
        json!({"name": "x", "amount": "99999999999999999999999999999999"}),
        json!({"name": "x", "amount": 12_345_678_901_234_567.89}),
        json!({"name": "x", "due": "2026-02-30"}),
        json!({"name": "x", "due": 20_260_401}),
        json!({"name": "x", "member": 5}),
        json!({"name": "x", "parts": {}}),
        json!({"name": "x", "parts": ["leg"]}),
        json!({"name": "x", "parts": [{"key": 9, "part": "leg"}]}),
        json!({"name": "x", "extra": "y".repeat(70_000)}),
        json!({"name": "x", "plan": {"sha256": "../../etc/passwd"}}),
        wide,
    ] {
        let reply = site.post("/~/job", values.clone()).await;
        let shown: String = values.to_string().chars().take(80).collect();
        assert_eq!(reply.status.as_u16(), 422, "{shown}: {reply}");
    }
    assert_eq!(count(&site).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_slow_and_broken_bodies_are_cut_off() {
    let limits =
        Limits { json_bytes: 1000, file_bytes: 2000, timeout: Duration::from_millis(300), ..Limits::default() };
    let site = Site::with(Settings { dev: true, limits, ..Settings::default() });
    site.post("/~/job", json!({"name": "x", "extra": "y".repeat(2000)})).await.refused(413, "body-too-large");
    site.send("POST", "/~/files", &[], vec![1_u8; 2001]).await.refused(413, "body-too-large");

    let server = site.listen().await;
    let head = "POST /workshop/api/job HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let chunk = format!("258\r\n{}\r\n", " ".repeat(600));
    for (parts, status, code) in [
        (vec![format!("{head}Content-Length: 5000\r\n\r\n")], "413", "body-too-large"),
        (vec![format!("{head}Transfer-Encoding: chunked\r\n\r\n"), chunk.clone(), chunk], "413", "body-too-large"),
        (vec![format!("{head}Content-Length: 20\r\n\r\n"), "{\"name\":".to_owned()], "408", "timed-out"),
        (vec![format!("{head}Transfer-Encoding: chunked\r\n\r\n"), "nonsense\r\n".to_owned()], "400", "bad-request"),
        (
            vec![format!("{head}Content-Length: 16\r\n\r\n"), "{\"name\": ".to_owned(), "\"Desk\"}".to_owned()],
            "201",
            "\"Desk\"",
        ),
    ] {
        let shown = format!("{:?}", parts[0]);
        let answer = server.speak(parts).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(code), "{shown}: {answer}");
    }
    assert_eq!(count(&site).await, 1);
}

#[tokio::test]
async fn methods_media_and_headers_are_checked() {
    let site = Site::new();
    let wrong = site.send("PUT", "/~/job/J00001", &[], "{}").await.expect(405);
    assert!(wrong.header("allow").contains("PATCH"), "{:?}", wrong.headers);
    wrong.refused(405, "wrong-method");
    for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        site.send("POST", "/~/job", &[("content-type", media)], "{\"name\": \"x\"}")
            .await
            .refused(415, "unsupported-media");
    }
    site.send("POST", "/~/job", &[], "{\"name\": \"x\"}").await.refused(415, "unsupported-media");
    for media in ["application/json; charset=utf-8", "application/merge-patch+json", "Application/JSON"] {
        site.send("POST", "/~/job", &[("content-type", media)], "{\"name\": \"x\"}").await.expect(201);
    }
    for actor in ["", "   ", "a\tb", &"x".repeat(65)] {
        let reply = site.send("GET", "/~/job", &[("formwork-actor", actor)], "").await;
        assert!(actor == "a\tb" || reply.status == 400, "{actor:?} {reply}");
    }
    site.get("/~/job/%FF").await.refused(400, "bad-request");
}

#[tokio::test]
async fn strangers_and_foreign_pages_are_kept_out() {
    let closed = Site::with(Settings::default());
    for (method, path) in [
        ("GET", "/~/job"),
        ("POST", "/~/job"),
        ("GET", "/~/openapi.json"),
        ("GET", "/elsewhere/api/job"),
        ("GET", "/~/release"),
    ] {
        closed.send(method, path, &[("formwork-actor", "root admin")], "").await.refused(401, "not-signed-in");
    }
    closed.get("/health").await.expect(200);
    assert_eq!(closed.get("/").await.json()["books"][0]["objects"], json!([]));

    let site = Site::new();
    let body = || json!({"name": "x"});
    for (headers, allowed) in [
        (vec![("host", "localhost:8080"), ("origin", "http://localhost:8080")], true),
        (vec![("host", "localhost:8080"), ("sec-fetch-site", "same-origin")], true),
        (vec![("host", "localhost:8080"), ("origin", "https://evil.example")], false),
        (vec![("host", "localhost:8080"), ("origin", "null")], false),
        (vec![("host", "localhost:8080"), ("sec-fetch-site", "cross-site")], false),
        (vec![("host", "evil.example:8080"), ("origin", "http://evil.example:8080")], false),
    ] {
        let reply = site.write("POST", "/~/job", &headers, body()).await;
        if allowed {
            reply.expect(201)
        } else {
            assert_eq!(reply.json()["code"], "cross-site", "{headers:?}");
            reply.expect(403)
        };
    }
    site.send("GET", "/~/job", &[("host", "evil.example")], "").await.refused(403, "cross-site");
    site.send("GET", "/~/job", &[("host", "localhost"), ("sec-fetch-site", "cross-site")], "").await.expect(200);
}

#[tokio::test]
async fn a_refusal_speaks_the_callers_language() {
    let site = Site::new();
    for (language, detail) in [
        ("zh-CN,zh;q=0.9", "没有对象 `jbo`"),
        ("en", "there is no object `jbo`"),
        ("de, en;q=0.1", "there is no object `jbo`"),
    ] {
        let problem =
            site.send("GET", "/~/jbo", &[("accept-language", language)], "").await.refused(404, "unknown-object");
        assert_eq!((&problem["detail"], &problem["errors"][0]["detail"]), (&json!(detail), &json!(detail)));
        assert_eq!(problem["message"], json!({"en": "there is no object `jbo`", "zh": "没有对象 `jbo`"}));
    }
}
