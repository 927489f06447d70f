//! Timers of nodes: set when a token arrives, moved when what they read changes, fired by the book's clock.

use formwork_catalog::{
    flow::{Flow, Node, NodeKind},
    parse_value::parse_length,
    timer::{Calendar, Lasting, Start, Timer as Declared},
};
use formwork_model::{
    code,
    instance::{Instance, Token},
    length::Length,
    name::Name,
    text,
    timer::{Due, New, Owner, Timer},
};
use formwork_script::{program::Vars, val::Val};
use jiff::Timestamp;

use crate::{
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal},
};

impl Decider<'_> {
    /// Sets the timers of a node whose time begins when the token arrives. Those for an instant are set, and
    /// moved, when the command is finished: until then what they read may still change.
    pub(crate) fn set_node_timers(&self, key: Key, flow: &Flow, node: &Node, token: &Token) -> Result<(), Refusal> {
        node.timers.iter().try_for_each(|timer| self.set_node_timer(key, flow, timer, token))
    }

    fn set_node_timer(&self, key: Key, flow: &Flow, timer: &Declared, token: &Token) -> Result<(), Refusal> {
        let Start::After(lasting) = &timer.start else { return Ok(()) };
        self.settle()?;
        let vars = self.token_vars(key, flow, token)?;
        match self.after(lasting, &timer.calendar, &vars)? {
            Some(due) => self.set_timer(key, new(flow, token, timer.name, due, timer.every)),
            None => Ok(()),
        }
    }

    /// A token stands on `node` of another release, `before` it stood on that node of its own. On a node of the same
    /// name timers of the same name run on, new ones begin now, and those that are gone are dropped; on another node
    /// all begin now.
    pub(crate) fn migrate_timers(
        &self,
        key: Key,
        (flow, node): (&Flow, &Node),
        before: &Node,
        token: &Token,
    ) -> Result<(), Refusal> {
        let declared = |node: &Node, name: Name| node.timers.iter().any(|timer| timer.name == name);
        // An approval that moves goes on: its own times do too.
        let moved = before.name != node.name && node.approval().is_none();
        self.drop_timers(key, |known| {
            let own = is_of(known, flow, token, known.name);
            own && (moved || (declared(before, known.name) && !declared(node, known.name)))
        })?;
        for timer in &node.timers {
            let runs = self.record(key, |record| record.timers.iter().any(|t| is_of(t, flow, token, timer.name)))?;
            if !runs {
                self.set_node_timer(key, flow, timer, token)?;
            }
        }
        Ok(())
    }

    /// A length of time from now on; `None` when it is computed and there is none.
    pub(crate) fn after(&self, lasting: &Lasting, calendar: &Calendar, vars: &Vars) -> Result<Option<Due>, Refusal> {
        let length = match lasting {
            Lasting::Fixed(length) => Some(*length),
            Lasting::Computed(program) => match self.eval(program, vars)? {
                Val::Unit => None,
                Val::Span(span) => Some(Length::seconds(span.0.max(0))),
                Val::Text(text) if text.trim().is_empty() => None,
                Val::Text(text) => {
                    let bad = |bad: formwork_catalog::parse_value::BadValue| {
                        Refusal::from(Problem::new(bad.code, bad.message).reject(Kind::Invalid))
                    };
                    Some(parse_length(&text).map_err(bad)?)
                }
                _ => {
                    let message = text!("a computed length of time is none", "计算得到的不是时长");
                    return Err(Problem::new(code!("bad-value"), message).reject(Kind::Invalid).into());
                }
            },
        };
        let calendar = self.calendar_of(calendar, vars)?;
        Ok(length.map(|length| Due::After { length, calendar }))
    }

    /// The calendar a definition means; one that does not exist is refused.
    pub(crate) fn calendar_of(&self, calendar: &Calendar, vars: &Vars) -> Result<Option<Name>, Refusal> {
        let program = match calendar {
            Calendar::Book => return Ok(None),
            Calendar::Named(name) => return Ok(Some(*name)),
            Calendar::Computed(program) => program,
        };
        match self.eval(program, vars)? {
            Val::Text(text) if !text.trim().is_empty() => self.calendar_called(&text).map(Some),
            _ => Ok(None),
        }
    }

    /// The instant an expression gives: a day stands for its first moment.
    pub(crate) fn instant_of(
        &self,
        program: &formwork_catalog::source::Program,
        vars: &Vars,
    ) -> Result<Option<Timestamp>, Refusal> {
        Ok(match self.eval(program, vars)? {
            Val::Instant(instant) => Some(instant),
            Val::Date(date) => date.to_zoned(self.catalog().book.zone.clone()).ok().map(|zoned| zoned.timestamp()),
            _ => None,
        })
    }

    /// Brings the timers for an instant, and what pauses, in line with the record as it is now.
    pub(crate) fn adjust_timers(&self, key: Key) -> Result<(), Refusal> {
        let flows: Vec<(Name, Vec<Token>)> = self.look(key, |record| {
            let live = record.into_iter().flat_map(|record| &record.flows).filter(|instance| instance.is_live());
            live.map(|instance: &Instance| (instance.flow, instance.tokens.clone())).collect()
        })?;
        for (name, tokens) in flows {
            let Some(flow) = self.catalog_of(key)?.flows.get(&name).filter(|flow| flow.adjusts_timers()) else {
                continue;
            };
            for token in &tokens {
                let Some(node) = flow.node(token.node) else { continue };
                self.adjust_wait(key, flow, token)?;
                for timer in &node.timers {
                    match &timer.start {
                        Start::At(program) => self.adjust_instant(key, flow, token, timer, program)?,
                        Start::After(_) if !timer.pause.is_empty() => {
                            let paused = tokens.iter().any(|other| timer.pause.contains(&other.node));
                            self.pause_timers(key, paused, |known| is_of(known, flow, token, timer.name))?;
                        }
                        Start::After(_) => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn adjust_instant(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        timer: &Declared,
        program: &formwork_catalog::source::Program,
    ) -> Result<(), Refusal> {
        let vars = self.token_vars(key, flow, token)?;
        let at = self.instant_of(program, &vars)?;
        let known = self.record(key, |record| {
            record.timers.iter().find(|known| is_of(known, flow, token, timer.name)).map(|known| known.rule)
        })?;
        match at {
            None if known.is_some() => self.drop_timers(key, |known| is_of(known, flow, token, timer.name)),
            Some(at) if known != Some(Due::At(at)) => {
                self.set_timer(key, new(flow, token, timer.name, Due::At(at), timer.every))
            }
            _ => Ok(()),
        }
    }

    /// Does what the node wants done when this timer fires. One that the release no longer knows does nothing.
    pub(crate) fn fire_at_node(&self, key: Key, flow: &Flow, token: &Token, timer: &Timer) -> Result<(), Refusal> {
        let Some(node) = flow.node(token.node) else { return Ok(()) };
        if let Some(declared) = node.timers.iter().find(|declared| declared.name == timer.name) {
            return self.fire_declared(key, flow, token, declared);
        }
        match &node.kind {
            NodeKind::Wait { to, .. } => self.fire_wait(key, flow, token, to, timer),
            NodeKind::Approval(_) => self.on_time(key, flow, token, timer),
            NodeKind::State { .. } => self.fire_accept(key, flow, token, timer),
            _ => Ok(()),
        }
    }

    fn fire_declared(&self, key: Key, flow: &Flow, token: &Token, timer: &Declared) -> Result<(), Refusal> {
        self.settle()?;
        let mut vars = self.token_vars(key, flow, token)?;
        if !self.holds_or_none(timer.when.as_ref(), &vars)? {
            return Ok(());
        }
        self.run_effects(&timer.effects, key, &mut vars)?;
        self.settle()?;
        self.leave(key, flow, token, &timer.to, &timer.cancel)
    }
}

fn new(flow: &Flow, token: &Token, name: Name, due: Due, every: Option<Length>) -> New {
    New { owner: Owner::Token { flow: flow.name, token: token.id }, name, part: 0, due, every }
}

/// Whether it is the timer called `name` of this token.
fn is_of(timer: &Timer, flow: &Flow, token: &Token, name: Name) -> bool {
    timer.name == name && timer.owner == (Owner::Token { flow: flow.name, token: token.id })
}
