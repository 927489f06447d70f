//! Scopes and `each`: opening, closing, withdrawing.

use formwork_catalog::flow::{Flow, Node, NodeKind};
use formwork_definition::kind::flow::Rest;
use formwork_model::{
    instance::{Instance, Token},
    name::Name,
    record::Fields,
};
use formwork_script::val::Val;

use crate::{
    decider::{Decider, Key},
    flow::Queue,
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
    /// A waiting scope can be entered.
    Enter(u32),
}

impl Decider<'_> {
    /// Enters a scope, unless its mutex is taken or the node that keeps it open has no token.
    pub(crate) fn enter_scope(&self, key: Key, flow: &Flow, node: &Node, token: &Token, queue: &mut Queue) -> Result<(), Refusal> {
        let NodeKind::Scope { mutex, data, start, .. } = &node.kind else { return Ok(()) };
        if let Some(mutex) = mutex {
            let busy = self.instance(key, flow, |instance| {
                let busy = instance.scopes.iter().any(|scope| mutex_of(flow, scope.node) == Some(*mutex));
                if let Some(token) = instance.tokens.iter_mut().find(|known| known.id == token.id) {
                    token.held = busy;
                }
                busy
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

    /// Does the first thing there is to do with a sub-graph; says whether there was one.
    pub(crate) fn close_scope(&self, key: Key, flow: &Flow, queue: &mut Queue) -> Result<bool, Refusal> {
        match self.instance(key, flow, |instance| next_todo(instance, flow))? {
            None => self.try_each(key, flow, queue),
            Some(Todo::Closed(token)) => {
                self.instance(key, flow, |instance| withdraw_inside(instance, token.id))?;
                match flow.node(token.node).map(|node| &node.kind) {
                    Some(NodeKind::Scope { closed: Some(closed), .. }) => self.emit(key, flow, &token, &[*closed], false, queue)?,
                    _ => self.instance(key, flow, |instance| withdraw(instance, &[token.id]))?,
                }
                Ok(true)
            }
            Some(Todo::Done(token)) => {
                self.instance(key, flow, |instance| instance.scopes.retain(|scope| scope.token != token.id))?;
                if let Some(NodeKind::Scope { to, .. }) = flow.node(token.node).map(|node| &node.kind) {
                    self.emit(key, flow, &token, to, false, queue)?;
                }
                Ok(true)
            }
            Some(Todo::Item(scope)) => {
                self.instance(key, flow, |instance| {
                    let orphan = instance.scopes.iter().any(|known| known.id == scope && !instance.tokens.iter().any(|token| token.id == known.token));
                    if orphan {
                        instance.scopes.retain(|known| known.id != scope);
                    } else if let Some(scope) = instance.scopes.iter_mut().find(|known| known.id == scope) {
                        scope.done = true;
                    }
                })?;
                Ok(true)
            }
            Some(Todo::Enter(token)) => {
                queue.push_back(token);
                Ok(true)
            }
        }
    }

    /// Lets an `each` go on when enough of its items are done.
    fn try_each(&self, key: Key, flow: &Flow, queue: &mut Queue) -> Result<bool, Refusal> {
        let waiting: Vec<Token> = self.instance(key, flow, |instance| {
            instance.tokens.iter().filter(|token| matches!(flow.node(token.node).map(|node| &node.kind), Some(NodeKind::Each { .. }))).cloned().collect()
        })?;
        for token in waiting {
            let Some(NodeKind::Each { need, rest, to, open, .. }) = flow.node(token.node).map(|node| &node.kind) else { continue };
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
    for scope in &instance.scopes {
        let holder = instance.tokens.iter().find(|token| token.id == scope.token);
        match (flow.node(scope.node).map(|node| &node.kind), holder) {
            (Some(NodeKind::Scope { open_while: Some(open), .. }), Some(holder)) if !instance.tokens.iter().any(|token| token.node == *open) => {
                return Some(Todo::Closed(holder.clone()));
            }
            _ => {}
        }
        let empty = !instance.tokens.iter().any(|token| token.scope == scope.id);
        if !empty || scope.done {
            continue;
        }
        match (flow.node(scope.node).map(|node| &node.kind), holder) {
            (Some(NodeKind::Scope { .. }), Some(holder)) => return Some(Todo::Done(holder.clone())),
            _ => return Some(Todo::Item(scope.id)),
        }
    }
    let held = instance.tokens.iter().filter(|token| token.held).find(|token| {
        mutex_of(flow, token.node).is_some_and(|mutex| !instance.scopes.iter().any(|scope| mutex_of(flow, scope.node) == Some(mutex)))
    });
    held.map(|token| Todo::Enter(token.id))
}

/// Withdraws tokens and everything that runs inside the nodes they are on.
pub(crate) fn withdraw(instance: &mut Instance, tokens: &[u32]) {
    for id in tokens {
        withdraw_inside(instance, *id);
    }
    instance.tokens.retain(|token| !tokens.contains(&token.id));
}

/// Withdraws everything that runs inside the node that `token` is on.
pub(crate) fn withdraw_inside(instance: &mut Instance, token: u32) {
    let scopes: Vec<u32> = instance.scopes.iter().filter(|scope| scope.token == token).map(|scope| scope.id).collect();
    let inside: Vec<u32> = instance.tokens.iter().filter(|known| scopes.contains(&known.scope)).map(|known| known.id).collect();
    withdraw_each(instance, &inside);
    instance.scopes.retain(|scope| !scopes.contains(&scope.id));
    instance.joins.retain(|join| !scopes.contains(&join.scope));
}

fn withdraw_each(instance: &mut Instance, tokens: &[u32]) {
    if !tokens.is_empty() {
        withdraw(instance, tokens);
    }
}
