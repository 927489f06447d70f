//! 弃审: an approval that was given is taken back, while nothing depends on it.
//!
//! Nothing depends on it as long as its token stands where the approval put it, in a state that did nothing on
//! arrival, the way there did nothing either, and no record that was created since refers to this one.

use formwork_catalog::flow::NodeKind;
use formwork_model::{
    approval::{Approval, Outcome},
    code,
    instance::{Instance, Token},
    text,
    text::Text,
};

use super::{doubt, machine::By, machine::Why, work::Case};
use crate::{
    decider::Decider,
    rejection::{Kind, Refusal, Rejection},
};

impl Decider<'_> {
    /// Puts the token back and asks the last step again.
    pub(crate) fn take_back(&self, case: &Case<'_>, approval: &Approval, by: &By) -> Result<(), Refusal> {
        let approved = approval.ended.as_ref().filter(|ending| ending.outcome == Outcome::Approved);
        let Some(ending) = approved else {
            return Err(refuse(text!("the approval has not passed", "该审批尚未通过")).into());
        };
        if !case.rules.approved.effects.is_empty() || case.rules.approved.to.len() != 1 || approval.back.is_some() {
            return Err(refuse(text!("what followed the approval can't be undone", "审批通过后的处理无法撤销")).into());
        }
        let instance = self.record(case.key, |record| record.flow(case.flow.name).cloned())?;
        let Some(token) = instance.as_ref().and_then(|instance| place(instance, case, approval, ending.at)) else {
            return Err(refuse(text!("the flow has moved on since", "流程已继续流转")).into());
        };
        match case.flow.node(token.node).map(|node| &node.kind) {
            Some(NodeKind::State { enter: None, .. }) => {}
            _ => {
                return Err(
                    refuse(text!("what followed the approval can't be undone", "审批通过后的处理无法撤销")).into()
                );
            }
        }
        if let Some(object) = self.later_reference(case, ending.at)? {
            let message = text!("a later record of `{object}` refers to it", "已有后续的 `{object}` 记录引用了它");
            return Err(refuse(message).into());
        }
        let number = self.record(case.key, |record| record.flow(case.flow.name).map_or(0, |instance| instance.next))?;
        let now = self.now;
        self.instance(case.key, case.flow, |instance| {
            instance.next += 1;
            for known in instance.tokens.iter_mut().filter(|known| known.id == token.id) {
                (known.id, known.node, known.since) = (number, case.node.name, now);
            }
            for known in instance.approvals.iter_mut().filter(|known| known.id == case.id) {
                known.token = number;
            }
        })?;
        self.work_on(case, |machine| machine.reopen(by)).map_err(|refusal| match refusal {
            Refusal::Rejected(why) if why.code() == doubt::refusal(Why::NotPassed).code() => doubt::not_yours().into(),
            other => other,
        })
    }

    /// The object of a record that was created after `since` and refers to this one.
    fn later_reference(
        &self,
        case: &Case<'_>,
        since: jiff::Timestamp,
    ) -> Result<Option<formwork_model::name::Name>, Refusal> {
        let object = self.object(case.key.0)?;
        for referrer in &object.referrers {
            for id in self.referring(referrer.object, referrer.index, case.key.1)? {
                if self.look((referrer.object, id), |record| record.is_some_and(|r| r.created_at >= since))? {
                    return Ok(Some(referrer.object));
                }
            }
        }
        Ok(None)
    }
}

/// The token that the approval put where it still stands.
fn place(instance: &Instance, case: &Case<'_>, approval: &Approval, since: jiff::Timestamp) -> Option<Token> {
    let last = instance.approvals.iter().rev().find(|known| known.scope == approval.scope);
    if last.is_some_and(|last| last.id != approval.id) {
        return None;
    }
    let target = case.rules.approved.to.first();
    let stands = |token: &&Token| {
        Some(&token.node) == target
            && token.from == Some(case.node.name)
            && token.since == since
            && token.scope == approval.scope
            && token.splits == approval.splits
    };
    instance.tokens.iter().find(stands).cloned()
}

fn refuse(why: Text) -> Rejection {
    let (en, zh) = (why.en, why.zh);
    let message = text!("it can't be taken back: {en}", "不能弃审：{zh}");
    Rejection::new(Kind::Conflict, code!("depended-on"), message)
}
