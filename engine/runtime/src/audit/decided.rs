//! What was decided in approvals by one command, for the audit log: who, for whom, which task, and how. What was said
//! stays in the record, where it can be erased.

use std::sync::Arc;

use formwork_model::{
    approval::{End, Task},
    id::RecordId,
    name::Name,
    record::Record,
};
use formwork_store::{error::Error, store::Transaction, table::history};
use serde_json::json;

/// A task that somebody decided, or the definition in their place.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    about: (Name, RecordId),
    flow: Name,
    task: u32,
    how: &'static str,
    by: Arc<str>,
    on_behalf_of: Option<Arc<str>>,
}

/// Adds what was decided between two states of a record.
pub(crate) fn gather(before: Option<&Record>, after: Option<&Record>, decided: &mut Vec<Decided>) {
    let Some(after) = after else { return };
    for instance in &after.flows {
        let known = before.and_then(|before| before.flow(instance.flow));
        for approval in &instance.approvals {
            let known = known.and_then(|known| known.approvals.iter().find(|known| known.id == approval.id));
            let was_open = |task: &&Task| {
                let known = known.and_then(|known| known.task(task.id));
                known.is_none_or(|known| known.end.is_none())
            };
            for task in approval.tasks().filter(was_open) {
                let Some(end) = task.end.as_ref().filter(|end| decides(end.how)) else { continue };
                decided.push(Decided {
                    about: (after.object, after.id),
                    flow: instance.flow,
                    task: task.id,
                    how: end.how.word(),
                    by: end.by.clone(),
                    on_behalf_of: end.on_behalf_of.clone(),
                });
            }
        }
    }
}

/// Whether a task ended by what became of it, not by what became of others.
fn decides(how: End) -> bool {
    !matches!(how, End::Superseded | End::Cancelled | End::Removed)
}

/// What was done to an approval that ends no task by itself.
const WITHOUT_END: [&str; 6] = ["add", "delegate", "recall", "remove", "retry", "unapprove"];

/// Notes each decision, and what was done to approvals beside.
pub(super) fn note(
    transaction: &mut dyn Transaction,
    entry: &history::Entry,
    decided: &[Decided],
) -> Result<(), Error> {
    for one in decided {
        let about = format!("{} {}", one.about.0, one.about.1);
        let more = json!({
            "history": entry.seq, "flow": one.flow.as_str(), "task": one.task, "how": one.how, "for": one.on_behalf_of,
        });
        super::append(transaction, (&one.by, "decided", &about), more, entry.at)?;
    }
    let done = entry.kind.strip_prefix("decide ").filter(|word| WITHOUT_END.contains(word));
    if let (Some(done), Some((object, id))) = (done, entry.target) {
        let more = json!({"history": entry.seq, "how": done, "for": entry.on_behalf_of});
        super::append(transaction, (&entry.actor, "decided", &format!("{object} {id}")), more, entry.at)?;
    }
    Ok(())
}
