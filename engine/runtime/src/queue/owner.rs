//! Who owns a record in a queue is decided there: its owner field can't be set otherwise.

use formwork_catalog::object::Object;
use formwork_model::{code, record::Record, text};

use crate::rejection::Problem;

/// While a record is work, its owner field holds who owns one of its pieces, or nobody when nobody owns one.
pub(crate) fn check_owner(object: &Object, record: &Record, problems: &mut Vec<Problem>) {
    let Some(owner) = object.owner else { return };
    let mut owners = record.flows.iter().flat_map(|flow| &flow.works).map(|work| work.assignee.as_deref()).peekable();
    let holds = record.fields.get(owner).as_text();
    if owners.peek().is_some() && !owners.any(|owner| owner == holds) {
        problems.push(
            Problem::new(
                code!("owned-by-queue"),
                text!("the queue decides who owns this", "负责人由队列决定，不能直接修改"),
            )
            .field(owner.as_str()),
        );
    }
}
