//! Exporting from a small book.

use formwork_catalog::filter::Filter;
use formwork_runtime::command::{Command, Request};
use serde_json::json;

use super::*;
use crate::testing::{actor, book, part};

fn filled() -> Book {
    let (book, _) = book();
    for i in 0..1203 {
        let values =
            json!({"name": format!("n{i:04}"), "kind": "big", "price": "12.50", "since": "2026-03-01", "note": "=1+1"});
        let values = values.as_object().unwrap().clone();
        book.run(Command::new(actor(), Request::Create { object: part(), values })).unwrap();
    }
    book
}

fn export(fields: &[&str], language: Option<Language>) -> Export {
    let sort = vec![(Name::intern("name"), false)];
    let query = Query {
        object: part(),
        filter: Filter::And(Vec::new()),
        within: Filter::And(Vec::new()),
        sort,
        limit: usize::MAX,
        after: None,
    };
    Export { query, fields: fields.iter().map(|name| Name::intern(name)).collect(), language }
}

#[test]
fn a_list_of_several_pages_comes_out_whole_labelled_and_harmless() {
    let book = filled();
    let mut out = Vec::new();
    let fields = ["name", "kind", "state", "price", "note"];
    let written = to_csv(&book, &actor(), &export(&fields, Some(Language::Zh)), &mut out, &mut |_| ()).unwrap();
    assert_eq!(written, 1203);
    let text = String::from_utf8(out).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap(), "\u{FEFF}名称,种类,状态,价格,备注");
    assert_eq!(lines.next().unwrap(), "n0000,大,已建,12.50,'=1+1");
    assert_eq!(text.lines().count(), 1204);
    let mut out = Vec::new();
    to_csv(&book, &actor(), &export(&["kind", "since"], None), &mut out, &mut |_| ()).unwrap();
    assert!(String::from_utf8(out).unwrap().starts_with("kind,since\nbig,2026-03-01\n"));
    assert!(to_csv(&book, &actor(), &export(&["nmae"], None), Vec::new(), &mut |_| ()).is_err());
}

#[test]
fn an_xlsx_comes_back_with_its_types() {
    let book = filled();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parts.xlsx");
    to_file(&book, &actor(), &export(&[], Some(Language::En)), &path, &mut |_| ()).unwrap();
    let mut rows = crate::rows::open(&path, None).unwrap();
    assert_eq!(rows.header(), ["State", "Name", "Above", "Kind", "tags", "Price", "Since", "Note"]);
    let mut row = Vec::new();
    assert!(rows.next(&mut row).unwrap());
    assert_eq!(row, ["Made", "n0000", "", "Big", "", "12.5", "2026-03-01", "=1+1"]);
}
