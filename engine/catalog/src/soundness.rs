//! Soundness: whether every instance of a flow can come to its end, whatever people decide.
//!
//! A flow is a net of tokens. Each sub-graph (`scope`, `each`) is a net of its own, and one node of the net around
//! it. The semantics are those of the runtime: a token in a state takes one of its actions with `to`; automatic
//! nodes run before anybody acts again; a fork makes a token a target; a join follows its `need` and `rest`; `end`
//! consumes, `terminate` empties. Conditions are taken to be free: whatever a `when` could say, it may say.
//!
//! An instance is done when its last token is consumed. Several tokens may come to ends one after the other, and
//! several may stand in one state at once (both are workflow patterns); what is unsound is a token that can never
//! be consumed, tokens without bound, and nodes that no run ever comes to. `Report::doubled` names the states where
//! two tokens can meet, for a warning.
//!
//! Not looked at: `mutex` (two scopes that wait for each other's mutex), what a joined value does to a condition,
//! and how many items an `each` has.

mod explain;
mod explore;
mod finish;
mod net;
mod reduce;
#[cfg(test)]
pub(crate) mod tests;

use formwork_model::{name::Name, source::Span, text, text::Text};

pub use finish::{Fate, can_finish};

use crate::flow::Flow;
use explore::{Explored, Order, Problem};
use net::Net;

/// How many markings of one net are looked at.
pub const MAX_STATES: usize = 50_000;
/// How many are looked at before it is tried without looking at all.
const FEW_STATES: usize = 1_000;
/// How often it is gone to a far end, each time to another one.
const FAR_ENDS: u64 = 8;

/// What is known about the soundness of a flow.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Nodes that are wrong already by the edges alone. When there are any, the verdict is not worked out.
    pub structure: Vec<Structural>,
    /// The verdict.
    pub verdict: Soundness,
    /// States, scopes and `each` nodes that can hold two tokens at once.
    pub doubled: Vec<Name>,
}

/// A node that is wrong by the edges alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structural {
    /// The node.
    pub node: Name,
    /// Where it was written.
    pub span: Span,
    /// What is wrong with it.
    pub kind: StructuralKind,
}

/// What can be wrong by the edges alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StructuralKind {
    /// No edge leads to it from the start.
    Unreachable,
    /// No way leads from it to an end, and nothing can withdraw its token.
    NoWayOut,
}

/// Whether every instance can come to its end.
#[derive(Debug, Clone, PartialEq)]
pub enum Soundness {
    /// It can, from everywhere it can get to.
    Sound,
    /// It can't.
    Unsound(Unsound),
    /// The flow is too large, or does something that is not modelled.
    Unknown {
        /// Why.
        reason: Text,
    },
}

/// How a flow goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsound {
    /// In what way.
    pub kind: Kind,
    /// A run that leads there: the shortest one, unless the flow is so large that not all runs were tried.
    pub trace: Vec<Step>,
    /// Where tokens stand then, and how many; for [`Kind::NeverFires`] the node, with none.
    pub marking: Vec<(Name, u32)>,
    /// The split that feeds the join (or the node where tokens pile up) wrongly.
    pub cause: Option<(Name, Name)>,
    /// What to change.
    pub suggestion: Text,
}

/// The ways in which a flow goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing can go on, and no token has come to an end.
    Deadlock,
    /// Some tokens have come to an end, and the others can't go on.
    Stranded,
    /// Every round leaves a token more.
    PileUp,
    /// It can go on for ever, and never come to its end.
    Livelock,
    /// A node that edges lead to, and no run.
    NeverFires,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The node whose token moves.
    pub node: Name,
    /// By what: the action, the branch.
    pub via: Text,
    /// Where that was written.
    pub span: Span,
}

/// Whether every instance of `flow` can come to its end.
pub fn soundness(flow: &Flow) -> Report {
    within(flow, MAX_STATES)
}

/// As [`soundness`], looking at no more than `most` markings of each net.
fn within(flow: &Flow, most: usize) -> Report {
    let structure = net::structure(flow);
    let mut report = Report { structure, verdict: Soundness::Sound, doubled: Vec::new() };
    if report.structure.is_empty() {
        let mut seen = Seen { most, doubled: Vec::new(), unused: None };
        report.verdict = match (level(flow, None, &mut seen), seen.unused) {
            (Ok(_), None) => Soundness::Sound,
            (Ok(_), Some(unused)) => Soundness::Unsound(unused),
            (Err(verdict), _) => *verdict,
        };
        report.doubled = seen.doubled;
    } else {
        report.verdict = Soundness::Unknown { reason: text!("edges are missing", "缺少路径") };
    }
    report
}

/// What the net around has to know about a sub-graph.
#[derive(Debug, Default)]
struct Inner {
    /// Its last token can be consumed.
    completes: bool,
    /// It can end the whole instance.
    terminates: bool,
    /// It can get stuck, in this way; the net around decides whether that matters.
    stuck: Option<Box<Unsound>>,
    /// What its actions withdraw outside.
    withdraws: Vec<Vec<Name>>,
}

/// What is seen on the way through all levels.
#[derive(Debug)]
struct Seen {
    /// How many markings of a level are looked at.
    most: usize,
    /// Nodes that can hold two tokens.
    doubled: Vec<Name>,
    /// A node of a sub-graph that no run comes to.
    unused: Option<Unsound>,
}

/// Works out one level: the sub-graph of `parent`, after every sub-graph inside it.
fn level(flow: &Flow, parent: Option<Name>, seen: &mut Seen) -> Result<Inner, Box<Soundness>> {
    let mut inner = Vec::new();
    for node in flow.nodes.values().filter(|node| node.parent == parent && node.inner_start().is_some()) {
        inner.push((node.name, level(flow, Some(node.name), seen)?));
    }
    let net = Net::new(flow, parent, &inner).map_err(|reason| Box::new(Soundness::Unknown { reason }))?;
    let Some(found) = look(&net, seen.most) else {
        let terminates = net.moves.iter().any(|found| found.terminates);
        return Ok(Inner { completes: true, terminates, withdraws: net.withdraws, stuck: None });
    };
    let names = found.doubled.iter().map(|node| net.nodes[*node].name);
    let new: Vec<Name> = names.filter(|name| !seen.doubled.contains(name)).collect();
    seen.doubled.extend(new);
    if !found.complete && found.problem.is_none() {
        let reason =
            text!("the flow has more than {MAX_STATES} situations", "流程的状态超过 {MAX_STATES} 种，未能全部检查");
        return Err(Box::new(Soundness::Unknown { reason }));
    }
    let outcome = Inner {
        completes: found.completes,
        terminates: found.terminates,
        stuck: None,
        withdraws: net.withdraws.clone(),
    };
    if let (Some(_), Some(unused), None) = (parent, &found.unused, &seen.unused) {
        seen.unused = Some(explain::explain(flow, &net, &found, unused));
    }
    judge(flow, &net, &found, parent, inner, outcome)
}

/// Explores a net; `None` when it is sound without that. Small nets are explored whole. In large ones, many tokens
/// are on their way at once: most of them collapse, or leave little to explore, and in the others a problem is near the
/// far end, if there is one.
fn look(net: &Net, most: usize) -> Option<Explored> {
    let few = explore::explore(net, FEW_STATES.min(most), Order::Near);
    if few.complete || few.problem.is_some() {
        return Some(few);
    }
    if reduce::is_sound(net) || reduce::is_sound_where_left(net, FEW_STATES.min(most)) {
        return None;
    }
    let far = |turn| explore::explore(net, FEW_STATES.min(most), Order::Far(turn));
    if let Some(far) = (0..FAR_ENDS).map(far).find(|far| far.problem.is_some()) {
        return Some(far);
    }
    if reduce::is_sound_where_left(net, most) {
        return None;
    }
    Some(explore::explore(net, most, Order::Near))
}

fn judge(
    flow: &Flow,
    net: &Net,
    found: &Explored,
    parent: Option<Name>,
    inner: Vec<(Name, Inner)>,
    outcome: Inner,
) -> Result<Inner, Box<Soundness>> {
    let Some(problem) = &found.problem else { return Ok(outcome) };
    if parent.is_some() && matches!(problem, Problem::NeverFires { .. }) {
        // Told in the end, if nothing is worse.
        return Ok(outcome);
    }
    let unsound = explain::explain(flow, net, found, problem);
    let is_stuck = matches!(problem, Problem::Stuck { .. } | Problem::Livelock { .. });
    if is_stuck {
        // A sub-graph that hangs is the deeper reason.
        let hanging = |(name, state): (Name, Inner)| {
            let here = unsound.marking.iter().any(|(marked, _)| *marked == name);
            state.stuck.filter(|_| here && explore::is_hanging(net, found, problem, name))
        };
        if let Some(deeper) = inner.into_iter().find_map(hanging) {
            return pass_on(parent, outcome, *deeper);
        }
        return pass_on(parent, outcome, unsound);
    }
    Err(Box::new(Soundness::Unsound(unsound)))
}

/// At the top this is the verdict; below, the net around may have a way out.
fn pass_on(parent: Option<Name>, outcome: Inner, unsound: Unsound) -> Result<Inner, Box<Soundness>> {
    match parent {
        None => Err(Box::new(Soundness::Unsound(unsound))),
        Some(_) => Ok(Inner { stuck: Some(Box::new(unsound)), ..outcome }),
    }
}
