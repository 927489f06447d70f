//! A real sales year of 8,800 deals, imported through mapping files, rules and flows.
//!
//! The data is not in the repository: `FORMWORK_REAL_DATA` names the folder that holds `crm_sales/` and the other
//! sets. `site` is what the replays of real logs (`tests/reimbursement`, …) share.

pub(crate) mod site;

mod calendar;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use formwork_catalog::{
    check::check_folder,
    filter::{Filter, parse_filter},
};
use formwork_integration::{import, mapping::Mapping, rows};
use formwork_model::{clock::SystemClock, name::Name, record::Record};
use formwork_runtime::{book::Book, command::Actor, query::Query};
use formwork_store::embedded::Embedded;
use rust_decimal::Decimal;

fn actor() -> Actor {
    Actor::new("import", []).unlimited()
}

/// The folder of one data set; `None` after saying that nothing is tested. What a passing test prints is kept from
/// view, so it is said to the terminal itself.
pub(crate) fn data(set: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("FORMWORK_REAL_DATA") else {
        let mut terminal = std::io::stderr();
        writeln!(terminal, "NOT RUN: the test on {set}, because FORMWORK_REAL_DATA is not set").unwrap();
        return None;
    };
    let folder = PathBuf::from(folder).join(set);
    assert!(folder.is_dir(), "FORMWORK_REAL_DATA is set, but {} is no folder", folder.display());
    Some(folder)
}

/// Imports one file with its mapping.
fn bring_in(book: &Book, data: &Path, mapping: &str) -> import::Report {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/real");
    let catalog = book.catalog();
    let path = root.join(mapping);
    let text = std::fs::read_to_string(&path).unwrap();
    let from = text.lines().find_map(|line| line.strip_prefix("from: ")).unwrap();
    let mapping = Mapping::open(&path, Some(&data.join(from)), &catalog).unwrap_or_else(|error| panic!("{error:#?}"));
    let report = import::run(book, &mapping, &import::Options::new(actor()), &mut |_| ()).unwrap();
    assert_eq!(report.refused, 0, "{mapping:?}: {report:#?}");
    report
}

fn count(book: &Book, object: &str, filter: &str) -> usize {
    let object = Name::find(object).unwrap();
    book.count(object, &parsed(book, object, filter), usize::MAX, &actor()).unwrap().0
}

fn parsed(book: &Book, object: Name, filter: &str) -> Filter {
    let catalog = book.catalog();
    let json = serde_json::from_str(filter).unwrap();
    parse_filter(&*catalog, object, &json, &catalog.book.zone).unwrap()
}

/// Every record of an object, page by page.
fn all(book: &Book, object: &str) -> Vec<Record> {
    let object = Name::find(object).unwrap();
    let mut query = Query { object, filter: Filter::And(Vec::new()), sort: Vec::new(), limit: 1000, after: None };
    let mut records = Vec::new();
    loop {
        let page = book.list(&query, &actor()).unwrap();
        records.extend(page.records);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return records,
        }
    }
}

fn money(record: &Record, field: &str) -> Decimal {
    record.fields.get(Name::find(field).unwrap()).as_decimal().unwrap_or_default()
}

#[test]
fn the_real_sales_year_goes_in_through_rules_and_flows() {
    let Some(data) = data("crm_sales") else { return };
    let catalog = check_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap().catalog.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Embedded::open(folder.path(), None).unwrap());
    let book = Book::open(store, Arc::new(catalog), Arc::new(SystemClock)).unwrap();

    let accounts = bring_in(&book, &data, "accounts.import.yaml");
    assert_eq!((accounts.created, accounts.later), (85, 15));
    assert_eq!(bring_in(&book, &data, "products.import.yaml").created, 7);
    assert_eq!(bring_in(&book, &data, "agents.import.yaml").created, 35);
    assert_eq!(bring_in(&book, &data, "opportunities.import.yaml").created, 8_800);

    stages(&book);
    traps(&book);
    amounts(&book, &data);
    histories(&book);
    again(&book, &data);
}

fn stages(book: &Book) {
    for (state, deals) in [("won", 4_238), ("lost", 2_473), ("engaging", 1_589), ("prospecting", 500)] {
        assert_eq!(count(book, "opportunity", &format!(r#"{{"state": "{state}"}}"#)), deals, "{state}");
    }
}

fn traps(book: &Book) {
    assert_eq!(count(book, "opportunity", r#"{"account": {"empty": true}}"#), 1_425);
    assert_eq!(count(book, "opportunity", r#"{"product.name": "GTX Pro"}"#), 1_480);
    assert_eq!(count(book, "product", r#"{"name": "GTXPro"}"#), 0);
    assert_eq!(count(book, "account", r#"{"sector": "technology"}"#), 12);
    assert_eq!(count(book, "account", r#"{"parent.name": "Acme Corporation"}"#), 4);
}

/// The won amount is the file's, to the cent: deal by deal, and rolled up to accounts, agents and products.
fn amounts(book: &Book, data: &Path) {
    let mut rows = rows::open(&data.join("sales_pipeline.csv"), None).unwrap();
    let column = |title: &str| rows.header().iter().position(|known| known == title).unwrap();
    let (stage, value) = (column("deal_stage"), column("close_value"));
    let (mut row, mut expected) = (Vec::new(), Decimal::ZERO);
    while rows.next(&mut row).unwrap() {
        if row[stage] == "Won" {
            expected += row[value].parse::<Decimal>().unwrap();
        }
    }
    let deals: Decimal = all(book, "opportunity").iter().map(|deal| money(deal, "close_value")).sum();
    assert_eq!(deals, expected);
    for object in ["account", "agent", "product"] {
        let sum: Decimal = all(book, object).iter().map(|record| money(record, "won_amount")).sum();
        assert_eq!(sum, expected, "{object}");
    }
}

/// Every deal has one entry that says which stages it went through, and which rules fired.
fn histories(book: &Book) {
    let object = Name::find("opportunity").unwrap();
    for deal in all(book, "opportunity") {
        let history = book.history(object, deal.id, None, 10).unwrap();
        let moves =
            history.iter().flat_map(|entry| &entry.fired).filter(|fired| fired.what.starts_with("flow opportunity"));
        assert!(moves.count() > 0, "{:?} has no history of its stages", deal.number);
    }
}

/// The same files once more change nothing.
fn again(book: &Book, data: &Path) {
    let report = bring_in(book, data, "opportunities.import.yaml");
    assert_eq!((report.created, report.skipped), (0, 8_800));
}
