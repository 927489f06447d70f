//! `formwork check` and the usage of the command line.

use serde_json::Value as Json;

use super::binary::Folder;

fn broken() -> Folder {
    let folder = Folder::shop();
    folder.edit("definitions/work/job.object.yaml", "this.amount <= 1000", "this.amout <= 1000");
    folder.edit("definitions/work/job.flow.yaml", "to: done", "to: doen");
    folder
}

#[test]
fn a_sound_folder_passes() {
    let folder = Folder::shop();
    let run = folder.run(&["check", "--deny-warnings"]).code(0).stderr("no problems");
    assert_eq!(run.stdout, "");
}

#[test]
fn every_error_is_shown_with_its_line_a_caret_and_help() {
    broken()
        .run(&["check"])
        .code(1)
        .stdout("error[unknown-field]")
        .stdout("definitions/work/job.object.yaml:11:")
        .stdout("did you mean `amount`?")
        .stdout("error[unknown-target]")
        .stdout("^^^^")
        .stderr("2 errors");
}

#[test]
fn editors_get_json_with_places_and_both_languages() {
    let run = broken().run(&["check", "--format", "json"]).code(1);
    let answer: Json = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["release"], Json::Null);
    let found = answer["diagnostics"].as_array().unwrap();
    let field = found.iter().find(|one| one["code"] == "unknown-field").unwrap();
    assert_eq!(field["at"]["path"], "definitions/work/job.object.yaml");
    assert_eq!(field["at"]["line"], 11);
    assert!(field["message"]["zh"].as_str().unwrap().contains("amout"));
}

#[test]
fn warnings_fail_only_when_they_are_denied() {
    let folder = Folder::shop();
    folder.write("definitions/work/notes.txt", "a note");
    folder.run(&["check"]).code(0).stdout("warning[stray-file]");
    folder.run(&["check", "--deny-warnings"]).code(1);
}

#[test]
fn diagnostics_are_chinese_when_asked_for() {
    broken()
        .run(&["check", "--lang", "zh"])
        .code(1)
        .stdout("错误[unknown-field]")
        .stdout("是不是 `amount`？")
        .stderr("2 个错误");
}

#[test]
fn a_folder_without_definitions_is_wrong_usage() {
    let folder = Folder::empty();
    folder.run(&["check"]).code(2).stderr("has no folder `definitions`");
    folder.run(&["check", "nowhere"]).code(2).stderr("there is no folder nowhere");
}

#[test]
fn wrong_usage_is_told_in_both_languages() {
    let folder = Folder::empty();
    folder.run(&["chek"]).code(2).stderr("unrecognized subcommand");
    folder.run(&["chek", "--lang", "zh"]).code(2).stderr("没有命令 `chek`").stderr("check");
    folder.run(&["check", "--format", "xml", "--lang=zh"]).code(2).stderr("值 `xml` 无效");
    folder.run(&[]).code(2);
    folder.run(&["--help"]).code(0).stdout("Checks a folder of definitions");
    folder.run(&["check", "--help", "--lang", "zh"]).code(0).stdout("检查定义文件夹").stdout("用法");
    folder.run(&["--version"]).code(0).stdout("formwork ");
}
