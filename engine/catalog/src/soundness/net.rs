//! One level of a flow as a net: nodes with moves, joins with memory.

use formwork_definition::kind::flow::Rest;
use formwork_model::{name::Name, source::Span, text, text::Text};

use super::{Inner, Structural, StructuralKind};
use crate::flow::{Flow, Need, Node, NodeKind};

mod build;
mod ways;
use build::Builder;
use ways::{between, reaching};
pub(super) use ways::{nearest, structure};

/// One level of a flow.
#[derive(Debug)]
pub(super) struct Net {
    pub(super) nodes: Vec<Spot>,
    pub(super) moves: Vec<Move>,
    /// The nodes that each node has an edge to, also where no token can take it.
    pub(super) edges: Vec<Vec<usize>>,
    /// The first node.
    pub(super) start: usize,
    /// What actions here withdraw outside this level.
    pub(super) withdraws: Vec<Vec<Name>>,
    /// How many counters a marking has.
    pub(super) slots: usize,
}

/// A node of the net.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) name: Name,
    /// Goes on before anybody acts.
    pub(super) automatic: bool,
    /// Its first counter: of tokens, or of arrivals of a join.
    pub(super) slot: usize,
    pub(super) join: Option<Gate>,
    /// Stands for a sub-graph that hangs.
    pub(super) hanging: bool,
}

/// A join. Counters: arrivals (one an edge for `all`), then for `absorb` and `block` whether it fired, then for
/// each edge whether it has brought its token of this round, then for `block` the held tokens of each edge.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) need: Need,
    pub(super) rest: Rest,
    /// The nodes of its edges.
    pub(super) edges: Vec<usize>,
    /// `chosen`, `reachable`: it waits while one of these has a token. `rest: cancel`: these are emptied.
    pub(super) others: Vec<usize>,
}

/// A way in which one token goes on.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) node: usize,
    pub(super) via: Text,
    pub(super) span: Span,
    pub(super) to: Vec<usize>,
    pub(super) clears: Vec<usize>,
    /// The token stays.
    pub(super) keeps: bool,
    /// Ends everything.
    pub(super) terminates: bool,
    /// Withdraws the sub-graph that this level is.
    pub(super) leaves: bool,
    /// The token comes to an end.
    pub(super) ends: bool,
    /// Only while this node has a token (true) or has none (false).
    pub(super) guard: Option<(usize, bool)>,
}

impl Gate {
    pub(super) fn has_memory(&self) -> bool {
        matches!(self.need, Need::Count(_)) && matches!(self.rest, Rest::Absorb | Rest::Block)
    }

    /// How many counters hold tokens that wait.
    pub(super) fn arrivals(&self) -> usize {
        if self.need == Need::All { self.edges.len() } else { 1 }
    }

    fn slots(&self) -> usize {
        let edges = self.edges.len();
        match self.rest {
            Rest::Absorb if self.has_memory() => 2 + edges,
            Rest::Block if self.has_memory() => 2 + 2 * edges,
            _ => self.arrivals(),
        }
    }
}

impl Net {
    /// The level inside `parent`; `inner` has what is known about the sub-graphs in it.
    pub(super) fn new(flow: &Flow, parent: Option<Name>, inner: &[(Name, Inner)]) -> Result<Self, Text> {
        let here: Vec<&Node> = flow.nodes.values().filter(|node| node.parent == parent).collect();
        let mut net =
            Self { nodes: Vec::new(), moves: Vec::new(), edges: Vec::new(), start: 0, withdraws: Vec::new(), slots: 0 };
        for node in &here {
            net.push(node, false);
        }
        for (name, state) in inner {
            if let (true, Some(node)) = (state.stuck.is_some(), flow.node(*name)) {
                net.push(node, true);
            }
        }
        let start = match parent.and_then(|parent| flow.node(parent)) {
            Some(parent) => parent.inner_start().unwrap_or(flow.start),
            None => flow.start,
        };
        net.start = net.find(start).ok_or_else(|| text!("the first node is missing", "缺少起始节点"))?;
        Builder { flow, parent, net: &mut net }.moves(&here, inner)?;
        net.edges(flow);
        net.joins(&here);
        Ok(net)
    }

    fn push(&mut self, node: &Node, hanging: bool) {
        let automatic = matches!(
            node.kind,
            NodeKind::Decide { .. } | NodeKind::Run { .. } | NodeKind::End { .. } | NodeKind::Join { .. }
        );
        self.nodes.push(Spot { name: node.name, automatic, slot: self.slots, join: None, hanging });
        self.slots += 1;
    }

    /// The node of that name; not one that stands for a hanging sub-graph.
    pub(super) fn find(&self, name: Name) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name && !node.hanging)
    }

    pub(super) fn hanging(&self, name: Name) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name && node.hanging)
    }

    /// The node itself, also for one that stands for a hanging sub-graph.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.nodes.get(at).filter(|node| node.hanging).and_then(|node| self.find(node.name)).unwrap_or(at)
    }

    /// As the runtime sees them: it can't know that a sub-graph never comes to its end.
    fn edges(&mut self, flow: &Flow) {
        let targets = |at: usize| flow.node(self.nodes.get(at)?.name).map(Node::targets);
        let here = |at: usize| targets(at).unwrap_or_default().into_iter().filter_map(|name| self.find(name)).collect();
        self.edges = (0..self.nodes.len()).map(here).collect();
    }

    /// Gives joins their edges, and nodes their counters.
    fn joins(&mut self, here: &[&Node]) {
        for node in here {
            let (NodeKind::Join { need, rest, .. }, Some(at)) = (&node.kind, self.find(node.name)) else { continue };
            let leads = |from: &usize| self.edges.get(*from).is_some_and(|to| to.contains(&at));
            let edges = (0..self.nodes.len()).filter(|from| self.origin(*from) == *from).filter(leads).collect();
            let mut others = match (need, rest) {
                (Need::Chosen, _) | (Need::Count(_), Rest::Cancel) => between(self, at),
                (Need::Reachable, _) => reaching(self, at),
                _ => Vec::new(),
            };
            // The runtime can't know that a sub-graph hangs: it waits for it.
            let twins: Vec<usize> =
                others.iter().filter_map(|other| self.hanging(self.nodes.get(*other)?.name)).collect();
            others.extend(twins);
            others.sort_unstable();
            others.dedup();
            self.nodes[at].join = Some(Gate { need: *need, rest: *rest, edges, others });
        }
        self.lay_out();
    }

    /// Gives every node its counters.
    pub(super) fn lay_out(&mut self) {
        let mut slots = 0;
        for node in &mut self.nodes {
            node.slot = slots;
            slots += node.join.as_ref().map_or(1, Gate::slots);
        }
        self.slots = slots;
    }
}

/// A node that edges can't fix.
pub(super) fn structural(node: &Node, kind: StructuralKind) -> Structural {
    Structural { node: node.name, span: node.span, kind }
}
