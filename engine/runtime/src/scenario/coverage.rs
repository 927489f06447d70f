//! What no scenario has touched.

use std::collections::BTreeSet;

use formwork_catalog::{catalog::Catalog, flow::NodeKind};

use super::Report;

/// Actions, branches, steps and exits of approvals, rules and table rows, and which of them fired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many there are.
    pub all: usize,
    /// Those that never fired: `action quote.draft.submit`, `branch quote.level #1`, `rule lead.score`,
    /// `table discount_level#3`.
    pub untouched: Vec<String>,
}

/// Compares what fired with what could have.
pub fn coverage(catalog: &Catalog, reports: &[Report]) -> Coverage {
    let fired: BTreeSet<&str> = reports.iter().flat_map(|report| report.fired.iter().map(String::as_str)).collect();
    let mut all = Vec::new();
    for flow in catalog.flows.values() {
        for node in flow.nodes.values() {
            let place = format!("{}.{}", flow.name, node.name);
            all.extend(node.actions().iter().map(|action| format!("action {place}.{}", action.name)));
            if let Some(approval) = node.approval() {
                all.extend(approval.steps.iter().map(|step| format!("step {place}.{}", step.name)));
                all.extend(approval.exits().map(|exit| format!("exit {place} {}", exit.word)));
            }
            all.extend(node.timers.iter().map(|timer| format!("timer {place}.{}", timer.name)));
            match &node.kind {
                NodeKind::Each { open: Some(open), .. } => all.push(format!("action {place}.{open}")),
                NodeKind::Decide { branches, otherwise, .. } => {
                    all.extend((1..=branches.len()).map(|i| format!("branch {place} #{i}")));
                    all.extend(otherwise.as_ref().map(|_| format!("branch {place} else")));
                }
                _ => {}
            }
        }
    }
    all.extend(catalog.schedules.keys().map(|schedule| format!("schedule {schedule}")));
    for object in catalog.objects.values() {
        all.extend(crate::sla::places(object));
        all.extend(object.rules.iter().map(|rule| format!("rule {}.{}", object.name, rule.name)));
    }
    for table in catalog.tables.values() {
        all.extend((1..=table.rows.len()).map(|row| format!("table {}#{row}", table.name)));
    }
    let total = all.len();
    Coverage { all: total, untouched: all.into_iter().filter(|what| !fired.contains(what.as_str())).collect() }
}
