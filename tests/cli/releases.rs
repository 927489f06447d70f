//! Releases from the command line: `plan`, `impact`, `diff`, `releases`, `rollback`.

use serde_json::{Value as Json, json};

use super::binary::Folder;

const FLOW: &str = "definitions/work/job.flow.yaml";
const TABLE: &str = "definitions/work/level.table.yaml";

/// A shop with two submitted jobs and an edit that is not live yet.
fn edited() -> Folder {
    let folder = Folder::shop();
    let flow = folder.read(FLOW);
    let two = flow
        .replace("      finish:", "      send:\n        label: {zh: 提交, en: Send}\n        to: sent\n      finish:");
    let two = format!(
        "{}  sent:\n    label: {{zh: 已提交, en: Sent}}\n    actions:\n      close:\n        label: {{zh: 关闭, en: Close}}\n        to: done\n",
        two.trim_end_matches('\n').to_owned() + "\n"
    );
    folder.write(FLOW, &two);
    let server = folder.serve(&[]);
    let mut client = server.client();
    for (name, amount) in [("A", 60), ("B", 5), ("C", 70)] {
        assert_eq!(client.post("/shop/api/job", json!({"name": name, "amount": amount})).0, 201);
    }
    for name in ["A", "B"] {
        assert_eq!(client.post(&format!("/shop/api/job/{name}/actions/send"), json!({})).0, 200);
    }
    server.terminate();
    let renamed = folder.read(FLOW).replace("to: sent", "to: waiting").replace("  sent:", "  waiting:");
    folder.write(FLOW, &renamed);
    let table = folder.read(TABLE).replace("< 100", "< 50").replace(">= 100", ">= 50");
    folder.write(TABLE, &table);
    folder
}

fn hashes(folder: &Folder) -> Vec<String> {
    let run = folder.run(&["releases", "--format", "json"]).code(0);
    let all: Json = serde_json::from_str(&run.stdout).unwrap();
    all.as_array().unwrap().iter().map(|one| one["release"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_names_what_changes_and_what_stands_in_the_way() {
    let folder = edited();
    folder
        .run(&["plan"])
        .code(0)
        .stdout("- flow `job`, node `sent`: removed")
        .stdout("+ flow `job`, node `waiting`: new")
        .stdout("! the node `job.sent` is removed")
        .stdout("2 running: 0 map by themselves, 2 do not")
        .stdout("does not map: it stands on `sent`, which is removed");
    let run = folder.run(&["plan", "--format", "json"]).code(0);
    let plan: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&plan["stuck"], &plan["drafts"]), (&json!(2), &json!(1)));
    folder.run(&["--lang", "zh", "plan"]).code(0).stdout("删除节点 `job.sent`");
}

#[test]
fn what_runs_is_moved_when_the_release_is_live_first_on_trial() {
    let folder = edited();
    let server = folder.serve(&[]);
    let mut client = server.client();
    assert_eq!(client.get("/shop/api/job/A/actions").1["data"][0]["node"], "sent");
    server.terminate();
    folder.write("move.yaml", "flows:\n  job:\n    nodes: {sent: waiting}\n");
    folder
        .run(&["plan", "--migrate", "move.yaml", "--dry-run"])
        .code(0)
        .stdout("dry run, nothing written: 2 would move");
    folder
        .run(&["plan", "--migrate", "--dry-run"])
        .code(1)
        .stdout("0 would move, 2 would not")
        .stderr("[migration-misfit]");
    folder.run(&["plan", "--migrate", "move.yaml"]).code(0).stdout("-> waiting, can finish").stdout("2 moved");
    folder.write("bad.yaml", "flows:\n  job:\n    nodes: {sent: nowhere}\n");
    folder.run(&["plan", "--migrate", "bad.yaml"]).code(1).stderr("job.nowhere");
    folder.write("bad.yaml", "flow:\n  job: {}\n");
    folder.run(&["plan", "--migrate", "bad.yaml"]).code(2).stderr("no key `flow`");
    folder.run(&["verify"]).code(0).stdout("all is well");
}

#[test]
fn an_impact_counts_by_cause_and_gates_by_share() {
    let folder = edited();
    let first = folder.run(&["impact", "--since", "1d"]).code(0).stdout("`table level#1` before, `table level#2` now");
    let again = folder.run(&["impact", "--since", "1d"]).code(0);
    assert_eq!(first.stdout, again.stdout);
    folder.run(&["impact", "--since", "1d", "--max-changed", "0.5%"]).code(1);
    folder.run(&["impact", "--since", "1d", "--max-changed", "100%"]).code(0);
    folder.run(&["impact", "--since", "soon"]).code(2).stderr("90d");
    folder.run(&["impact", "--max-changed", "many"]).code(2);
    folder
        .run(&["diff", "level"])
        .code(1)
        .stdout("amount >= 50.00 and < 100.00: level = 1 -> level = 2")
        .stdout("1 regions differ");
    folder.run(&["diff", "none"]).code(2);
}

#[test]
fn a_release_is_left_again_by_one_command_and_stays_left_until_an_edit() {
    let folder = edited();
    let server = folder.serve(&[]);
    server.terminate();
    let all = hashes(&folder);
    assert_eq!(all.len(), 2);
    folder.run(&["rollback", &all[1], "--dry-run"]).code(0).stdout("nothing was written");
    folder
        .run(&["rollback", &all[1], "--reason", "too early"])
        .code(0)
        .stdout("+ flow `job`, node `sent`: new")
        .stdout("is live again");
    folder.run(&["releases"]).code(0).stdout(&format!("* {}", all[1])).stdout("too early");
    folder.run(&["rollback", "ffff"]).code(1).stderr("[unknown-release]");
    // The files still say the release that was left.
    let server = folder.serve(&[]);
    let mut client = server.client();
    assert_eq!(client.get("/shop/api/release").1["release"], json!(all[1]));
    assert_eq!(client.get("/shop/api/release").1["held_back"], json!(all[0]));
    folder.edit("definitions/work/job.object.yaml", "this.amount <= 1000", "this.amount <= 900");
    let live = super::binary::eventually(|| {
        let release = client.get("/shop/api/release").1["release"].clone();
        (release != json!(all[1])).then_some(release)
    });
    assert_ne!(live, json!(all[0]));
    server.terminate();
}

#[test]
fn files_that_no_second_person_has_approved_do_not_go_live() {
    let folder = Folder::shop();
    folder.edit("definitions/shop.book.yaml", "access: open\n", "access: open\nfour_eyes: admin\n");
    let server = folder.serve(&[]);
    let mut client = server.client();
    let live = client.get("/shop/api/release").1["release"].clone();
    let table = folder.read(TABLE).replace("< 100", "< 50").replace(">= 100", ">= 50");
    folder.write(TABLE, &table);
    let refused = super::binary::eventually(|| {
        let refused = client.get("/shop/api/release").1["refused"].clone();
        (!refused.is_null()).then_some(refused)
    });
    assert_eq!((&refused["stage"], &refused["diagnostics"][0]["code"]), (&json!("activate"), &json!("four-eyes")));
    server.terminate();
    // Nor by a start of the program.
    let server = folder.serve(&[]);
    let mut client = server.client();
    assert_eq!(client.get("/shop/api/release").1["release"], live);
    server.terminate();
}
