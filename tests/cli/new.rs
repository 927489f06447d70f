//! `formwork new`: what it writes passes every check.

use super::binary::Folder;

#[test]
fn a_module_in_an_empty_folder_passes_check_and_its_scenario() {
    let folder = Folder::empty();
    folder.run(&["new", "module", "spare_part"]).code(0).stdout("spare_part.flow.yaml");
    folder.run(&["check", "--deny-warnings"]).code(0);
    folder.run(&["test", "--coverage"]).code(0).stdout("2 passed, 0 failed").stdout("0 untouched");
}

#[test]
fn an_object_then_a_flow_over_it_pass_in_a_folder_that_has_others() {
    let folder = Folder::shop();
    folder.run(&["new", "object", "visit", "--module", "work"]).code(0).stdout("definitions/work/visit.object.yaml");
    folder.run(&["new", "flow", "visit"]).code(0).stdout("definitions/work/visit.flow.yaml");
    folder.run(&["check", "--deny-warnings"]).code(0);
}

#[test]
fn where_roles_say_who_may_a_module_comes_with_one() {
    let folder = Folder::shop();
    folder.edit("definitions/shop.book.yaml", "access: open\n", "");
    folder.write(
        "definitions/work/all.role.yaml",
        "role: all\nlabel: {zh: 全部, en: All}\ngrants: {all: {on: job, may: read, rows: all}}\n",
    );
    folder.run(&["new", "module", "visit"]).code(0).stdout("definitions/visit/visit_staff.role.yaml");
    folder.run(&["check"]).code(0);
    folder.run(&["test", "--filter", "visit"]).code(0).stdout("2 passed, 0 failed");
}

#[test]
fn nothing_is_overwritten_and_names_are_checked() {
    let folder = Folder::shop();
    let before = folder.read("definitions/work/job.object.yaml");
    folder.run(&["new", "object", "job", "--module", "work"]).code(2).stderr("exists already");
    assert_eq!(folder.read("definitions/work/job.object.yaml"), before);
    folder.run(&["new", "object", "Spare-Part"]).code(2).stderr("is no name");
    folder.run(&["new", "flow", "nothing"]).code(2).stderr("there is no object `nothing`");
    folder.run(&["new", "report", "sales"]).code(2);
}
