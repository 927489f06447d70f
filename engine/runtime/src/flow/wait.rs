//! `wait`: a token that waits for time to pass, or for an event.

use formwork_catalog::{
    flow::{Flow, NodeKind},
    timer::{Awaited, Until},
};
use formwork_model::{
    event::Event,
    instance::Token,
    name::Name,
    timer::{Due, New, Owner, Timer},
    value::Value,
};
use formwork_script::{program::Vars, val::Val};

use crate::{
    decider::{Decider, Key, system},
    flow::Queue,
    rejection::Refusal,
};

impl Decider<'_> {
    /// A token begins to wait, or goes on at once when there is nothing to wait for.
    pub(crate) fn enter_wait(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        (until, to): (&Until, &[Name]),
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        self.settle()?;
        let vars = self.token_vars(key, flow, token)?;
        let due = match until {
            Until::Passed(lasting, calendar) => self.after(lasting, calendar, &vars)?,
            Until::At(program) => self.instant_of(program, &vars)?.filter(|at| *at > self.now).map(Due::At),
            Until::Event(awaited) => {
                if self.take_kept(key, flow, token, awaited)? {
                    self.emit(key, flow, token, to, false, queue)?;
                }
                return Ok(());
            }
        };
        match due {
            Some(due) => self.set_timer(key, waiting(flow, token, due)),
            None => self.emit(key, flow, token, to, false, queue),
        }
    }

    /// The time of a `wait` node is over.
    pub(crate) fn fire_wait(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        to: &[Name],
        timer: &Timer,
    ) -> Result<(), Refusal> {
        if timer.name == system().due { self.leave(key, flow, token, to, &[]) } else { Ok(()) }
    }

    /// Moves the end of a wait for an instant with what it reads.
    pub(crate) fn adjust_wait(&self, key: Key, flow: &Flow, token: &Token) -> Result<(), Refusal> {
        let Some(NodeKind::Wait { until: Until::At(program), .. }) = flow.node(token.node).map(|node| &node.kind)
        else {
            return Ok(());
        };
        let vars = self.token_vars(key, flow, token)?;
        // Nothing to wait for any more: it is over now.
        let at = self.instant_of(program, &vars)?.unwrap_or(token.since);
        let owner = Owner::Token { flow: flow.name, token: token.id };
        let is_known = |timer: &Timer| timer.owner == owner && timer.rule == Due::At(at);
        if self.record(key, |record| record.timers.iter().any(is_known))? {
            return Ok(());
        }
        self.set_timer(key, waiting(flow, token, Due::At(at)))
    }

    /// Takes the first kept event that the token waits for.
    fn take_kept(&self, key: Key, flow: &Flow, token: &Token, awaited: &Awaited) -> Result<bool, Refusal> {
        let kept: Vec<Event> = self.record(key, |record| {
            record.events.iter().filter(|event| event.name == awaited.event).cloned().collect()
        })?;
        for event in kept {
            if self.take_event(key, flow, token, awaited, &event.data)? {
                self.quietly(key, |record| record.events.retain(|known| known.id != event.id))?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the token takes this event; then what it brings is set into the record.
    pub(crate) fn take_event(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        awaited: &Awaited,
        data: &std::sync::Arc<str>,
    ) -> Result<bool, Refusal> {
        let mut vars: Vars = self.token_vars(key, flow, token)?;
        vars.set("event", Val::from(Value::Json(data.clone())));
        if !self.holds_or_none(awaited.when.as_ref(), &vars)? {
            return Ok(false);
        }
        let (name, event) = (flow.name, awaited.event);
        self.fire(format!("event {name}.{}.{event}", token.node), "");
        let object = self.object_of(key)?;
        for (field, source) in &awaited.set {
            if let Some(known) = object.field(*field) {
                let value = self.value(source, &known.kind, &vars)?;
                self.set(key, *field, value)?;
            }
        }
        self.settle()?;
        Ok(true)
    }
}

fn waiting(flow: &Flow, token: &Token, due: Due) -> New {
    let owner = Owner::Token { flow: flow.name, token: token.id };
    New { owner, name: system().due, part: 0, due, every: None }
}
