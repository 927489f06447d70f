//! 委托: who decides for whom. A proxy holds from day to day, for some flows and up to an amount; an absence gives
//! everything to whoever stands in, along the chain of substitutes. Nothing is copied: tasks are with the agent exactly while the proxy holds, so they move
//! both ways by themselves. A proxy is not handed on to a third person, and never reaches whoever is excluded.

use formwork_catalog::flow::approval::Approval as Rules;
use formwork_model::{approval::Approval, record::Record};
use rust_decimal::Decimal;

use super::work::Case;
use crate::{
    decider::{Decider, field_of},
    directory::Proxy,
    rejection::Refusal,
};

impl Decider<'_> {
    /// Whether `agent` may decide what was given to `principal`, by proxy.
    pub(crate) fn is_agent(
        &self,
        case: &Case<'_>,
        approval: &Approval,
        principal: &str,
        agent: &str,
    ) -> Result<bool, Refusal> {
        Ok(self.agents_of(case, approval, principal)?.iter().any(|known| known == agent))
    }

    /// Who may decide today what was given to `principal`.
    pub(crate) fn agents_of(
        &self,
        case: &Case<'_>,
        approval: &Approval,
        principal: &str,
    ) -> Result<Vec<String>, Refusal> {
        let proxies = self.proxies_of(principal)?;
        if proxies.is_empty() {
            return Ok(Vec::new());
        }
        let amount = self.record(case.key, |record| amount_of(record, case.rules))?;
        let mut agents = Vec::new();
        for proxy in proxies {
            if covers(&proxy, case.flow.name.as_str(), amount)
                && !self.is_excluded(case, approval, &proxy.agent)?
                && self.is_active(&proxy.agent)?
            {
                agents.push(proxy.agent);
            }
        }
        Ok(agents)
    }

    /// Whether the person must not decide the present step.
    pub(crate) fn is_excluded(&self, case: &Case<'_>, approval: &Approval, login: &str) -> Result<bool, Refusal> {
        let desk = super::desk::Desk::new(self, case, approval)?;
        let mut copy = approval.clone();
        let machine = super::machine::Machine {
            approval: &mut copy,
            chain: &case.rules.steps,
            office: &desk,
            now: self.now,
            next: 0,
        };
        Ok(machine.rule().map_or(*approval.submitter == *login, |rule| machine.is_excluded(login, rule)))
    }
}

/// The amount that proxies of the node are limited by.
pub(crate) fn amount_of(record: &Record, rules: &Rules) -> Option<Decimal> {
    rules.amount.and_then(|field| field_of(record, field).as_decimal())
}

/// Whether the proxy reaches a task of this flow and amount. A limit needs an amount to be compared with.
pub(crate) fn covers(proxy: &Proxy, flow: &str, amount: Option<Decimal>) -> bool {
    (proxy.flows.is_empty() || proxy.flows.iter().any(|known| known == flow))
        && proxy.up_to.is_none_or(|most| amount.is_some_and(|amount| amount <= most))
}
