//! Attempts to get in without a password, to get in as somebody else, or to let somebody else's browser do it.

use axum::body::Body;
use formwork_account::token::Token;
use formwork_model::name::Name;
use formwork_runtime::command::Request;
use formwork_web::{Settings, routes};
use serde_json::{Value as Json, json};

use super::{
    closed::{Closed, OWN_PAGE, PASSWORD, cookie_of},
    support::Site,
};

/// What an answer says, without what differs from request to request.
fn said(mut json: Json) -> Json {
    json.as_object_mut().unwrap().remove("request_id");
    json
}

#[tokio::test]
async fn nobody_learns_which_logins_and_books_exist() {
    let closed = Closed::new();
    closed.set_active("wim", false);
    for _ in 0..5 {
        closed.attempt("ann", "guess", &[]).await.refused(401, "wrong-credentials");
    }
    let long = "x".repeat(100_000);
    let mut answers = Vec::new();
    for (book, login, password) in [
        ("workshop", "nobody", "guess"),
        ("workshop", "nobody", PASSWORD),
        ("workshop", "ann", "guess"),
        ("workshop", "ann", PASSWORD),
        ("workshop", "wim", PASSWORD),
        ("workshop", "system", PASSWORD),
        ("workshop", "", ""),
        ("workshop", &*long, "guess"),
        ("workshop", "ann\u{0}", "guess"),
        ("elsewhere", "ann", PASSWORD),
    ] {
        // What is asserted is the work, not the time: one password is verified whatever is wrong.
        let before = closed.verified().await;
        let body = json!({"login": login, "password": password});
        let reply = closed.site.write("POST", &format!("/{book}/api/sign-in"), &[], body).await;
        assert_eq!(closed.verified().await, before + 1, "{book} {login:.20}");
        assert_eq!(reply.header("set-cookie"), "");
        answers.push(said(reply.refused(401, "wrong-credentials")));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:#?}");
}

#[tokio::test]
async fn every_route_but_the_open_ones_asks_for_a_sign_in_before_it_looks_at_anything() {
    const OPEN: [&str; 12] = [
        "GET /",
        "GET /health",
        "GET /metrics",
        "GET /codes/{code}",
        "POST /{book}/api/sign-in",
        "POST /{book}/hooks/{connector}/{hook}",
        "GET /assets/{version}/{file}",
        "GET /{book}/sign-in",
        "POST /{book}/sign-in",
        "GET /{book}/sign-in/with/{provider}",
        "GET /{book}/sign-in/with/{provider}/back",
        "GET /{book}/sign-out/with/{provider}",
    ];
    let closed = Closed::new();
    let mut tried = 0;
    for route in routes().iter().filter(|route| !OPEN.contains(&&*format!("{} {}", route.method, route.path))) {
        for book in ["workshop", "elsewhere"] {
            let path = route.path.replace("{book}", book).replace("{object}", "job").replace(['{', '}'], "");
            let reply = closed.site.send(route.method, &path, &[("formwork-actor", "ann chief admin")], "").await;
            reply.refused(401, "not-signed-in");
            tried += 1;
        }
    }
    assert_eq!(tried, 2 * (routes().len() - OPEN.len()));
}

#[tokio::test]
async fn a_session_that_somebody_prepared_is_not_taken_over() {
    let closed = Closed::new();
    // One that never was.
    let planted = format!("fw_workshop={}", "ab".repeat(32));
    let reply = closed.attempt("ann", PASSWORD, &[("cookie", &planted)]).await.expect(200);
    assert_ne!(cookie_of(&reply), planted);
    closed.ask(&planted, "GET", "/~/job").await.refused(401, "not-signed-in");
    // One of the attacker's own, planted in ann's browser: it ends, and ann gets another.
    let own = closed.sign_in("wim").await;
    let reply = closed.attempt("ann", PASSWORD, &[("cookie", &own)]).await.expect(200);
    assert_ne!(cookie_of(&reply), own);
    closed.ask(&own, "GET", "/~/job").await.refused(401, "not-signed-in");
    // Two cookies of one name: one of them is not the browser's own.
    let ann = cookie_of(&reply);
    closed.ask(&format!("{planted}; {ann}"), "GET", "/~/job").await.refused(401, "not-signed-in");
    closed.ask(&ann, "GET", "/~/job").await.expect(200);
}

#[tokio::test]
async fn a_forged_token_opens_nothing() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let key = closed.key(&cookie, "nightly", json!([{"write": true}])).await;
    let token = cookie.split_once('=').unwrap().1.to_owned();
    let secret = key.strip_prefix("Bearer fw_").unwrap().to_owned();
    let stored: String = Token::read(&token).unwrap().hash().iter().map(|byte| format!("{byte:02x}")).collect();
    for cookie in [
        // What the store keeps of it, as whoever steals a backup knows it.
        format!("fw_workshop={stored}"),
        // A key is no session.
        format!("fw_workshop={secret}"),
        format!("fw_workshop={}", token.to_uppercase()),
        format!("fw_workshop={}", &token[..62]),
        format!("fw_workshop={token}00"),
        format!("fw_workshop=\"{token}\""),
        format!("__Host-fw_workshop={token}"),
        format!("FW_WORKSHOP={token}"),
        format!("workshop={token}"),
        "fw_workshop=".to_owned(),
    ] {
        closed.ask(&cookie, "GET", "/~/job").await.refused(401, "not-signed-in");
    }
    for key in [
        format!("Bearer fw_{token}"),
        format!("Bearer {secret}"),
        format!("Bearer fw_{}", secret.to_uppercase()),
        format!("Bearer fw_{}", &secret[..63]),
        format!("Bearer fw_{secret} "),
        "Bearer".to_owned(),
        "Bearer fw_".to_owned(),
        format!("Basic {secret}"),
    ] {
        // A header is sent without the blanks at its end.
        let reply = closed.by_key(&key, "GET", "/~/job").await;
        if key.ends_with(' ') && reply.status == 200 {
            continue;
        }
        reply.refused(401, "not-signed-in");
    }
    closed.by_key(&key, "GET", "/~/job").await.expect(200);
}

#[tokio::test]
async fn headers_do_not_make_somebody_else_of_the_caller() {
    let closed = Closed::new();
    let (ann, wim) = (closed.sign_in("ann").await, closed.sign_in("wim").await);
    let key = closed.key(&wim, "nightly", json!([{}])).await;
    for (name, value) in [
        ("formwork-actor", "ann admin"),
        ("x-forwarded-user", "ann"),
        ("x-remote-user", "ann"),
        ("x-original-url", "/workshop/api/own-keys"),
        ("x-http-method-override", "DELETE"),
        ("authorization", "Basic YW5uOmFubg=="),
    ] {
        let headers = [("cookie", wim.as_str()), (name, value)];
        let me = closed.site.send("GET", "/~/who-am-i", &headers, "").await.expect(200).json();
        assert_eq!((&me["login"], &me["roles"]), (&json!("wim"), &json!([])), "{name}");
    }
    // A key counts before a cookie, and one that is not good is not made up for by a cookie.
    let headers = [("cookie", ann.as_str()), ("authorization", &*key)];
    assert_eq!(closed.site.send("GET", "/~/who-am-i", &headers, "").await.json()["login"], "wim");
    let bad = format!("Bearer fw_{}", "0".repeat(64));
    let headers = [("cookie", ann.as_str()), ("authorization", bad.as_str())];
    closed.site.send("GET", "/~/who-am-i", &headers, "").await.refused(401, "not-signed-in");
    let headers = [("authorization", &*key), ("authorization", bad.as_str())];
    closed.site.send("GET", "/~/who-am-i", &headers, "").await.refused(401, "not-signed-in");
}

#[tokio::test]
async fn no_way_of_writing_a_path_leads_past_the_sign_in_or_a_scope() {
    let closed = Closed::new();
    for path in [
        "//workshop/api/job",
        "/workshop//api/job",
        "/./workshop/api/job",
        "/codes/../workshop/api/job",
        "/codes/%2e%2e/workshop/api/job",
        "/codes/..%2fworkshop%2fapi%2fjob",
        "/workshop/api/job/",
        "/workshop/api/%6Aob",
        "/workshop/api/job;x=1",
        "/workshop/api/job%00",
        "/workshop/api/sign-in/../job",
        "/%77orkshop/api/job",
        "/WORKSHOP/api/job",
        "/workshop/API/job",
        "/workshop/api/job?book=workshop&dev=true",
        "http://evil.example/workshop/api/job",
    ] {
        let reply = closed.site.send("GET", path, &[], "").await;
        assert!(matches!(reply.status.as_u16(), 400 | 401 | 404 | 405), "{path} {reply}");
        assert!(!reply.to_string().contains("\"data\""), "{path} {reply}");
    }
    let cookie = closed.sign_in("ann").await;
    let key = closed.key(&cookie, "jobs", json!([{"object": "job", "write": true}])).await;
    for path in ["/~/%6Dember", "/~/member?object=job", "/~/member/job", "/~/job%2F..%2Fmember", "/~/Job", "/~/job%20"]
    {
        let reply = closed.by_key(&key, "GET", path).await;
        assert!(matches!(reply.status.as_u16(), 403 | 404), "{path} {reply}");
    }
    closed.by_key(&key, "GET", "/~/%6Aob").await.expect(200);
    // What a key can't do at all: outlive itself, or whoever revokes it.
    for (method, path) in [
        ("POST", "/~/own-keys"),
        ("DELETE", "/~/own-keys/jobs"),
        ("POST", "/~/change-password"),
        ("POST", "/~/sign-out-everywhere"),
        ("POST", "/~/sign-out"),
        ("DELETE", "/~/own-sessions/0011223344556677"),
    ] {
        let all = closed.key(&cookie, &format!("all-{}", path.len()), json!([{"write": true}])).await;
        closed.by_key(&key, method, path).await.refused(403, "key-scope");
        closed.by_key(&all, method, path).await.refused(403, "session-needed");
        closed.ask(&cookie, "DELETE", &format!("/~/own-keys/all-{}", path.len())).await.expect(204);
    }
}

#[tokio::test]
async fn guessing_locks_a_login_for_a_while_and_nobody_elses() {
    let closed = Closed::new();
    for _ in 0..5 {
        closed.attempt("ann", "guess", &[]).await.refused(401, "wrong-credentials");
    }
    closed.attempt("ann", PASSWORD, &[]).await.refused(401, "wrong-credentials");
    closed.attempt("wim", PASSWORD, &[]).await.expect(200);
    closed.pass(30);
    closed.attempt("ann", "guess", &[]).await.refused(401, "wrong-credentials");
    closed.pass(30);
    closed.attempt("ann", PASSWORD, &[]).await.refused(401, "wrong-credentials");
    closed.pass(31);
    closed.attempt("ann", PASSWORD, &[]).await.expect(200);
    let told = closed.audit();
    assert_eq!(told.iter().filter(|(actor, what)| actor == "ann" && what == "locked").count(), 2, "{told:?}");
    assert_eq!(told.iter().filter(|(_, what)| what == "sign-in-locked").count(), 2, "{told:?}");
}

#[tokio::test]
async fn a_stolen_session_does_not_help_to_guess_the_password() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let guess = |old: &str| {
        let body = json!({"old": old, "new": "a sentence of my own"});
        let (closed, cookie) = (&closed, &cookie);
        async move { closed.say(cookie, "/~/change-password", body).await }
    };
    for _ in 0..5 {
        guess("guess").await.refused(403, "wrong-credentials");
    }
    let locked = guess(PASSWORD).await;
    assert_eq!(locked.header("retry-after"), "30");
    locked.refused(429, "too-many-requests");
    closed.attempt("ann", PASSWORD, &[]).await.refused(401, "wrong-credentials");
    closed.pass(31);
    guess(PASSWORD).await.expect(204);
}

#[tokio::test]
async fn a_page_of_another_site_can_t_use_the_cookie() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let key = closed.key(&cookie, "nightly", json!([{"write": true}])).await;
    let host = ("host", "formwork.example");
    let cases: [(&[(&str, &str)], bool); 10] = [
        (&[("sec-fetch-site", "same-origin")], true),
        (&[host, ("origin", "https://formwork.example")], true),
        (&[], false),
        (&[("sec-fetch-site", "none")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[host, ("origin", "https://evil.example")], false),
        (&[host, ("origin", "https://evil.formwork.example")], false),
        (&[host, ("origin", "null")], false),
        (&[host, ("referer", "https://formwork.example/")], false),
    ];
    for (headers, allowed) in cases {
        let by_cookie = [headers, &[("cookie", cookie.as_str())]].concat();
        for (method, path) in [("POST", "/~/job"), ("DELETE", "/~/job/J99999"), ("PATCH", "/~/job/J99999")] {
            let reply = closed.site.write(method, path, &by_cookie, json!({"name": "Chair"})).await;
            if allowed {
                assert_ne!(reply.status, 403, "{headers:?} {method} {reply}");
            } else {
                reply.refused(403, "cross-site");
            }
        }
        closed.site.send("GET", "/~/job", &by_cookie, "").await.expect(200);
    }
    // A program has no browser that could be made to ask.
    closed.site.write("POST", "/~/job", &[("authorization", &key)], json!({"name": "Desk"})).await.expect(201);
    // Nor can another site sign a browser in under a name of its choice.
    let foreign = [("sec-fetch-site", "cross-site")];
    closed.attempt("ann", PASSWORD, &foreign).await.refused(403, "cross-site");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    closed.site.send("POST", "/~/sign-in", &form, "login=ann").await.refused(415, "unsupported-media");
}

#[tokio::test]
async fn the_cookie_and_the_key_of_one_book_open_no_other() {
    let closed = Closed::new();
    let other = closed.beside("annex");
    let cookie = closed.sign_in("ann").await;
    let token = cookie.split_once('=').unwrap().1;
    let key = closed.key(&cookie, "nightly", json!([{"write": true}])).await;
    let made = closed.say(&cookie, "/~/job", json!({"name": "Chair"})).await.expect(201).json();
    for cookie in [cookie.clone(), format!("fw_annex={token}"), format!("{cookie}; fw_annex={token}")] {
        let reply = other.send("GET", "/annex/api/job", &[("cookie", &cookie), OWN_PAGE], Body::empty()).await;
        reply.refused(401, "not-signed-in");
    }
    let by_key = [("authorization", key.as_str())];
    other.send("GET", "/annex/api/job", &by_key, Body::empty()).await.refused(401, "not-signed-in");
    other.send("GET", "/workshop/api/job", &by_key, Body::empty()).await.expect(200);
    // An id of one book is none in another.
    let body = json!({"login": "ann", "password": PASSWORD});
    let there = cookie_of(&other.write("POST", "/annex/api/sign-in", &[], body).await.expect(200));
    let path = format!("/annex/api/job/{}", made["id"].as_str().unwrap());
    other.send("GET", &path, &[("cookie", &there), OWN_PAGE], Body::empty()).await.refused(404, "no-such-record");
}

#[tokio::test]
async fn nobody_signs_in_under_the_name_of_the_engine() {
    let closed = Closed::new();
    for login in ["system", "connector:mill"] {
        closed.add(login);
        closed.attempt(login, PASSWORD, &[]).await.refused(401, "wrong-credentials");
    }
}

#[tokio::test]
async fn whoever_s_record_is_deleted_is_out() {
    let closed = Closed::new();
    let cookie = closed.sign_in("wim").await;
    let user = Name::intern("user");
    let id = closed.book().resolve(user, &json!("wim")).unwrap().unwrap();
    closed.run(Request::Delete { object: user, id, rev: None });
    closed.ask(&cookie, "GET", "/~/job").await.refused(401, "not-signed-in");
    closed.attempt("wim", PASSWORD, &[]).await.refused(401, "wrong-credentials");
}

#[tokio::test]
async fn a_credential_is_no_field_of_a_record() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    for field in ["password", "phc", "must_change", "failed", "locked_until", "roles"] {
        let body = json!({"login": "eve", "name": "Eve", field: "x"});
        closed.say(&cookie, "/~/user", body).await.refused(422, "unknown-field");
    }
    for path in ["/~/user", "/~/user/ann", "/~/user/ann/history", "/~/user/ann/explain", "/~/people/ann"] {
        let reply = closed.ask(&cookie, "GET", path).await.expect(200);
        assert!(!reply.to_string().contains("argon2"), "{path}");
    }
}

#[tokio::test]
async fn what_is_typed_into_the_wrong_field_is_kept_nowhere() {
    let closed = Closed::new();
    closed.attempt("my secret sentence", "ann", &[]).await.refused(401, "wrong-credentials");
    let cookie = closed.sign_in("ann").await;
    closed.key(&cookie, "nightly", json!([{}])).await;
    let token = cookie.split_once('=').unwrap().1;
    for (text, kept) in [("sign-in-failed", true), ("my secret sentence", false), (PASSWORD, false), (token, false)] {
        assert_eq!(closed.keeps(text), kept, "{text}");
    }
}

#[tokio::test]
async fn without_dev_the_site_names_no_object_to_strangers() {
    let closed = Site::with(Settings::default());
    let root = closed.get("/").await.expect(200).json();
    assert_eq!(root["books"][0]["objects"], json!([]));
}
