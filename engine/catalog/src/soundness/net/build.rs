//! The ways in which tokens go on, from the nodes of a flow.

use formwork_definition::kind::flow::Pick;
use formwork_model::{name::Name, source::Span, text, text::Text};

use super::{Move, Net};
use crate::{
    flow::{Flow, Node, NodeKind},
    soundness::Inner,
};

/// More branches than this are not combined one by one under `pick: every`.
const MOST_BRANCHES: usize = 10;

/// Fills in the moves of a net.
pub(super) struct Builder<'a> {
    pub(super) flow: &'a Flow,
    pub(super) parent: Option<Name>,
    pub(super) net: &'a mut Net,
}

impl Builder<'_> {
    pub(super) fn moves(&mut self, here: &[&Node], inner: &[(Name, Inner)]) -> Result<(), Text> {
        for (at, node) in here.iter().enumerate() {
            match &node.kind {
                NodeKind::State { .. } => self.exits(at, node)?,
                NodeKind::Approval(approval) => {
                    for exit in approval.exits() {
                        let word = exit.word;
                        self.push(at, text!("is {word}", "结果 `{word}`"), exit.span, &exit.to)?;
                    }
                    self.exits(at, node)?;
                }
                NodeKind::Wait { to, .. } => {
                    self.push(at, text!("has waited", "等待结束"), node.span, to)?;
                    self.exits(at, node)?;
                }
                NodeKind::Call { to, failed, .. } => {
                    self.push(at, text!("is answered", "得到回答"), node.span, to)?;
                    if let Some(failed) = failed {
                        self.push(at, text!("fails", "失败"), node.span, &failed.to)?;
                    }
                    self.exits(at, node)?;
                }
                NodeKind::Decide { pick, branches, otherwise } => {
                    let mut ways: Vec<(Text, Vec<Name>)> = branches
                        .iter()
                        .map(|branch| {
                            let when = &branch.when.text;
                            (text!("when `{when}`", "当 `{when}`"), branch.to.clone())
                        })
                        .collect();
                    if *pick == Pick::Every {
                        ways = combined(node, &ways)?;
                    }
                    ways.extend(otherwise.iter().map(|to| (text!("else", "否则"), to.clone())));
                    for (via, to) in ways {
                        self.push(at, via, node.span, &to)?;
                    }
                }
                NodeKind::Join { to, .. } | NodeKind::Run { to, .. } => self.push(at, goes_on(), node.span, to)?,
                NodeKind::End { terminate } => {
                    self.push(at, text!("ends", "结束"), node.span, &[])?;
                    if let Some(last) = self.net.moves.last_mut() {
                        last.ends = true;
                        last.terminates = *terminate;
                    }
                }
                NodeKind::Each { .. } | NodeKind::Scope { .. } => {
                    if let Some((_, state)) = inner.iter().find(|(name, _)| *name == node.name) {
                        self.sub_graph(at, node, state)?;
                    }
                }
            }
        }
        self.withdrawn_from_outside(here);
        Ok(())
    }

    fn push(&mut self, node: usize, via: Text, span: Span, to: &[Name]) -> Result<(), Text> {
        let to = to.iter().map(|name| self.net.find(*name).ok_or_else(|| across(*name))).collect::<Result<_, _>>()?;
        let clears = Vec::new();
        self.net.moves.push(Move {
            node,
            via,
            span,
            to,
            clears,
            keeps: false,
            terminates: false,
            leaves: false,
            ends: false,
            guard: None,
        });
        Ok(())
    }

    /// Actions and timers that move the token, or withdraw others.
    fn exits(&mut self, at: usize, node: &Node) -> Result<(), Text> {
        for exit in node.exits().into_iter().filter(|exit| !exit.to.is_empty() || !exit.cancel.is_empty()) {
            // Whoever withdraws a scope around goes with it, not on.
            let leaves = self.is_around(exit.cancel);
            self.push(at, exit.via, exit.span, if leaves { &[] } else { exit.to })?;
            let (clears, outside) = self.cancelled(exit.cancel);
            if let Some(last) = self.net.moves.last_mut() {
                last.keeps = exit.to.is_empty() && !leaves;
                last.leaves = leaves;
                last.clears = clears;
            }
            if !outside.is_empty() {
                self.net.withdraws.push(outside);
            }
        }
        Ok(())
    }

    /// The nodes that are emptied here, and the names that lie outside this level.
    fn cancelled(&self, names: &[Name]) -> (Vec<usize>, Vec<Name>) {
        let (mut clears, mut outside) = (Vec::new(), Vec::new());
        for name in names {
            match self.net.find(*name) {
                Some(at) => clears.extend(std::iter::once(at).chain(self.net.hanging(*name))),
                None if !self.is_inside(*name) => outside.push(*name),
                None => {}
            }
        }
        (clears, outside)
    }

    /// Whether one of the nodes holds this level.
    fn is_around(&self, names: &[Name]) -> bool {
        let mut at = self.parent;
        while let Some(name) = at {
            if names.contains(&name) {
                return true;
            }
            at = self.flow.node(name).and_then(|node| node.parent);
        }
        false
    }

    /// Whether the node lies in a sub-graph of this level.
    fn is_inside(&self, name: Name) -> bool {
        let mut at = self.flow.node(name).and_then(|node| node.parent);
        while let Some(found) = at.and_then(|name| self.flow.node(name)) {
            if found.parent == self.parent {
                return true;
            }
            at = found.parent;
        }
        false
    }

    fn sub_graph(&mut self, at: usize, node: &Node, state: &Inner) -> Result<(), Text> {
        let (to, open_while, closed) = match &node.kind {
            NodeKind::Scope { to, open_while, closed, .. } => (to, open_while.as_ref(), closed),
            NodeKind::Each { to, .. } => (to, None, &None),
            _ => return Ok(()),
        };
        let guard = |holds: bool| open_while.and_then(|name| self.net.find(*name)).map(|at| (at, holds));
        let (open, shut) = (guard(true), guard(false));
        let hanging = self.net.hanging(node.name);
        // An `each` over an empty list is done at once.
        if state.completes || matches!(node.kind, NodeKind::Each { .. }) {
            self.push(at, text!("is done", "完成"), node.span, to)?;
            self.last(|last| last.guard = open);
        }
        if let Some(hanging) = hanging {
            self.push(at, text!("hangs inside", "内部停滞"), node.span, &[])?;
            self.last(|last| last.to = vec![hanging]);
        }
        if state.terminates {
            self.push(at, text!("ends everything", "终止全部"), node.span, &[])?;
            self.last(|last| (last.terminates, last.ends) = (true, true));
        }
        for place in std::iter::once(at).chain(hanging) {
            if open_while.is_some() {
                self.push(place, text!("is closed", "被关闭"), node.span, closed.as_slice())?;
                self.last(|last| last.guard = shut);
            }
            self.exits(place, node)?;
        }
        for names in &state.withdraws {
            let (clears, outside) = self.cancelled(names);
            self.push(at, text!("an action inside", "内部动作"), node.span, &[])?;
            self.last(|last| (last.keeps, last.clears) = (true, clears));
            if !outside.is_empty() {
                self.net.withdraws.push(outside);
            }
        }
        Ok(())
    }

    fn last(&mut self, change: impl FnOnce(&mut Move)) {
        if let Some(last) = self.net.moves.last_mut() {
            change(last);
        }
    }

    /// Actions around this level may withdraw a token that rests in it at any time.
    fn withdrawn_from_outside(&mut self, here: &[&Node]) {
        let outer = self.flow.nodes.values().filter(|node| node.parent != self.parent);
        let exits = outer.flat_map(Node::exits).filter(|_| self.parent.is_some());
        for name in exits.flat_map(|exit| exit.cancel) {
            let rests = |node: &Node| {
                !matches!(node.kind, NodeKind::Decide { .. } | NodeKind::Run { .. } | NodeKind::End { .. })
            };
            let found = here.iter().enumerate().find(|(_, node)| node.name == *name && rests(node));
            let Some((node, found)) = found else { continue };
            let via = text!("is withdrawn from outside", "被外部撤回");
            self.net.moves.push(Move {
                node,
                via,
                span: found.span,
                to: Vec::new(),
                clears: Vec::new(),
                keeps: false,
                terminates: false,
                leaves: false,
                ends: false,
                guard: None,
            });
        }
    }
}

fn goes_on() -> Text {
    text!("goes on", "继续")
}

fn across(name: Name) -> Text {
    text!("an edge leads into another sub-graph, to `{name}`", "有路径跨越子图，通向 `{name}`")
}

/// Every non-empty choice of branches.
fn combined(node: &Node, ways: &[(Text, Vec<Name>)]) -> Result<Vec<(Text, Vec<Name>)>, Text> {
    if ways.len() > MOST_BRANCHES {
        let name = node.name;
        return Err(text!("`{name}` has more than {MOST_BRANCHES} branches", "`{name}` 的分支超过 {MOST_BRANCHES} 条"));
    }
    let subset = |mask: u32| {
        let chosen = || ways.iter().enumerate().filter(move |(at, _)| mask >> at & 1 == 1).map(|(_, way)| way);
        let en: Vec<&str> = chosen().map(|(via, _)| via.en.as_str()).collect();
        let zh: Vec<&str> = chosen().map(|(via, _)| via.zh.as_str()).collect();
        let via = Text { en: en.join(" and "), zh: zh.join("，") };
        (via, chosen().flat_map(|(_, to)| to.iter().copied()).collect())
    };
    Ok((1..1u32 << ways.len()).map(subset).collect())
}
