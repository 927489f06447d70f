//! Scopes and `each`: opening, closing, withdrawing.

use formwork_catalog::flow::{Flow, Node, NodeKind};
use formwork_definition::kind::flow::Rest;
use formwork_model::{
    instance::{Instance, Scope, Token},
    name::Name,
    record::Fields,
};
use formwork_script::val::Val;

use crate::{
    decider::{Decider, Key},
    flow::{Queue, enter::scope_chain, is_each},
    rejection::Refusal,
};

/// What there is to do with a sub-graph.
enum Todo {
    /// The node that kept it open lost its token.
    Closed(Token),
    /// Its last token was consumed.
    Done(Token),
    /// An item of an `each` is done.
    Item(u32),
}

impl Decider<'_> {
    /// Enters a scope, unless its mutex is taken or the node that keeps it open has no token.
    pub(crate) fn enter_scope(
        &self,
        key: Key,
        flow: &Flow,
        node: &Node,
        token: &Token,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        let NodeKind::Scope { mutex, open_while, data, start, .. } = &node.kind else { return Ok(()) };
        if let Some(open) = open_while
            && self.instance(key, flow, |instance| !instance.tokens.iter().any(|token| token.node == *open))?
        {
            return self.close(key, flow, token, queue);
        }
        if let Some(mutex) = mutex {
            let busy = self.is_busy(key, flow, *mutex, token)?;
            self.instance(key, flow, |instance| {
                instance.tokens.iter_mut().filter(|known| known.id == token.id).for_each(|token| token.held = busy);
            })?;
            if busy {
                return Ok(());
            }
        }
        self.settle()?;
        let vars = self.token_vars(key, flow, token)?;
        let mut values = Fields::new();
        for (name, source) in data {
            values.set(*name, self.plain(source, &vars)?);
        }
        self.open_sub_graph(key, flow, token, *start, values, queue)
    }

    /// Withdraws what runs in a scope whose `while` node lost its token, and sends its own token to `closed`.
    fn close(&self, key: Key, flow: &Flow, token: &Token, queue: &mut Queue) -> Result<(), Refusal> {
        self.instance(key, flow, |instance| withdraw_inside(instance, token.id))?;
        match flow.node(token.node).map(|node| &node.kind) {
            Some(NodeKind::Scope { closed: Some(closed), .. }) => self.emit(key, flow, token, &[*closed], false, queue),
            _ => self.instance(key, flow, |instance| withdraw(instance, &[token.id])),
        }
    }

    /// Whether the token has to wait for the mutex: a scope of this record, in any of its flows, has it, or a token
    /// waits for it longer. The scopes around the token don't count: they would wait for themselves.
    fn is_busy(&self, key: Key, flow: &Flow, mutex: Name, token: &Token) -> Result<bool, Refusal> {
        let catalog = self.catalog_of(key)?;
        self.record(key, |record| {
            record.flows.iter().any(|instance| {
                let Some(known) = catalog.flows.get(&instance.flow) else { return false };
                let has = |scope: &Scope| mutex_of(known, scope.node) == Some(mutex);
                if instance.flow != flow.name {
                    return instance.scopes.iter().any(has);
                }
                let around: Vec<u32> = scope_chain(instance, token.scope).iter().map(|scope| scope.id).collect();
                let mut others = instance.scopes.iter().filter(|scope| !around.contains(&scope.id));
                let mut own = instance.scopes.iter().filter(|scope| around.contains(&scope.id));
                let longer =
                    |other: &Token| other.held && other.id < token.id && mutex_of(flow, other.node) == Some(mutex);
                others.any(has) || (!own.any(has) && instance.tokens.iter().any(longer))
            })
        })
    }

    /// A token that waits for a mutex which is free now.
    fn next_held(&self, key: Key, flow: &Flow) -> Result<Option<u32>, Refusal> {
        let held: Vec<Token> = self.record(key, |record| {
            let tokens = record.flow(flow.name).map(|instance| instance.tokens.as_slice()).unwrap_or_default();
            tokens.iter().filter(|token| token.held && mutex_of(flow, token.node).is_some()).cloned().collect()
        })?;
        for token in held {
            if let Some(mutex) = mutex_of(flow, token.node)
                && !self.is_busy(key, flow, mutex, &token)?
            {
                return Ok(Some(token.id));
            }
        }
        Ok(None)
    }

    /// Lets the record's other flows enter scopes whose mutex this one has given back.
    pub(crate) fn wake_others(&self, key: Key, flow: &Flow) -> Result<(), Refusal> {
        let others: Vec<Name> = self.look(key, |record| {
            let live = record.into_iter().flat_map(|record| &record.flows).filter(|instance| instance.is_live());
            live.map(|instance| instance.flow).filter(|name| *name != flow.name).collect()
        })?;
        let flows = &self.catalog_of(key)?.flows;
        for other in others.iter().filter_map(|name| flows.get(name)) {
            if let Some(token) = self.next_held(key, other)? {
                self.run_to_rest(key, other, Queue::from([token]))?;
            }
        }
        Ok(())
    }

    /// Does the first thing there is to do with a sub-graph; says whether there was one.
    pub(crate) fn close_scope(&self, key: Key, flow: &Flow, queue: &mut Queue) -> Result<bool, Refusal> {
        match self.instance(key, flow, |instance| next_todo(instance, flow))? {
            Some(Todo::Closed(token)) => self.close(key, flow, &token, queue)?,
            Some(Todo::Done(token)) => {
                self.instance(key, flow, |instance| withdraw_inside(instance, token.id))?;
                if let Some(NodeKind::Scope { to, .. }) = flow.node(token.node).map(|node| &node.kind) {
                    self.emit(key, flow, &token, to, false, queue)?;
                }
            }
            Some(Todo::Item(scope)) => self.instance(key, flow, |instance| finish_item(instance, scope))?,
            None => match self.next_held(key, flow)? {
                Some(token) => queue.push_back(token),
                None => return self.try_each(key, flow, queue),
            },
        }
        Ok(true)
    }

    /// Lets an `each` go on when enough of its items are done.
    fn try_each(&self, key: Key, flow: &Flow, queue: &mut Queue) -> Result<bool, Refusal> {
        let waiting: Vec<Token> = self.instance(key, flow, |instance| {
            instance.tokens.iter().filter(|token| !token.held && is_each(flow, token.node)).cloned().collect()
        })?;
        for token in waiting {
            let Some(NodeKind::Each { need, rest, to, open, .. }) = flow.node(token.node).map(|node| &node.kind) else {
                continue;
            };
            let (done, all) = self.instance(key, flow, |instance| {
                let mine = instance.scopes.iter().filter(|scope| scope.token == token.id);
                (mine.clone().filter(|scope| scope.done).count(), mine.count())
            })?;
            if all == 0 && open.is_some() {
                continue;
            }
            let needed = match need {
                None => all,
                Some(need) => {
                    self.settle()?;
                    let vars = self.token_vars(key, flow, &token)?;
                    match self.eval(need, &vars)? {
                        Val::Int(n) => usize::try_from(n).unwrap_or(0).min(all),
                        _ => all,
                    }
                }
            };
            if done < needed {
                continue;
            }
            self.instance(key, flow, |instance| {
                if *rest == Rest::Keep {
                    instance.scopes.retain(|scope| scope.token != token.id || !scope.done);
                } else {
                    withdraw_inside(instance, token.id);
                }
            })?;
            self.emit(key, flow, &token, to, false, queue)?;
            return Ok(true);
        }
        Ok(false)
    }
}

fn mutex_of(flow: &Flow, node: Name) -> Option<Name> {
    match &flow.node(node)?.kind {
        NodeKind::Scope { mutex, .. } => *mutex,
        _ => None,
    }
}

fn next_todo(instance: &Instance, flow: &Flow) -> Option<Todo> {
    let is_closed = |token: &&Token| match flow.node(token.node).map(|node| &node.kind) {
        Some(NodeKind::Scope { open_while: Some(open), .. }) => {
            !instance.tokens.iter().any(|token| token.node == *open)
        }
        _ => false,
    };
    if let Some(token) = instance.tokens.iter().find(is_closed) {
        return Some(Todo::Closed(token.clone()));
    }
    // Items that run on beside an `each` that has gone on keep the scope around them open.
    let is_empty = |scope: &Scope| {
        !instance.tokens.iter().any(|token| token.scope == scope.id)
            && !instance.scopes.iter().any(|inner| inner.parent == scope.id)
    };
    let scope = instance.scopes.iter().find(|scope| !scope.done && is_empty(scope))?;
    let holder = instance.tokens.iter().find(|token| token.id == scope.token);
    match (flow.node(scope.node).map(|node| &node.kind), holder) {
        (Some(NodeKind::Scope { .. }), Some(holder)) => Some(Todo::Done(holder.clone())),
        _ => Some(Todo::Item(scope.id)),
    }
}

/// Notes that an item is done; one whose `each` has gone on is forgotten.
fn finish_item(instance: &mut Instance, id: u32) {
    instance.joins.retain(|join| join.scope != id);
    let Instance { scopes, tokens, .. } = instance;
    let waits = |scope: &Scope| tokens.iter().any(|token| token.id == scope.token);
    scopes.retain(|scope| scope.id != id || waits(scope));
    scopes.iter_mut().filter(|scope| scope.id == id).for_each(|scope| scope.done = true);
}

/// Withdraws tokens and everything that runs inside the nodes they are on.
pub(crate) fn withdraw(instance: &mut Instance, tokens: &[u32]) {
    for id in tokens {
        withdraw_inside(instance, *id);
    }
    instance.tokens.retain(|token| !tokens.contains(&token.id));
}

/// Withdraws everything that runs inside the node that `token` is on, at any depth.
pub(crate) fn withdraw_inside(instance: &mut Instance, token: u32) {
    let mut doomed: Vec<u32> =
        instance.scopes.iter().filter(|scope| scope.token == token).map(|scope| scope.id).collect();
    let mut at = 0;
    while let Some(outer) = doomed.get(at).copied() {
        at += 1;
        doomed.extend(instance.scopes.iter().filter(|scope| scope.parent == outer).map(|scope| scope.id));
    }
    instance.tokens.retain(|token| !doomed.contains(&token.scope));
    instance.scopes.retain(|scope| !doomed.contains(&scope.id));
    instance.joins.retain(|join| !doomed.contains(&join.scope));
}
