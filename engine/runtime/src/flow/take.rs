//! Taking an action: who, whether, with what, and where to.

use formwork_catalog::flow::{Action, By, Flow, NodeKind};
use formwork_definition::kind::flow::Reason;
use formwork_model::{code, instance::Token, name::Name, text, value::Value};
use formwork_script::val::Val;

use crate::{
    command::Input,
    decider::{Decider, Key},
    flow::{
        Queue,
        fill::Wanted,
        offer::{Offer, What},
        scope::{withdraw, withdraw_inside},
    },
    rejection::{Kind, Problem, Refusal, Rejection},
};

impl Decider<'_> {
    /// Takes an action of a record.
    pub(crate) fn take_action(
        &self,
        key: Key,
        action: Name,
        token: Option<u32>,
        input: &Input,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        let offer = self.choose_offer(key, action, token)?;
        match offer.what {
            What::Action(action) => self.carry_out(key, &offer, action, input, reason),
            What::Add(_) => self.add_item(key, &offer, input),
        }
    }

    fn choose_offer(&self, key: Key, action: Name, token: Option<u32>) -> Result<Offer<'_>, Refusal> {
        let offers: Vec<Offer<'_>> = self
            .offers(key)?
            .into_iter()
            .filter(|offer| offer.what.name() == action && token.is_none_or(|id| offer.token.id == id))
            .collect();
        if offers.is_empty() {
            return Err(self.not_offered(key, action)?);
        }
        let mut possible = Vec::new();
        let mut first = None;
        for offer in offers {
            match self.refused(key, &offer)? {
                None => possible.push(offer),
                Some(rejection) => {
                    first.get_or_insert(rejection);
                }
            }
        }
        if possible.len() > 1 && !are_alike(&possible) {
            let tokens = possible.iter().map(|offer| offer.token.id.to_string()).collect::<Vec<_>>().join(", ");
            return Err(Problem::new(
                code!("ambiguous-action"),
                text!(
                    "`{action}` is offered more than once; say which token: {tokens}",
                    "`{action}` 有多处可执行，请指定 token：{tokens}"
                ),
            )
            .field("token")
            .reject(Kind::Conflict)
            .into());
        }
        // Tokens that stand together are as good as one another: the one that came first goes.
        match (possible.into_iter().next(), first) {
            (Some(offer), _) => Ok(offer),
            (None, Some(rejection)) => Err(rejection.into()),
            (None, None) => Err(self.not_offered(key, action)?),
        }
    }

    fn not_offered(&self, key: Key, action: Name) -> Result<Refusal, Refusal> {
        let exists = self
            .catalog_of(key)?
            .flows
            .values()
            .filter(|flow| flow.object == key.0)
            .flat_map(|flow| flow.nodes.values())
            .any(|node| {
                node.actions().iter().any(|known| known.name == action)
                    || matches!(&node.kind, NodeKind::Each { open: Some(open), .. } if *open == action)
            });
        if !exists {
            let object = key.0;
            return Ok(Rejection::new(
                Kind::NotFound,
                code!("unknown-action"),
                text!("{object} has no action `{action}`", "{object} 没有操作 `{action}`"),
            )
            .into());
        }
        let state = self.record(key, crate::decider::state_of)?;
        Ok(Rejection::new(
            Kind::Conflict,
            code!("action-not-here"),
            text!("`{action}` is not possible in state `{state}`", "状态 `{state}` 下不能执行 `{action}`"),
        )
        .into())
    }

    fn carry_out(
        &self,
        key: Key,
        offer: &Offer<'_>,
        action: &Action,
        input: &Input,
        reason: Option<&str>,
    ) -> Result<(), Refusal> {
        self.take_up(key, offer, action)?;
        self.act_as_asked(key, offer.flow, offer.node, offer.token.id, action)?;
        let input = self.take_choice(offer.flow, action, input)?;
        let wanted = Wanted { form: action.form, require: &action.require };
        let mut filled = self.read_filled(key, wanted, &input)?;
        check_reason(action, reason)?;
        self.set_filled(key, &mut filled)?;
        let mut vars = self.token_vars(key, offer.flow, &offer.token)?;
        vars.set("input", filled.handle(key.0));
        vars.set("reason", reason.map_or(Val::Unit, Val::text));
        self.check_filled(key, wanted, &filled, &vars)?;
        self.fire(format!("action {}.{}.{}", offer.flow.name, offer.node.name, action.name), "");
        self.run_effects(&action.effects, key, &mut vars)?;
        self.settle()?;
        self.leave(key, offer.flow, &offer.token, &action.to, &action.cancel)
    }

    /// Work in a queue: an action for members is a claim when nobody owns it, and one that is taken for somebody
    /// else is noted so.
    fn take_up(&self, key: Key, offer: &Offer<'_>, action: &Action) -> Result<(), Refusal> {
        if !action.by.iter().any(|by| matches!(by, By::Assignee | By::Member)) {
            return Ok(());
        }
        let Some(case) = self.work_case(key, offer.flow, offer.token.id)? else { return Ok(()) };
        match case.work.assignee.clone() {
            Some(owner) if self.acts_for(&owner)? => self.speak_for(&owner),
            Some(_) => {}
            None if action.by.contains(&By::Member) => self.claim_by_action(case)?,
            None => {}
        }
        Ok(())
    }

    /// The token goes to `to`, or stays when that is empty; the tokens on the nodes in `cancel` are withdrawn, and
    /// everything runs to rest.
    pub(crate) fn leave(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        to: &[Name],
        cancel: &[Name],
    ) -> Result<(), Refusal> {
        // The effects may have moved or ended the token already.
        let Some(token) = self.token(key, flow, token.id)? else { return Ok(()) };
        self.instance(key, flow, |instance| {
            let doomed: Vec<u32> = instance
                .tokens
                .iter()
                .filter(|known| known.id != token.id && cancel.contains(&known.node))
                .map(|known| known.id)
                .collect();
            withdraw(instance, &doomed);
            if !to.is_empty() {
                withdraw_inside(instance, token.id);
            }
        })?;
        let mut queue = Queue::new();
        // What is cancelled may hold the token itself: a scope around it.
        let left = self.token(key, flow, token.id)?.is_none();
        if !left && !to.is_empty() {
            self.emit(key, flow, &token, to, false, &mut queue)?;
        }
        self.run_to_rest(key, flow, queue)
    }

    fn add_item(&self, key: Key, offer: &Offer<'_>, input: &Input) -> Result<(), Refusal> {
        let NodeKind::Each { start, .. } = &offer.node.kind else { return Ok(()) };
        let item = match input.get("item") {
            None => Value::Null,
            Some(serde_json::Value::Number(n)) => n.as_i64().map_or(Value::Null, Value::Int),
            Some(serde_json::Value::String(text)) => text.parse().map_or_else(|_| Value::text(text), Value::Ref),
            Some(other) => Value::Json(other.to_string().into()),
        };
        let mut queue = Queue::new();
        self.fire(format!("action {}.{}.{}", offer.flow.name, offer.node.name, offer.what.name()), "");
        self.open_item(key, offer.flow, &offer.token, *start, item, &mut queue)?;
        self.run_to_rest(key, offer.flow, queue)
    }
}

/// Whether the offers are one action of tokens on one node of one scope.
fn are_alike(offers: &[Offer<'_>]) -> bool {
    let place = |offer: &Offer<'_>| (offer.flow.name, offer.token.node, offer.token.scope);
    offers.windows(2).all(|pair| matches!(pair, [a, b] if place(a) == place(b)))
}

fn check_reason(action: &Action, reason: Option<&str>) -> Result<(), Refusal> {
    let given = reason.is_some_and(|reason| !reason.trim().is_empty());
    match action.reason {
        Some(Reason::Required) if !given => {
            Err(Problem::new(code!("required"), text!("a reason is required", "必须填写原因"))
                .field("reason")
                .reject(Kind::Invalid)
                .into())
        }
        None if given => {
            Err(Problem::new(code!("unknown-input"), text!("this action does not take a reason", "此操作不接受原因"))
                .field("reason")
                .reject(Kind::Invalid)
                .into())
        }
        _ => Ok(()),
    }
}
