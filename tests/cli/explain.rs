//! `explain`, `schema` and `reference`: what the binary knows about the language.

use serde_json::Value as Json;

use super::binary::Folder;

#[test]
fn a_code_has_its_page_and_a_misspelt_one_its_nearest() {
    let folder = Folder::empty();
    folder.run(&["explain", "unknown-field"]).code(0).stdout("# unknown-field");
    folder.run(&["explain", "unknown-feild"]).code(2).stderr("did you mean `unknown-field`?");
    folder.run(&["explain", "zzzzzzzz"]).code(2).stderr("lists all");
    folder.run(&["explain"]).code(0).stdout("unknown-field: ").stdout("stale-rev: ");
}

#[test]
fn every_kind_has_a_schema_file_and_editors_are_told() {
    let folder = Folder::empty();
    folder.run(&["schema"]).code(0).stdout("object.schema.json").stderr("yaml.schemas");
    for kind in ["book", "object", "flow", "table", "ledger", "form", "scenario"] {
        let schema: Json = serde_json::from_str(&folder.read(&format!(".formwork/schema/{kind}.schema.json"))).unwrap();
        assert!(schema["properties"].is_object(), "{kind}");
    }
}

#[test]
fn one_schema_goes_to_stdout_or_a_folder() {
    let folder = Folder::empty();
    let run = folder.run(&["schema", "object"]).code(0);
    let schema: Json = serde_json::from_str(&run.stdout).unwrap();
    assert!(schema["properties"]["fields"].is_object());
    folder.run(&["schema", "flow", "--out", "s"]).code(0);
    assert!(folder.at("s/flow.schema.json").is_file());
    folder.run(&["schema", "objekt"]).code(2).stderr("did you mean `object`?");
}

#[test]
fn the_reference_has_kinds_and_functions() {
    let folder = Folder::empty();
    folder.run(&["reference"]).code(0).stdout("## flow").stdout("## Expressions").stdout("| `today() -> date` |");
    folder.run(&["reference", "--out", "r.md"]).code(0).stderr("r.md");
    assert!(folder.read("r.md").contains("# The definition language"));
    folder.run(&["reference", "--out", "no/such/folder.md"]).code(3);
}
