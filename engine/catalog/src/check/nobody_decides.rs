//! `nobody-decides`: a step of an approval can't be decided by as many people as it needs.
//!
//! # What it does
//! Counts whom a step can ask: a field, a user, the creator, a head and a supervisor are one person each, roles and
//! expressions any number. Whoever `not` shuts out for certain is left out: who alone can submit, and who has signed an
//! earlier step that is always asked, here or in an approval that every way here has passed. Who can submit is followed
//! back through nodes that send a token on, and through approvals, calls and waits: what comes of those belongs to the
//! submission before.
//!
//! A step counts as signed by whom it asks. Somebody else signs when that person submitted it, hands the task on or has
//! left. Such a run may pass, but no definition is meant to rest on it.
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

mod earlier;
mod submitter;

use std::{collections::BTreeMap, sync::Arc};

use formwork_model::{
    approval::Need,
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    source::Span,
    text,
};
use indexmap::IndexMap;

use super::Linked;
use crate::{
    flow::{
        Flow, Node, NodeKind,
        approval::{Approval, Approver, Empty, Step, Then},
    },
    form::Form,
    object::Object,
};
use earlier::signed_before;
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

    /// The field that says who it is.
    fn field(&self) -> Option<Name> {
        match self {
            Self::Field(field) | Self::Head(field) => Some(*field),
            Self::User(_) | Self::Creator | Self::Supervisor(_) => None,
        }
    }
}

/// Somebody whose name is under a step for certain.
#[derive(Debug, Clone)]
struct Signed {
    person: Person,
    /// The step.
    at: Span,
}

/// Refuses steps that can't be decided.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    for (flow, _) in linked.flows.values() {
        check_flow(flow, linked.objects.get(&flow.object), &linked.forms, out);
    }
}

fn check_flow(flow: &Flow, object: Option<&Object>, forms: &IndexMap<Name, Form>, out: &mut Diagnostics) {
    let approvals: Vec<(&Node, &Approval, Option<Vec<Person>>)> = flow
        .nodes
        .values()
        .filter_map(|node| Some((node, node.approval()?, submitters(flow, object, node.name))))
        .collect();
    let mut own: BTreeMap<Name, Vec<Signed>> = BTreeMap::new();
    for (node, approval, submitters) in &approvals {
        let steps = approval.steps.iter().flat_map(|step| signers(approval, step, submitters.as_deref()));
        own.insert(node.name, steps.filter(|signed| stays(&signed.person, object)).collect());
    }
    let before = signed_before(flow, &own);
    for (node, approval, submitters) in &approvals {
        let mut signed = before.get(&node.name).cloned().unwrap_or_default();
        for step in &approval.steps {
            out_of_people(step, submitters.as_deref(), &signed, out);
            signed.extend(signers(approval, step, submitters.as_deref()));
            signed.retain(|signed| !fills_in(step, &signed.person, forms));
        }
    }
}

/// Reports a step that can't be decided, whoever of `submitters` submitted.
fn out_of_people(step: &Step, submitters: Option<&[Person]>, signed: &[Signed], out: &mut Diagnostics) {
    let mut people: Vec<Person> = Vec::new();
    for by in &step.by {
        let Some(person) = Person::of(by) else { return };
        if !people.contains(&person) {
            people.push(person);
        }
    }
    let named = people.len();
    let signed: Vec<&Signed> = signed.iter().filter(|one| step.not_earlier && people.contains(&one.person)).collect();
    people.retain(|person| !signed.iter().any(|one| one.person == *person));
    let submitters = submitters.filter(|_| step.not_submitter).unwrap_or_default();
    let is_left_out = |submitter: &Person| people.contains(submitter);
    // Of several who can submit, some may be nobody who is asked.
    let left = people.len() - usize::from(!submitters.is_empty() && submitters.iter().all(is_left_out));
    let name = step.name;
    let (message, help) = match step.need {
        _ if named > 0 && left == 0 => (
            text!("`not` leaves nobody who could decide `{name}`", "`not` 排除后，没有人可以审批 `{name}`"),
            text!("ask somebody else, or do without `not`", "请改为询问其他人，或去掉 `not`"),
        ),
        Need::Count(n) if usize::try_from(n).is_ok_and(|n| n > left) && named > 0 => (
            text!(
                "`{name}` needs {n} people, and at most {left} can be asked",
                "`{name}` 需要 {n} 人，最多只能询问 {left} 人"
            ),
            text!("ask more people, or need fewer", "请增加审批人，或降低 `need`"),
        ),
        _ => return,
    };
    let mut problem = Diagnostic::error(code!("nobody-decides"), step.span, message).help(help);
    for one in signed {
        problem = problem.related(one.at, text!("signed here before", "此前已在此签署"));
    }
    out.push(problem);
}

/// Who has signed the step for certain when a later one is asked: not whoever may have submitted, for whom others sign.
fn signers(approval: &Approval, step: &Step, submitters: Option<&[Person]>) -> Vec<Signed> {
    let everybody = matches!(step.need, Need::All | Need::InOrder) || step.by.len() == 1;
    let by_the_clock = matches!(approval.limit, Some((_, Then::Approve | Then::Escalate)));
    if step.when.is_some() || step.empty == Empty::Next || !everybody || by_the_clock {
        return Vec::new();
    }
    let submits = |person: &Person| submitters.is_some_and(|all| all.contains(person));
    let people = step.by.iter().filter_map(Person::of).filter(|person| !submits(person));
    people.map(|person| Signed { person, at: step.span }).collect()
}

/// Whether it is the same person in later approvals too, as long as nobody submits anew.
fn stays(person: &Person, object: Option<&Object>) -> bool {
    let fixed = |field: Name| object.and_then(|object| object.field(field)).is_some_and(|field| field.fixed);
    person.field().is_none_or(fixed)
}

/// Whether whoever approves the step may say who the person is.
fn fills_in(step: &Step, person: &Person, forms: &IndexMap<Name, Form>) -> bool {
    let Some(field) = person.field() else { return false };
    let form = step.approve.form.and_then(|form| forms.get(&form));
    step.approve.require.contains(&field)
        || form.is_some_and(|form| form.places().any(|(_, place)| place.field == field))
}

/// Whether several tokens may come of one at the node.
fn forks(node: &Node) -> bool {
    let several = match &node.kind {
        NodeKind::Approval(approval) => approval.exits().any(|exit| exit.to.len() > 1),
        NodeKind::Decide { pick, branches, otherwise } => {
            *pick == formwork_definition::kind::flow::Pick::Every
                || branches.iter().any(|branch| branch.to.len() > 1)
                || otherwise.iter().any(|to| to.len() > 1)
        }
        NodeKind::Call { to, failed, .. } => to.len() > 1 || failed.iter().any(|failed| failed.to.len() > 1),
        NodeKind::Join { to, .. }
        | NodeKind::Run { to, .. }
        | NodeKind::Wait { to, .. }
        | NodeKind::Scope { to, .. } => to.len() > 1,
        NodeKind::Each { .. } => true,
        NodeKind::State { .. } | NodeKind::End { .. } => false,
    };
    several || node.exits().iter().any(|exit| exit.to.len() > 1)
}
