//! What protects every answer: headers, rates, TLS.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    num::NonZeroU32,
    path::Path,
    sync::Arc,
    time::Duration,
};

use formwork_web::{Rate, Rates, Settings, Tls};
use serde_json::json;
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use super::{
    closed::{Closed, PASSWORD},
    support::{Listening, Site},
};

#[tokio::test]
async fn every_answer_tells_the_browser_to_do_nothing_with_it() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    for reply in [
        closed.ask(&cookie, "GET", "/~/job").await.expect(200),
        closed.ask(&cookie, "GET", "/~/job/none").await.expect(404),
        closed.ask(&cookie, "PUT", "/~/job").await.expect(405),
        closed.site.get("/~/job").await.expect(401),
        closed.site.get("/what/is/this/way/down/there").await.expect(404),
        closed.site.get("/codes/cross-site").await.expect(200),
        closed.attempt("ann", PASSWORD, &[]).await.expect(200),
    ] {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            ),
        ] {
            assert_eq!(reply.header(name), value, "{name} of {reply}");
        }
        assert_eq!(reply.header("strict-transport-security"), "");
    }
    let asked = closed.site.get("/~/job").await;
    assert_eq!(asked.header("www-authenticate"), "Bearer realm=\"formwork\"");
}

/// So many, and no more within the test.
fn only(burst: u32) -> Rate {
    Rate { burst: NonZeroU32::new(burst).unwrap(), every: Duration::from_secs(3600) }
}

/// One request over a connection of its own; the status line and the headers.
async fn asked(site: &Listening, request: &str) -> String {
    site.speak(vec![format!("{request}Host: localhost\r\nConnection: close\r\n\r\n")]).await
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits() {
    let rates = Rates { address: only(3), ..Rates::default() };
    let closed = Closed::with(Settings { rates, ..Settings::default() });
    let listening = closed.site.listen().await;
    for _ in 0..3 {
        assert!(asked(&listening, "GET /health HTTP/1.1\r\n").await.starts_with("HTTP/1.1 200"));
    }
    // What a caller says of its address changes nothing.
    for header in ["", "X-Forwarded-For: 192.0.2.1\r\n", "Forwarded: for=192.0.2.1\r\n", "X-Real-IP: 192.0.2.1\r\n"] {
        let answer = asked(&listening, &format!("GET /health HTTP/1.1\r\n{header}")).await;
        assert!(answer.starts_with("HTTP/1.1 429"), "{header} {answer}");
        assert!(
            answer.contains("too-many-requests") && answer.to_lowercase().contains("\r\nretry-after: "),
            "{answer}"
        );
    }
    drop(listening.stop);
    let dev = Site::with(Settings { dev: true, rates, ..Settings::default() });
    let listening = dev.listen().await;
    for _ in 0..5 {
        assert!(asked(&listening, "GET /health HTTP/1.1\r\n").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn behind_a_proxy_of_ours_each_caller_is_counted_alone() {
    let rates = Rates { address: only(1), ..Rates::default() };
    let proxies = vec!["127.0.0.1".parse().unwrap()];
    let closed = Closed::with(Settings { rates, proxies, ..Settings::default() });
    let listening = closed.site.listen().await;
    for (from, status) in [("192.0.2.1", 200), ("192.0.2.2", 200), ("192.0.2.1", 429), ("9.9.9.9, 192.0.2.2", 429)] {
        let answer = asked(&listening, &format!("GET /health HTTP/1.1\r\nX-Forwarded-For: {from}\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{from} {answer}");
    }
}

#[tokio::test]
async fn an_address_that_tries_to_sign_in_too_often_waits_and_the_rest_goes_on() {
    let rates = Rates { sign_in: only(2), ..Rates::default() };
    let closed = Closed::with(Settings { rates, ..Settings::default() });
    let listening = closed.site.listen().await;
    let body = json!({"login": "nobody", "password": "guess"}).to_string();
    let request = format!(
        "POST /workshop/api/sign-in HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\nHost: localhost\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    for status in [401, 401, 429, 429] {
        let answer = listening.speak(vec![request.clone()]).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    assert_eq!(closed.verified().await, 2, "no password is hashed for whoever has to wait");
    assert!(asked(&listening, "GET /health HTTP/1.1\r\n").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_user_who_asks_too_often_waits_by_session_and_by_key_together() {
    let rates = Rates { user: only(4), ..Rates::default() };
    let closed = Closed::with(Settings { rates, ..Settings::default() });
    let (ann, wim) = (closed.sign_in("ann").await, closed.sign_in("wim").await);
    let key = closed.key(&ann, "nightly", json!([{}])).await;
    closed.by_key(&key, "GET", "/~/job").await.expect(200);
    closed.ask(&ann, "GET", "/~/job").await.expect(200);
    closed.ask(&ann, "GET", "/~/job").await.expect(200);
    closed.ask(&ann, "GET", "/~/job").await.refused(429, "too-many-requests");
    closed.by_key(&key, "GET", "/~/job").await.refused(429, "too-many-requests");
    closed.ask(&wim, "GET", "/~/job").await.expect(200);
}

#[tokio::test]
async fn numbers_and_books_are_told_to_the_machine_itself_and_to_whoever_has_a_key() {
    let proxies = vec!["127.0.0.1".parse().unwrap()];
    let closed = Closed::with(Settings { proxies, ..Settings::default() });
    let cookie = closed.sign_in("ann").await;
    let all = closed.key(&cookie, "all", json!([{}])).await;
    let one = closed.key(&cookie, "one", json!([{"object": "job"}])).await;
    let listening = closed.site.listen().await;
    let far = "X-Forwarded-For: 192.0.2.1\r\n";
    for (headers, status) in [
        (String::new(), 200),
        (far.to_owned(), 401),
        (format!("{far}Cookie: {cookie}\r\n"), 401),
        (format!("{far}Authorization: {one}\r\n"), 401),
        (format!("{far}Authorization: {all}\r\n"), 200),
    ] {
        let answer = asked(&listening, &format!("GET /metrics HTTP/1.1\r\n{headers}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{headers} {answer}");
    }
    for (headers, told) in [("", true), (far, false)] {
        let answer = asked(&listening, &format!("GET /health HTTP/1.1\r\n{headers}")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("workshop") == told, "{answer}");
    }
}

/// Writes a new certificate for `localhost`, and gives it.
fn certify(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap()
}

/// One request over TLS by a client that trusts this certificate only.
async fn secretly(site: &Listening, trusted: &CertificateDer<'static>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let address = site.address;
    let speak = move || {
        let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8(answer).unwrap())
    };
    tokio::task::spawn_blocking(speak).await.unwrap()
}

#[tokio::test]
async fn a_new_certificate_is_taken_over_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    assert!(Tls::load(&certificate, &key).is_err());
    let first = certify(folder.path());
    let tls = Tls::load(&certificate, &key).unwrap();
    let closed = Closed::with(Settings { secure: true, tls: Some(tls.clone()), ..Settings::default() });
    let listening = closed.site.listen().await;
    let answer = secretly(&listening, &first).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    // Nobody gets an answer in the clear.
    assert!(!asked(&listening, "GET /health HTTP/1.1\r\n").await.contains("HTTP/1.1 200"));
    assert!(!tls.reload().unwrap(), "nothing has changed");
    let second = certify(folder.path());
    assert!(tls.reload().unwrap());
    assert!(secretly(&listening, &second).await.unwrap().starts_with("HTTP/1.1 200"));
    secretly(&listening, &first).await.unwrap_err();
    fs::write(&key, "no key").unwrap();
    tls.reload().unwrap_err();
    assert!(secretly(&listening, &second).await.unwrap().starts_with("HTTP/1.1 200"));
}
