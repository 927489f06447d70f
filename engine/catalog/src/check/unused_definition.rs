//! `unused-definition`: nothing uses a table, ledger, queue, template, connector, setting, script or `act` form.
//!
//! # What it does
//! Looks for tables, ledgers, queues, templates, connectors and settings that no expression, effect or scenario
//! names, for `act` forms that no action names, and for script files without functions that nothing runs.
//!
//! # Why it matters
//! Somebody maintains it in the belief that it does something.
//!
//! # Example
//! A table `discount_level` in a file, and no `table: discount_level` or `table("discount_level")` anywhere.
//!
//! # Instead
//! Use it, or delete it.

use formwork_definition::kind::form::Purpose;
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};

use super::Linked;
use crate::resolve::{Linker, Used, script};

/// Warns of what nothing uses.
pub(crate) fn check(linker: &Linker<'_>, linked: &Linked, out: &mut Diagnostics) {
    let mut unused = |what: Used, name: Name, at: Span, (en, zh): (&str, &str)| {
        if !linker.is_used(what, name) {
            out.push(Diagnostic::warning(
                code!("unused-definition"),
                at,
                text!("nothing uses {en} `{name}`", "没有任何地方使用{zh} `{name}`"),
            ));
        }
    };
    for (table, _) in linked.tables.values() {
        unused(Used::Table, table.name, table.span, ("table", "决策表"));
    }
    for ledger in linked.ledgers.values() {
        unused(Used::Ledger, ledger.name, ledger.span, ("ledger", "台账"));
    }
    for queue in linked.queues.values() {
        unused(Used::Queue, queue.name, queue.span, ("queue", "队列"));
    }
    for template in linked.templates.values().filter(|template| template.print.is_none()) {
        unused(Used::Template, template.name, template.span, ("template", "模板"));
    }
    for connector in linked.connectors.values().filter(|connector| !connector.requests.is_empty()) {
        unused(Used::Connector, connector.name, connector.span, ("connector", "连接器"));
    }
    for form in linked.forms.values().filter(|form| form.purpose == [Purpose::Act]) {
        unused(Used::Form, form.name, form.span, ("form", "表单"));
    }
    for (setting, _) in linker.definitions.books.iter().flat_map(|book| &book.body.settings) {
        unused(Used::Setting, setting.value, setting.span, ("setting", "设置"));
    }
    for script in &linker.definitions.scripts {
        let text = linker.sources.get(script.source).map(|source| source.text.clone()).unwrap_or_default();
        if script::statements(&text) == *text {
            unused(Used::Script, script.name.value, script.name.span, ("script", "脚本"));
        }
    }
}
