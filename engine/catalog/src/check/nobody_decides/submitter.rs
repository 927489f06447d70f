//! Who can have submitted what comes to an approval, followed back through the flow.
//!
//! Whoever takes an action submits what it leads to, also by way of nodes that send a token on in the same command. What
//! comes of a decision, an answer, an event or time belongs to the submission before, or to whoever created the record when
//! there was none. By then a field may hold somebody else, unless it is fixed.

use std::collections::BTreeSet;

use formwork_model::name::Name;

use super::{Person, forks};
use crate::{
    effect::Effects,
    flow::{By, Flow, Need, Node, NodeKind},
    object::Object,
};

/// Everybody who can have submitted what comes to `node`; `None` when it may be anybody.
pub(super) fn submitters(flow: &Flow, object: Option<&Object>, node: Name) -> Option<Vec<Person>> {
    let mut search = Search { flow, object, found: Vec::new(), seen: BTreeSet::new() };
    search.came(node, false)?;
    Some(search.found)
}

/// `None` is: it may be anybody.
type Known = Option<()>;

struct Search<'a> {
    flow: &'a Flow,
    object: Option<&'a Object>,
    found: Vec<Person>,
    /// What was looked at: the node, what was asked about it, and whether time has passed since.
    seen: BTreeSet<(Name, Asked, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    /// Who brought a token here.
    Came,
    /// Who had submitted when something else than an action moves a token that rests here.
    Rested,
    /// Who ended what runs inside.
    Left,
}

impl Search<'_> {
    fn is_new(&mut self, node: Name, asked: Asked, later: bool) -> bool {
        self.seen.insert((node, asked, later))
    }

    /// Somebody who took an action.
    fn acted(&mut self, by: &[By], later: bool) -> Known {
        let person = match by {
            [By::Field(field)] if self.holds(*field, later) => Person::Field(*field),
            [By::Creator] => Person::Creator,
            _ => return None,
        };
        self.note(person);
        Some(())
    }

    fn note(&mut self, person: Person) {
        if !self.found.contains(&person) {
            self.found.push(person);
        }
    }

    /// Whether the field holds the same person until the approval asks.
    fn holds(&self, field: Name, later: bool) -> bool {
        let fixed = self.object.and_then(|object| object.field(field)).is_some_and(|field| field.fixed);
        let sets = |effects: &Effects| effects.set.iter().any(|(set, _)| *set == field);
        let is_set = self.flow.nodes.values().any(|node| match &node.kind {
            NodeKind::Run { effects, .. } => sets(effects),
            NodeKind::State { actions, .. } => actions.iter().any(|action| sets(&action.effects)),
            _ => false,
        });
        fixed || !(later || is_set)
    }

    /// Who can have brought a token to the node.
    fn came(&mut self, node: Name, later: bool) -> Known {
        if !self.is_new(node, Asked::Came, later) {
            return Some(());
        }
        // A flow may be begun by anybody, also again.
        if self.flow.start == node {
            return None;
        }
        let flow = self.flow;
        for before in flow.nodes.values() {
            if before.timers.iter().any(|timer| timer.exit().to.contains(&node)) {
                self.rested(before)?;
            }
            for action in before.actions().iter().filter(|action| action.to.contains(&node)) {
                self.acted(&action.by, later)?;
            }
            if before.inner_start() == Some(node) {
                self.began(before, later)?;
            }
            self.went_on(before, node, later)?;
        }
        Some(())
    }

    /// Who can have begun what is inside the node.
    fn began(&mut self, node: &Node, later: bool) -> Known {
        match &node.kind {
            NodeKind::Scope { mutex: None, .. } | NodeKind::Each { open: None, .. } => self.came(node.name, later),
            // It waits for others, or whoever adds an item begins it.
            _ => None,
        }
    }

    /// Who can have moved a token from `before` to the node, other than by an action or a timer.
    fn went_on(&mut self, before: &Node, node: Name, later: bool) -> Known {
        let leads = |to: &[Name]| to.contains(&node);
        match &before.kind {
            NodeKind::Decide { .. } if before.targets().contains(&node) => self.came(before.name, later),
            NodeKind::Run { to, .. } if leads(to) => self.came(before.name, later),
            NodeKind::Join { need: Need::All | Need::Count(_), to, .. } if leads(to) => self.came(before.name, later),
            NodeKind::Join { to, .. } if leads(to) => self.nothing_more_came(before.name, later),
            NodeKind::Wait { to, .. } if leads(to) => self.rested(before),
            NodeKind::Call { to, failed, .. } if leads(to) || failed.iter().any(|failed| leads(&failed.to)) => {
                self.rested(before)
            }
            NodeKind::Approval(approval) if approval.exits().any(|exit| leads(&exit.to)) => {
                // Whoever changes a watched field withdraws it.
                let withdrawn = approval.withdrawn.as_ref().is_some_and(|exit| leads(&exit.to));
                if withdrawn && !approval.watch.is_empty() {
                    return None;
                }
                self.rested(before)
            }
            // Whoever moves the token that holds it open closes it.
            NodeKind::Scope { closed: Some(closed), .. } if *closed == node => None,
            NodeKind::Scope { to, .. } | NodeKind::Each { to, .. } if leads(to) => self.left(before, later),
            _ => Some(()),
        }
    }

    /// Who can have submitted before something else than an action moves a token that rests at the node.
    fn rested(&mut self, node: &Node) -> Known {
        if !self.is_new(node.name, Asked::Rested, true) {
            return Some(());
        }
        let flow = self.flow;
        let is_approval = |node: &&Node| node.approval().is_some();
        if flow.nodes.values().any(forks) {
            self.note(Person::Creator);
            return flow.nodes.values().filter(is_approval).try_for_each(|approval| self.came(approval.name, true));
        }
        // There is one token: the last approval is the last one on its way.
        let (mut open, mut met) = (vec![node], BTreeSet::new());
        while let Some(node) = open.pop() {
            if !met.insert(node.name) {
                continue;
            }
            if is_approval(&node) {
                self.came(node.name, true)?;
                continue;
            }
            if flow.start == node.name {
                self.note(Person::Creator);
                // What was approved the last time still counts, when the flow runs again.
                flow.nodes.values().filter(is_approval).try_for_each(|approval| self.came(approval.name, true))?;
            }
            let leads = |before: &&Node| {
                before.targets().contains(&node.name)
                    || before.inner_start() == Some(node.name)
                    || (node.inner_start().is_some() && before.parent == Some(node.name))
            };
            open.extend(flow.nodes.values().filter(leads));
        }
        Some(())
    }

    /// Who can have ended the last of what runs inside a node.
    fn left(&mut self, node: &Node, later: bool) -> Known {
        if !self.is_new(node.name, Asked::Left, later) {
            return Some(());
        }
        let flow = self.flow;
        if let NodeKind::Each { .. } = node.kind {
            // There may be nothing to run for.
            self.came(node.name, later)?;
        }
        for inside in flow.nodes.values().filter(|inside| inside.parent == Some(node.name)) {
            match &inside.kind {
                NodeKind::End { .. } => self.came(inside.name, later)?,
                NodeKind::Run { to, .. } | NodeKind::Join { to, .. } if to.is_empty() => {
                    self.came(inside.name, later)?;
                }
                NodeKind::Scope { to, .. } | NodeKind::Each { to, .. } if to.is_empty() => self.left(inside, later)?,
                NodeKind::Wait { to, .. } | NodeKind::Call { to, .. } if to.is_empty() => self.rested(inside)?,
                _ => {}
            }
        }
        self.withdrew(later)
    }

    /// Who can have withdrawn tokens anywhere.
    fn withdrew(&mut self, later: bool) -> Known {
        let flow = self.flow;
        for node in flow.nodes.values() {
            for action in node.actions().iter().filter(|action| !action.cancel.is_empty()) {
                self.acted(&action.by, later)?;
            }
            if node.timers.iter().any(|timer| !timer.exit().cancel.is_empty()) {
                self.rested(node)?;
            }
        }
        Some(())
    }

    /// Who can have brought, moved or withdrawn a token that a `chosen` or `reachable` join waited for.
    fn nothing_more_came(&mut self, join: Name, later: bool) -> Known {
        let flow = self.flow;
        let (mut open, mut met) = (vec![join], BTreeSet::from([join]));
        while let Some(at) = open.pop() {
            let leads = |before: &&Node| {
                before.targets().contains(&at) || before.parent == Some(at) || before.inner_start() == Some(at)
            };
            for before in flow.nodes.values().filter(leads) {
                if met.insert(before.name) {
                    open.push(before.name);
                }
            }
        }
        self.came(join, later)?;
        for node in met.iter().filter_map(|name| flow.node(*name)) {
            for action in node.actions().iter().filter(|action| !action.to.is_empty()) {
                self.acted(&action.by, later)?;
            }
            let by_itself = matches!(node.kind, NodeKind::Wait { .. } | NodeKind::Call { .. } | NodeKind::Approval(_));
            if by_itself || node.timers.iter().any(|timer| !timer.exit().to.is_empty()) {
                self.rested(node)?;
            }
            if let NodeKind::Approval(approval) = &node.kind
                && !approval.watch.is_empty()
            {
                return None;
            }
        }
        self.withdrew(later)
    }
}
