//! What can be done at a record now, and why the rest can't.

use formwork_catalog::{
    flow::{Action, By, Flow, Node, NodeKind},
    role::Action as Granting,
};
use formwork_model::{code, instance::Token, name::Name, text, text::Text};

use crate::{
    decider::{Decider, Key},
    flow::enter::scope_chain,
    rejection::{Kind, Problem, Refusal, Rejection},
};

/// An action that a token offers.
pub(crate) struct Offer<'a> {
    pub(crate) flow: &'a Flow,
    pub(crate) node: &'a Node,
    pub(crate) token: Token,
    /// Position of the innermost `each` item it belongs to, from 1.
    pub(crate) item: Option<u32>,
    pub(crate) what: What<'a>,
}

/// What is offered.
pub(crate) enum What<'a> {
    /// An action of the node.
    Action(&'a Action),
    /// Adding an item to an open `each`.
    Add(Name),
}

/// An action as people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The flow.
    pub flow: Name,
    /// The node.
    pub node: Name,
    /// The token, for callers that must say which.
    pub token: u32,
    /// The `each` item it belongs to, from 1.
    pub item: Option<u32>,
    /// The action.
    pub action: Name,
    /// What people read on the button.
    pub label: Text,
    /// The form to fill in.
    pub form: Option<Name>,
    /// Fields that must not be empty.
    pub require: Vec<Name>,
    /// Whether a reason is `required` or `optional`.
    pub reason: Option<&'static str>,
    /// Why it is not possible now; `None` when it is.
    pub refused: Option<Problem>,
}

impl What<'_> {
    pub(crate) fn name(&self) -> Name {
        match self {
            Self::Action(action) => action.name,
            Self::Add(name) => *name,
        }
    }
}

impl Decider<'_> {
    /// Every action that a token of the record offers.
    pub(crate) fn offers(&self, key: Key) -> Result<Vec<Offer<'_>>, Refusal> {
        let instances = self.record(key, |record| record.flows.clone())?;
        let flows = &self.catalog_of(key)?.flows;
        let mut offers = Vec::new();
        for instance in instances.iter().filter(|instance| instance.is_live()) {
            let Some(flow) = flows.get(&instance.flow) else { continue };
            for token in instance.tokens.iter().filter(|token| !token.held) {
                let Some(node) = flow.node(token.node) else { continue };
                let chain = scope_chain(instance, token.scope);
                let item = chain
                    .iter()
                    .rev()
                    .find(|scope| matches!(flow.node(scope.node).map(|node| &node.kind), Some(NodeKind::Each { .. })))
                    .map(|scope| scope.index + 1);
                let offer = |what| Offer { flow, node, token: token.clone(), item, what };
                offers.extend(node.actions().iter().map(|action| offer(What::Action(action))));
                if let NodeKind::Each { open: Some(open), .. } = &node.kind {
                    offers.push(offer(What::Add(*open)));
                }
            }
        }
        Ok(offers)
    }

    /// What the actor can do now, and why the rest can't be done.
    pub(crate) fn offered(&self, key: Key) -> Result<Vec<Offered>, Refusal> {
        let mut offered = Vec::new();
        for offer in self.offers(key)? {
            if !self.covers(key, Granting::Act(offer.what.name()))? {
                continue;
            }
            let refused = self.refused(key, &offer)?.and_then(|rejection| rejection.problems.into_iter().next());
            let (label, form, require, reason) = match offer.what {
                What::Action(action) => {
                    let reason = action.reason.map(|reason| match reason {
                        formwork_definition::kind::flow::Reason::Required => "required",
                        formwork_definition::kind::flow::Reason::Optional => "optional",
                    });
                    (action.label.clone(), action.form, action.require.clone(), reason)
                }
                What::Add(name) => (Text::same(name.as_str().replace('_', " ")), None, Vec::new(), None),
            };
            offered.push(Offered {
                flow: offer.flow.name,
                node: offer.node.name,
                token: offer.token.id,
                item: offer.item,
                action: offer.what.name(),
                label,
                form,
                require,
                reason,
                refused,
            });
        }
        Ok(offered)
    }

    /// Why the actor can't take what is offered; `None` when they can.
    pub(crate) fn refused(&self, key: Key, offer: &Offer<'_>) -> Result<Option<Rejection>, Refusal> {
        let What::Action(action) = offer.what else { return Ok(None) };
        if !action.by.is_empty() && !self.may(key, offer, &action.by)? {
            return Ok(Some(Rejection::new(
                Kind::Forbidden,
                code!("not-allowed"),
                text!("you may not do this here", "您无权执行此操作"),
            )));
        }
        if let Some(rejection) = self.claim_refused(key, offer, action)? {
            return Ok(Some(rejection));
        }
        let vars = self.token_vars(key, offer.flow, &offer.token)?;
        if self.holds_or_none(action.when.as_ref(), &vars)? {
            return Ok(None);
        }
        let say = action.say.clone().unwrap_or_else(|| text!("not possible at present", "目前不能执行"));
        let rule = format!("{}.{}.{}", offer.flow.name, offer.node.name, action.name);
        Ok(Some(Problem::new(code!("not-possible"), say).rule(rule).reject(Kind::Conflict)))
    }

    /// Why the actor can't own the work that the action claims.
    fn claim_refused(&self, key: Key, offer: &Offer<'_>, action: &Action) -> Result<Option<Rejection>, Refusal> {
        if !action.by.contains(&By::Member) {
            return Ok(None);
        }
        match self.work_case(key, offer.flow, offer.token.id)?.filter(|case| case.work.assignee.is_none()) {
            Some(case) => self.as_member(&case)?.map_or(Ok(None), |member| self.full(&case, &member)),
            None => Ok(None),
        }
    }

    /// Whether the actor owns the work in the queue, or, with `claim`, may claim it.
    fn works(&self, key: Key, offer: &Offer<'_>, claim: bool) -> Result<bool, Refusal> {
        let Some(case) = self.work_case(key, offer.flow, offer.token.id)? else { return Ok(false) };
        match &case.work.assignee {
            Some(owner) => self.acts_for(owner),
            None => Ok(claim && self.as_member(&case)?.is_some()),
        }
    }

    fn may(&self, key: Key, offer: &Offer<'_>, by: &[By]) -> Result<bool, Refusal> {
        let actor = &self.command.actor;
        for by in by {
            let may = match by {
                By::Role(role) => self.roles.contains(role),
                By::Creator => self.record(key, |record| record.created_by == actor.login)?,
                By::Assignee => self.works(key, offer, false)?,
                By::Member => self.works(key, offer, true)?,
                By::Approver => self.is_asked(key, offer.flow, offer.node, offer.token.id)?,
                By::Field(field) => self.field(key, *field)?.as_text() == Some(&*actor.login),
            };
            if may {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
