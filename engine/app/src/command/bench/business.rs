//! The small business that the benchmarks run: two checks, a rule, a flow with three actions.

use std::sync::Arc;

use formwork_catalog::catalog::Catalog;

pub(super) const FILES: &[(&str, &str)] = &[
    (
        "definitions/bench.book.yaml",
        "book: bench\naccess: open\ncurrency: CNY\ntime_zone: Asia/Shanghai\nsettings:\n  big: {type: money, default: 5000}\n",
    ),
    (
        "definitions/work/job.object.yaml",
        r#"
object: job
number: "J{yyyy}{mm}-{seq:7}"
title: name
owner: owner
fields:
  name: {type: text, max: 80, required: true}
  owner: {type: user}
  kind: {type: choice, options: [plain, special, rush]}
  region: {type: integer, min: 0}
  amount: {type: money, min: 0}
  discount: {type: percent, default: 0}
  net: {type: money, value: this.amount * (100 - this.discount) / 100}
  key_job: {type: boolean}
  note: {type: text, max: 200}
indexes:
  by_kind: [kind, amount]
checks:
  discount_in_reach: {that: this.discount <= 50, at: discount, say: {zh: 折扣过高, en: Discount too high}}
  rush_is_paid: {that: 'this.kind != "rush" || this.amount >= 100', at: amount, say: {zh: 加急至少 100, en: Rush costs at least 100}}
rules:
  big: {on: save, when: this.amount > setting("big"), set: {key_job: true}}
"#,
    ),
    (
        "definitions/work/job.flow.yaml",
        r#"
flow: job
object: job
start: open
nodes:
  open: {actions: {accept: {to: running, when: this.amount >= 0}}}
  running: {actions: {finish: {to: checking, set: {note: done}}}}
  checking: {actions: {close: {to: closed, by: owner}}}
  closed: {end: {}}
"#,
    ),
];

/// The catalog of the small business.
///
/// # Errors
/// What the checks say, should they refuse it.
pub(crate) fn catalog() -> Result<Arc<Catalog>, String> {
    check(FILES)
}

/// The catalog of a few files.
///
/// # Errors
/// What the checks say, should they refuse it.
pub(super) fn check(files: &[(&str, &str)]) -> Result<Arc<Catalog>, String> {
    edited(files, str::to_owned)
}

/// The same after an edit of its files.
///
/// # Errors
/// As [`catalog`].
pub(crate) fn edited(files: &[(&str, &str)], edit: impl Fn(&str) -> String) -> Result<Arc<Catalog>, String> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), edit(text).into_bytes()));
    let (sources, definitions, mut diagnostics) = formwork_definition::load::parse(files);
    let mut checked = formwork_catalog::check::check(definitions, sources.clone());
    diagnostics.append(std::mem::take(&mut checked.diagnostics));
    checked.catalog.map(Arc::new).ok_or_else(|| {
        formwork_model::render::render(&diagnostics, &sources, formwork_model::text::Language::En, false)
    })
}
