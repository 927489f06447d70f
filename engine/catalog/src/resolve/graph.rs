//! One graph of a flow: which nodes its edges may lead to, and what its expressions see.

use std::collections::HashMap;

use formwork_definition::{map::WrittenName, spanned::Sp};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    name::Name,
    nearest::nearest,
    text,
    value::Value,
};
use formwork_script::shape::Shape;

use crate::{
    flow::{NodeKind, Over},
    resolve::name,
    source::Source,
    variables::{self, Variables},
};

/// One graph of a flow: the flow itself, or the inside of a scope or an `each`.
#[derive(Debug, Clone)]
pub(crate) struct Graph<'a> {
    pub object: Name,
    /// The graphs each name of a node is in: one, unless it is there twice; `None` is the flow itself.
    pub all: &'a HashMap<Name, Vec<Option<Name>>>,
    /// The node that holds this graph.
    pub parent: Option<Name>,
    /// What expressions see as `scope`.
    pub scope: Option<Vec<(Name, Shape)>>,
    /// What expressions see as `item`.
    pub item: Option<Shape>,
    /// Whether the state that is resolved has a queue.
    pub in_queue: bool,
    /// Whether the node that is resolved is an approval.
    pub in_approval: bool,
    /// Whether a name did not resolve: then the shape of the graph is not checked.
    pub broken: &'a std::cell::Cell<bool>,
}

impl Graph<'_> {
    /// In the order of [`variables::NODE`].
    pub(crate) fn variables(&self) -> Variables {
        let mut variables = variables::record(self.object);
        if let Some(scope) = &self.scope {
            variables.push(("scope", Shape::Map(scope.clone())));
        }
        if let Some(item) = &self.item {
            variables.push(("item", item.clone()));
        }
        variables
    }

    /// What the conditions of actions see: nothing was sent yet.
    pub(crate) fn record_variables(&self) -> Variables {
        self.variables()
    }

    /// The nodes an edge leads to, each in this graph.
    pub(crate) fn targets(&self, to: &[Sp<WrittenName>], out: &mut Diagnostics) -> Vec<Name> {
        to.iter().filter_map(|target| self.target(target, out)).collect()
    }

    /// A node of this graph.
    pub(crate) fn target(&self, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
        let target = self.anywhere(written, out)?;
        if self.all.get(&target).is_some_and(|graphs| graphs.contains(&self.parent)) {
            return Some(target);
        }
        self.broken.set(true);
        out.push(
            Diagnostic::error(
                code!("target-outside-scope"),
                written.span,
                text!("node `{target}` is not in the same sub-graph", "节点 `{target}` 不在同一个子图里"),
            )
            .help(text!(
                "a token stays in its sub-graph; leave it by an action of the scope, or by its end",
                "令牌只在自己的子图里移动；用 scope 的动作或结束节点离开"
            )),
        );
        None
    }

    /// A node anywhere in the flow.
    pub(crate) fn anywhere(&self, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
        let target = name(written);
        if self.all.contains_key(&target) {
            return Some(target);
        }
        self.broken.set(true);
        let known = self.all.iter().filter(|(_, graphs)| graphs.contains(&self.parent)).map(|(name, _)| name.as_str());
        out.push(
            Diagnostic::error(
                code!("unknown-target"),
                written.span,
                text!("the flow has no node `{target}`", "流程里没有节点 `{target}`"),
            )
            .suggest(nearest(target.as_str(), known)),
        );
        None
    }
}

/// The graph inside a node.
pub(crate) fn inside<'a>(graph: &Graph<'a>, name: Name, kind: &NodeKind) -> Graph<'a> {
    let mut inner = Graph { parent: Some(name), in_queue: false, in_approval: false, ..graph.clone() };
    match kind {
        NodeKind::Scope { data, .. } => {
            let shapes = data.iter().map(|(name, source)| {
                (
                    *name,
                    match source {
                        Source::Program(program) => program.result.clone(),
                        Source::Literal(value) => literal_shape(value),
                    },
                )
            });
            let mut scope = graph.scope.clone().unwrap_or_default();
            for (name, shape) in shapes {
                scope.retain(|(known, _)| *known != name);
                scope.push((name, shape));
            }
            inner.scope = Some(scope);
        }
        NodeKind::Each { over, open, .. } => {
            let item = match over {
                Over::List(program) => match &program.result {
                    Shape::List(item) => (**item).clone(),
                    _ => Shape::Any,
                },
                Over::Count(_) => Shape::Int,
                Over::Nothing => Shape::Any,
            };
            inner.item = Some(if open.is_some() { Shape::Any } else { item });
        }
        _ => {}
    }
    inner
}

fn literal_shape(value: &Value) -> Shape {
    match value {
        Value::Bool(_) => Shape::Bool,
        Value::Int(_) => Shape::Int,
        Value::Decimal(_) => Shape::Decimal,
        Value::Text(_) => Shape::Text,
        _ => Shape::Any,
    }
}
