//! Data in, out, looked at and moved: `import`, `export`, `eval`, `verify`, `backup`, `restore`.

use std::fs;

use serde_json::{Value as Json, json};

use super::binary::{Folder, eventually};

const MAPPING: &str =
    "import: jobs\nobject: job\nfrom: jobs.csv\nkey: name\ncolumns:\n  Name: name\n  Amount: amount\n";

/// A shop with three jobs, one of which was refused.
fn imported(arguments: &[&str]) -> Folder {
    let folder = Folder::shop();
    folder.write("jobs.import.yaml", MAPPING);
    folder.write("jobs.csv", "Name,Amount\nA,5\nB,150\nC,2000\nD,7.25\n");
    let all: Vec<&str> =
        ["import", "jobs.import.yaml", "--errors", "bad.csv"].iter().chain(arguments).copied().collect();
    folder.run(&all).code(1).stdout("4 rows: 3 created, 0 updated, 0 skipped, 1 refused").stderr("[check-failed]");
    folder
}

#[test]
fn an_import_obeys_checks_and_keeps_what_it_refuses() {
    let folder = imported(&[]);
    assert!(folder.read("bad.csv").contains("check-failed"));
    folder.run(&["import", "jobs.import.yaml"]).code(1).stdout("0 created, 0 updated, 3 skipped, 1 refused");
    folder.run(&["import", "jobs.import.yaml", "--resume"]).code(2).stderr("nothing to resume");
    folder.run(&["import", "none.import.yaml"]).code(3);
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = Folder::shop();
    folder.write("jobs.import.yaml", MAPPING);
    folder.write("jobs.csv", "Name,Amount\nA,5\n");
    folder.run(&["import", "jobs.import.yaml", "--dry-run"]).code(0).stdout("nothing written: 1 rows: 1 created");
    assert!(!folder.at("data").exists());
}

#[test]
fn a_wrong_mapping_is_told_at_its_place() {
    let folder = Folder::shop();
    folder.write("jobs.import.yaml", &MAPPING.replace("Amount: amount", "Amount: amuont"));
    folder.write("jobs.csv", "Name,Amount\nA,5\n");
    folder.run(&["import", "jobs.import.yaml"]).code(1).stderr("jobs.import.yaml:7:").stderr("did you mean `amount`?");
}

#[test]
fn an_export_for_somebody_is_theirs_and_has_their_limit() {
    let folder = Folder::shop();
    folder.edit("definitions/shop.book.yaml", "access: open\n", "");
    folder.write(
        "definitions/work/seller.role.yaml",
        "role: seller\nlabel: {zh: 销售员, en: Seller}\nexport_rows: 3\ngrants:\n  jobs: {on: job, may: [read, export], rows: {where: {amount: {lt: 100}}}, fields: {hidden: level}}\n",
    );
    folder.write("jobs.import.yaml", MAPPING);
    folder.write("jobs.csv", "Name,Amount\nA,5\nB,150\nD,7.25\n");
    folder.run(&["import", "jobs.import.yaml"]).code(0);
    let run = folder.run(&["export", "job", "--as", "sue seller", "--fields", "name", "--sort", "name"]);
    assert_eq!(run.code(0).stdout, "name\nA\nD\n");
    let refused = folder.run(&["export", "job", "--as", "sue seller", "--to", "jobs.csv.csv"]);
    refused.code(1).stderr("[export-limit]").stderr("3 rows a day");
    assert!(!folder.at("jobs.csv.csv").exists());
    folder.run(&["export", "job", "--as", "sue"]).code(1).stderr("[not-allowed]");
    let log = folder.run(&["export", "--audit"]).code(0).stdout;
    let told = |what: &str| log.lines().filter(|line| line.contains(what) && line.contains("\"sue\"")).count();
    assert_eq!((told("\"export\""), told("\"export-refused\"")), (1, 1), "{log}");
}

#[test]
fn an_export_filters_sorts_and_picks_columns() {
    let folder = imported(&[]);
    let run = folder
        .run(&[
            "export",
            "job",
            "--fields",
            "name,amount",
            "--sort",
            "-amount",
            "--filter",
            r#"{"amount": {"lt": 100}}"#,
        ])
        .code(0);
    assert_eq!(run.stdout.replace("\r\n", "\n"), "name,amount\nD,7.25\nA,5.00\n");
    folder.run(&["export", "job", "--to", "jobs.xlsx"]).code(0).stderr("3 records");
    assert!(fs::read(folder.at("jobs.xlsx")).unwrap().starts_with(b"PK"));
    folder.run(&["export", "jobs"]).code(2).stderr("did you mean `job`?");
    folder.run(&["export", "job", "--fields", "nmae"]).code(2).stderr("did you mean `name`?");
    folder.run(&["export", "job", "--filter", "{"]).code(2).stderr("no JSON");
    folder.run(&["export", "job", "--to", "jobs.pdf"]).code(2).stderr(".csv or .xlsx");
    folder.run(&["export", "job", "--data", "nowhere"]).code(2).stderr("there is no book");
}

#[test]
fn an_expression_and_a_table_are_evaluated() {
    let folder = imported(&[]);
    let run = folder.run(&["eval", "this.amount * 2", "--record", "job/B"]).code(0);
    assert_eq!(run.stdout.trim().trim_matches('"'), "300");
    let run = folder.run(&["eval", "--table", "level", "--inputs", r#"{"amount": 99}"#]).code(0);
    let answer: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["outputs"], json!({"level": 1}));
    folder.run(&["eval", "this.amuont", "--record", "job/B"]).code(1).stderr("did you mean `amount`?");
    folder.run(&["eval", "this.amount"]).code(2).stderr("--record");
    folder.run(&["eval", "this.amount", "--record", "job/Z"]).code(2).stderr("there is no job `Z`");
    folder.run(&["eval", "--table", "levle"]).code(2).stderr("level");
    folder.run(&["eval"]).code(2);
}

#[test]
fn a_sound_book_verifies() {
    imported(&[]).run(&["verify"]).code(0).stdout("all is well").stderr("3 records");
}

#[test]
fn a_backup_moves_a_book_between_stores_and_back() {
    let folder = imported(&["--store", "sled"]);
    let first = folder.run(&["export", "job", "--fields", "id,rev,number,name,amount,state,created_at"]).code(0).stdout;
    folder.run(&["backup", "one.backup"]).code(0).stderr("one.backup");
    folder.run(&["backup", "one.backup"]).code(2).stderr("exists already");
    folder.run(&["restore", "one.backup", "--data", "there/shop", "--store", "fjall"]).code(0).stderr("(fjall)");
    folder.run(&["verify", "--data", "there"]).code(0).stdout("all is well");
    folder.run(&["backup", "two.backup", "--data", "there"]).code(0);
    folder.run(&["restore", "two.backup", "--data", "back/shop", "--store", "sled"]).code(0);
    folder.run(&["verify", "--data", "back"]).code(0);
    for data in ["there", "back"] {
        let fields = "id,rev,number,name,amount,state,created_at";
        assert_eq!(folder.run(&["export", "job", "--data", data, "--fields", fields]).code(0).stdout, first, "{data}");
    }
    folder.run(&["restore", "one.backup", "--data", "there/shop"]).code(3).stderr("already holds data");
    folder.write("cut.backup", "FORMWORK-BACKUP\n");
    folder.run(&["restore", "cut.backup", "--data", "cut/shop"]).code(3);
    folder.run(&["verify", "--data", "cut"]).code(2).stderr("there is no book");
}

#[test]
fn a_killed_import_is_taken_up_again_and_does_no_row_twice() {
    const ROWS: usize = 4000;
    let folder = Folder::shop();
    folder.write("jobs.import.yaml", &MAPPING.replace("key: name\n", ""));
    let rows: String = (0..ROWS).map(|row| format!("job {row},5\n")).collect();
    folder.write("jobs.csv", &format!("Name,Amount\n{rows}"));
    let mut import = folder.start(&["import", "jobs.import.yaml"]);
    let state = folder.at("data/shop/import-jobs.json");
    // Some rows are on disk, and most are not.
    eventually(|| fs::read_to_string(&state).ok().filter(|text| !text.contains("\"row\":0")));
    import.kill().unwrap();
    assert!(!import.wait().unwrap().success(), "the import was over before it was killed");
    folder.run(&["import", "jobs.import.yaml"]).code(2).stderr("go on with --resume");
    folder.run(&["import", "jobs.import.yaml", "--resume"]).code(0).stderr("rows had been done before");
    assert!(!state.exists());
    let names = folder.run(&["export", "job", "--fields", "name"]).code(0).stdout;
    assert_eq!(names.lines().count(), ROWS + 1);
    folder.run(&["verify"]).code(0).stdout("all is well");
}

#[test]
fn a_sealed_backup_is_opened_by_its_key_alone_and_a_drill_proves_the_copy() {
    let folder = imported(&[]);
    folder.write("key", &"0f".repeat(32));
    folder.write("other", &"1e".repeat(32));
    folder.run(&["backup", "plain.backup"]).code(0);
    folder.run(&["restore", "plain.backup", "--verify"]).code(0).stdout("the copy equals").stdout("all is well");
    folder.run(&["backup", "sealed.backup", "--encrypt"]).code(2).stderr("--key-file");
    folder.run(&["backup", "sealed.backup", "--encrypt", "--key-file", "key"]).code(0).stderr("encrypted");
    let holds = |file: &str, text: &str| {
        let bytes = std::fs::read(folder.at(file)).unwrap();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    };
    assert!(holds("plain.backup", "definitions/work/job.object.yaml"));
    assert!(!holds("sealed.backup", "definitions/work/job.object.yaml"));
    folder.run(&["restore", "sealed.backup", "--verify"]).code(2).stderr("--key-file");
    folder.run(&["restore", "sealed.backup", "--verify", "--key-file", "other"]).code(3).stderr("not its key");
    folder.run(&["restore", "sealed.backup", "--verify", "--key-file", "key"]).code(0).stdout("all is well");
    folder.run(&["restore", "sealed.backup", "--data", "there/shop", "--key-file", "key"]).code(0);
    folder.run(&["verify", "--data", "there"]).code(0).stdout("all is well");
    let mut bytes = std::fs::read(folder.at("plain.backup")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(folder.at("altered.backup"), bytes).unwrap();
    folder.run(&["restore", "altered.backup", "--verify"]).code(3);
}
