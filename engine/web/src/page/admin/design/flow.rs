//! The designer of a flow: its picture, on which nodes and arrows are drawn, the properties of each, and the run that
//! shows why it is not sound, step by step.

use formwork_definition::yaml::edit::Value;
use serde_json::{Value as Json, json};

use super::{
    create::known,
    effects,
    hand::{Hand, label, split, target},
    nested, node,
    property::{rest, shown, words},
    sheet::Sheet,
    sketch::{EXITS, Kind, Node, Sketch, branch, exit_word},
    trace::{drawn, trace},
};
use crate::{
    draft::own,
    error::Problem,
    page::{admin::nothing, typed::Typed, view::View},
};

/// The nodes of the palette: the word of the language, the stem of their names, what people read.
const NODES: [(&str, &str, &str, &str, &str); 10] = [
    ("state", "step", "adm_d_state", "Step", "步骤"),
    ("approval", "approval", "adm_d_approval", "Approval", "审批"),
    ("decide", "decision", "adm_d_decide", "Decision", "判断"),
    ("join", "join", "adm_d_join", "Join", "汇合"),
    ("run", "automatic", "adm_d_run", "Automatic", "自动处理"),
    ("call", "call", "adm_d_call", "Call", "调用外部"),
    ("wait", "wait", "adm_d_wait", "Wait", "等待"),
    ("each", "each", "adm_d_each", "For each", "逐项处理"),
    ("scope", "part", "adm_d_scope", "Sub-flow", "子流程"),
    ("end", "end", "adm_d_end", "End", "结束"),
];

/// What the picture and the lists of the panel show of a node.
const DRAWN: [&str; 18] = [
    "actions",
    "approval",
    "approved",
    "closed",
    "create",
    "decide",
    "else",
    "flow",
    "nodes",
    "notify",
    "object",
    "post",
    "rejected",
    "returned",
    "start",
    "timers",
    "to",
    "withdrawn",
];

pub(super) fn page(view: &View, sheet: &Sheet, step: Option<&str>) -> Json {
    let sketch = Sketch::of(view, &sheet.doc);
    let trace = trace(view, sheet, &sketch);
    let last = trace.as_ref().map_or(0, |trace| trace.steps.len());
    let step = step.and_then(|step| step.parse::<usize>().ok()).map(|step| step.min(last + 1));
    let types = kinds(view, sheet).map(|(kind, label)| json!({"kind": kind, "label": label}));
    let picture = drawn(view, sheet, &sketch, trace.as_ref(), step);
    let selected = selected(&sketch, &sheet.at);
    let properties = node::properties(view, sheet, &sketch);
    json!({
        "types": types.collect::<Vec<_>>(), "picture": picture, "trace": trace.as_ref().map(|trace| trace.shown(view, sheet, step)),
        "properties": shown(view, sheet, &properties), "rest": rest(view, sheet, &properties, &DRAWN), "groups": groups(view, sheet, &sketch),
        "panel": title(view, sheet, &sketch), "above": above(view, sheet, &sketch), "said": if sheet.at.is_empty() { Vec::new() } else { sheet.said(Some(&sheet.at)) },
        "node": selected.map(|node| json!({
            "name": node.name, "path": node.path, "starts": nested::starts(sheet, node), "ends": node.kind == Kind::End,
            "targets": sketch.nodes.iter().filter(|other| other.name != node.name).map(|other| json!({"name": other.name, "label": other.label})).collect::<Vec<_>>(),
        })),
    })
}

/// The node whose properties are shown, also when it is one of its parts.
pub(super) fn selected<'s>(sketch: &'s Sketch, at: &str) -> Option<&'s Node> {
    sketch.nodes.iter().find(|node| node.path == at)
}

/// The nodes of the palette with what people read. Another system can be asked where one is known, and a request of it.
pub(super) fn kinds<'v>(view: &'v View, sheet: &Sheet) -> impl Iterator<Item = (&'static str, &'v str)> {
    let asks = sheet.named(view, "connector").iter().any(|(_, doc)| !doc.keys("requests").is_empty());
    let shown = NODES.iter().filter(move |(kind, ..)| asks || *kind != "call");
    shown.map(|(kind, _, word, ..)| (*kind, view.word(word)))
}

fn title(view: &View, sheet: &Sheet, sketch: &Sketch) -> Option<String> {
    let at = &*sheet.at;
    if let Some(node) = selected(sketch, at) {
        return Some(node.label.clone());
    }
    if let Some((kind, _)) = effects::effect(sheet, at) {
        return Some(effects::title(view, sheet, kind));
    }
    let (above, step) = split(at);
    let own = sheet.label(view, &format!("{at}/label"));
    match split(above).1 {
        _ if EXITS.contains(&step) => Some(view.word(exit_word(step)).to_owned()),
        "decide" => Some(branch(view, &sheet.doc, at)),
        "approval" => own
            .or_else(|| Some(format!("{} {}", view.word("adm_d_step"), step.parse::<usize>().unwrap_or_default() + 1))),
        _ if at.contains('/') => own.or_else(|| Some(step.replace('_', " "))),
        _ => sheet.label(view, "label"),
    }
}

/// What a node has: actions, steps, branches, ways out; each with its place.
fn groups(view: &View, sheet: &Sheet, sketch: &Sketch) -> Vec<Json> {
    let does = holder(sheet, sketch).map(|(holder, heading)| effects::group(view, sheet, &holder, heading));
    let Some(node) = selected(sketch, &sheet.at) else { return does.into_iter().collect() };
    let label = |to: &str| {
        let known = sketch.nodes.iter().find(|node| node.name == to);
        known.map_or_else(|| to.to_owned(), |node| node.label.clone())
    };
    let leads = |path: &str| {
        let to = words(&sheet.doc, &format!("{path}/to"));
        to.split(", ").filter(|to| !to.is_empty()).map(label).collect::<Vec<_>>().join("、")
    };
    let mut groups: Vec<Json> = nested::group(view, sheet, sketch, node).into_iter().collect();
    for (key, word) in [
        ("actions", "adm_actions"),
        ("approval", "adm_d_steps"),
        ("decide", "adm_d_branches"),
        ("timers", "adm_d_timers"),
    ] {
        let holder = if matches!(node.kind, Kind::Scope | Kind::Each) && key == "actions" {
            format!("{}/{}", node.path, node.kind.key())
        } else {
            node.path.clone()
        };
        let list = format!("{holder}/{key}");
        let keys = sheet.doc.keys(&list);
        let last = keys.len().saturating_sub(1);
        let rows: Vec<Json> = keys
            .iter()
            .enumerate()
            .map(|(at, step)| {
                let path = format!("{list}/{step}");
                let title = match key {
                    "decide" => branch(view, &sheet.doc, &path),
                    "approval" => sheet.label(view, &format!("{path}/label")).unwrap_or_else(|| words(&sheet.doc, &format!("{path}/by"))),
                    _ => sheet.label(view, &format!("{path}/label")).unwrap_or_else(|| step.replace('_', " ")),
                };
                json!({
                    "path": path, "href": super::address(&view.root, &sheet.path, &path), "label": title, "to": leads(&path),
                    "tone": sheet.tone(&path), "first": at == 0, "last": at == last, "mono": key == "decide",
                })
            })
            .collect();
        let grows = match key {
            "approval" => node.kind == Kind::Approval,
            "timers" => matches!(node.kind, Kind::State | Kind::Wait | Kind::Call | Kind::Each | Kind::Scope),
            _ => false,
        };
        if !rows.is_empty() || grows {
            let add = match key {
                "approval" => Some(json!({"do": format!("step {}", node.path), "label": view.word("adm_d_add_step")})),
                "timers" => Some(json!({"do": format!("timer {}", node.path), "label": view.word("adm_d_add_timer")})),
                _ => None,
            };
            groups.push(json!({"label": view.word(word), "rows": rows, "adds": add.into_iter().collect::<Vec<_>>()}));
        }
    }
    let exits: Vec<Json> = EXITS
        .iter()
        .map(|exit| (exit, format!("{}/{exit}", node.path)))
        .filter(|(_, path)| sheet.doc.node(path).is_some())
        .map(|(exit, path)| {
            json!({
                "path": path, "href": super::address(&view.root, &sheet.path, &path), "label": view.word(exit_word(exit)),
                "to": leads(&path), "tone": sheet.tone(&path), "first": true, "last": true,
            })
        })
        .collect();
    if !exits.is_empty() {
        groups.push(json!({"label": view.word("adm_d_exits"), "rows": exits}));
    }
    groups.extend(does);
    groups
}

/// What is looked at and can do something, and what its effects are called.
fn holder(sheet: &Sheet, sketch: &Sketch) -> Option<(String, &'static str)> {
    let at = &*sheet.at;
    if let Some(node) = selected(sketch, at) {
        return match node.kind {
            Kind::Run => Some((format!("{at}/run"), "adm_d_effects")),
            Kind::State => Some((format!("{at}/enter"), "adm_d_enter")),
            _ => None,
        };
    }
    let (above, step) = split(at);
    let does = matches!(split(above).1, "actions" | "timers") || EXITS.contains(&step);
    (does && sheet.doc.node(at).is_some()).then(|| (at.to_owned(), "adm_d_effects"))
}

/// The way back from an effect, or from a part of a node.
fn above(view: &View, sheet: &Sheet, sketch: &Sketch) -> Option<Json> {
    let (_, holder) = effects::effect(sheet, &sheet.at)?;
    // Effects of a node itself are told on the node's page.
    let own = ["run", "enter"].iter().find_map(|key| holder.strip_suffix(&format!("/{key}")));
    let holder = own.filter(|node| selected(sketch, node).is_some()).unwrap_or(holder);
    Some(super::above(view, sheet, holder))
}

/// `add KIND` adds a node beside what is looked at, `add KIND PATH` one to the graph of a node, `connect FROM` an arrow to the node `target`, `step PATH` a step of an approval, `timer PATH` a timer, `begin NAME`
/// lets the flow begin there; `drop` of `new:KIND` adds a node too, between two others when it was dropped
/// `onto` the arrow that leads to `target`.
pub(super) fn act(hand: &mut Hand<'_>, (word, what): (&str, &str), typed: &Typed) -> Result<(), Problem> {
    match word {
        "add" => {
            let (kind, graph) = what.split_once(' ').unwrap_or((what, ""));
            let at = hand.at.clone();
            add(hand, kind, graph, &at)
        }
        "drop" => {
            let (what, ..) = target(typed).ok_or_else(nothing)?;
            let at = typed.filled("onto").unwrap_or(&hand.at).to_owned();
            add(hand, what.strip_prefix("new:").ok_or_else(nothing)?, "", &at)?;
            match (typed.filled("onto"), typed.filled("target")) {
                (Some(arrow), Some(to)) => between(hand, arrow, to),
                _ => Ok(()),
            }
        }
        "connect" => connect(hand, what, typed.filled("target").ok_or_else(nothing)?),
        "step" => {
            let step = Value::map([("by", Value::text(APPROVER))]);
            hand.add_item(&format!("{what}/approval"), usize::MAX, &step)
        }
        "timer" => {
            let timers = format!("{what}/timers");
            let (name, _) = Hand::free(&hand.doc()?.keys(&timers), "timer");
            let tells = Value::List(vec![effects::message()]);
            let timer = Value::map([("after", Value::text("2 working days")), ("notify", tells)]);
            hand.add_key(&timers, usize::MAX, &name, &timer)
        }
        "begin" => {
            let sketch = Sketch::of(hand.view, &hand.doc()?);
            nested::begin(hand, &sketch, what)
        }
        _ => Err(nothing()),
    }
}

/// Who decides until somebody else is chosen.
const APPROVER: &str = "supervisor(1)";

/// Adds a node to a graph, by default the one of the place `at`.
fn add(hand: &mut Hand<'_>, kind: &str, graph: &str, at: &str) -> Result<(), Problem> {
    let (_, stem, _, en, zh) = NODES.iter().find(|(known, ..)| *known == kind).ok_or_else(nothing)?;
    let sketch = Sketch::of(hand.view, &hand.doc()?);
    let nodes = match graph {
        "" => nested::beside(&sketch, at),
        _ if sketch.nodes.iter().any(|node| nested::graph(node).as_deref() == Some(graph)) => format!("{graph}/nodes"),
        _ => return Err(nothing()),
    };
    let names: Vec<String> = sketch.nodes.into_iter().map(|node| node.name).collect();
    let (name, number) = Hand::free(&names, stem);
    let mut node = vec![("label".to_owned(), label(&format!("{zh} {number}"), &format!("{en} {number}")))];
    let own = match kind {
        "approval" => Some(Value::List(vec![Value::map([("by", Value::text(APPROVER))])])),
        "decide" => Some(Value::List(Vec::new())),
        "join" => Some(Value::map([("need", Value::text("all"))])),
        "call" => Some(first_request(hand)?),
        "wait" => Some(Value::map([("for", Value::text("1d"))])),
        "each" => Some(nested::begun(hand, Kind::Each, &names)?),
        "scope" => Some(nested::begun(hand, Kind::Scope, &names)?),
        "run" | "end" => Some(Value::Map(Vec::new())),
        _ => None,
    };
    node.extend(own.map(|own| (kind.to_owned(), own)));
    hand.add_key(&nodes, usize::MAX, &name, &Value::Map(node))?;
    nested::begin_if_first(hand, &nodes, &name)
}

/// The first request of the first system that can be asked something, until another is chosen.
fn first_request(hand: &Hand<'_>) -> Result<Value, Problem> {
    let known = known(hand.view, &own(hand.view)?, "connector");
    let first = known.iter().find_map(|one| Some((&one.name, one.doc.keys("requests").into_iter().next()?)));
    let (connector, request) = first.ok_or_else(|| {
        super::unfit(formwork_model::text!("there is no connector with a request yet", "还没有可请求的外部系统"))
    })?;
    Ok(Value::map([("connector", Value::text(connector)), ("request", Value::text(&request))]))
}

/// Puts the node that was added last into an arrow: it leads to the node, and the node on to where it led.
fn between(hand: &mut Hand<'_>, arrow: &str, to: &str) -> Result<(), Problem> {
    let path = hand.at.clone();
    let (_, name) = split(&path);
    let at = format!("{arrow}/to");
    let leads = match hand.value(&at)? {
        Some(Value::Text(one)) if one == to => at,
        Some(Value::List(several)) => {
            let place = several.iter().position(|one| *one == Value::text(to)).ok_or_else(nothing)?;
            format!("{at}/{place}")
        }
        // An arrow that is something else, such as the beginning of a scope, stays as it is.
        _ => return Ok(()),
    };
    hand.edit(|doc| doc.set(&leads, &Value::text(name)))?;
    if Kind::of(&hand.doc()?, &path) != Kind::End {
        connect(hand, name, to)?;
    }
    hand.at = path;
    Ok(())
}

/// Draws an arrow, as the node at its beginning has them.
fn connect(hand: &mut Hand<'_>, from: &str, to: &str) -> Result<(), Problem> {
    let doc = hand.doc()?;
    let sketch = Sketch::of(hand.view, &doc);
    let find = |name: &str| sketch.nodes.iter().find(|node| node.name == name).ok_or_else(nothing);
    let (node, aim) = (find(from)?, find(to)?);
    let target = Value::text(to);
    match node.kind {
        Kind::End => Err(super::unfit(formwork_model::text!("nothing leads away from an end", "结束节点没有出口"))),
        // The first arrow of a sub-flow is where it goes on when it is done; a further one leaves it before.
        Kind::State | Kind::Scope if node.kind == Kind::State || doc.node(&format!("{}/to", node.path)).is_some() => {
            let holder = if node.kind == Kind::Scope { format!("{}/scope", node.path) } else { node.path.clone() };
            let actions = format!("{holder}/actions");
            let keys = doc.keys(&actions);
            let stem: String = format!("to_{to}").chars().take(58).collect();
            let name = if keys.contains(&stem) { Hand::free(&keys, &stem).0 } else { stem };
            let part = |language: &str| {
                super::sheet::label_of(
                    &doc,
                    if language == "zh" {
                        formwork_model::text::Language::Zh
                    } else {
                        formwork_model::text::Language::En
                    },
                    &format!("{}/label", aim.path),
                )
            };
            let (zh, en) =
                (part("zh").unwrap_or_else(|| aim.label.clone()), part("en").unwrap_or_else(|| aim.label.clone()));
            let action = Value::map([("label", label(&format!("转到{zh}"), &format!("To {en}"))), ("to", target)]);
            hand.add_key(&actions, usize::MAX, &name, &action)
        }
        Kind::Approval => {
            let free = EXITS.iter().find(|exit| doc.node(&format!("{}/{exit}", node.path)).is_none());
            let exit = free.ok_or_else(|| {
                super::unfit(formwork_model::text!(
                    "every way out of the approval is drawn already",
                    "审批的所有出口均已绘制"
                ))
            })?;
            let at = format!("{}/{exit}", node.path);
            hand.edit(|doc| doc.set(&at, &Value::map([("to", target)])))?;
            hand.at = at;
            Ok(())
        }
        Kind::Decide => {
            let list = format!("{}/decide", node.path);
            let keys = doc.keys(&list);
            let otherwise = keys.iter().position(|at| doc.node(&format!("{list}/{at}/else")).is_some());
            match otherwise {
                // The first arrow is taken when no other is; each further one when its condition holds, which whoever
                // draws it has to say: until then the flow can't go live.
                None => hand.add_item(&list, usize::MAX, &Value::map([("else", Value::text("true")), ("to", target)])),
                Some(at) => hand.add_item(&list, at, &Value::map([("to", target)])),
            }
        }
        _ => {
            let at = format!("{}/to", node.path);
            match hand.value(&at)? {
                Some(Value::Text(one)) => {
                    hand.edit(|doc| doc.set(&at, &Value::List(vec![Value::Text(one), target])))?
                }
                Some(Value::List(_)) => hand.edit(|doc| doc.insert(&at, usize::MAX, &target))?,
                _ => hand.edit(|doc| doc.set(&at, &target))?,
            }
            hand.at.clone_from(&node.path);
            Ok(())
        }
    }
}
