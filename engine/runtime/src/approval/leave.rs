//! An approval that has ended sends its token on.

use formwork_catalog::flow::approval::Exit;
use formwork_model::{
    approval::{Approval, Outcome},
    instance::Token,
};

use super::work::Case;
use crate::{decider::Decider, flow::Queue, rejection::Refusal};

impl Decider<'_> {
    /// Sends the token on when the approval has ended.
    pub(crate) fn leave_approval(
        &self,
        case: &Case<'_>,
        approval: &Approval,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        let Some(ending) = &approval.ended else { return Ok(()) };
        let Some(token) = self.waiting_token(case, approval)? else { return Ok(()) };
        let rules = case.rules;
        let exit = match ending.outcome {
            Outcome::Approved => match approval.back {
                Some((node, step)) => return self.jump(case, approval, (node, step), None, queue),
                None => Some(&rules.approved),
            },
            Outcome::Rejected => Some(&rules.rejected),
            Outcome::Returned { .. } => rules.returned.as_ref(),
            Outcome::Withdrawn => rules.withdrawn.as_ref(),
            Outcome::SentBack { .. } | Outcome::Left => None,
        };
        match exit {
            Some(exit) => self.go_out(case, &token, exit, queue),
            None => Ok(()),
        }
    }

    fn go_out(&self, case: &Case<'_>, token: &Token, exit: &Exit, queue: &mut Queue) -> Result<(), Refusal> {
        let place = format!("{}.{}", case.flow.name, case.node.name);
        self.fire(format!("exit {place} {}", exit.word), "");
        let mut vars = self.token_vars(case.key, case.flow, token)?;
        self.run_effects(&exit.effects, case.key, &mut vars)?;
        self.settle()?;
        // The effects may have moved or ended the token already.
        if self.token(case.key, case.flow, token.id)?.is_none() {
            return Ok(());
        }
        self.emit(case.key, case.flow, token, &exit.to, false, queue)
    }
}
