//! The audit log outside the book: exported, verified, tampered with; and what a restore ends.

use serde_json::Value as Json;

use super::binary::Folder;

/// A shop in which ann has signed in and has a key; with her cookie and key.
fn used() -> (Folder, String, String) {
    let folder = Folder::shop();
    let add = ["user", "add", "ann", "--definitions", ".", "--stdin"];
    folder.run_with("a sentence of my own\n", &add).code(0);
    let key = folder.run(&["user", "key", "add", "ann", "nightly", "--scope", "all"]).code(0);
    let (server, _said) = folder.serve_closed(&[]);
    let cookie = server.client().sign_in("shop", "ann", "a sentence of my own");
    server.terminate();
    (folder, cookie, format!("Authorization: Bearer {}", key.stdout.trim()))
}

#[test]
fn the_log_is_exported_and_verified_without_the_book_and_every_change_is_found() {
    let (folder, ..) = used();
    folder.run(&["export", "job"]).code(0);
    let export = folder.run(&["export", "--audit", "--to", "audit.jsonl"]).code(0);
    let head = export.stderr.trim().rsplit(' ').next().unwrap().to_owned();
    let text = folder.read("audit.jsonl");
    let what: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Json>(line).unwrap()["what"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(what, ["release", "people-changed", "password-made", "key-made", "sign-in", "export", "export"]);
    std::fs::rename(folder.at("data"), folder.at("away")).unwrap();
    let verify = |more: &[&str]| folder.run(&[&["verify", "--audit", "audit.jsonl"], more].concat());
    verify(&[]).code(0).stdout("all is well");
    verify(&["--head", &head]).code(0).stdout("all is well");
    verify(&["--head", &"0".repeat(64)]).code(1).stdout("no entry has the hash");
    verify(&["--head", "short"]).code(2).stderr("64 hexadecimal digits");
    for (changed, says) in [
        (text.replacen("\"ann\"", "\"bob\"", 1), "was altered"),
        (text.lines().skip(1).collect::<Vec<_>>().join("\n"), "entry 1 was expected here"),
        (text.lines().filter(|line| !line.contains("key-made")).collect::<Vec<_>>().join("\n"), "was expected here"),
        (text.replacen('{', "", 1), "line 1 is no audit entry"),
    ] {
        assert_ne!(changed, text);
        folder.write("audit.jsonl", &changed);
        verify(&[]).code(1).stdout(says);
    }
    // Cut off at its end, which only the hash that was kept elsewhere tells.
    let cut: Vec<&str> = text.lines().take(3).collect();
    folder.write("audit.jsonl", &cut.join("\n"));
    verify(&[]).code(0);
    verify(&["--head", &head]).code(1).stdout("cut off");
}

#[test]
fn after_a_restore_nobody_is_signed_in_and_no_key_works_and_the_log_says_so() {
    let (folder, cookie, key) = used();
    folder.run(&["backup", "shop.backup"]).code(0);
    let restore = |to: &str, more: &[&str]| folder.run(&[&["restore", "shop.backup", "--data", to], more].concat());
    restore("back/shop", &[]).code(0).stderr("1 sessions ended, 1 API keys revoked");
    restore("kept/shop", &["--keep-keys"]).code(0).stderr("1 sessions ended, 0 API keys revoked");
    let status = |data: &str, header: &str| {
        let (server, _said) = folder.serve_closed(&["--data", data]);
        server.client().send_with(header, "GET", "/shop/api/job", None).unwrap().0
    };
    assert_eq!([status("data", &cookie), status("data", &key)], [200, 200]);
    assert_eq!([status("back", &cookie), status("back", &key)], [401, 401]);
    assert_eq!([status("kept", &cookie), status("kept", &key)], [401, 200]);
    let log = folder.run(&["export", "--audit", "--data", "back"]).code(0);
    assert!(log.stdout.lines().any(|line| line.contains("\"restored\"")), "{}", log.stdout);
    folder.run(&["verify", "--data", "back"]).code(0);
}
