//! What people have and may do, from the command line: `transfer`, `access diff`, and scenarios about sharing.

use serde_json::{Value as Json, json};

use super::binary::Folder;

const OBJECT: &str = "definitions/work/job.object.yaml";
const ROLE: &str = "definitions/work/seller.role.yaml";

/// The shop, whose jobs have an owner.
fn owned() -> Folder {
    let folder = Folder::shop();
    folder.edit(
        OBJECT,
        "title: name\nfields:\n",
        "title: name\nowner: owner\nsharing: true\nfields:\n  owner:  {type: user, label: {zh: 负责人, en: Owner}}\n",
    );
    folder
}

/// The same, where a role says who may do what.
fn guarded() -> Folder {
    let folder = owned();
    folder.edit("definitions/shop.book.yaml", "access: open\n", "");
    // In it, nobody in particular makes jobs.
    std::fs::remove_file(folder.at("tests/scenarios/work/job.scenario.yaml")).unwrap();
    folder.write(
        ROLE,
        "role: seller\nlabel: {zh: 销售, en: Seller}\nmay: tables\ngrants:\n  own: {on: job, may: [read, create, update, share], rows: own, fields: {hidden: level}}\n  lent: {on: job, may: read, rows: shared}\n",
    );
    folder
}

#[test]
fn all_that_somebody_has_is_handed_over_and_counted() {
    let folder = owned();
    let server = folder.serve(&[]);
    let mut client = server.client();
    for (name, owner) in [("A", "ann"), ("B", "ann"), ("C", "bob")] {
        assert_eq!(client.post("/shop/api/job", json!({"name": name, "owner": owner})).0, 201);
    }
    server.terminate();
    for login in ["ann", "bob"] {
        folder.run(&["user", "add", login]).code(0);
    }
    folder.run(&["transfer", "ann", "zed"]).code(1).stderr("[no-such-reference]");
    folder
        .run(&["transfer", "ann", "bob", "--dry-run"])
        .code(0)
        .stdout("ann job: 2 -> 0")
        .stdout("nothing was written");
    let done = folder.run(&["transfer", "ann", "bob", "--reason", "left", "--format", "json"]).code(0);
    let counts: Json = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&counts["before"]["from"], &counts["before"]["to"]), (&json!({"job": 2}), &json!({"job": 1})));
    assert_eq!((&counts["after"]["from"], &counts["after"]["to"]), (&json!({}), &json!({"job": 3})));
    folder.run(&["verify"]).code(0);
}

#[test]
fn another_release_says_who_gains_and_who_loses_what() {
    let folder = guarded();
    folder.serve(&[]).terminate();
    folder.run(&["user", "add", "ann", "--role", "seller"]).code(0);
    folder.run(&["access", "diff"]).code(0);
    folder.edit(ROLE, "may: tables", "may: ledgers");
    folder.edit(
        ROLE,
        "[read, create, update, share], rows: own, fields: {hidden: level}",
        "[read, create, share], rows: own",
    );
    folder
        .run(&["access", "diff"])
        .code(1)
        .stdout("ann")
        .stdout("  + ledgers")
        .stdout("  - tables")
        .stdout("  + job [own] (level): seller.own")
        .stdout("  - job [own] update: seller.own");
    let said = folder.run(&["access", "diff", "--format", "json"]).code(1);
    let said: Json = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.as_array().unwrap().len(), &said[0]["login"]), (1, &json!("ann")));
    // Wider rows cover the narrow ones.
    folder.edit(ROLE, "[read, create, share], rows: own", "[read, create, update, share], rows: all");
    let said = folder.run(&["access", "diff"]).code(1).stdout("  + job [all] create, read, share, update: seller.own");
    assert!(!said.stdout.contains("  - job"), "{}", said.stdout);
}

#[test]
fn a_scenario_shares_a_record_and_hands_over() {
    let folder = guarded();
    folder.write("definitions/work/head.role.yaml", "role: head\nlabel: {zh: 主管, en: Head}\nmay: transfers\n");
    folder.write(
        "tests/scenarios/work/share.scenario.yaml",
        r#"scenario: share
now: 2026-03-02
given:
  ann: {object: user, set: {login: ann, name: Ann}}
  bob: {object: user, set: {login: bob, name: Bob}}
  two: {object: position, set: {user: bob, role: seller}}
  three: {object: position, set: {user: ann, role: seller}}
  one: {object: job, set: {name: A, owner: ann}}
cases:
  lent:
    steps:
      - when: {share: one, set: {user: bob, until: 2026-03-03}, actor: ann}
        then: {actor: bob, may: read, may_not: update, sees: {name: A}, count: {job: 1}}
      - when: {clock: +2d}
        then: {of: one, actor: bob, may_not: read}
      - when: {share: one, set: {user: bob}, actor: ann}
        then: {actor: bob, may: read}
      - when: {unshare: one, set: {user: bob}, actor: ann}
        then: {actor: bob, may_not: read}
  left:
    steps:
      - when: {transfer: ann, to: bob, actor: hal head}
        then: {of: one, values: {owner: bob}, actor: bob, may: [read, update]}
      - when: {transfer: bob, to: ann, actor: bob}
        then: {refused: not-allowed}
"#,
    );
    folder.run(&["test", "--filter", "share"]).code(0).stdout("2 passed, 0 failed");
    folder.edit("tests/scenarios/work/share.scenario.yaml", "may: read, may_not: update,", "may: update,");
    folder.run(&["test", "--filter", "share"]).code(1).stdout("`bob` may not `update` it");
}
