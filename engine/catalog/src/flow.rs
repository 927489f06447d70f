//! Flows: resolved graphs.

pub mod approval;

use formwork_definition::kind::flow::{Pick, Reason, Rest};
use formwork_model::{
    field_type::Tone,
    instance::{FIRST_TOKEN, Instance, Token},
    name::Name,
    source::Span,
    text,
    text::Text,
};
use indexmap::IndexMap;

use crate::{
    connector::{Call, Failed},
    effect::Effects,
    queue::InQueue,
    source::{Program, Source},
    timer::{Awaited, Exit, Start, Timer, Until},
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
    /// The queue its tokens are work in.
    pub queue: Option<InQueue>,
    /// The nodes with an edge to it, each once.
    pub incoming: Vec<Name>,
    /// What happens by itself while a token is here.
    pub timers: Vec<Timer>,
    /// Whether a record that stands here follows the newest release.
    pub draft: Draft,
    /// What it means that a record stands here, when that was said; see [`Flow::tone`].
    pub tone: Option<Tone>,
    /// What it does.
    pub kind: NodeKind,
}

/// Whether a record that stands on a node is a draft, which follows the newest release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Draft {
    /// It is not.
    #[default]
    Never,
    /// It is until it moves on for the first time: the first node.
    UntilMoved,
    /// It is whenever it stands here.
    Always,
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
    /// Waits for people to decide.
    Approval(Box<approval::Approval>),
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
    /// Asks another system and waits for its answer.
    Call {
        /// What is asked.
        call: Call,
        /// The next nodes.
        to: Vec<Name>,
        /// Where it goes when that fails; without it that is an incident.
        failed: Option<Failed>,
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
    /// Waits for time to pass, or for an event.
    Wait {
        /// What for.
        until: Until,
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
    /// Who owns the work in the state's queue.
    Assignee,
    /// Whoever owns the work, or may claim it, which the action does.
    Member,
    /// Whoever is asked by the approval, or decides for them.
    Approver,
}

impl Action {
    /// The way out it is.
    pub fn exit(&self) -> Exit<'_> {
        let name = self.name;
        Exit { via: text!("action `{name}`", "动作 `{name}`"), span: self.span, to: &self.to, cancel: &self.cancel }
    }
}

impl Node {
    /// Every node it has an edge to, also to the first node of its sub-graph's continuation, each once.
    pub fn targets(&self) -> Vec<Name> {
        let mut targets: Vec<Name> = match &self.kind {
            NodeKind::Approval(approval) => approval.exits().flat_map(|exit| exit.to.clone()).collect(),
            NodeKind::Decide { branches, otherwise, .. } => branches
                .iter()
                .flat_map(|branch| branch.to.clone())
                .chain(otherwise.iter().flatten().copied())
                .collect(),
            NodeKind::Call { to, failed, .. } => {
                to.iter().copied().chain(failed.iter().flat_map(|failed| failed.to.iter().copied())).collect()
            }
            NodeKind::Join { to, .. }
            | NodeKind::Run { to, .. }
            | NodeKind::Each { to, .. }
            | NodeKind::Wait { to, .. } => to.clone(),
            NodeKind::Scope { to, closed, .. } => to.iter().copied().chain(*closed).collect(),
            NodeKind::State { .. } | NodeKind::End { .. } => Vec::new(),
        };
        targets.extend(self.exits().iter().flat_map(|exit| exit.to));
        let mut seen = Vec::new();
        targets.retain(|target| {
            let new = !seen.contains(target);
            seen.push(*target);
            new
        });
        targets
    }

    /// Every way out that somebody or something takes: actions and timers.
    pub fn exits(&self) -> Vec<Exit<'_>> {
        let actions = self.actions().iter().map(Action::exit);
        actions.chain(self.timers.iter().map(Timer::exit)).collect()
    }

    /// What people can do while a token is here.
    pub fn actions(&self) -> &[Action] {
        match &self.kind {
            NodeKind::State { actions, .. } | NodeKind::Scope { actions, .. } => actions,
            NodeKind::Approval(approval) => &approval.actions,
            _ => &[],
        }
    }

    /// Its approval, if it is one.
    pub fn approval(&self) -> Option<&approval::Approval> {
        if let NodeKind::Approval(approval) = &self.kind { Some(approval) } else { None }
    }

    /// The event it waits for.
    pub fn awaits(&self) -> Option<&Awaited> {
        match &self.kind {
            NodeKind::Wait { until: Until::Event(awaited), .. } => Some(awaited),
            _ => None,
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
    /// What it means that a record stands on a node: as it says itself, else by what kind of node it is.
    pub fn tone(&self, node: &Node) -> Tone {
        let by_kind = || match &node.kind {
            NodeKind::End { .. } => Tone::Neutral,
            NodeKind::Approval(_) => Tone::Warn,
            _ if node.name == self.start => Tone::Neutral,
            _ => Tone::Info,
        };
        node.tone.unwrap_or_else(by_kind)
    }

    /// Whether the instance is a draft: nobody has submitted it yet, so it follows the newest release.
    pub fn is_draft(&self, instance: &Instance) -> bool {
        let first = matches!(instance.tokens.as_slice(), [token] if token.id == FIRST_TOKEN && token.from.is_none());
        let draft = |token: &Token| match self.node(token.node).map(|node| node.draft) {
            Some(Draft::Always) => token.scope == 0,
            Some(Draft::UntilMoved) => first,
            Some(Draft::Never) | None => false,
        };
        instance.is_live() && instance.tokens.iter().all(draft)
    }

    /// The node called `name`.
    pub fn node(&self, name: Name) -> Option<&Node> {
        self.nodes.get(&name)
    }

    /// Whether timers of it follow what the record holds or where its tokens stand.
    pub fn adjusts_timers(&self) -> bool {
        let follows = |timer: &Timer| matches!(timer.start, Start::At(_)) || !timer.pause.is_empty();
        self.nodes.values().any(|node| {
            matches!(node.kind, NodeKind::Wait { until: Until::At(_), .. }) || node.timers.iter().any(follows)
        })
    }

    /// Names of the steps of approvals.
    pub fn step_names(&self) -> impl Iterator<Item = Name> + '_ {
        self.nodes.values().filter_map(Node::approval).flat_map(|approval| approval.steps.iter().map(|step| step.name))
    }

    /// The `wait` nodes for this event, with what they wait for.
    pub fn waits_for(&self, event: Name) -> impl Iterator<Item = (&Node, &Awaited)> {
        self.nodes.values().filter_map(move |node| Some((node, node.awaits().filter(|it| it.event == event)?)))
    }

    /// The names of its timers and of the events it waits for.
    pub fn timed_names(&self) -> impl Iterator<Item = Name> {
        self.nodes.values().flat_map(|node| {
            node.timers.iter().map(|timer| timer.name).chain(node.awaits().map(|awaited| awaited.event))
        })
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
