//! `formwork user`: the first administrator, rescue, keys; and the demo, which lets everybody in.

use std::time::Duration;

use serde_json::json;

use super::{binary::Folder, sensitive::bytes_below};

/// The shop with a book.
fn shop() -> Folder {
    let folder = Folder::shop();
    folder.serve(&[]).terminate();
    folder
}

#[test]
fn a_server_without_users_says_what_to_run_and_then_lets_the_administrator_in() {
    let folder = Folder::shop();
    let (server, said) = folder.serve_closed(&[]);
    let said: Vec<String> = (0..5).map_while(|_| said.recv_timeout(Duration::from_secs(10)).ok()).collect();
    assert!(said.iter().any(|line| line.contains("formwork user add LOGIN --role admin --data data/shop")), "{said:?}");
    let (status, answer) = server.client().get("/shop/api/job");
    assert_eq!((status, &answer["code"]), (401, &json!("not-signed-in")));
    folder.run(&["user", "add", "root", "--role", "admin"]).code(3).stderr("in use");
    server.terminate();
    let added = folder.run(&["user", "add", "root", "--role", "admin", "--data", "data/shop"]).code(0);
    let password = added.stdout.trim();
    assert_eq!(password.len(), 23, "{added:?}");
    folder.run(&["user", "add", "root"]).code(2).stderr("formwork user password root");
    let (server, _said) = folder.serve_closed(&[]);
    let mut client = server.client();
    let cookie = client.sign_in("shop", "root", password);
    let (status, answer) = client.send_with(&cookie, "GET", "/shop/api/job", None).unwrap();
    assert_eq!((status, &answer["code"]), (403, &json!("password-must-change")));
    let change = json!({"old": password, "new": "a sentence of my own"});
    assert_eq!(client.send_with(&cookie, "POST", "/shop/api/change-password", Some(&change)).unwrap().0, 204);
    let (_, me) = client.send_with(&cookie, "GET", "/shop/api/who-am-i", None).unwrap();
    assert_eq!((&me["login"], &me["roles"]), (&json!("root"), &json!(["admin"])));
    // Survives a kill: what was acknowledged is on disk.
    server.kill();
    let (server, _said) = folder.serve_closed(&[]);
    assert_eq!(server.client().send_with(&cookie, "GET", "/shop/api/job", None).unwrap().0, 200);
    server.client().sign_in("shop", "root", "a sentence of my own");
    server.terminate();
    folder.run(&["verify"]).code(0);
}

#[test]
fn the_first_administrator_can_be_made_before_the_first_start() {
    let folder = Folder::shop();
    folder.run(&["user", "add", "root", "--role", "admin"]).code(2).stderr("there is no book");
    let add = ["user", "add", "root", "--role", "admin", "--definitions", ".", "--stdin"];
    folder.run_with("a sentence of my own\n", &add).code(0).stderr("root can sign in");
    let (server, _said) = folder.serve_closed(&[]);
    let mut client = server.client();
    let cookie = client.sign_in("shop", "root", "a sentence of my own");
    assert_eq!(client.send_with(&cookie, "GET", "/shop/api/job", None).unwrap().0, 200);
}

#[test]
fn users_are_made_listed_rescued_and_let_in_no_more() {
    let folder = shop();
    let ann = ["user", "add", "ann", "--name", "Ann", "--role", "admin", "--role", "buyer", "--stdin"];
    folder.run_with("a sentence of my own\n", &ann).code(0).stderr("no definition names a role `buyer`");
    folder.run_with("short\n", &["user", "add", "bob", "--stdin"]).code(2).stderr("at least 10 characters");
    for login in ["system", "connector:mill", "a b", ""] {
        folder.run(&["user", "add", login]).code(2).stderr("can't be a login");
    }
    folder.run(&["user", "add", "bob", "--role", "No Role"]).code(2).stderr("no role");
    let list = folder.run(&["user", "list"]).code(0).stderr("1 can sign in");
    assert!(list.stdout.starts_with("ann\tadmin\t0\t0"), "{}", list.stdout);
    folder.run(&["user", "disable", "ann"]).code(0);
    folder.run(&["user", "list"]).code(0).stdout("not in use");
    folder.run(&["user", "enable", "ann"]).code(0);
    let reset = folder.run(&["user", "password", "ann"]).code(0);
    folder.run(&["user", "list"]).code(0).stdout("password to be changed");
    folder.run(&["user", "unlock", "ann"]).code(0);
    for command in ["password", "disable", "enable"] {
        folder.run(&["user", command, "nobody"]).code(2).stderr("no user `nobody`");
    }
    folder.run(&["user", "unlock", "nobody"]).code(2).stderr("nobody called `nobody`");
    let (server, _said) = folder.serve_closed(&[]);
    server.client().sign_in("shop", "ann", reset.stdout.trim());
}

#[test]
fn a_key_from_the_command_line_works_until_it_is_revoked() {
    let folder = shop();
    folder.run_with("a sentence of my own\n", &["user", "add", "ann", "--stdin"]).code(0);
    let add = |name, scope| folder.run(&["user", "key", "add", "ann", name, "--scope", scope]);
    let made = add("nightly", "job:write").code(0);
    let header = format!("Authorization: Bearer {}", made.stdout.trim());
    add("nightly", "all").code(2).stderr("already");
    add("other", "jbo").code(2).stderr("no object `jbo`");
    add("a/b", "all").code(2).stderr("can't be the name");
    folder.run(&["user", "key", "add", "bob", "x", "--scope", "all"]).code(2).stderr("no user `bob`");
    folder.run(&["user", "key", "add", "ann", "x"]).code(2);
    folder.run(&["user", "key", "list", "ann"]).code(0).stdout("nightly\tjob:write\t");
    let (server, _said) = folder.serve_closed(&[]);
    let post = |server: &super::binary::Server, path: &str, body| {
        server.client().send_with(&header, "POST", path, Some(&body)).unwrap().0
    };
    assert_eq!(post(&server, "/shop/api/job", json!({"name": "A"})), 201);
    assert_eq!(post(&server, "/shop/api/user", json!({"login": "eve", "name": "Eve"})), 403);
    server.terminate();
    folder.run(&["user", "key", "revoke", "ann", "nightly"]).code(0);
    folder.run(&["user", "key", "revoke", "ann", "nightly"]).code(2).stderr("no key `nightly`");
    let (server, _said) = folder.serve_closed(&[]);
    assert_eq!(post(&server, "/shop/api/job", json!({"name": "B"})), 401);
}

#[test]
fn no_password_cookie_or_key_is_in_the_log_of_a_server_in_an_export_or_on_the_disk() {
    let folder = Folder::shop();
    folder.run_with("a sentence of my own\n", &["user", "add", "ann", "--definitions", ".", "--stdin"]).code(0);
    let key = folder.run(&["user", "key", "add", "ann", "nightly", "--scope", "all"]).code(0).stdout.trim().to_owned();
    let (server, _said) = folder.serve_closed(&[]);
    let cookie = server.client().sign_in("shop", "ann", "a sentence of my own");
    let send = |header: &str, path: &str, body| server.client().send_with(header, "POST", path, Some(&body)).unwrap().0;
    let jobs = |header: &str| server.client().send_with(header, "GET", "/shop/api/job", None).unwrap().0;
    let wrong = json!({"login": "ann", "password": "a guess at a sentence"});
    assert_eq!(send("Accept: */*", "/shop/api/sign-in", wrong), 401);
    assert_eq!((jobs(&format!("Authorization: Bearer {key}")), jobs(&format!("{cookie}x"))), (200, 401));
    let change = json!({"old": "a sentence of my own", "new": "another sentence of mine"});
    assert_eq!(send(&cookie, "/shop/api/change-password", change), 204);
    let told = [server.log()];
    server.terminate();
    let exports = ["job", "user"].map(|object| folder.run(&["export", object]).code(0).stdout);
    let audit = folder.run(&["export", "--audit"]).code(0).stdout;
    assert!(audit.contains("key-made") && audit.contains("password-changed"), "{audit}");
    let disk = String::from_utf8_lossy(&bytes_below(&folder.at("data"))).into_owned();
    assert!(disk.contains("$argon2id$"), "it is the disk that was looked at");
    let token = cookie.split('=').nth(1).unwrap().to_owned();
    let secrets = ["a sentence of my own", "a guess at a sentence", "another sentence of mine", &*token, &*key];
    for text in told.iter().chain(&exports).chain([&audit, &disk]) {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[test]
fn the_demo_prints_logins_and_a_password_that_works_until_the_next_start() {
    let folder = Folder::shop();
    folder.write(
        "demo/shop.demo.yaml",
        "demo: shop\ndays: 10\nactor: demo\ngiven:\n  - {object: user, set: {login: ann, name: Ann}}\nobjects:\n  job:\n    count: 5\n    set:\n      name: {pattern: \"job {n}\", unique: true}\n",
    );
    let start = || {
        let (server, said) = folder.serve_closed(&["--demo"]);
        let mut lines = std::iter::from_fn(|| said.recv_timeout(Duration::from_secs(10)).ok());
        let line = lines.find(|line| line.starts_with("sign in as ")).expect("the demo says how to sign in");
        let (logins, rest) = line.strip_prefix("sign in as ").unwrap().split_once(" with the password ").unwrap();
        let password = rest.split(' ').next().unwrap().to_owned();
        let login = logins.split(", ").next().unwrap().to_owned();
        (server, login, password)
    };
    let (server, login, password) = start();
    let cookie = server.client().sign_in("shop", &login, &password);
    let (_, me) = server.client().send_with(&cookie, "GET", "/shop/api/who-am-i", None).unwrap();
    assert_eq!((&me["login"], &me["by"], &me["must_change"]), (&json!(login), &json!("session"), &json!(false)));
    server.terminate();
    let (server, login, other) = start();
    assert_ne!(other, password);
    server.client().sign_in("shop", &login, &other);
}
