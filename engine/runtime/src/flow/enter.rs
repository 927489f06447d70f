//! A token enters a node.

use formwork_catalog::{
    effect::Effects,
    flow::{Branch, Flow, Node, NodeKind, Over},
};
use formwork_definition::kind::flow::Pick;
use formwork_model::{
    instance::{Instance, Scope, Token},
    name::Name,
    record::Fields,
    value::Value,
};
use formwork_script::{handle::Handle, program::Vars, shape::Shape, val::Val};

use crate::{
    decider::{Decider, Key, system},
    flow::{Queue, is_each},
    rejection::{Kind, Refusal, Rejection},
};

/// The greatest number of items an `each` takes.
const MAX_ITEMS: usize = 10_000;

impl Decider<'_> {
    /// What a token does on arriving at its node.
    pub(crate) fn enter_node(&self, key: Key, flow: &Flow, id: u32, queue: &mut Queue) -> Result<(), Refusal> {
        let Some(token) = self.token(key, flow, id)? else { return Ok(()) };
        self.step(|| format!("flow {} node {}", flow.name, token.node))?;
        // A token on a node that this release no longer has stays where it is; `/api/release` lists it.
        let Some(node) = flow.node(token.node) else { return Ok(()) };
        if let NodeKind::State { enter, .. } = &node.kind {
            return self.enter_state(key, flow, (node, &token), enter.as_ref());
        }
        self.set_node_timers(key, flow, node, &token)?;
        match &node.kind {
            NodeKind::State { .. } => Ok(()),
            NodeKind::Join { .. } => Ok(()),
            NodeKind::Approval(_) => self.arrive(key, flow, node, &token, queue),
            NodeKind::Decide { pick, branches, otherwise } => {
                self.choose(key, flow, &token, (*pick, branches, otherwise.as_deref()), queue)
            }
            NodeKind::Run { effects, to } => {
                let mut vars = self.token_vars(key, flow, &token)?;
                self.run_effects(effects, key, &mut vars)?;
                self.emit(key, flow, &token, to, false, queue)
            }
            NodeKind::Call { call, .. } => self.ask_connector(key, flow, &token, call),
            NodeKind::Each { over, start, .. } => self.open_items(key, flow, &token, over, *start, queue),
            NodeKind::Scope { .. } => self.enter_scope(key, flow, node, &token, queue),
            NodeKind::Wait { until, to } => self.enter_wait(key, flow, &token, (until, to), queue),
            NodeKind::End { terminate } => self.end(key, flow, &token, *terminate),
        }
    }

    /// First what happens on arrival, then the timers: they see what it has set.
    fn enter_state(
        &self,
        key: Key,
        flow: &Flow,
        (node, token): (&Node, &Token),
        enter: Option<&Effects>,
    ) -> Result<(), Refusal> {
        self.enter_queue(key, flow, node, token)?;
        if let Some(effects) = enter {
            let mut vars = self.token_vars(key, flow, token)?;
            self.run_effects(effects, key, &mut vars)?;
        }
        // The effects may have ended the token.
        match self.token(key, flow, token.id)? {
            Some(token) if token.node == node.name => self.set_node_timers(key, flow, node, &token),
            _ => Ok(()),
        }
    }

    fn choose(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        (pick, branches, otherwise): (Pick, &[Branch], Option<&[Name]>),
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        self.settle()?;
        let vars = self.token_vars(key, flow, token)?;
        let mut targets: Vec<Name> = Vec::new();
        for (i, branch) in branches.iter().enumerate() {
            if !self.holds(&branch.when, &vars)? {
                continue;
            }
            self.fire(format!("branch {}.{} #{}", flow.name, token.node, i + 1), "");
            targets.extend(&branch.to);
            if pick == Pick::First {
                break;
            }
        }
        if targets.is_empty() {
            match otherwise {
                Some(otherwise) => {
                    self.fire(format!("branch {}.{} else", flow.name, token.node), "");
                    targets.extend(otherwise);
                }
                None => {
                    let name = token.node;
                    return Err(Rejection::new(
                        Kind::Conflict,
                        formwork_model::code!("no-branch"),
                        formwork_model::text!("no branch of `{name}` holds", "`{name}` 没有满足条件的分支"),
                    )
                    .into());
                }
            }
        }
        self.emit(key, flow, token, &targets, pick == Pick::Every, queue)
    }

    fn open_items(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        over: &Over,
        start: Name,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        self.settle()?;
        let vars = self.token_vars(key, flow, token)?;
        let items: Vec<Value> = match over {
            Over::Nothing => Vec::new(),
            Over::Count(program) => match self.eval(program, &vars)?.into_value() {
                Value::Int(n) => (1..=n.clamp(0, MAX_ITEMS as i64)).map(Value::Int).collect(),
                _ => Vec::new(),
            },
            Over::List(program) => match self.eval(program, &vars)? {
                Val::List(items) => items.into_iter().take(MAX_ITEMS).map(item_value).collect(),
                Val::Unit => Vec::new(),
                one => vec![item_value(one)],
            },
        };
        self.instance(key, flow, |instance| {
            instance.tokens.iter_mut().filter(|known| known.id == token.id).for_each(|token| token.held = false);
        })?;
        for item in items {
            self.open_item(key, flow, token, start, item, queue)?;
        }
        Ok(())
    }

    /// Opens the sub-graph of an `each` for one item.
    pub(crate) fn open_item(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        start: Name,
        item: Value,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        let mut data = Fields::new();
        data.set(system().item, item);
        self.open_sub_graph(key, flow, token, start, data, queue)
    }

    /// Opens the sub-graph of a `scope` or of one `each` item.
    pub(crate) fn open_sub_graph(
        &self,
        key: Key,
        flow: &Flow,
        token: &Token,
        start: Name,
        data: Fields,
        queue: &mut Queue,
    ) -> Result<(), Refusal> {
        let now = self.now;
        let id = self.instance(key, flow, |instance| {
            let (scope, inner) = (instance.next, instance.next + 1);
            instance.next += 2;
            let index = instance.scopes.iter().filter(|known| known.token == token.id).count();
            instance.scopes.push(Scope {
                id: scope,
                node: token.node,
                parent: token.scope,
                token: token.id,
                index: u32::try_from(index).unwrap_or(u32::MAX),
                data,
                done: false,
                outcome: None,
            });
            let (from, held) = (Some(token.node), is_each(flow, start));
            instance.tokens.push(Token { id: inner, node: start, scope, splits: Vec::new(), from, since: now, held });
            inner
        })?;
        queue.push_back(id);
        Ok(())
    }

    fn end(&self, key: Key, flow: &Flow, token: &Token, terminate: bool) -> Result<(), Refusal> {
        self.fire(format!("flow {} ends at {}", flow.name, token.node), "");
        self.instance(key, flow, |instance| {
            instance.tokens.retain(|known| known.id != token.id);
            match instance.scopes.iter_mut().find(|scope| scope.id == token.scope) {
                Some(scope) => scope.outcome = Some(token.node),
                None => instance.outcome = Some(token.node),
            }
            if terminate {
                instance.outcome = Some(token.node);
                instance.tokens.clear();
                instance.scopes.clear();
                instance.joins.clear();
            }
        })
    }

    /// The variables of expressions at a token: those of the record, `scope` and `item`.
    pub(crate) fn token_vars(&self, key: Key, flow: &Flow, token: &Token) -> Result<Vars, Refusal> {
        let mut vars = self.vars(key);
        if token.scope == 0 {
            return Ok(vars);
        }
        let chain = self.record(key, |record| {
            record.flow(flow.name).map(|instance| scope_chain(instance, token.scope)).unwrap_or_default()
        })?;
        let mut data = Fields::new();
        for scope in &chain {
            for (name, value) in scope.data.iter() {
                if name == system().item {
                    vars.set("item", item_val(key, flow.node(scope.node), value));
                } else {
                    data.set(name, value.clone());
                }
            }
        }
        vars.set("scope", Handle::Fixed(None, std::sync::Arc::new(data)));
        Ok(vars)
    }
}

/// The scopes around a token, outermost first.
pub(crate) fn scope_chain(instance: &Instance, scope: u32) -> Vec<Scope> {
    let mut chain = Vec::new();
    let mut at = scope;
    while let Some(found) = instance.scopes.iter().find(|known| known.id == at) {
        chain.push(found.clone());
        at = found.parent;
    }
    chain.reverse();
    chain
}

/// A line is remembered by its key, a record by its id.
fn item_value(item: Val) -> Value {
    match item {
        Val::Handle(Handle::Row(_, _, _, row)) => Value::Int(i64::from(row)),
        other => other.into_value(),
    }
}

/// What `item_value` remembered, as scripts see it.
fn item_val(key: Key, node: Option<&Node>, value: &Value) -> Val {
    let shape = match node.map(|node| &node.kind) {
        Some(NodeKind::Each { over: Over::List(program), .. }) => match &program.result {
            Shape::List(item) => Some(&**item),
            _ => None,
        },
        _ => None,
    };
    match (shape, value) {
        (Some(Shape::Row(_, lines)), Value::Int(row)) => {
            Val::Handle(Handle::Row(key.0, key.1, *lines, u32::try_from(*row).unwrap_or_default()))
        }
        (Some(Shape::Record(object)), Value::Ref(id)) => Val::Handle(Handle::Record(*object, *id)),
        (_, value) => Val::from(value.clone()),
    }
}
