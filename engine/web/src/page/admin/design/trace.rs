//! The picture of a flow that is drawn, sound or not, and on it the run that leads to where it hangs.

use formwork_catalog::soundness::Soundness;
use serde_json::{Value as Json, json};

use super::{
    nested::starts,
    sheet::Sheet,
    sketch::{Kind, Sketch},
};
use crate::page::{
    admin::told,
    flow::picture::{Spot, Way, lay_out},
    view::View,
};

/// A run that leads to where a flow goes wrong, as places of the sketch.
pub(super) struct Trace {
    pub(super) steps: Vec<TraceStep>,
    /// Nodes that hold tokens in the end, and how many.
    stuck: Vec<(String, u32)>,
    why: String,
}

pub(super) struct TraceStep {
    node: String,
    via: String,
    /// Arrows of the sketch that are taken.
    arrows: Vec<usize>,
}

pub(super) fn trace(view: &View, sheet: &Sheet, sketch: &Sketch) -> Option<Trace> {
    let Soundness::Unsound(found) = sheet.soundness(sheet.scalar("flow"))? else { return None };
    let steps = found.trace.iter().map(|step| {
        let node = step.node.to_string();
        let byte = sheet.byte_of(step.span);
        let own = || sketch.arrows.iter().enumerate().filter(|(_, arrow)| arrow.from == node);
        let of =
            |path: &str| byte.is_some_and(|byte| sheet.doc.extent(path).is_some_and(|extent| extent.contains(&byte)));
        let is_node = |path: &str| sketch.path(&node) == Some(path);
        let mut arrows: Vec<usize> =
            own().filter(|(_, arrow)| !is_node(&arrow.path) && of(&arrow.path)).map(|(at, _)| at).collect();
        if arrows.is_empty() {
            arrows = own().filter(|(_, arrow)| is_node(&arrow.path)).map(|(at, _)| at).collect();
        }
        TraceStep { via: told::plain(view.say(&step.via)), node, arrows }
    });
    Some(Trace {
        steps: steps.collect(),
        stuck: found.marking.iter().map(|(node, tokens)| (node.to_string(), *tokens)).collect(),
        why: told::plain(view.say(&found.suggestion)),
    })
}

impl Trace {
    pub(super) fn shown(&self, view: &View, sheet: &Sheet, step: Option<usize>) -> Json {
        let href = |at: usize| format!("{}&step={at}", super::address(&view.root, &sheet.path, "nodes"));
        let sketch = Sketch::of(view, &sheet.doc);
        let label = |name: &str| {
            let node = sketch.nodes.iter().find(|node| node.name == name);
            node.map_or_else(|| name.to_owned(), |node| node.label.clone())
        };
        let steps = self.steps.iter().enumerate().map(|(at, one)| {
            json!({"at": at + 1, "node": label(&one.node), "via": one.via, "href": href(at + 1), "current": step == Some(at + 1)})
        });
        let last = self.steps.len() + 1;
        let stuck: Vec<String> = self
            .stuck
            .iter()
            .map(|(name, tokens)| if *tokens > 1 { format!("{} × {tokens}", label(name)) } else { label(name) })
            .collect();
        json!({
            "steps": steps.collect::<Vec<_>>(), "stuck": stuck.join("、"), "why": self.why, "last": last, "end": href(last),
            "ended": step == Some(last),
        })
    }
}

pub(super) fn drawn(view: &View, sheet: &Sheet, sketch: &Sketch, trace: Option<&Trace>, step: Option<usize>) -> Json {
    let joined = |steps: Vec<usize>| steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let stuck = |name: &str| {
        trace.and_then(|trace| trace.stuck.iter().find(|(known, _)| known == name)).map(|(_, tokens)| *tokens)
    };
    let ended = |step: Option<usize>| step.is_some() && step == trace.map(|trace| trace.steps.len() + 1);
    let class = |steps: &[usize]| match step {
        Some(step) if steps.contains(&step) => "now",
        Some(step) if steps.iter().any(|at| *at < step) => "past",
        _ => "",
    };
    let taken = |has: &dyn Fn(&TraceStep) -> bool| -> Vec<usize> {
        let steps = trace.map(|trace| &*trace.steps).unwrap_or_default();
        steps.iter().enumerate().filter(|(_, one)| has(one)).map(|(at, _)| at + 1).collect()
    };
    let href = |at: &str| super::address(&view.root, &sheet.path, at);
    let spots: Vec<Spot> = sketch
        .nodes
        .iter()
        .map(|node| {
            let steps = taken(&|step| step.node == node.name);
            let tokens = stuck(&node.name);
            Spot {
                name: node.name.clone(),
                label: node.label.clone(),
                shape: node.kind.shape(),
                class: if ended(step) && tokens.is_some() { "stuck" } else { class(&steps) },
                more: json!({
                    "name": node.name, "path": node.path, "href": href(&node.path), "says": node.label, "kind": node.kind.key(),
                    "selected": sheet.at == node.path || sheet.at.starts_with(&format!("{}/", node.path)), "tone": sheet.tone(&node.path),
                    "starts": starts(sheet, node), "steps": joined(steps), "stuck": tokens, "ends": node.kind == Kind::End,
                }),
            }
        })
        .collect();
    let ways: Vec<Way> = sketch
        .arrows
        .iter()
        .enumerate()
        .map(|(at, arrow)| {
            let steps = taken(&|step| step.arrows.contains(&at));
            Way {
                from: arrow.from.clone(),
                to: arrow.to.clone(),
                text: arrow.text.clone(),
                class: class(&steps),
                more: json!({
                    "path": arrow.path, "href": href(&arrow.path), "steps": joined(steps),
                    "to": arrow.to, "says": format!("{} → {}", arrow.from, arrow.to),
                    "selected": sheet.at == arrow.path && sketch.path(&arrow.from) != Some(&*arrow.path),
                }),
            }
        })
        .collect();
    let mut picture = lay_out(&spots, &ways);
    picture["label"] = json!(sheet.label(view, "label"));
    picture
}
