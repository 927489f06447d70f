//! A generated flow, as resolved for the runtime.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use formwork_catalog::{
    catalog::Catalog,
    effect::Effects,
    flow::{Action, Branch, Flow, Need, Node, NodeKind},
    source::Program,
};
use formwork_definition::kind::flow::{Pick, Rest};
use formwork_model::{name::Name, source::Span, text::Text};

use crate::runtime::world;

/// At most so many nodes choose, each by a field of its own.
pub(super) const CHOICES: usize = 6;
/// At most so many branches has a choice.
pub(super) const BRANCHES: usize = 3;

/// A node.
#[derive(Debug, Clone)]
pub(super) enum Part {
    State(Vec<Act>),
    /// The field that chooses; the branches; `else`.
    Decide {
        by: usize,
        every: bool,
        branches: Vec<Vec<usize>>,
        otherwise: Option<Vec<usize>>,
    },
    Join {
        need: Need,
        rest: Rest,
        to: Vec<usize>,
    },
    Run(Vec<usize>),
    Scope {
        start: usize,
        to: Vec<usize>,
        leave: Vec<Act>,
        open_while: Option<usize>,
        closed: Option<usize>,
    },
    End {
        terminate: bool,
    },
}

/// An action: where to, and what it withdraws.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) to: Vec<usize>,
    pub(super) cancel: Vec<usize>,
}

/// Nodes with the scope each lies in; the first one starts.
#[derive(Debug, Clone, Default)]
pub(super) struct Net {
    pub(super) parts: Vec<(Part, Option<usize>)>,
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (part, parent)) in self.parts.iter().enumerate() {
            let inside = parent.map(|parent| format!(" in n{parent}")).unwrap_or_default();
            writeln!(f, "  n{at}{inside}: {part:?}")?;
        }
        Ok(())
    }
}

/// A flow that has every condition the generated ones need. The check would refuse most generated flows as files.
static CARRIER: LazyLock<String> = LazyLock::new(|| {
    let fields: String = (0..CHOICES).map(|n| format!("  p{n}: {{type: integer, default: 0}}\n")).collect();
    let mut nodes = String::new();
    for n in 0..CHOICES {
        let next = if n + 1 == CHOICES { "end".to_owned() } else { format!("d{}", n + 1) };
        let first = (0..BRANCHES).map(|b| format!("this.p{n} == {b}"));
        // Each bit of the field is a branch.
        let with_bit = |b: usize| (1..1 << BRANCHES).filter(move |mask| mask >> b & 1 == 1);
        let one_of = |b: usize| with_bit(b).map(|mask| format!("this.p{n} == {mask}")).collect::<Vec<_>>().join(" || ");
        let every = (0..BRANCHES).map(one_of);
        let branches: Vec<String> =
            first.chain(every).map(|when| format!("{{when: \"{when}\", to: {next}}}")).collect();
        nodes += &format!("  d{n}: {{decide: [{}, {{else: true, to: {next}}}]}}\n", branches.join(", "));
    }
    format!(
        "# definitions/x/net.object.yaml\nobject: net\nfields:\n{fields}# definitions/x/net.flow.yaml\nflow: net\nobject: net\nstart: a\nnodes:\n  a: {{actions: {{go: {{to: d0}}}}}}\n{nodes}  end: {{end: {{}}}}\n"
    )
});

fn carrier() -> Catalog {
    Arc::into_inner(world::catalog(&CARRIER)).unwrap()
}

/// The conditions by choice: `first` ones, then those of `every`.
static CONDITIONS: LazyLock<Vec<Vec<Program>>> = LazyLock::new(|| {
    let catalog = carrier();
    let flow = &catalog.flows[&Name::intern("net")];
    let of = |n: usize| match &flow.nodes[&Name::intern(&format!("d{n}"))].kind {
        NodeKind::Decide { branches, .. } => branches.iter().map(|branch| branch.when.clone()).collect(),
        other => panic!("{other:?}"),
    };
    (0..CHOICES).map(of).collect()
});

fn node_name(at: usize) -> Name {
    Name::intern(&format!("n{at}"))
}

fn names(nodes: &[usize]) -> Vec<Name> {
    nodes.iter().map(|at| node_name(*at)).collect()
}

impl Net {
    /// As the catalog would have it.
    pub(super) fn flow(&self) -> Flow {
        let mut nodes: Vec<Node> = Vec::new();
        for (at, (part, parent)) in self.parts.iter().enumerate() {
            let node = Node {
                draft: formwork_catalog::flow::Draft::Never,
                tone: None,
                name: node_name(at),
                label: Text::default(),
                span: Span::default(),
                parent: parent.map(node_name),
                incoming: Vec::new(),
                queue: None,
                timers: Vec::new(),
                kind: kind(part),
            };
            nodes.push(node);
        }
        let edges: Vec<(Name, Name)> =
            nodes.iter().flat_map(|node| node.targets().into_iter().map(|to| (node.name, to))).collect();
        for (from, to) in edges {
            nodes.iter_mut().filter(|node| node.name == to).for_each(|node| node.incoming.push(from));
        }
        let catalog_flow = Name::intern("net");
        Flow {
            name: catalog_flow,
            module: Name::intern("x"),
            label: Text::default(),
            span: Span::default(),
            object: catalog_flow,
            start: node_name(0),
            nodes: nodes.into_iter().map(|node| (node.name, node)).collect(),
        }
    }

    /// A catalog with this flow.
    pub(super) fn catalog(&self) -> Arc<Catalog> {
        let mut catalog = carrier();
        catalog.flows.insert(Name::intern("net"), Arc::new(self.flow()));
        Arc::new(catalog)
    }

    pub(super) fn has_scopes(&self) -> bool {
        self.parts.iter().any(|(part, _)| matches!(part, Part::Scope { .. }))
    }

    pub(super) fn has_withdrawals(&self) -> bool {
        let withdraws = |act: &Act| !act.cancel.is_empty();
        self.parts.iter().any(|(part, _)| match part {
            Part::State(acts) | Part::Scope { leave: acts, .. } => acts.iter().any(withdraws),
            _ => false,
        })
    }

    pub(super) fn has_guarded_scope(&self) -> bool {
        self.parts.iter().any(|(part, _)| matches!(part, Part::Scope { open_while: Some(_), .. }))
    }

    /// The ways a choice can go: the values of its field.
    pub(super) fn values(&self, by: usize) -> Vec<i64> {
        let of = |part: &Part| match part {
            Part::Decide { by: known, every, branches, otherwise } if *known == by => {
                let other = i64::from(otherwise.is_some());
                let ways = branches.len() as u32;
                Some(if *every {
                    (1 - other..2i64.pow(ways)).collect()
                } else {
                    (0..i64::from(ways) + other).collect()
                })
            }
            _ => None,
        };
        self.parts.iter().find_map(|(part, _)| of(part)).unwrap_or_default()
    }

    /// The field that chooses in a node.
    pub(super) fn choice(&self, node: usize) -> Option<usize> {
        match self.parts.get(node) {
            Some((Part::Decide { by, .. }, _)) => Some(*by),
            _ => None,
        }
    }
}

fn kind(part: &Part) -> NodeKind {
    match part {
        Part::State(acts) => NodeKind::State { actions: actions(acts), enter: None },
        Part::Decide { by, every, branches, otherwise } => {
            let conditions = CONDITIONS[*by].iter().skip(if *every { BRANCHES } else { 0 });
            NodeKind::Decide {
                pick: if *every { Pick::Every } else { Pick::First },
                branches: branches
                    .iter()
                    .zip(conditions)
                    .map(|(to, when)| Branch { when: when.clone(), to: names(to) })
                    .collect(),
                otherwise: otherwise.as_ref().map(|to| names(to)),
            }
        }
        Part::Join { need, rest, to } => NodeKind::Join { need: *need, rest: *rest, to: names(to) },
        Part::Run(to) => NodeKind::Run { effects: Effects::default(), to: names(to) },
        Part::Scope { start, to, leave, open_while, closed } => NodeKind::Scope {
            mutex: None,
            open_while: open_while.map(node_name),
            closed: closed.map(node_name),
            data: Vec::new(),
            actions: actions(leave),
            start: node_name(*start),
            to: names(to),
        },
        Part::End { terminate } => NodeKind::End { terminate: *terminate },
    }
}

fn actions(acts: &[Act]) -> Vec<Action> {
    let fields: Vec<Name> = (0..CHOICES).map(|n| Name::intern(&format!("p{n}"))).collect();
    let action = |(at, act): (usize, &Act)| Action {
        name: Name::intern(&format!("a{at}")),
        label: Text::default(),
        span: Span::default(),
        to: names(&act.to),
        by: Vec::new(),
        when: None,
        say: None,
        form: None,
        // What is required can be given: so an action chooses for the nodes behind it.
        require: fields.clone(),
        reason: None,
        effects: Effects::default(),
        cancel: names(&act.cancel),
    };
    acts.iter().enumerate().map(action).collect()
}
