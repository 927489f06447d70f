//! Moving an instance from the flow of one release to that of another.

mod all;

use std::sync::Arc;

use formwork_catalog::flow::{Flow, Need, Node, NodeKind};
use formwork_model::{
    code,
    instance::{Instance, Token},
    name::Name,
    text,
    text::Text,
};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

use crate::{
    flow::{withdraw, withdraw_inside},
    rejection::{Kind, Rejection},
};

pub use all::{Migrated, migrate_all};

/// What becomes of nodes that the other release does not have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapping(Vec<(Name, FlowMapping)>);

/// The mapping of one flow.
#[derive(Debug, Clone, PartialEq, Default)]
struct FlowMapping {
    /// Tokens on a node go to another; `None` withdraws them.
    nodes: Vec<(Name, Option<Name>)>,
    /// Tokens that wait at a join and came from a node count as coming from another.
    edges: Vec<(Name, Name)>,
}

impl Mapping {
    /// Reads `{flows: {FLOW: {nodes: {OLD: NEW or null}, edges: {OLD: NEW}}}}`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(json: &Json) -> Result<Self, Text> {
        let expected = |what: &str| {
            text!(
                "`{what}` is a mapping: `flows: {{FLOW: {{nodes: {{OLD: NEW}}, edges: {{OLD: NEW}}}}}}`",
                "`{what}` 应为映射：`flows: {{流程: {{nodes: {{旧: 新}}, edges: {{旧: 新}}}}}}`"
            )
        };
        let map = |json: &Json, what: &str| json.as_object().cloned().ok_or_else(|| expected(what));
        let mut mapping = Self::default();
        for (key, flows) in map(json, "flows")? {
            if key != "flows" {
                return Err(text!("there is no key `{key}` here; `flows` is one", "此处没有键 `{key}`；应为 `flows`"));
            }
            for (flow, body) in map(&flows, "flows")? {
                let mut read = FlowMapping::default();
                for (key, pairs) in map(&body, &flow)? {
                    if !matches!(key.as_str(), "nodes" | "edges") {
                        return Err(text!(
                            "there is no key `{key}` here; `nodes` and `edges` are",
                            "此处没有键 `{key}`；应为 `nodes` 或 `edges`"
                        ));
                    }
                    for (old, new) in map(&pairs, &key)? {
                        let (old, new) = (Name::intern(&old), new.as_str().map(Name::intern));
                        match (key.as_str(), new) {
                            ("nodes", new) => read.nodes.push((old, new)),
                            (_, Some(new)) => read.edges.push((old, new)),
                            (_, None) => return Err(expected("edges")),
                        }
                    }
                }
                mapping.0.push((Name::intern(&flow), read));
            }
        }
        Ok(mapping)
    }

    /// The mapping as [`Mapping::read`] reads it.
    pub fn to_json(&self) -> Json {
        let flows: Map<String, Json> = self
            .0
            .iter()
            .map(|(flow, mapping)| {
                let nodes: Map<String, Json> =
                    mapping.nodes.iter().map(|(old, new)| (old.to_string(), json!(new.map(Name::as_str)))).collect();
                let edges: Map<String, Json> =
                    mapping.edges.iter().map(|(old, new)| (old.to_string(), json!(new.as_str()))).collect();
                (flow.to_string(), json!({"nodes": nodes, "edges": edges}))
            })
            .collect();
        json!({ "flows": flows })
    }

    /// Refuses a mapping that leads to what the flows of a release don't have.
    ///
    /// # Errors
    /// Which names those are.
    pub fn check(&self, flows: &IndexMap<Name, Arc<Flow>>) -> Result<(), Rejection> {
        let mut unknown = Vec::new();
        for (flow, mapping) in &self.0 {
            let Some(known) = flows.get(flow) else {
                unknown.push(flow.to_string());
                continue;
            };
            let new = mapping.nodes.iter().filter_map(|(_, new)| *new).chain(mapping.edges.iter().map(|(_, new)| *new));
            unknown.extend(new.filter(|node| known.node(*node).is_none()).map(|node| format!("{flow}.{node}")));
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let names = unknown.join("`, `");
        Err(Rejection::new(
            Kind::Invalid,
            code!("migration-misfit"),
            text!("the release has no `{names}`, where the mapping leads", "映射指向的 `{names}` 在该版本中不存在"),
        ))
    }

    fn of(&self, flow: Name) -> Option<&FlowMapping> {
        self.0.iter().find(|(known, _)| *known == flow).map(|(_, mapping)| mapping)
    }

    fn node(&self, flow: Name, node: Name) -> Option<Name> {
        let mapped = self.of(flow).and_then(|mapping| mapping.nodes.iter().find(|(old, _)| *old == node));
        mapped.map_or(Some(node), |(_, new)| *new)
    }

    fn edge(&self, flow: Name, from: Name) -> Name {
        let edges = self.of(flow).map(|mapping| mapping.edges.as_slice()).unwrap_or_default();
        let mapped = edges.iter().find(|(old, _)| *old == from).map(|(_, new)| *new);
        mapped.or_else(|| self.node(flow, from)).unwrap_or(from)
    }

    /// Puts the instance into `flow`, where its nodes lead it; gives the tokens that have to be looked at, because
    /// they stand on nodes that go on by themselves.
    ///
    /// # Errors
    /// Why it does not fit: nothing of it has been moved then that counts.
    pub fn apply(&self, instance: &mut Instance, flow: &Flow) -> Result<Vec<u32>, Misfit> {
        let name = instance.flow;
        let gone: Vec<u32> =
            instance.tokens.iter().filter(|t| self.node(name, t.node).is_none()).map(|token| token.id).collect();
        withdraw(instance, &gone);
        let mut moved = Vec::new();
        for token in &mut instance.tokens {
            if self.node(name, token.node) != Some(token.node) {
                moved.push(token.id);
            }
            token.node = self.node(name, token.node).unwrap_or(token.node);
            token.from = token.from.map(|from| self.edge(name, from));
        }
        for scope in &mut instance.scopes {
            scope.node = self.node(name, scope.node).unwrap_or(scope.node);
        }
        for join in &mut instance.joins {
            join.node = join.node.map(|node| self.node(name, node).unwrap_or(node));
            join.arrived.iter_mut().for_each(|(from, _)| *from = self.edge(name, *from));
        }
        let joins = |node: Option<Name>| {
            node.and_then(|node| flow.node(node)).is_some_and(|node| matches!(node.kind, NodeKind::Join { .. }))
        };
        instance.joins.retain(|join| joins(join.node));
        // What ran inside a node that holds nothing any more is over.
        let holds = |node: Name| flow.node(node).is_none_or(|node| node.inner_start().is_some());
        let closed: Vec<u32> = instance.scopes.iter().filter(|s| !holds(s.node)).map(|scope| scope.token).collect();
        closed.iter().for_each(|token| withdraw_inside(instance, *token));
        let missing: Vec<Name> =
            instance.tokens.iter().map(|token| token.node).filter(|node| flow.node(*node).is_none()).collect();
        if !missing.is_empty() {
            return Err(Misfit::Removed(sorted(missing)));
        }
        let inside = |token: &Token| instance.scopes.iter().find(|scope| scope.id == token.scope).map(|s| s.node);
        let elsewhere: Vec<Name> = instance
            .tokens
            .iter()
            .filter(|token| flow.node(token.node).is_some_and(|node| node.parent != inside(token)))
            .map(|token| token.node)
            .collect();
        if !elsewhere.is_empty() {
            return Err(Misfit::Elsewhere(sorted(elsewhere)));
        }
        if let Some((join, from)) = instance.tokens.iter().find_map(|token| stray(flow, token)) {
            return Err(Misfit::NoEdge { join, from });
        }
        self.move_approvals(instance, flow)?;
        let moves = |token: &&Token| {
            flow.node(token.node).is_some_and(|node| goes_on(node, token, instance, moved.contains(&token.id)))
        };
        Ok(instance.tokens.iter().filter(moves).map(|token| token.id).collect())
    }
}

impl Mapping {
    /// Signatures stay: an approval goes on in the step of the same name.
    fn move_approvals(&self, instance: &mut Instance, flow: &Flow) -> Result<(), Misfit> {
        let Instance { flow: name, tokens, approvals, .. } = instance;
        for approval in approvals.iter_mut().filter(|approval| approval.is_open()) {
            let Some(token) = tokens.iter().find(|token| token.id == approval.token) else { continue };
            let misfit = |step: Option<Name>| Misfit::Signed { node: approval.node, step };
            let rules = flow.node(token.node).and_then(Node::approval).ok_or(misfit(None))?;
            let mut shifted = false;
            let mut places = Vec::with_capacity(approval.steps.len());
            for step in &approval.steps {
                let place = rules.steps.iter().position(|rule| rule.name == step.name);
                let place = place.and_then(|place| u32::try_from(place).ok()).ok_or(misfit(Some(step.name)))?;
                shifted |= place != step.at;
                places.push(place);
            }
            let returns = approval.first > 0 || approval.steps.iter().any(|step| step.then.is_some());
            if shifted && (returns || approval.back.is_some()) {
                return Err(misfit(None));
            }
            approval.steps.iter_mut().zip(places).for_each(|(step, place)| step.at = place);
            approval.node = token.node;
            if let Some((node, _)) = &mut approval.back {
                *node = self.node(*name, *node).unwrap_or(*node);
            }
        }
        Ok(())
    }
}

/// A token that waits at a join of all edges and came along one that is not there: it would never be counted.
fn stray(flow: &Flow, token: &Token) -> Option<(Name, Option<Name>)> {
    let join = flow.node(token.node)?;
    let all = matches!(join.kind, NodeKind::Join { need: Need::All, .. });
    let counts = token.from.is_some_and(|from| join.incoming.contains(&from));
    (all && !counts).then_some((join.name, token.from))
}

/// Whether a token that stands on the node has to be looked at, because it does not wait there.
fn goes_on(node: &Node, token: &Token, instance: &Instance, moved: bool) -> bool {
    match &node.kind {
        NodeKind::Decide { .. } | NodeKind::Run { .. } | NodeKind::End { .. } => true,
        NodeKind::Scope { .. } | NodeKind::Each { .. } => {
            !token.held && !instance.scopes.iter().any(|scope| scope.token == token.id)
        }
        // What it waits for begins when it comes.
        NodeKind::Wait { .. } | NodeKind::Call { .. } => moved,
        NodeKind::Approval(_) => {
            moved && !instance.approvals.iter().any(|approval| approval.is_open() && approval.token == token.id)
        }
        NodeKind::State { .. } | NodeKind::Join { .. } => false,
    }
}

fn sorted(mut names: Vec<Name>) -> Vec<Name> {
    names.sort_unstable();
    names.dedup();
    names
}

/// Why an instance does not fit into a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The flow is gone.
    NoFlow,
    /// These nodes are gone, and the mapping does not say where their tokens go.
    Removed(Vec<Name>),
    /// These nodes lie inside another sub-graph than the tokens.
    Elsewhere(Vec<Name>),
    /// An approval waits here: its node would be none, or has lost a step that was asked.
    Signed {
        /// The node.
        node: Name,
        /// The step.
        step: Option<Name>,
    },
    /// A token waits at a join and came from a node from which no edge leads there any more.
    NoEdge {
        /// The join.
        join: Name,
        /// Where the token came from.
        from: Option<Name>,
    },
}

impl Misfit {
    /// In words.
    pub fn words(&self) -> Text {
        let listed = |nodes: &[Name]| nodes.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("`, `");
        match self {
            Self::NoFlow => text!("the flow is removed", "流程已删除"),
            Self::Removed(nodes) => {
                let nodes = listed(nodes);
                text!("it stands on `{nodes}`, which is removed", "位于已删除的节点 `{nodes}`")
            }
            Self::Signed { node, step: Some(step) } => text!(
                "its approval at `{node}` was asked in step `{step}`, which is removed",
                "`{node}` 的审批已到步骤 `{step}`，而该步骤已删除"
            ),
            Self::Signed { node, step: None } => text!(
                "its approval at `{node}` can't go on where it would stand; let it be decided first",
                "`{node}` 的审批无法在目标节点继续；请先完成审批"
            ),
            Self::NoEdge { join, from } => {
                let from = from.map_or("", Name::as_str);
                text!(
                    "no edge leads from `{from}` to `{join}` any more; say under `edges` for which node its token counts",
                    "已没有从 `{from}` 到 `{join}` 的路径；请在 `edges` 中说明该令牌算作来自哪个节点"
                )
            }
            Self::Elsewhere(nodes) => {
                let nodes = listed(nodes);
                text!("`{nodes}` lies inside another node than before", "`{nodes}` 所在的子图已变化")
            }
        }
    }

    pub(crate) fn reject(&self, flow: Name) -> Rejection {
        let Text { en, zh } = self.words();
        Rejection::new(Kind::Conflict, code!("migration-misfit"), text!("flow `{flow}`: {en}", "流程 `{flow}`：{zh}"))
    }
}
