//! A flow as shapes: nodes in layers from left to right, edges with bends, both coloured by what a record made of them.

use std::collections::HashMap;

use dagre::{
    EdgeLabel, LayoutOptions, NodeLabel, RankDir,
    graph::{Graph, GraphOptions},
    layout,
};
use formwork_catalog::flow::{Flow, Node, NodeKind};
use formwork_model::name::Name;
use serde_json::{Value as Json, json};

use super::Traces;
use crate::page::view::View;

/// Height of a node.
const HEIGHT: f64 = 36.0;
/// Half of a diamond.
const HALF: f64 = 13.0;
/// Space around everything.
const MARGIN: f64 = 14.0;
/// Length of an arrow's tip.
const TIP: f64 = 8.0;

/// How wide a label is, about: a Chinese character is as wide as it is high.
fn width(label: &str, size: f64) -> f64 {
    label.chars().map(|c| if c.is_ascii() { size * 0.56 } else { size }).sum()
}

/// The outline of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A box.
    Box,
    /// A diamond, which has no room for its label.
    Diamond,
    /// A box with round ends.
    Pill,
}

/// A node before it has a place. `more` goes to the template as it is.
#[derive(Debug)]
pub(crate) struct Spot {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) shape: Shape,
    pub(crate) class: &'static str,
    pub(crate) more: Json,
}

/// An edge before it has a place. There may be several between the same nodes.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) class: &'static str,
    pub(crate) more: Json,
}

/// The shapes of a flow for the template: `width`, `height`, `nodes`, `edges`, `labels`.
pub(crate) fn draw(view: &View, flow: &Flow, traces: &Traces) -> Json {
    let spots: Vec<Spot> = flow
        .nodes
        .values()
        .map(|node| Spot {
            name: node.name.to_string(),
            label: view.node_label(node).to_owned(),
            shape: shape_of(node),
            class: node_class(traces, node.name),
            more: json!({}),
        })
        .collect();
    let ways: Vec<Way> = edges_of(view, flow)
        .into_iter()
        .map(|((from, to), text)| Way {
            from: from.to_string(),
            to: to.to_string(),
            text,
            class: edge_class(traces, from, to),
            more: json!({}),
        })
        .collect();
    lay_out(&spots, &ways)
}

/// Gives nodes and edges their places.
pub(crate) fn lay_out(spots: &[Spot], ways: &[Way]) -> Json {
    let mut graph: Graph<NodeLabel, EdgeLabel> =
        Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: false });
    for spot in spots {
        let (width, height) = match spot.shape {
            Shape::Diamond => (HALF * 2.0, HALF * 2.0),
            Shape::Box | Shape::Pill => (width(&spot.label, 13.0) + 30.0, HEIGHT),
        };
        let label = NodeLabel { width: width.max(HALF * 2.0), height, ..NodeLabel::default() };
        graph.set_node(spot.name.clone(), Some(label));
    }
    let keys: Vec<String> = (0..ways.len()).map(|at| at.to_string()).collect();
    for (way, key) in ways.iter().zip(&keys) {
        let label = EdgeLabel { width: width(&way.text, 11.5) + 8.0, height: 16.0, ..EdgeLabel::default() };
        graph.set_edge(way.from.as_str(), way.to.as_str(), Some(label), Some(key.as_str()));
    }
    let options = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: 34.0,
        ranksep: 30.0,
        edgesep: 16.0,
        marginx: MARGIN,
        marginy: MARGIN,
        ..LayoutOptions::default()
    };
    layout(&mut graph, Some(options));
    let (mut right, mut bottom) = (0.0_f64, 0.0_f64);
    let nodes: Vec<Json> = spots
        .iter()
        .filter_map(|spot| {
            let laid = graph.node(spot.name.as_str())?;
            let (x, y) = (laid.x?, laid.y?);
            right = right.max(x + laid.width / 2.0);
            bottom = bottom.max(y + laid.height / 2.0);
            Some(outline(spot, (x, y), (laid.width, laid.height)))
        })
        .collect();
    let (mut lines, mut labels) = (Vec::new(), Vec::new());
    for (way, key) in ways.iter().zip(&keys) {
        let Some(laid) = graph.edge(way.from.as_str(), way.to.as_str(), Some(key.as_str())) else { continue };
        let points: Vec<(f64, f64)> = laid.points.iter().map(|point| (point.x, point.y)).collect();
        for (x, y) in &points {
            right = right.max(*x);
            bottom = bottom.max(*y);
        }
        lines.push(with(json!({"class": way.class, "d": curve(&points), "tip": tip(&points)}), &way.more));
        if let (false, Some(x), Some(y)) = (way.text.is_empty(), laid.x, laid.y) {
            let y = y + pull(&points, x);
            right = right.max(x + width(&way.text, 11.5) / 2.0);
            bottom = bottom.max(y + 6.0);
            labels.push(with(json!({"x": short(x), "y": short(y), "text": way.text, "class": way.class}), &way.more));
        }
    }
    json!({
        "width": (right + MARGIN).ceil(), "height": (bottom + MARGIN).ceil(), "nodes": nodes, "edges": lines,
        "labels": labels,
    })
}

/// A shape with what else the template needs of it.
fn with(mut shape: Json, more: &Json) -> Json {
    if let (Json::Object(shape), Json::Object(more)) = (&mut shape, more) {
        shape.extend(more.clone());
    }
    shape
}

/// Every edge once, with what is done along it.
fn edges_of(view: &View, flow: &Flow) -> Vec<((Name, Name), String)> {
    let mut places: HashMap<(Name, Name), usize> = HashMap::new();
    let mut edges: Vec<((Name, Name), String)> = Vec::new();
    let mut add = |from: Name, to: Name, text: &str| {
        let place = *places.entry((from, to)).or_insert_with(|| {
            edges.push(((from, to), String::new()));
            edges.len() - 1
        });
        if let Some((_, known)) = edges.get_mut(place)
            && !text.is_empty()
        {
            if !known.is_empty() {
                known.push_str(" / ");
            }
            known.push_str(text);
        }
    };
    for node in flow.nodes.values() {
        for action in node.actions() {
            for to in action.to.iter().filter(|to| **to != node.name) {
                add(node.name, *to, view.say(&action.label));
            }
        }
        for to in node.targets().into_iter().chain(node.inner_start()).filter(|to| *to != node.name) {
            add(node.name, to, "");
        }
    }
    edges.retain(|((_, to), _)| flow.nodes.contains_key(to));
    edges
}

fn shape_of(node: &Node) -> Shape {
    match node.kind {
        NodeKind::Decide { .. } | NodeKind::Join { .. } => Shape::Diamond,
        NodeKind::End { .. } => Shape::Pill,
        _ => Shape::Box,
    }
}

fn short(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn node_class(traces: &Traces, node: Name) -> &'static str {
    if traces.now.contains(&node) {
        "now"
    } else if traces.past.contains(&node) {
        "past"
    } else if traces.possible.contains(&node) {
        ""
    } else {
        "gone"
    }
}

fn outline(spot: &Spot, (x, y): (f64, f64), (w, h): (f64, f64)) -> Json {
    let diamond = (spot.shape == Shape::Diamond).then(|| {
        let (left, right, top, bottom) = (short(x - HALF), short(x + HALF), short(y - HALF), short(y + HALF));
        format!("M{left} {0}L{1} {top}L{right} {0}L{1} {bottom}Z", short(y), short(x))
    });
    let radius = if spot.shape == Shape::Pill { HEIGHT / 2.0 } else { 7.0 };
    let shape = json!({
        "class": spot.class, "label": if diamond.is_some() { "" } else { &*spot.label }, "diamond": diamond,
        "x": short(x - w / 2.0), "y": short(y - h / 2.0), "w": short(w), "h": short(h), "r": radius,
        "cx": short(x), "cy": short(y), "right": short(x + w / 2.0), "under": short(y + HALF + 11.0),
    });
    with(shape, &spot.more)
}

fn edge_class(traces: &Traces, from: Name, to: Name) -> &'static str {
    if traces.taken.contains(&(from, to)) {
        "past"
    } else if traces.possible.contains(&from) {
        ""
    } else {
        "gone"
    }
}

/// A smooth line through the points that ends where the tip begins.
fn curve(points: &[(f64, f64)]) -> String {
    let (Some((x, y)), Some((end, _))) = (points.first(), ending(points)) else { return String::new() };
    let mut d = format!("M{} {}", short(*x), short(*y));
    let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
    for (at, (x, y)) in inner.iter().enumerate() {
        let (next_x, next_y) = inner.get(at + 1).map_or(end, |next| ((x + next.0) / 2.0, (y + next.1) / 2.0));
        d.push_str(&format!("Q{} {} {} {}", short(*x), short(*y), short(next_x), short(next_y)));
    }
    if inner.is_empty() {
        d.push_str(&format!("L{} {}", short(end.0), short(end.1)));
    }
    d
}

/// How much higher or lower the line runs than the bend beside its label: a label has to keep to its own line where
/// several lead from one node to the other.
fn pull(points: &[(f64, f64)], x: f64) -> f64 {
    let inner = 1..points.len().saturating_sub(1);
    let far = |at: &usize| points.get(*at).map_or(f64::MAX, |point| (point.0 - x).abs());
    let Some(at) = inner.clone().min_by(|a, b| far(a).total_cmp(&far(b))) else { return 0.0 };
    let height = |at: usize| points.get(at).map_or(0.0, |point| point.1);
    // The bends in between are met half way.
    let before = if at == inner.start { height(at - 1) } else { (height(at - 1) + height(at)) / 2.0 };
    let behind = if at + 1 == inner.end { height(at + 1) } else { (height(at) + height(at + 1)) / 2.0 };
    (before + behind) / 4.0 - height(at) / 2.0
}

/// Where the line ends, and the direction of its last piece.
fn ending(points: &[(f64, f64)]) -> Option<((f64, f64), (f64, f64))> {
    let (last, before) = (points.last()?, points.get(points.len().checked_sub(2)?)?);
    let (dx, dy) = (last.0 - before.0, last.1 - before.1);
    let length = dx.hypot(dy).max(0.1);
    let (dx, dy) = (dx / length, dy / length);
    Some(((last.0 - dx * TIP, last.1 - dy * TIP), (dx, dy)))
}

fn tip(points: &[(f64, f64)]) -> String {
    let (Some((end, (dx, dy))), Some(last)) = (ending(points), points.last()) else { return String::new() };
    let (wide_x, wide_y) = (-dy * TIP / 2.0, dx * TIP / 2.0);
    format!(
        "M{} {}L{} {}L{} {}Z",
        short(last.0),
        short(last.1),
        short(end.0 + wide_x),
        short(end.1 + wide_y),
        short(end.0 - wide_x),
        short(end.1 - wide_y)
    )
}

#[cfg(test)]
mod tests {
    use super::pull;

    #[test]
    fn a_label_keeps_to_its_own_line() {
        assert!(pull(&[(0.0, 5.0), (50.0, 5.0), (100.0, 5.0)], 50.0).abs() < 0.01, "a straight line");
        assert!((pull(&[(0.0, 0.0), (50.0, 40.0), (100.0, 0.0)], 50.0) + 20.0).abs() < 0.01, "half way to its bend");
        assert!(pull(&[(0.0, 0.0), (100.0, 0.0)], 50.0).abs() < 0.01, "no bend");
    }
}
