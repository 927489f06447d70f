//! `nobody-decides`: a step of an approval can't be decided by as many people as it needs.
//!
//! # What it does
//! Counts whom a step can ask: a field, a user, the creator, a head and a supervisor are one person each, roles and
//! expressions any number. Whoever `not` shuts out for certain is left out: who alone can submit, and who has signed an
//! earlier step that is always asked. Who alone can submit is followed back through nodes that send a token on at once.
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
use crate::flow::{
    By, Flow, Need as JoinNeed, NodeKind,
    approval::{Approver, Empty, Step},
};

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
            let submitter = submitter(flow, node.name);
            let mut signed = Vec::new();
            for step in &approval.steps {
                if let Some(message) = impossible(step, submitter.as_ref(), &signed) {
                    out.push(Diagnostic::error(code!("nobody-decides"), step.span, message));
                }
                signed.extend(signers(step));
            }
        }
    }
}

fn impossible(step: &Step, submitter: Option<&Person>, signed: &[Person]) -> Option<Text> {
    let mut people: Vec<Person> = Vec::new();
    for by in &step.by {
        let person = Person::of(by)?;
        if !people.contains(&person) {
            people.push(person);
        }
    }
    let named = people.len();
    people.retain(|person| {
        !(step.not_earlier && signed.contains(person) || step.not_submitter && submitter == Some(person))
    });
    let (name, left) = (step.name, people.len());
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

/// The one person who can submit: of every action that leads to the node, also by way of nodes that send a token on in the
/// same command. `None` when it may be somebody else.
fn submitter(flow: &Flow, node: Name) -> Option<Person> {
    let (mut found, mut open, mut seen) = (None, vec![node], vec![node]);
    while let Some(node) = open.pop() {
        // Where a record begins, whoever creates it submits.
        if flow.start == node {
            return None;
        }
        for before in flow.nodes.values() {
            let (leads, begins) = (before.targets().contains(&node), before.inner_start() == Some(node));
            if !leads && !begins {
                continue;
            }
            if before.timers.iter().any(|timer| timer.exit().to.contains(&node)) {
                return None;
            }
            if let NodeKind::State { actions, .. } = &before.kind {
                for action in actions.iter().filter(|action| action.to.contains(&node)) {
                    let person = alone(&action.by)?;
                    if found.as_ref().is_some_and(|known| *known != person) {
                        return None;
                    }
                    found = Some(person);
                }
            } else if goes_on(&before.kind, leads) {
                if !seen.contains(&before.name) {
                    seen.push(before.name);
                    open.push(before.name);
                }
            } else {
                return None;
            }
        }
    }
    found
}

/// The one person who may take an action.
fn alone(by: &[By]) -> Option<Person> {
    match by {
        [By::Field(field)] => Some(Person::Field(*field)),
        [By::Creator] => Some(Person::Creator),
        _ => None,
    }
}

/// Whether a token leaves a node, or begins what is inside it, in the command in which the last one came there. (A `chosen`
/// or `reachable` join can also go on because of what became of other tokens; a sub-graph is left when those inside are
/// done.)
fn goes_on(kind: &NodeKind, leads: bool) -> bool {
    match kind {
        NodeKind::Decide { .. } | NodeKind::Run { .. } => true,
        NodeKind::Join { need, .. } => matches!(need, JoinNeed::All | JoinNeed::Count(_)),
        NodeKind::Scope { .. } => !leads,
        NodeKind::Each { open, .. } => !leads && open.is_none(),
        NodeKind::State { .. }
        | NodeKind::Approval(_)
        | NodeKind::Call { .. }
        | NodeKind::Wait { .. }
        | NodeKind::End { .. } => false,
    }
}
