//! `nobody-decides`: a step of an approval can't be decided by as many people as it needs.
//!
//! # What it does
//! Counts whom a step can ask: a field, a user, the creator, a head and a supervisor are one person each, roles and
//! expressions any number. Whoever `not` shuts out for certain is left out: who alone can submit, and who has signed an
//! earlier step that is always asked. Who can submit is followed back through nodes that send a token on, and through
//! approvals, calls and waits: what comes of those belongs to the submission before.
//!
//! # Why it matters
//! The step would fail, be skipped or go to an administrator every time, and only then would anybody notice.
//!
//! # Example
//! ```yaml
//! approval: [{by: finance_officer}, {by: finance_officer, not: earlier}]
//! ```
//!
//! # Instead
//! ```yaml
//! approval: [{by: finance_officer}, {by: role(finance_manager), not: earlier}]
//! ```

mod submitter;

use std::sync::Arc;

use formwork_model::{
    approval::Need,
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    text,
    text::Text,
};

use super::Linked;
use crate::flow::approval::{Approver, Empty, Step};
use submitter::submitters;

/// Somebody who is one person for certain.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Person {
    Field(Name),
    User(Arc<str>),
    Creator,
    Head(Name),
    Supervisor(u32),
}

impl Person {
    /// The one person; `None` when there may be several.
    fn of(by: &Approver) -> Option<Self> {
        match by {
            Approver::Field(field) => Some(Self::Field(*field)),
            Approver::User(login) => Some(Self::User(login.clone())),
            Approver::Creator => Some(Self::Creator),
            Approver::Head(field) => Some(Self::Head(*field)),
            Approver::Supervisor(n) => Some(Self::Supervisor(*n)),
            Approver::Role(..) | Approver::Supervisors(_) | Approver::Chosen | Approver::Program(_) => None,
        }
    }
}

/// Refuses steps that can't be decided.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for (flow, _) in linked.flows.values() {
        for node in flow.nodes.values() {
            let Some(approval) = node.approval() else { continue };
            let submitters = submitters(flow, linked.objects.get(&flow.object), node.name);
            let mut signed = Vec::new();
            for step in &approval.steps {
                if let Some(message) = impossible(step, submitters.as_deref(), &signed) {
                    out.push(Diagnostic::error(code!("nobody-decides"), step.span, message));
                }
                signed.extend(signers(step));
            }
        }
    }
}

/// Why the step can't be decided, whoever of `submitters` submitted; `None` when it may be possible.
fn impossible(step: &Step, submitters: Option<&[Person]>, signed: &[Person]) -> Option<Text> {
    let mut people: Vec<Person> = Vec::new();
    for by in &step.by {
        let person = Person::of(by)?;
        if !people.contains(&person) {
            people.push(person);
        }
    }
    let named = people.len();
    people.retain(|person| !(step.not_earlier && signed.contains(person)));
    let submitters = submitters.filter(|_| step.not_submitter).unwrap_or_default();
    let is_left_out = |submitter: &Person| people.contains(submitter);
    // Of several who can submit, some may be nobody who is asked.
    let left = people.len() - usize::from(!submitters.is_empty() && submitters.iter().all(is_left_out));
    let name = step.name;
    match step.need {
        _ if named > 0 && left == 0 => {
            Some(text!("`not` leaves nobody who could decide `{name}`", "`not` 排除后，没有人可以审批 `{name}`"))
        }
        Need::Count(n) if usize::try_from(n).is_ok_and(|n| n > left) && named > 0 => Some(text!(
            "`{name}` needs {n} people, and at most {left} can be asked",
            "`{name}` 需要 {n} 人，最多只能询问 {left} 人"
        )),
        _ => None,
    }
}

/// Who has signed the step for certain when a later one is asked.
fn signers(step: &Step) -> Vec<Person> {
    let everybody = matches!(step.need, Need::All | Need::InOrder) || step.by.len() == 1;
    if step.when.is_some() || step.empty == Empty::Next || !everybody {
        return Vec::new();
    }
    step.by.iter().filter_map(Person::of).collect()
}
