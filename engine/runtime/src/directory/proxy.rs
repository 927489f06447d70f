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
    /// The proxies that somebody has given; while they are away, also whoever stands in for them.
    pub(crate) fn proxies_of(&self, principal: &str) -> Result<Vec<Proxy>, Refusal> {
        let mut proxies = self.powers("principal", principal)?;
        if let Some(agent) = self.stand_in(principal)?.filter(|agent| agent != principal) {
            proxies.push(Proxy { principal: principal.into(), agent, flows: Vec::new(), up_to: None });
        }
        Ok(proxies)
    }

    /// The proxies that somebody has been given.
    pub(crate) fn proxies_for(&self, agent: &str) -> Result<Vec<Proxy>, Refusal> {
        let mut proxies = self.powers("agent", agent)?;
        // From substitute to substitute, back to everybody whose chain may end here.
        let mut seen = vec![agent.to_owned()];
        let mut at = 0;
        while let Some(substitute) = seen.get(at).cloned() {
            at += 1;
            for principal in self.away_for(&substitute)? {
                if seen.contains(&principal) {
                    continue;
                }
                if self.stand_in(&principal)?.as_deref() == Some(agent) {
                    proxies.push(Proxy {
                        principal: principal.clone(),
                        agent: agent.into(),
                        flows: Vec::new(),
                        up_to: None,
                    });
                }
                seen.push(principal);
            }
        }
        Ok(proxies)
    }

    /// Who is away today and has named this substitute.
    fn away_for(&self, substitute: &str) -> Result<Vec<String>, Refusal> {
        let (absence, named) = (Name::intern("absence"), Name::intern("substitute"));
        let mut away = Vec::new();
        for id in self.having(absence, named, &Value::text(substitute))? {
            away.extend(self.look((absence, id), |record| {
                record.filter(|record| self.holds_today(record)).and_then(|record| text(record, Name::intern("user")))
            })?);
        }
        Ok(away)
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
