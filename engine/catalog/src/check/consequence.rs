//! What only follows from a file that could not be read is left out: its author has enough to mend.

use formwork_model::{
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
};

use crate::resolve::Linker;

/// A file that could not be read defines nothing; that others miss it is no news.
pub(crate) fn without_consequences(linker: &Linker<'_>, found: Diagnostics) -> Diagnostics {
    let unread = unread(linker);
    if unread.is_empty() {
        return found;
    }
    let consequence = |problem: &Diagnostic| {
        problem.code.as_str().starts_with("unknown-")
            && unread.iter().any(|name| problem.message.en.contains(&format!("`{name}`")))
    };
    let mut kept = Diagnostics::default();
    found.iter().filter(|problem| !consequence(problem)).for_each(|problem| kept.push(problem.clone()));
    kept
}

/// The names of files whose definition is missing.
fn unread(linker: &Linker<'_>) -> Vec<String> {
    let known = |kind: &str, name: &str| {
        let names = linker.names;
        Name::find(name).is_some_and(|name| match kind {
            "object" => names.objects.contains_key(&name),
            "flow" => names.flows.contains_key(&name),
            "table" => names.tables.contains_key(&name),
            "ledger" => names.ledgers.contains_key(&name),
            "calendar" => names.calendars.contains_key(&name),
            "queue" => names.queues.contains(&name),
            "template" => linker.template(name.as_str()).is_some(),
            "connector" => linker.connector(name.as_str()).is_some(),
            "report" => linker.definitions.reports.iter().any(|known| known.body.report.value.0 == name),
            "dashboard" => linker.definitions.dashboards.iter().any(|known| known.body.dashboard.value.0 == name),
            "form" => names.forms.contains_key(&name),
            _ => true,
        })
    };
    let mut unread = Vec::new();
    for source in linker.sources.iter() {
        let file = source.path.rsplit('/').next().unwrap_or_default();
        let mut parts = file.split('.');
        if let (Some(name), Some(kind), Some("yaml"), None) = (parts.next(), parts.next(), parts.next(), parts.next())
            && !known(kind, name)
        {
            unread.push(name.to_owned());
        }
    }
    unread
}
