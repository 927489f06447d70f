//! Flows from a few words.

use std::sync::Arc;

use formwork_definition::kind::flow::{Pick, Rest};
use formwork_model::{diagnostic::Diagnostics, name::Name, source::Span, text::Text};
use formwork_script::{compile::Compiler, origin::Origin, program::Mode, sandbox::Sandbox, shape::Shape};
use indexmap::IndexMap;
use proptest::prelude::*;

use crate::{
    effect::Effects,
    flow::{Action, Branch, Flow, Need, Node, NodeKind},
    source::Program,
    world::Names,
};

/// A node as the tests write it.
#[derive(Debug, Clone)]
pub(super) enum Part {
    State(Vec<(String, Vec<String>, Vec<String>)>),
    Decide {
        every: bool,
        branches: Vec<Vec<String>>,
    },
    Join {
        need: Need,
        rest: Rest,
        to: Vec<String>,
    },
    Run(Vec<String>),
    Scope {
        start: String,
        to: Vec<String>,
        leave: Vec<(String, Vec<String>)>,
        open: Option<String>,
        closed: Option<String>,
    },
    End(bool),
}

/// A flow in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) start: String,
    pub(super) parts: Vec<(String, Part)>,
    parents: Vec<Option<String>>,
    parent: Option<String>,
}

pub(super) fn draft(start: &str) -> Draft {
    Draft { start: start.into(), parts: Vec::new(), parents: Vec::new(), parent: None }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn name(text: &str) -> Name {
    Name::intern(text)
}

fn all(names: &[String]) -> Vec<Name> {
    names.iter().map(|text| name(text)).collect()
}

impl Draft {
    fn add(mut self, name: &str, part: Part) -> Self {
        self.parts.push((name.into(), part));
        self.parents.push(self.parent.clone());
        self
    }

    pub(super) fn state(self, name: &str, actions: &[(&str, &[&str])]) -> Self {
        let actions = actions.iter().map(|(action, to)| ((*action).to_owned(), owned(to), Vec::new())).collect();
        self.add(name, Part::State(actions))
    }

    pub(super) fn cancelling(self, name: &str, action: &str, to: &[&str], cancel: &[&str]) -> Self {
        self.add(name, Part::State(vec![(action.into(), owned(to), owned(cancel))]))
    }

    /// What the last action of a state withdraws.
    pub(super) fn withdrawing(mut self, state: &str, nodes: &[&str]) -> Self {
        if let Some((_, Part::State(actions))) = self.parts.iter_mut().find(|(known, _)| known == state)
            && let Some((_, _, cancel)) = actions.last_mut()
        {
            cancel.extend(owned(nodes));
        }
        self
    }

    /// One more action of the state added before.
    pub(super) fn action(mut self, state: &str, action: &str, to: &[&str]) -> Self {
        if let Some((_, Part::State(actions))) = self.parts.iter_mut().find(|(known, _)| known == state) {
            actions.push((action.into(), owned(to), Vec::new()));
        }
        self
    }

    pub(super) fn decide(self, name: &str, every: bool, branches: &[&[&str]]) -> Self {
        let branches = branches.iter().map(|to| owned(to)).collect();
        self.add(name, Part::Decide { every, branches })
    }

    pub(super) fn join(self, name: &str, need: Need, rest: Rest, to: &[&str]) -> Self {
        self.add(name, Part::Join { need, rest, to: owned(to) })
    }

    pub(super) fn end(self, name: &str, terminate: bool) -> Self {
        self.add(name, Part::End(terminate))
    }

    pub(super) fn scope(self, name: &str, start: &str, to: &[&str], leave: &[(&str, &[&str])]) -> Self {
        let leave = leave.iter().map(|(action, to)| ((*action).to_owned(), owned(to))).collect();
        self.add(name, Part::Scope { start: start.into(), to: owned(to), leave, open: None, closed: None })
    }

    pub(super) fn open_while(self, name: &str, open: &str, start: &str, closed: Option<&str>) -> Self {
        let closed = closed.map(str::to_owned);
        self.add(name, Part::Scope { start: start.into(), to: vec![], leave: vec![], open: Some(open.into()), closed })
    }

    pub(super) fn inside(mut self, scope: &str) -> Self {
        self.parent = Some(scope.into());
        self
    }

    pub(super) fn outside(mut self) -> Self {
        self.parent = None;
        self
    }

    pub(super) fn flow(&self) -> Flow {
        let mut nodes: IndexMap<Name, Node> = IndexMap::new();
        for ((text, part), parent) in self.parts.iter().zip(&self.parents) {
            let node = Node {
                name: name(text),
                label: Text::default(),
                span: Span::default(),
                parent: parent.as_deref().map(name),
                queue: None,
                incoming: Vec::new(),
                timers: Vec::new(),
                draft: crate::flow::Draft::Never,
                tone: None,
                kind: kind(part),
            };
            nodes.insert(node.name, node);
        }
        Flow {
            name: name("sample"),
            module: name("test"),
            label: Text::default(),
            span: Span::default(),
            object: name("sample"),
            start: name(&self.start),
            nodes,
        }
    }
}

fn kind(part: &Part) -> NodeKind {
    match part {
        Part::State(actions) => {
            let actions = actions.iter().map(|(name, to, cancel)| action(name, to, cancel)).collect();
            NodeKind::State { actions, enter: None }
        }
        Part::Decide { every, branches } => NodeKind::Decide {
            pick: if *every { Pick::Every } else { Pick::First },
            branches: branches.iter().map(|to| Branch { when: program("true"), to: all(to) }).collect(),
            otherwise: None,
        },
        Part::Join { need, rest, to } => NodeKind::Join { need: *need, rest: *rest, to: all(to) },
        Part::Run(to) => NodeKind::Run { effects: Effects::default(), to: all(to) },
        Part::Scope { start, to, leave, open, closed } => NodeKind::Scope {
            mutex: None,
            open_while: open.as_deref().map(name),
            closed: closed.as_deref().map(name),
            data: Vec::new(),
            actions: leave.iter().map(|(name, to)| action(name, to, &[])).collect(),
            start: name(start),
            to: all(to),
        },
        Part::End(terminate) => NodeKind::End { terminate: *terminate },
    }
}

fn action(text: &str, to: &[String], cancel: &[String]) -> Action {
    Action {
        name: name(text),
        label: Text::default(),
        span: Span::default(),
        to: all(to),
        by: Vec::new(),
        when: None,
        say: None,
        form: None,
        require: Vec::new(),
        reason: None,
        effects: Effects::default(),
        cancel: all(cancel),
    }
}

/// A compiled expression over `value`.
pub(crate) fn program(text: &str) -> Program {
    let (names, mut out) = (Names::default(), Diagnostics::default());
    let compiler = Compiler::new(Sandbox::new([]), &[], &names, &mut out);
    let program = compiler.compile(
        text,
        Mode::Expression,
        Origin::inline(Span::default()),
        &[("value", Shape::Any)],
        &names,
        &mut out,
    );
    Arc::new(program.unwrap())
}

fn target(count: usize) -> impl Strategy<Value = Vec<String>> {
    let one = (0..count + 2).prop_map(move |at| if at >= count { "end".to_owned() } else { format!("n{at}") });
    prop_oneof![
        3 => one.clone().prop_map(|only| vec![only]),
        1 => (one.clone(), one).prop_map(|(a, b)| if a == b { vec![a] } else { vec![a, b] }),
    ]
}

fn part(count: usize) -> impl Strategy<Value = Part> {
    let node = (0..count).prop_map(|at| format!("n{at}"));
    let cancel = prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(node, 1..4)];
    let action = (target(count), cancel).prop_map(|(to, cancel)| ("go".to_owned(), to, cancel));
    let need = prop_oneof![3 => Just(Need::All), 2 => (1u32..3).prop_map(Need::Count), 1 => Just(Need::Reachable)];
    let rest = prop::sample::select(&[Rest::Keep, Rest::Absorb, Rest::Block][..]);
    prop_oneof![
        5 => prop::collection::vec(action, 1..3).prop_map(Part::State),
        2 => (any::<bool>(), prop::collection::vec(target(count), 1..3))
            .prop_map(|(every, branches)| Part::Decide { every, branches }),
        3 => (need, rest, target(count)).prop_map(|(need, rest, to)| Part::Join { need, rest, to }),
        1 => target(count).prop_map(Part::Run),
    ]
}

/// Small flows of one level. What `chosen` and `rest: cancel` mean depends on pairing joins with splits, which a
/// simple simulation has no notion of; they have tests of their own.
pub(super) fn random() -> impl Strategy<Value = Draft> {
    (2usize..7, any::<bool>()).prop_flat_map(|(count, terminate)| {
        prop::collection::vec(part(count), count).prop_map(move |parts| {
            let mut flow = draft("n0");
            for (at, part) in parts.into_iter().enumerate() {
                // The first node is no join: nothing would ever come to it.
                let part =
                    if at == 0 && matches!(part, Part::Join { .. }) { Part::Run(vec!["n1".into()]) } else { part };
                flow = flow.add(&format!("n{at}"), part);
            }
            flow.end("end", terminate)
        })
    })
}
