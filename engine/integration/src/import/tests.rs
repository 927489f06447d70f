//! Importing into a small book.

use std::path::Path;

use formwork_catalog::filter::Filter;
use formwork_model::{name::Name, record::Record, value::Value};
use formwork_runtime::{book::Book, query::Query};

use super::*;
use crate::testing::{actor, book, part};

const MAPPING: &str = r#"
import: parts
object: part
from: parts.csv
key: name
columns:
  Name: name
  Kind: {to: kind, table: alias}
  Above: {to: above, by: name, later: true}
  Tags: tags
  Price: {to: price, default: "5"}
  Since: {to: since, date: "%d.%m.%Y"}
set:
  note: = "row " + row.Name
then:
  - {when: row.Sold == "yes", act: sell}
"#;
const PARTS: &str = "\u{FEFF}Name,Kind,Above,Tags,Price,Since,Sold\n\
    nut,small,box,red、blue,\"1,234.50\",01.03.2026,yes\n\
    box,hugue,,,,2026-02-01,no\n\
    bolt,tiny,,,,,\n";

fn setup(folder: &Path, mapping: &str, data: &str) -> (Book, Mapping) {
    let (book, _) = book();
    std::fs::write(folder.join("parts.csv"), data).unwrap();
    let mapping = Mapping::parse(&folder.join("parts.import.yaml"), mapping, None, &book.catalog());
    let mapping = mapping.unwrap_or_else(|error| match error {
        Error::Mapping(problems) => panic!("{:#?}", problems.diagnostics),
        other => panic!("{other}"),
    });
    (book, mapping)
}

fn all(book: &Book) -> Vec<Record> {
    let query = Query {
        object: part(),
        filter: Filter::And(Vec::new()),
        within: Filter::And(Vec::new()),
        sort: Vec::new(),
        limit: 100,
        after: None,
    };
    book.list(&query, &actor()).unwrap().records
}

fn find(book: &Book, name: &str) -> Record {
    all(book).into_iter().find(|record| record.fields.get(Name::intern("name")).as_text() == Some(name)).unwrap()
}

#[test]
fn rows_become_records_through_tables_rules_and_flows_and_the_rest_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let (book, mapping) = setup(folder.path(), MAPPING, PARTS);
    let errors = folder.path().join("errors.csv");
    let options = Options { errors: Some(errors.clone()), ..Options::new(actor()) };
    let report = run(&book, &mapping, &options, &mut |_| ()).unwrap();
    assert_eq!((report.read, report.created, report.refused, report.later), (3, 2, 1, 1));
    let (nut, bx) = (find(&book, "nut"), find(&book, "box"));
    assert_eq!(nut.fields.get(Name::intern("above")).as_ref_id(), Some(bx.id));
    assert_eq!(bx.fields.get(Name::intern("kind")).as_text(), Some("big"));
    assert_eq!(nut.fields.get(Name::intern("price")).as_decimal(), Some("1234.50".parse().unwrap()));
    assert_eq!(bx.fields.get(Name::intern("price")).as_decimal(), Some(5.into()));
    assert_eq!(nut.fields.get(Name::intern("since")), &Value::Date(jiff::civil::date(2026, 3, 1)));
    assert_eq!(nut.fields.get(Name::intern("note")).as_text(), Some("row nut"));
    assert!(nut.flows.iter().all(|flow| flow.outcome.is_some()) && bx.flows.iter().all(|flow| flow.outcome.is_none()));
    let refused = std::fs::read_to_string(&errors).unwrap();
    let line = refused.lines().nth(1).unwrap();
    assert!(line.starts_with("bolt,tiny,,,,,,3,bad-value,kind,"), "{refused}");
}

#[test]
fn modes_leave_alone_change_or_demand_existing_records() {
    let folder = tempfile::tempdir().unwrap();
    let plain =
        "import: parts\nobject: part\nfrom: parts.csv\nkey: name\nmode: MODE\ncolumns: {name: name, note: note}\n";
    let (book, skip) = setup(folder.path(), &plain.replace("MODE", "skip"), "name,note\na,1\na,2\n");
    let options = Options::new(actor());
    let report = run(&book, &skip, &options, &mut |_| ()).unwrap();
    assert_eq!((report.created, report.skipped), (1, 1));
    std::fs::write(folder.path().join("parts.csv"), "name,note\na,3\nb,4\n").unwrap();
    let open = |mode: &str| {
        let text = plain.replace("MODE", mode);
        Mapping::parse(&folder.path().join("m.import.yaml"), &text, None, &book.catalog()).unwrap()
    };
    let dry = Options { dry_run: true, ..options.clone() };
    let report = run(&book, &open("update"), &dry, &mut |_| ()).unwrap();
    assert_eq!((report.created, report.updated), (1, 1));
    assert_eq!(all(&book).len(), 1, "a dry run writes nothing");
    let report = run(&book, &open("update_only"), &options, &mut |_| ()).unwrap();
    assert_eq!((report.updated, report.refused), (1, 1));
    assert_eq!(find(&book, "a").fields.get(Name::intern("note")).as_text(), Some("3"));
}

#[test]
fn an_import_that_was_given_up_goes_on_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let keyless =
        "import: parts\nobject: part\nfrom: parts.csv\ncolumns: {note: note}\nset: {name: = \"n\" + row.note}\n";
    let rows: String = (0..2000).map(|n| format!("{n}\n")).collect();
    let (book, mapping) = setup(folder.path(), keyless, &format!("note\n{rows}"));
    let state = folder.path().join("state.json");
    let options = Options { resume: Some(state.clone()), in_flight: 64, ..Options::new(actor()) };
    let mut saved = None;
    // What the file held after 512 rows is what a crash would leave behind.
    let report = run(&book, &mapping, &options, &mut |report| {
        if report.read == 512 {
            saved = std::fs::read(&state).ok();
        }
    });
    assert_eq!(report.unwrap().created, 2000);
    assert!(!state.exists());
    std::fs::write(&state, saved.unwrap()).unwrap();
    let report = run(&book, &mapping, &options, &mut |_| ()).unwrap();
    assert!(report.resumed > 400 && report.refused == 0, "{report:?}");
    assert_eq!(book.count(part(), &Filter::And(Vec::new()), 10_000, &actor()).unwrap().0, 2000);
}

#[test]
fn mistakes_in_a_mapping_are_reported_all_at_once_at_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let (book, _) = setup(folder.path(), MAPPING, PARTS);
    let wrong = MAPPING
        .replace("Name: name", "Nmae: name")
        .replace("to: kind", "to: knid")
        .replace("table: alias", "table: alais")
        .replace("act: sell", "act: sel")
        .replace("row.Sold", "row.Solt")
        .replace("key: name", "kye: name");
    let error = Mapping::parse(&folder.path().join("m.import.yaml"), &wrong, None, &book.catalog()).unwrap_err();
    let Error::Mapping(problems) = error else { panic!("{error}") };
    let codes: Vec<&str> = problems.diagnostics.iter().map(|found| found.code.as_str()).collect();
    for code in ["missing-column", "unknown-field", "unknown-action", "unknown-key"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    assert!(problems.diagnostics.iter().all(|found| problems.sources.place(found.at).is_some()));
}
