//! Signing in and out, passwords, sessions and API keys, as they are meant to be used.

use formwork_model::name::Name;
use formwork_runtime::{audit::json::parse_entry, command::Request};
use formwork_store::table::audit::{Chain, Entry};
use formwork_web::Settings;
use serde_json::json;

use super::closed::{Closed, OWN_PAGE, PASSWORD, cookie_of};

#[tokio::test]
async fn before_the_first_administrator_nobody_can_do_anything_and_is_told_what_to_run() {
    let closed = Closed::empty(Settings::default());
    for reply in [
        closed.site.get("/~/job").await,
        closed.site.get("/elsewhere/api/job").await,
        closed.attempt("admin", "admin", &[]).await,
        closed.by_key(&format!("Bearer fw_{}", "0".repeat(64)), "GET", "/~/job").await,
    ] {
        reply.refused(401, "not-signed-in");
    }
    let said = closed.site.get("/~/job").await.json();
    assert!(said["detail"].as_str().unwrap().contains("formwork user add LOGIN --role admin"), "{said}");
    closed.add("ann");
    let said = closed.site.get("/~/job").await.json();
    assert_eq!(said["detail"], "sign in first");
}

#[tokio::test]
async fn whoever_signs_in_acts_under_their_name_with_the_roles_of_their_positions() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let me = closed.ask(&cookie, "GET", "/~/who-am-i").await.expect(200).json();
    assert_eq!((&me["login"], &me["roles"], &me["by"]), (&json!("ann"), &json!(["chief"]), &json!("session")));
    let made = closed.say(&cookie, "/~/job", json!({"name": "Chair"})).await.expect(201).json();
    assert_eq!((&made["created_by"], &made["worker"]), (&json!("ann"), &json!("ann")));
    let drop = format!("/~/job/{}/actions/drop", made["id"].as_str().unwrap());
    let wim = closed.sign_in("wim").await;
    closed.say(&wim, &drop, json!({"reason": "no"})).await.refused(403, "not-allowed");
    closed.say(&cookie, &drop, json!({"reason": "no"})).await.expect(200);
    closed.ask(&cookie, "POST", "/~/sign-out").await.expect(204);
    closed.ask(&cookie, "GET", "/~/who-am-i").await.refused(401, "not-signed-in");
    let told = closed.audit();
    let told: Vec<(&str, &str)> = told.iter().map(|(actor, what)| (actor.as_str(), what.as_str())).collect();
    assert_eq!(told[told.len() - 3..], [("ann", "sign-in"), ("wim", "sign-in"), ("ann", "sign-out")]);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_of_other_hosts() {
    let closed = Closed::new();
    let reply = closed.attempt("ann", PASSWORD, &[]).await.expect(200);
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("fw_workshop=") && cookie.contains("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(reply.header("cache-control"), "no-store");
    let secure = Closed::with(Settings { secure: true, ..Settings::default() });
    let reply = secure.attempt("ann", PASSWORD, &[]).await.expect(200);
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with("__Host-fw_workshop=") && cookie.ends_with("; Secure"), "{cookie}");
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
    secure.ask(&cookie_of(&reply), "GET", "/~/who-am-i").await.expect(200);
    let gone = secure.ask(&cookie_of(&reply), "POST", "/~/sign-out").await.expect(204);
    assert!(gone.header("set-cookie").contains("Max-Age=0"), "{}", gone.header("set-cookie"));
}

#[tokio::test]
async fn a_password_that_somebody_else_set_is_changed_before_anything_else() {
    let closed = Closed::new();
    closed.set_password("wim", true);
    let reply = closed.attempt("wim", PASSWORD, &[]).await.expect(200);
    assert_eq!(reply.json()["must_change"], true);
    let cookie = cookie_of(&reply);
    for (method, path) in [("GET", "/~/job"), ("GET", "/~/own-keys"), ("POST", "/~/files"), ("GET", "/~/release")] {
        closed.ask(&cookie, method, path).await.refused(403, "password-must-change");
    }
    assert_eq!(closed.ask(&cookie, "GET", "/~/who-am-i").await.expect(200).json()["must_change"], true);
    // The page says why one is there, and what a password has to be; there is no way around it.
    let page = closed.ask(&cookie, "GET", "/workshop/password").await.expect(200).text();
    assert!(page.contains("note info") && page.contains("id=\"rule\"") && page.contains("10"), "{page}");
    assert!(!page.contains("href=\"/workshop\""), "{page}");
    let change = |old: &str, new: &str| {
        let body = json!({"old": old, "new": new});
        let (closed, cookie) = (&closed, &cookie);
        async move { closed.say(cookie, "/~/change-password", body).await }
    };
    for weak in ["short", "wim wim wim", "Password123", PASSWORD] {
        change(PASSWORD, weak).await.refused(422, "weak-password");
    }
    change("not the old one", "a sentence of my own").await.refused(403, "wrong-credentials");
    change(PASSWORD, "a sentence of my own").await.expect(204);
    closed.ask(&cookie, "GET", "/~/job").await.expect(200);
    let page = closed.ask(&cookie, "GET", "/workshop/password").await.expect(200).text();
    assert!(!page.contains("note info") && page.contains("href=\"/workshop\""), "{page}");
    closed.attempt("wim", PASSWORD, &[]).await.refused(401, "wrong-credentials");
    closed.attempt("wim", "a sentence of my own", &[]).await.expect(200);
}

#[tokio::test]
async fn the_page_for_a_new_password_asks_for_it_twice() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let page = closed.ask(&cookie, "GET", "/workshop/password").await.expect(200).text();
    assert!(page.contains("name=\"new\"") && page.contains("name=\"again\""), "{page}");
    let new = "a sentence of my own";
    let typed = async |old: &str, new: &str, again: &str| {
        let pairs = [("old", old), ("new", new), ("again", again)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let headers = [
            ("cookie", cookie.as_str()),
            OWN_PAGE,
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept-language", "en"),
        ];
        closed.site.send("POST", "/workshop/password", &headers, form).await
    };
    for (old, new, again, status, at, said) in [
        (PASSWORD, new, "a sentence of my om", 422, "again", "This is not what was typed above"),
        (PASSWORD, new, "", 422, "again", "This is not what was typed above"),
        (PASSWORD, "short", "short", 422, "new", "A password has at least 10"),
        ("not the old one", new, new, 403, "old", "This is not your password"),
    ] {
        let page = typed(old, new, again).await.expect(status).text();
        let told = page.split_once(&format!("id=\"{at}-error\"")).unwrap().1.split_once("</p>").unwrap().0;
        assert!(told.contains(said), "{told}");
        assert!(page.matches("aria-invalid").count() == 1 && !page.contains("note bad"), "{page}");
        assert!(!page.contains("sentence"), "{page}");
    }
    closed.attempt("ann", PASSWORD, &[]).await.expect(200);
    assert_eq!(typed(PASSWORD, new, new).await.expect(303).header("location"), "/workshop");
    closed.attempt("ann", new, &[]).await.expect(200);
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let closed = Closed::new();
    let (here, there) = (closed.sign_in("ann").await, closed.sign_in("ann").await);
    let body = json!({"old": PASSWORD, "new": "a sentence of my own"});
    closed.say(&here, "/~/change-password", body).await.expect(204);
    closed.ask(&here, "GET", "/~/job").await.expect(200);
    closed.ask(&there, "GET", "/~/job").await.refused(401, "not-signed-in");
    assert!(closed.audit().contains(&("ann".into(), "password-changed".into())));
}

#[tokio::test]
async fn sessions_are_listed_ended_one_by_one_and_everywhere() {
    let closed = Closed::new();
    let (here, there, other) = (closed.sign_in("ann").await, closed.sign_in("ann").await, closed.sign_in("wim").await);
    let list = closed.ask(&here, "GET", "/~/own-sessions").await.expect(200).json()["data"].clone();
    assert_eq!(list.as_array().unwrap().len(), 2);
    let away = list.as_array().unwrap().iter().find(|session| session["current"] == false).unwrap()["id"].clone();
    let path = format!("/~/own-sessions/{}", away.as_str().unwrap());
    closed.ask(&other, "DELETE", &path).await.refused(404, "unknown-session");
    closed.ask(&here, "DELETE", &path).await.expect(204);
    closed.ask(&here, "DELETE", &path).await.refused(404, "unknown-session");
    closed.ask(&there, "GET", "/~/job").await.refused(401, "not-signed-in");
    let again = closed.sign_in("ann").await;
    closed.ask(&here, "POST", "/~/sign-out-everywhere").await.expect(204);
    for cookie in [&here, &again] {
        closed.ask(cookie, "GET", "/~/job").await.refused(401, "not-signed-in");
    }
    closed.ask(&other, "GET", "/~/job").await.expect(200);
}

#[tokio::test]
async fn a_session_ends_by_itself_unused_or_after_a_week() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    closed.pass(8 * 3600 - 1);
    closed.ask(&cookie, "GET", "/~/job").await.expect(200);
    closed.pass(8 * 3600 + 60);
    closed.ask(&cookie, "GET", "/~/job").await.refused(401, "not-signed-in");
    let cookie = closed.sign_in("ann").await;
    for _ in 0..27 {
        closed.pass(6 * 3600);
        closed.ask(&cookie, "GET", "/~/job").await.expect(200);
    }
    closed.pass(6 * 3600);
    closed.ask(&cookie, "GET", "/~/job").await.refused(401, "not-signed-in");
}

#[tokio::test]
async fn a_user_who_is_no_longer_in_use_is_out_with_the_next_request() {
    let closed = Closed::new();
    let cookie = closed.sign_in("wim").await;
    let key = closed.key(&cookie, "nightly", json!([{"write": true}])).await;
    closed.set_active("wim", false);
    closed.ask(&cookie, "GET", "/~/job").await.refused(401, "not-signed-in");
    closed.by_key(&key, "GET", "/~/job").await.refused(401, "not-signed-in");
    closed.attempt("wim", PASSWORD, &[]).await.refused(401, "wrong-credentials");
    closed.set_active("wim", true);
    closed.ask(&cookie, "GET", "/~/job").await.expect(200);
    assert!(closed.audit().contains(&("system".into(), "people-changed".into())));
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_no_more() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let read = closed.key(&cookie, "read", json!([{"object": "job"}])).await;
    let write = closed.key(&cookie, "write", json!([{"object": "job", "write": true}])).await;
    let all = closed.key(&cookie, "all", json!([{}])).await;
    let post = |key: &str, path: &str| {
        let (closed, headers, path) = (&closed, key.to_owned(), path.to_owned());
        async move { closed.site.write("POST", &path, &[("authorization", &*headers)], json!({"name": "Chair"})).await }
    };
    for (key, gets, posts) in [(&read, 200, 403), (&write, 200, 201), (&all, 200, 403)] {
        closed.by_key(key, "GET", "/~/job").await.expect(gets);
        post(key, "/~/job").await.expect(posts);
    }
    for key in [&read, &write] {
        closed.by_key(key, "GET", "/~/member").await.refused(403, "key-scope");
        closed.by_key(key, "GET", "/~/release").await.refused(403, "key-scope");
        post(key, "/~/member").await.refused(403, "key-scope");
    }
    closed.by_key(&all, "GET", "/~/member").await.expect(200);
    let asked = json!({"inputs": {"amount": "5"}});
    let headers = [("authorization", all.as_str())];
    closed.site.write("POST", "/~/tables/job_level/evaluate", &headers, asked.clone()).await.expect(200);
    let headers = [("authorization", read.as_str())];
    closed.site.write("POST", "/~/tables/job_level/evaluate", &headers, asked).await.refused(403, "key-scope");
    assert_eq!(closed.by_key(&all, "GET", "/~/who-am-i").await.expect(200).json()["by"], "key");
}

#[tokio::test]
async fn a_key_is_shown_once_listed_without_its_secret_and_revoked() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let key = closed.key(&cookie, "nightly", json!([{"object": "job"}])).await;
    let list = closed.ask(&cookie, "GET", "/~/own-keys").await.expect(200);
    assert!(!list.to_string().contains("fw_"), "{list}");
    assert_eq!(list.json()["data"][0]["scopes"], json!([{"object": "job", "write": false}]));
    let twice = closed.say(&cookie, "/~/own-keys", json!({"name": "nightly", "scopes": [{}]})).await;
    twice.refused(409, "name-taken");
    for (body, code) in [
        (json!({"name": "x"}), "bad-value"),
        (json!({"name": "x", "scopes": []}), "bad-value"),
        (json!({"name": "x", "scopes": ["job"]}), "bad-value"),
        (json!({"name": "", "scopes": [{}]}), "bad-value"),
        (json!({"name": "a/b", "scopes": [{}]}), "bad-value"),
        (json!({"name": "x", "scopes": [{"write": "yes"}]}), "bad-value"),
        (json!({"name": "x", "scopes": [{}], "expires": "2020-01-01T00:00:00Z"}), "bad-value"),
        (json!({"name": "x", "scopes": [{}], "expires": "2099-01-01T00:00:00Z"}), "bad-value"),
        (json!({"name": "x", "scopes": [{"rights": "all"}]}), "unknown-field"),
        (json!({"name": "x", "scopes": [{}], "login": "wim"}), "unknown-field"),
    ] {
        closed.say(&cookie, "/~/own-keys", body).await.refused(422, code);
    }
    let unknown = json!({"name": "x", "scopes": [{"object": "jbo"}]});
    closed.say(&cookie, "/~/own-keys", unknown).await.refused(404, "unknown-object");
    let wim = closed.sign_in("wim").await;
    closed.ask(&wim, "DELETE", "/~/own-keys/nightly").await.refused(404, "unknown-key");
    closed.by_key(&key, "GET", "/~/job").await.expect(200);
    closed.ask(&cookie, "DELETE", "/~/own-keys/nightly").await.expect(204);
    closed.by_key(&key, "GET", "/~/job").await.refused(401, "not-signed-in");
    let told = closed.audit();
    for what in ["key-made", "key-revoked"] {
        assert!(told.contains(&("ann".into(), what.into())), "{told:?}");
    }
}

#[tokio::test]
async fn a_key_expires() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let body = json!({"name": "short", "scopes": [{}], "expires": "2026-03-02T02:00:00Z"});
    let made = closed.say(&cookie, "/~/own-keys", body).await.expect(201).json();
    let key = format!("bearer {}", made["key"].as_str().unwrap());
    closed.pass(3599);
    closed.by_key(&key, "GET", "/~/job").await.expect(200);
    closed.pass(1);
    closed.by_key(&key, "GET", "/~/job").await.refused(401, "not-signed-in");
}

#[tokio::test]
async fn a_release_and_a_change_of_rights_are_in_the_audit_log() {
    let closed = Closed::new();
    let cookie = closed.sign_in("ann").await;
    let before = closed.audit();
    assert_eq!(before[0].1, "release");
    closed.say(&cookie, "/~/position", json!({"user": "wim", "role": "chief"})).await.expect(201);
    closed.say(&cookie, "/~/job", json!({"name": "Chair"})).await.expect(201);
    let after = closed.audit();
    assert_eq!(after[before.len()..], [("ann".to_owned(), "people-changed".to_owned())]);
}

#[tokio::test]
async fn on_a_dev_server_a_session_counts_where_no_header_names_the_actor() {
    let closed = Closed::with(Settings { dev: true, ..Settings::default() });
    let cookie = closed.sign_in("ann").await;
    let headers = [("cookie", cookie.as_str()), OWN_PAGE];
    let me = closed.site.send("GET", "/~/who-am-i", &headers, "").await.expect(200).json();
    assert_eq!((&me["login"], &me["by"]), (&json!("ann"), &json!("session")));
    let headers = [("cookie", cookie.as_str()), OWN_PAGE, ("formwork-actor", "kim")];
    let me = closed.site.send("GET", "/~/who-am-i", &headers, "").await.expect(200).json();
    assert_eq!((&me["login"], &me["by"]), (&json!("kim"), &json!("dev")));
    let me = closed.site.get("/~/who-am-i").await.expect(200).json();
    assert_eq!((&me["login"], &me["by"]), (&json!("dev"), &json!("dev")));
    closed.site.post("/~/sign-out", json!({})).await.refused(403, "session-needed");
}

#[tokio::test]
async fn an_administrator_gives_others_their_first_password_and_signs_them_out() {
    let closed = Closed::new();
    let role = json!({"user": "ann", "role": "admin"});
    closed.run(Request::Create { object: Name::intern("position"), values: role.as_object().unwrap().clone() });
    let (ann, wim) = (closed.sign_in("ann").await, closed.sign_in("wim").await);
    closed.say(&ann, "/~/user", json!({"login": "eve", "name": "Eve"})).await.expect(201);
    closed.ask(&wim, "POST", "/~/people/eve/password").await.refused(403, "not-allowed");
    closed.ask(&wim, "POST", "/~/people/ann/sign-out").await.refused(403, "not-allowed");
    let key = closed.key(&ann, "all", json!([{"write": true}])).await;
    closed.by_key(&key, "POST", "/~/people/eve/password").await.refused(403, "session-needed");
    closed.ask(&ann, "POST", "/~/people/nobody/password").await.refused(404, "no-such-record");
    let given = closed.ask(&ann, "POST", "/~/people/eve/password").await.expect(200);
    assert_eq!(given.header("cache-control"), "no-store");
    let password = given.json()["password"].as_str().unwrap().to_owned();
    let reply = closed.attempt("eve", &password, &[]).await.expect(200);
    assert_eq!(reply.json()["must_change"], true);
    assert_eq!(closed.ask(&ann, "POST", "/~/people/wim/sign-out").await.expect(200).json()["ended"], 1);
    closed.ask(&wim, "GET", "/~/job").await.refused(401, "not-signed-in");
    let told = closed.audit();
    for what in ["password-made", "sign-out-everywhere"] {
        assert!(told.contains(&("ann".into(), what.into())), "{told:?}");
    }
}

#[tokio::test]
async fn an_administrator_reads_the_audit_log_page_by_page_and_it_is_whole() {
    let closed = Closed::new();
    let role = json!({"user": "ann", "role": "admin"});
    closed.run(Request::Create { object: Name::intern("position"), values: role.as_object().unwrap().clone() });
    let (ann, wim) = (closed.sign_in("ann").await, closed.sign_in("wim").await);
    closed.ask(&wim, "GET", "/~/audit-log").await.refused(403, "not-allowed");
    closed.ask(&ann, "GET", "/~/audit-log?after=x").await.refused(422, "bad-parameter");
    closed.ask(&ann, "GET", "/~/audit-log?since=x").await.refused(422, "bad-parameter");
    let (mut chain, mut last, mut what) = (Chain::default(), 0, Vec::new());
    loop {
        let page = closed.ask(&ann, "GET", &format!("/~/audit-log?after={last}&limit=4")).await.expect(200);
        let lines: Vec<String> = String::from_utf8(page.bytes).unwrap().lines().map(str::to_owned).collect();
        for line in &lines {
            let chained = parse_entry(line).unwrap();
            assert_eq!(chain.step(&chained), None, "{line}");
            last = chained.entry.seq;
            what.push(chained.entry.what);
        }
        if lines.len() < 4 {
            break;
        }
    }
    assert!(last > 4 && what.iter().any(|what| what == "sign-in"), "{what:?}");
    for (query, fits) in [
        (
            "what=sign-in&actor=wim",
            &(|entry: &Entry| entry.what == "sign-in" && entry.actor == "wim") as &dyn Fn(&Entry) -> bool,
        ),
        ("about=wim", &|entry: &Entry| entry.about == "wim"),
        ("since=1970-01-01&until=2999-12-31T00:00:00Z&about=wim", &|entry: &Entry| entry.about == "wim"),
        ("until=1970-01-01", &|_: &Entry| false),
        ("what=no-such-thing", &|_: &Entry| false),
    ] {
        let picked = closed.ask(&ann, "GET", &format!("/~/audit-log?{query}")).await.expect(200).text();
        let picked: Vec<Entry> = picked.lines().map(|line| parse_entry(line).unwrap().entry).collect();
        assert!(picked.iter().all(fits) && picked.is_empty() != query.contains("wim"), "{query}: {picked:?}");
    }
    assert_eq!(what.last().map(String::as_str), Some("export"));
}
