//! The server itself: where to look, health, numbers, codes, the release, connections.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use formwork_web::release::{RefusedEdit, ReleaseStatus};
use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn the_root_says_where_to_look() {
    let site = Site::new();
    let root = site.get("/").await.expect(200).json();
    assert_eq!(
        (&root["books"][0]["name"], &root["books"][0]["openapi"]),
        (&json!("workshop"), &json!("/workshop/api/openapi.json"))
    );
    for object in root["books"][0]["objects"].as_array().unwrap() {
        assert_eq!(site.get(object["count"].as_str().unwrap()).await.expect(200).json()["count"]["value"], 0);
    }
    let health = site.get("/health").await.expect(200).json();
    assert_eq!((&health["status"], &health["books"][0]["store"]["writes"]), (&json!("ok"), &json!("ok")));
    let page = site.get("/codes/stale-rev").await.expect(200);
    assert!(page.bytes.starts_with(b"# stale-rev: "), "{page}");
}

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_address_without_it_and_never_to_another_site() {
    let site = Site::new();
    let page = [("accept", "text/html")];
    let reply = site.send("GET", "/workshop/", &page, "").await.expect(303);
    assert_eq!(reply.header("location"), "/workshop");
    site.send("GET", "/workshop/", &[], "").await.refused(404, "unknown-route");
    for other_site in ["//evil.example/", "//evil.example//", "/x//evil.example/"] {
        assert_eq!(site.send("GET", other_site, &page, "").await.header("location"), "", "{other_site}");
    }
}

#[tokio::test]
async fn numbers_have_templates_and_no_ids() {
    let site = Site::new();
    let job = site.create("job", json!({"name": "Chair"})).await;
    site.get(&job).await.expect(200);
    site.post("/~/job", json!({})).await.refused(422, "required");
    site.get("/what/is/this").await.refused(404, "unknown-route");
    let text = String::from_utf8(site.get("/metrics").await.expect(200).bytes).unwrap();
    for line in [
        "formwork_commands_total{outcome=\"done\"} 1",
        "formwork_commands_total{outcome=\"refused\"} 1",
        "formwork_http_requests_total{method=\"GET\",route=\"/{book}/api/{object}/{id}\",status=\"200\"} 1",
        "formwork_http_requests_total{method=\"any\",route=\"none\",status=\"404\"} 1",
        "formwork_http_request_seconds_count{method=\"POST\",route=\"/{book}/api/{object}\"} 2",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains(job.rsplit('/').next().unwrap()));
}

#[tokio::test]
async fn the_release_shows_the_last_refused_edit() {
    let site = Site::new();
    let served = site.app.book("workshop").unwrap();
    let release = site.get("/~/release").await.expect(200).json();
    assert_eq!((&release["release"], &release["refused"]), (&json!(*served.book.catalog().release), &json!(null)));
    let now = served.book.now();
    let refused = RefusedEdit { at: now, stage: "check", diagnostics: vec![json!({"code": "unknown-field"})] };
    served.status.store(Arc::new(ReleaseStatus { refused: Some(refused), ..ReleaseStatus::live(now) }));
    let release = site.get("/~/release").await.expect(200).json();
    assert_eq!(release["refused"]["diagnostics"][0]["code"], "unknown-field");
}

#[tokio::test]
async fn request_ids_are_kept_when_harmless() {
    let site = Site::new();
    let id = |id: &'static str| {
        let site = &site;
        async move { site.send("GET", "/health", &[("x-request-id", id)], "").await.header("x-request-id").to_owned() }
    };
    assert_eq!(id("trace-1.a_b").await, "trace-1.a_b");
    let (first, second) = (id("bad id").await, id("").await);
    assert!(first != second && first != "bad id" && !first.is_empty());
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_can_read_them() {
    let site = Site::new();
    let gzip = [("accept-encoding", "gzip")];
    let large = site.send("GET", "/~/openapi.json", &gzip, "").await.expect(200);
    assert_eq!((large.header("content-encoding"), &large.bytes[..2]), ("gzip", &[0x1f, 0x8b][..]));
    assert_eq!(site.send("GET", "/health", &gzip, "").await.header("content-encoding"), "");
    assert_eq!(site.get("/~/openapi.json").await.header("content-encoding"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_serves_and_shuts_down_gracefully() {
    let server = Site::new().listen().await;
    let idle = server.speak(vec!["GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned()]).await;
    assert!(idle.starts_with("HTTP/1.1 200 OK"), "{idle}");
    let mut kept = TcpStream::connect(server.address).unwrap();
    for n in 0..2 {
        let body = format!("{{\"name\": \"job {n}\"}}");
        let request = format!(
            "POST /workshop/api/job HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        kept.write_all(request.as_bytes()).unwrap();
        let mut answer = vec![0; 4096];
        let read = kept.read(&mut answer).unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 201 Created"), "{}", String::from_utf8_lossy(&answer[..read]));
    }
    server.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server.ended).await.expect("it ends").unwrap().unwrap();
    assert_eq!(kept.read(&mut [0; 16]).unwrap_or(0), 0, "the idle connection was closed");
    assert!(TcpStream::connect(server.address).is_err());
}
