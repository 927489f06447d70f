//! `event`: something happened outside that a record may wait for.

use std::sync::Arc;

use formwork_catalog::{flow::NodeKind, role::Action, timer::Until};
use formwork_model::{
    code,
    event::Event,
    instance::Token,
    length::Length,
    name::Name,
    text,
    timer::{Due, New, Owner},
};

use crate::{
    command::Input,
    decide::Done,
    decider::{Decider, Key, system},
    rejection::{Kind, Refusal, Rejection},
};

pub(crate) fn decide(decider: &Decider<'_>, key: Key, event: Name, data: &Input) -> Result<Done, Refusal> {
    decider.check_covered(key, Action::Act(event))?;
    decider.deliver(key, event, data)?;
    Ok(Done::about(format!("event {event}"), key.0, key.1, data))
}

impl Decider<'_> {
    /// Gives an event to every token that waits for it. When none does it is kept as long as a `wait` node wants.
    pub(crate) fn deliver(&self, key: Key, event: Name, data: &Input) -> Result<(), Refusal> {
        let (object, catalog) = (key.0, self.catalog_of(key)?);
        self.record(key, |_| ())?;
        let flows = || catalog.flows.values().filter(|flow| flow.object == object);
        let ttl = flows().flat_map(|flow| flow.waits_for(event)).map(|(_, awaited)| awaited.ttl).max();
        let Some(ttl) = ttl else {
            return Err(Rejection::new(
                Kind::NotFound,
                code!("unknown-event"),
                text!("no flow of {object} waits for an event `{event}`", "{object} 的流程都不等待事件 `{event}`"),
            )
            .into());
        };
        let data: Arc<str> = serde_json::to_string(data).unwrap_or_default().into();
        let mut taken = false;
        for flow in flows() {
            let tokens: Vec<Token> = self.record(key, |record| {
                let live = record.flow(flow.name).filter(|instance| instance.is_live());
                live.map(|instance| instance.tokens.clone()).unwrap_or_default()
            })?;
            for token in tokens {
                let Some(NodeKind::Wait { until: Until::Event(awaited), to }) =
                    flow.node(token.node).map(|node| &node.kind)
                else {
                    continue;
                };
                // Another token of the same event may have withdrawn this one.
                let stands = self.token(key, flow, token.id)?.is_some();
                if stands && awaited.event == event && self.take_event(key, flow, &token, awaited, &data)? {
                    taken = true;
                    self.leave(key, flow, &token, to, &[])?;
                }
            }
        }
        if taken { Ok(()) } else { self.keep(key, event, data, ttl) }
    }

    fn keep(&self, key: Key, name: Name, data: Arc<str>, ttl: i64) -> Result<(), Refusal> {
        if ttl == 0 {
            self.fire(format!("event {name} dropped"), "");
            return Ok(());
        }
        self.fire(format!("event {name} kept"), "");
        let at = self.now;
        let id = self.quietly(key, |record| {
            let id = record.events.iter().map(|event| event.id).max().map_or(1, |id| id.wrapping_add(1));
            record.events.push(Event { id, name, at, data });
            id
        })?;
        let due = Due::After { length: Length::seconds(ttl), calendar: None };
        self.set_timer(key, New { owner: Owner::Event(id), name: system().ttl, part: 0, due, every: None })
    }

    /// An event that nobody came for.
    pub(crate) fn forget_event(&self, key: Key, id: u32) -> Result<(), Refusal> {
        self.quietly(key, |record| record.events.retain(|event| event.id != id))
    }
}
