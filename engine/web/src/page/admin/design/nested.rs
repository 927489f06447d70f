//! Graphs within a flow: the nodes of an `each` or a `scope`, where a new node goes, and where each graph begins.

use formwork_definition::yaml::edit::Value;
use serde_json::{Value as Json, json};

use super::{
    create::known,
    flow::kinds,
    hand::{Hand, label, split},
    property::{Property, Widget},
    sheet::Sheet,
    sketch::{Kind, Node, Sketch},
};
use crate::{
    draft::own,
    error::Problem,
    page::{admin::nothing, view::View},
};

/// The path of what holds the graph of a node that has one, such as `nodes/check/scope`.
pub(super) fn graph(node: &Node) -> Option<String> {
    matches!(node.kind, Kind::Each | Kind::Scope).then(|| format!("{}/{}", node.path, node.kind.key()))
}

/// What holds the graph that a node is in; empty for the flow itself.
fn holder(path: &str) -> &str {
    split(split(path).0).0
}

fn key(holder: &str, key: &str) -> String {
    if holder.is_empty() { key.to_owned() } else { format!("{holder}/{key}") }
}

/// The nodes of the graph that a place is in: a new node goes beside what is looked at.
pub(super) fn beside(sketch: &Sketch, at: &str) -> String {
    let has = |node: &&Node| at == node.path || at.starts_with(&format!("{}/", node.path));
    let node = sketch.nodes.iter().filter(has).max_by_key(|node| node.path.len());
    node.map_or("nodes", |node| split(&node.path).0).to_owned()
}

/// Whether the graph that a node is in begins with it.
pub(super) fn starts(sheet: &Sheet, node: &Node) -> bool {
    sheet.scalar(&key(holder(&node.path), "start")) == node.name
}

/// Lets the graph that a node is in begin with it.
pub(super) fn begin(hand: &mut Hand<'_>, sketch: &Sketch, name: &str) -> Result<(), Problem> {
    let path = sketch.path(name).ok_or_else(nothing)?;
    hand.edit(|doc| doc.set(&key(holder(path), "start"), &Value::text(name)))
}

/// Lets a graph that has no beginning yet begin with a new node.
pub(super) fn begin_if_first(hand: &mut Hand<'_>, nodes: &str, name: &str) -> Result<(), Problem> {
    let start = key(split(nodes).0, "start");
    if hand.scalar(&start)?.is_none() {
        hand.edit(|doc| doc.set(&start, &Value::text(name)))?;
    }
    Ok(())
}

/// The first node of a graph, to be chosen among its nodes.
pub(super) fn start(view: &View, sheet: &Sheet, node: &Node) -> Property {
    let holder = graph(node).unwrap_or_default();
    let named = |name: String| {
        let label = sheet.label(view, &format!("{holder}/nodes/{name}/label"));
        (name.clone(), label.unwrap_or(name))
    };
    let nodes = sheet.doc.keys(&format!("{holder}/nodes")).into_iter().map(named).collect();
    Property::new(format!("{holder}/start"), "adm_d_start", Widget::Choice(nodes))
}

/// The nodes that are not inside this one.
pub(super) fn outside(sketch: &Sketch, node: &Node) -> Vec<(String, String)> {
    let within = format!("{}/", node.path);
    let others = sketch.nodes.iter().filter(|other| other.name != node.name && !other.path.starts_with(&within));
    others.map(|other| (other.name.clone(), other.label.clone())).collect()
}

/// The nodes inside one, and buttons to add more.
pub(super) fn group(view: &View, sheet: &Sheet, sketch: &Sketch, node: &Node) -> Option<Json> {
    let holder = graph(node)?;
    let nodes = format!("{holder}/nodes");
    let inner: Vec<&Node> = sketch.nodes.iter().filter(|inner| split(&inner.path).0 == nodes).collect();
    let last = inner.len().saturating_sub(1);
    let row = |(at, inner): (usize, &&Node)| {
        json!({
            "path": inner.path, "href": super::address(&view.root, &sheet.path, &inner.path), "label": inner.label,
            "tone": sheet.tone(&inner.path), "first": at == 0, "last": at == last,
        })
    };
    let rows: Vec<Json> = inner.iter().enumerate().map(row).collect();
    let adds = kinds(view, sheet)
        .map(|(kind, label)| json!({"do": format!("add {kind} {holder}"), "label": label}))
        .collect::<Vec<_>>();
    Some(json!({"label": view.word("adm_d_inside"), "rows": rows, "adds": adds}))
}

/// What a new `each` or `scope` has until it is drawn: a step with a way to its end; an `each` goes over the lines of the
/// record, when it has some.
pub(super) fn begun(hand: &Hand<'_>, kind: Kind, taken: &[String]) -> Result<Value, Problem> {
    let ((step, at), (end, _)) = (Hand::free(taken, "step"), Hand::free(taken, "end"));
    let done = Value::map([("label", label("完成", "Done")), ("to", Value::text(&end))]);
    let nodes = Value::map([
        (
            &*step,
            Value::map([
                ("label", label(&format!("步骤 {at}"), &format!("Step {at}"))),
                ("actions", Value::map([("done", done)])),
            ]),
        ),
        (&*end, Value::map([("label", label("结束", "End")), ("end", Value::Map(Vec::new()))])),
    ]);
    let start = ("start", Value::text(&step));
    if kind == Kind::Scope {
        return Ok(Value::map([start, ("nodes", nodes)]));
    }
    let over = match lines(hand)? {
        Some(lines) => ("over", Value::text(&format!("this.{lines}"))),
        None => ("count", Value::text("2")),
    };
    Ok(Value::map([over, start, ("nodes", nodes)]))
}

/// The first field of the object of the flow that holds lines.
fn lines(hand: &Hand<'_>) -> Result<Option<String>, Problem> {
    let object = hand.scalar("object")?.unwrap_or_default();
    let objects = known(hand.view, &own(hand.view)?, "object").into_iter();
    let mut fields = objects.filter(|known| known.name == object).flat_map(|known| {
        let keys = known.doc.keys("fields").into_iter();
        keys.filter(|name| known.doc.scalar(&format!("fields/{name}/type")) == Some("lines")).collect::<Vec<_>>()
    });
    Ok(fields.next())
}
