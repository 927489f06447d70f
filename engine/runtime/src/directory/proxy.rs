//! Who decides for whom today: proxies, and the substitutes of those who are away.

use formwork_model::{name::Name, record::Record, value::Value};
use rust_decimal::Decimal;

use super::lookup::text;
use crate::{decider::Decider, rejection::Refusal};

/// A power to decide for somebody, as it holds today.
#[derive(Debug, Clone, PartialEq)]
pub struct Proxy {
    /// For whom.
    pub principal: String,
    /// Who decides.
    pub agent: String,
    /// For which flows; none means all.
    pub flows: Vec<String>,
    /// Up to which amount.
    pub up_to: Option<Decimal>,
}

impl Decider<'_> {
    /// The proxies that somebody has given.
    pub(crate) fn proxies_of(&self, principal: &str) -> Result<Vec<Proxy>, Refusal> {
        let mut proxies = self.powers("principal", principal)?;
        if let Some(agent) = self.absence(principal)?.and_then(|absence| absence.substitute) {
            proxies.push(Proxy { principal: principal.into(), agent, flows: Vec::new(), up_to: None });
        }
        Ok(proxies)
    }

    /// The proxies that somebody has been given.
    pub(crate) fn proxies_for(&self, agent: &str) -> Result<Vec<Proxy>, Refusal> {
        let mut proxies = self.powers("agent", agent)?;
        let (absence, substitute) = (Name::intern("absence"), Name::intern("substitute"));
        for id in self.having(absence, substitute, &Value::text(agent))? {
            let away = self.look((absence, id), |record| {
                record.filter(|record| self.holds_today(record)).and_then(|record| text(record, Name::intern("user")))
            })?;
            // Of several absences the one that was entered last counts.
            if let Some(principal) = away
                && self.absence(&principal)?.is_some_and(|absence| absence.id == id)
            {
                proxies.push(Proxy { principal, agent: agent.into(), flows: Vec::new(), up_to: None });
            }
        }
        Ok(proxies)
    }

    fn powers(&self, side: &str, login: &str) -> Result<Vec<Proxy>, Refusal> {
        let object = Name::intern("proxy");
        let mut proxies = Vec::new();
        for id in self.having(object, Name::intern(side), &Value::text(login))? {
            let proxy =
                self.look((object, id), |record| record.filter(|record| self.holds_today(record)).and_then(proxy))?;
            proxies.extend(proxy);
        }
        Ok(proxies)
    }
}

fn proxy(record: &Record) -> Option<Proxy> {
    let flow = Name::intern("flow");
    let rows = record.fields.get(Name::intern("flows")).rows();
    Some(Proxy {
        principal: text(record, Name::intern("principal"))?,
        agent: text(record, Name::intern("agent"))?,
        flows: rows.iter().filter_map(|row| row.fields.get(flow).as_text().map(str::to_owned)).collect(),
        up_to: record.fields.get(Name::intern("up_to")).as_decimal(),
    })
}
