//! Who has signed in other approvals for certain when an approval is asked, followed on through the flow.
//!
//! What is signed counts until somebody submits anew. So it is what every way to the node has passed since the last action:
//! approvals that passed, with those of their steps that are always asked. Whoever is sent back has passed what they are
//! sent back behind, so a return takes nothing away. Where tokens are on their way beside each other, somebody who submits
//! with one of them makes an end of it for all: there nothing is certain, unless nobody can.

use std::collections::{BTreeMap, BTreeSet};

use formwork_model::name::Name;

use super::{Signed, forks};
use crate::{
    flow::{Flow, Need, Node, NodeKind},
    timer::Until,
};

/// What becomes of what was signed, on a way from node to node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passing {
    /// It still counts.
    Kept,
    /// The signers of the node left behind come to it.
    Signed,
    /// Somebody may submit anew.
    Forgotten,
}

#[derive(Debug, Clone, Copy)]
struct Way {
    from: Name,
    to: Name,
    passing: Passing,
}

/// Who has signed elsewhere for certain when a token comes to a node; `own` is who signs each approval that passes.
pub(super) fn signed_before(flow: &Flow, own: &BTreeMap<Name, Vec<Signed>>) -> BTreeMap<Name, Vec<Signed>> {
    let ways = ways(flow);
    let mut known: BTreeMap<Name, Vec<Signed>> = BTreeMap::from([(flow.start, Vec::new())]);
    loop {
        let mut changed = false;
        for node in flow.nodes.values().filter(|node| node.name != flow.start) {
            let Some(found) = arriving(node, &ways, &known, own) else { continue };
            // What was found once only gets less.
            if known.get(&node.name).is_none_or(|before| before.len() > found.len()) {
                known.insert(node.name, found);
                changed = true;
            }
        }
        if !changed {
            return known;
        }
    }
}

/// What all ways to the node have in common, as far as is known; `None` while none is.
fn arriving(
    node: &Node,
    ways: &[Way],
    known: &BTreeMap<Name, Vec<Signed>>,
    own: &BTreeMap<Name, Vec<Signed>>,
) -> Option<Vec<Signed>> {
    let mut sources: BTreeMap<Name, Option<Vec<Signed>>> = BTreeMap::new();
    for way in ways.iter().filter(|way| way.to == node.name) {
        let brought = known.get(&way.from).map(|before| match way.passing {
            Passing::Forgotten => Vec::new(),
            Passing::Kept => before.clone(),
            Passing::Signed => union(before.clone(), own.get(&way.from).into_iter().flatten()),
        });
        let source = sources.entry(way.from).or_insert_with(|| brought.clone());
        *source = source.take().zip(brought).map(|(all, brought)| common(all, &brought));
    }
    if matches!(node.kind, NodeKind::Join { need: Need::All, .. }) {
        // It waits for one token from each.
        let all: Option<Vec<_>> = sources.into_values().collect();
        return all.map(|all| all.into_iter().fold(Vec::new(), |all, more| union(all, &more)));
    }
    sources.into_values().flatten().reduce(|all, more| common(all, &more))
}

fn common(mut all: Vec<Signed>, with: &[Signed]) -> Vec<Signed> {
    all.retain(|signed| with.iter().any(|other| other.person == signed.person));
    all
}

fn union<'a>(mut all: Vec<Signed>, more: impl IntoIterator<Item = &'a Signed>) -> Vec<Signed> {
    for signed in more {
        if !all.iter().any(|known| known.person == signed.person) {
            all.push(signed.clone());
        }
    }
    all
}

/// Every way of the flow, with what becomes of what was signed.
fn ways(flow: &Flow) -> Vec<Way> {
    let mut ways = Vec::new();
    for node in flow.nodes.values() {
        for (to, passing) in ways_of(node, flow) {
            ways.extend(to.iter().map(|to| Way { from: node.name, to: *to, passing }));
        }
    }
    let split: Vec<Name> = flow.nodes.values().filter(|node| forks(node)).flat_map(next).collect();
    let beside = reached(flow, split);
    let submits = |way: &Way| way.passing == Passing::Forgotten && beside.contains(&way.from);
    let asks =
        |to: Name| reached(flow, vec![to]).iter().filter_map(|at| flow.node(*at)).any(|at| at.approval().is_some());
    if ways.iter().any(|way| submits(way) && asks(way.to)) {
        for way in ways.iter_mut().filter(|way| beside.contains(&way.to)) {
            way.passing = Passing::Forgotten;
        }
    }
    ways
}

fn ways_of<'a>(node: &'a Node, flow: &'a Flow) -> Vec<(&'a [Name], Passing)> {
    use Passing::{Forgotten, Kept, Signed};
    let only_if = |certain: bool| if certain { Kept } else { Forgotten };
    // Inside, somebody may have submitted by the time that the clock or somebody else ends it.
    let by_time = only_if(node.inner_start().is_none());
    let mut ways: Vec<(&[Name], Passing)> = node.actions().iter().map(|action| (&*action.to, Forgotten)).collect();
    ways.extend(node.timers.iter().map(|timer| (&*timer.to, by_time)));
    match &node.kind {
        NodeKind::State { .. } => {}
        NodeKind::Decide { branches, otherwise, .. } => {
            ways.extend(branches.iter().map(|branch| (&*branch.to, Kept)));
            ways.extend(otherwise.iter().map(|to| (&**to, Kept)));
        }
        NodeKind::Run { to, .. } | NodeKind::Join { to, .. } => ways.push((to, Kept)),
        NodeKind::Wait { until, to } => ways.push((to, only_if(!matches!(until, Until::Event(_))))),
        NodeKind::Call { to, failed, .. } => {
            ways.push((to, Kept));
            ways.extend(failed.iter().map(|failed| (&*failed.to, Kept)));
        }
        NodeKind::Each { start, to, .. } => ways.extend([(std::slice::from_ref(start), Forgotten), (to, Forgotten)]),
        NodeKind::Scope { mutex, start, closed, to, .. } => {
            ways.push((std::slice::from_ref(start), only_if(mutex.is_none())));
            ways.extend(closed.iter().map(|to| (std::slice::from_ref(to), Forgotten)));
            if !ends_inside(node, flow) {
                ways.push((to, Forgotten));
            }
        }
        NodeKind::Approval(approval) => {
            ways.extend([(&*approval.approved.to, Signed), (&*approval.rejected.to, Kept)]);
            ways.extend(approval.returned.iter().map(|exit| (&*exit.to, Kept)));
            // Whoever changes a watched field submits.
            let by_submitter = only_if(approval.watch.is_empty());
            ways.extend(approval.withdrawn.iter().map(|exit| (&*exit.to, by_submitter)));
        }
        NodeKind::End { .. } => {
            let scope = node.parent.and_then(|parent| flow.node(parent));
            if let Some(NodeKind::Scope { to, .. }) = scope.map(|scope| &scope.kind) {
                ways.push((to, Kept));
            }
        }
    }
    ways
}

/// Whether a scope is left only by the ends inside.
fn ends_inside(scope: &Node, flow: &Flow) -> bool {
    let withdraws = |node: &Node| node.exits().iter().any(|exit| !exit.cancel.is_empty());
    let held_open = matches!(scope.kind, NodeKind::Scope { open_while: Some(_), .. });
    let inside = |node: &&Node| node.parent == Some(scope.name);
    let ends = |node: &Node| match &node.kind {
        NodeKind::Run { to, .. }
        | NodeKind::Join { to, .. }
        | NodeKind::Wait { to, .. }
        | NodeKind::Call { to, .. }
        | NodeKind::Each { to, .. }
        | NodeKind::Scope { to, .. } => to.is_empty(),
        _ => false,
    };
    !held_open && !flow.nodes.values().any(withdraws) && !flow.nodes.values().filter(inside).any(ends)
}

/// Where a token may be after it was at the node.
fn next(node: &Node) -> Vec<Name> {
    node.targets().into_iter().chain(node.inner_start()).collect()
}

/// The nodes themselves, and every node that a token of them may come to.
fn reached(flow: &Flow, from: Vec<Name>) -> BTreeSet<Name> {
    let (mut open, mut reached) = (from, BTreeSet::new());
    while let Some(at) = open.pop() {
        let Some(node) = flow.node(at).filter(|_| reached.insert(at)) else { continue };
        open.extend(next(node));
        open.extend(node.parent.and_then(|parent| flow.node(parent)).into_iter().flat_map(Node::targets));
    }
    reached
}
