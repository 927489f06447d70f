//! A small book for the tests of this crate.

use std::sync::Arc;

use formwork_catalog::{catalog::Catalog, check::check_parsed};
use formwork_definition::load;
use formwork_model::{clock::SettableClock, name::Name};
use formwork_runtime::{book::Book, command::Actor};
use formwork_store::embedded::Embedded;

const BOOK: &str = "book: test\naccess: open\ntime_zone: Asia/Shanghai\n";
const PART: &str = r#"
object: part
title: name
fields:
  name:   {type: text, required: true, unique: true, label: {zh: 名称, en: Name}}
  above:  {type: ref, to: part, tree: true, label: {zh: 上级, en: Above}}
  kind:   {type: choice, options: {big: {zh: 大, en: Big}, small: {zh: 小, en: Small}}, label: {zh: 种类, en: Kind}}
  tags:   {type: choices, options: [red, blue]}
  price:  {type: money, min: 0, label: {zh: 价格, en: Price}}
  since:  {type: date, label: {zh: 日期, en: Since}}
  note:   {type: text, label: {zh: 备注, en: Note}}
"#;
const FLOW: &str = r#"
flow: part
object: part
start: made
nodes:
  made: {label: {zh: 已建, en: Made}, actions: {sell: {to: sold, require: price}}}
  sold: {label: {zh: 已售, en: Sold}, end: {}}
"#;
const ALIAS: &str = r#"
table: alias
hit: U
inputs: {written: {type: text}}
outputs: {name: {type: text, default: ""}}
rows: [{written: hugue, name: big}]
"#;

/// The catalog of the small book.
pub(crate) fn catalog() -> Arc<Catalog> {
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let checked = check_parsed(load::parse([
        file("definitions/test.book.yaml", BOOK),
        file("definitions/stock/part.object.yaml", PART),
        file("definitions/stock/part.flow.yaml", FLOW),
        file("definitions/stock/alias.table.yaml", ALIAS),
    ]));
    let found: Vec<String> =
        checked.diagnostics.iter().map(|d| format!("{} {}", checked.sources.locate(d.at), d.message.en)).collect();
    Arc::new(checked.catalog.unwrap_or_else(|| panic!("{}", found.join("\n"))))
}

/// A book in memory on the first of March 2026.
pub(crate) fn book() -> (Book, Arc<SettableClock>) {
    let clock = Arc::new(SettableClock::at("2026-03-01T02:00:00Z".parse().unwrap()));
    let store = Arc::new(Embedded::memory().unwrap());
    (Book::open(store, catalog(), clock.clone()).unwrap(), clock)
}

pub(crate) fn actor() -> Actor {
    Actor::new("tester", [])
}

/// The object of the small book.
pub(crate) fn part() -> Name {
    Name::intern("part")
}
