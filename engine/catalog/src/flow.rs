//! Flows: resolved graphs.

use formwork_definition::kind::flow::{Pick, Reason, Rest};
use formwork_model::{name::Name, source::Span, text::Text};
use indexmap::IndexMap;

use crate::{
    effect::Effects,
    source::{Program, Source},
};

/// A graph over an object.
#[derive(Debug)]
pub struct Flow {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The object it runs over.
    pub object: Name,
    /// The first node.
    pub start: Name,
    /// Every node, also those inside scopes and `each`, in file order.
    pub nodes: IndexMap<Name, Node>,
}

/// A node.
#[derive(Debug)]
pub struct Node {
    /// Its name, unique in the flow.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The `scope` or `each` node that holds it.
    pub parent: Option<Name>,
    /// The nodes with an edge to it, each once.
    pub incoming: Vec<Name>,
    /// What it does.
    pub kind: NodeKind,
}

/// What a node does.
#[derive(Debug)]
pub enum NodeKind {
    /// Waits for an action.
    State {
        /// What people can do.
        actions: Vec<Action>,
        /// What happens on arrival.
        enter: Option<Effects>,
    },
    /// Chooses.
    Decide {
        /// The first branch, or every one.
        pick: Pick,
        /// The ways out.
        branches: Vec<Branch>,
        /// Taken when no branch holds.
        otherwise: Option<Vec<Name>>,
    },
    /// Waits for tokens.
    Join {
        /// How many.
        need: Need,
        /// What becomes of later ones.
        rest: Rest,
        /// Where the one goes.
        to: Vec<Name>,
    },
    /// Does something and goes on.
    Run {
        /// What is done.
        effects: Effects,
        /// The next nodes.
        to: Vec<Name>,
    },
    /// Runs a sub-graph for every item.
    Each {
        /// The items.
        over: Over,
        /// The action that adds an item while it runs.
        open: Option<Name>,
        /// How many must be done; `None` is all.
        need: Option<Program>,
        /// What becomes of the others: `Cancel` or `Keep`.
        rest: Rest,
        /// First node of the sub-graph.
        start: Name,
        /// The next nodes.
        to: Vec<Name>,
    },
    /// A sub-graph with its own data.
    Scope {
        /// Scopes with the same mutex never run at once.
        mutex: Option<Name>,
        /// Open only while this node holds a token.
        open_while: Option<Name>,
        /// Where the token goes when `open_while` closed it.
        closed: Option<Name>,
        /// Values computed on entry.
        data: Vec<(Name, Source)>,
        /// What can be done while it runs.
        actions: Vec<Action>,
        /// First node of the sub-graph.
        start: Name,
        /// The next nodes.
        to: Vec<Name>,
    },
    /// Consumes the token.
    End {
        /// Ends the whole instance.
        terminate: bool,
    },
}

/// The items of an `each`.
#[derive(Debug)]
pub enum Over {
    /// A list.
    List(Program),
    /// A number; items are 1, 2, ….
    Count(Program),
    /// None at first; they are added while it runs.
    Nothing,
}

/// How many tokens a join waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// One from every edge.
    All,
    /// So many, from any edges.
    Count(u32),
    /// As many as its split sent out.
    Chosen,
    /// Until no token is left that could still come.
    Reachable,
}

/// A way out of a `decide` node.
#[derive(Debug)]
pub struct Branch {
    /// Taken when this holds.
    pub when: Program,
    /// Where to.
    pub to: Vec<Name>,
}

/// What people can do.
#[derive(Debug)]
pub struct Action {
    /// Its name, unique in its node.
    pub name: Name,
    /// What people read on the button.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The next nodes; empty when the token stays.
    pub to: Vec<Name>,
    /// Who may; empty means everybody.
    pub by: Vec<By>,
    /// Possible only when this holds.
    pub when: Option<Program>,
    /// Why not, when it does not hold.
    pub say: Option<Text>,
    /// The form that is filled in.
    pub form: Option<Name>,
    /// Fields that must not be empty.
    pub require: Vec<Name>,
    /// Whether a reason is taken.
    pub reason: Option<Reason>,
    /// What is done.
    pub effects: Effects,
    /// Nodes whose tokens are withdrawn.
    pub cancel: Vec<Name>,
}

/// Who may take an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The user in this field (`owner` is resolved to the object's owner field).
    Field(Name),
    /// Who created the record.
    Creator,
    /// Whoever has this role.
    Role(Name),
}

impl Node {
    /// Every node it has an edge to, also to the first node of its sub-graph's continuation, each once.
    pub fn targets(&self) -> Vec<Name> {
        let mut targets: Vec<Name> = match &self.kind {
            NodeKind::State { actions, .. } => actions.iter().flat_map(|action| action.to.clone()).collect(),
            NodeKind::Decide { branches, otherwise, .. } => branches
                .iter()
                .flat_map(|branch| branch.to.clone())
                .chain(otherwise.iter().flatten().copied())
                .collect(),
            NodeKind::Join { to, .. } | NodeKind::Run { to, .. } | NodeKind::Each { to, .. } => to.clone(),
            NodeKind::Scope { to, closed, actions, .. } => {
                to.iter().copied().chain(*closed).chain(actions.iter().flat_map(|action| action.to.clone())).collect()
            }
            NodeKind::End { .. } => Vec::new(),
        };
        let mut seen = Vec::new();
        targets.retain(|target| {
            let new = !seen.contains(target);
            seen.push(*target);
            new
        });
        targets
    }

    /// What people can do while a token is here.
    pub fn actions(&self) -> &[Action] {
        match &self.kind {
            NodeKind::State { actions, .. } | NodeKind::Scope { actions, .. } => actions,
            _ => &[],
        }
    }

    /// The first node of its sub-graph, if it has one.
    pub fn inner_start(&self) -> Option<Name> {
        match &self.kind {
            NodeKind::Each { start, .. } | NodeKind::Scope { start, .. } => Some(*start),
            _ => None,
        }
    }
}

impl Flow {
    /// The node called `name`.
    pub fn node(&self, name: Name) -> Option<&Node> {
        self.nodes.get(&name)
    }

    /// Names of values that scopes keep, and of items.
    pub fn scope_data(&self) -> Vec<Name> {
        let mut names = vec![Name::intern("item")];
        for node in self.nodes.values() {
            if let NodeKind::Scope { data, .. } = &node.kind {
                names.extend(data.iter().map(|(name, _)| *name));
            }
        }
        names
    }
}
