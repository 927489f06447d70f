//! The designer of a flow: its picture, on which nodes and arrows are drawn, the properties of each, and the run that
//! shows why it is not sound, step by step.

use formwork_definition::yaml::edit::Value;
use serde_json::{Value as Json, json};

use super::{
    effects,
    hand::{Hand, label, split, target},
    property::{Property, Widget, shown, words},
    sheet::Sheet,
    sketch::{EXITS, Kind, Node, Sketch, exit_word},
    trace::{drawn, trace},
};
use crate::{
    error::Problem,
    page::{admin::nothing, typed::Typed, view::View},
};

/// The nodes of the palette: the word of the language, the stem of their names, what people read.
const NODES: [(&str, &str, &str, &str, &str); 7] = [
    ("state", "step", "adm_d_state", "Step", "步骤"),
    ("approval", "approval", "adm_d_approval", "Approval", "审批"),
    ("decide", "decision", "adm_d_decide", "Decision", "判断"),
    ("join", "join", "adm_d_join", "Join", "汇合"),
    ("run", "automatic", "adm_d_run", "Automatic", "自动处理"),
    ("wait", "wait", "adm_d_wait", "Wait", "等待"),
    ("end", "end", "adm_d_end", "End", "结束"),
];

pub(super) fn page(view: &View, sheet: &Sheet, step: Option<&str>) -> Json {
    let sketch = Sketch::of(view, &sheet.doc);
    let trace = trace(view, sheet, &sketch);
    let last = trace.as_ref().map_or(0, |trace| trace.steps.len());
    let step = step.and_then(|step| step.parse::<usize>().ok()).map(|step| step.min(last + 1));
    let types = NODES.iter().map(|(kind, _, word, ..)| json!({"kind": kind, "label": view.word(word)}));
    let picture = drawn(view, sheet, &sketch, trace.as_ref(), step);
    let selected = selected(&sketch, &sheet.at);
    json!({
        "types": types.collect::<Vec<_>>(), "picture": picture, "trace": trace.as_ref().map(|trace| trace.shown(view, sheet, step)),
        "properties": shown(view, sheet, &properties(view, sheet, &sketch)), "groups": groups(view, sheet, &sketch),
        "panel": title(view, sheet, &sketch), "above": above(view, sheet, &sketch), "said": if sheet.at.is_empty() { Vec::new() } else { sheet.said(Some(&sheet.at)) },
        "node": selected.map(|node| json!({
            "name": node.name, "path": node.path, "starts": starts(sheet, node), "ends": node.kind == Kind::End,
            "targets": sketch.nodes.iter().filter(|other| other.name != node.name).map(|other| json!({"name": other.name, "label": other.label})).collect::<Vec<_>>(),
        })),
    })
}

/// The node whose properties are shown, also when it is one of its parts.
fn selected<'s>(sketch: &'s Sketch, at: &str) -> Option<&'s Node> {
    sketch.nodes.iter().find(|node| node.path == at)
}

pub(super) fn starts(sheet: &Sheet, node: &Node) -> bool {
    let holder = split(split(&node.path).0).0;
    let start = if holder.is_empty() { "start".to_owned() } else { format!("{holder}/start") };
    sheet.scalar(&start) == node.name
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
        "decide" => {
            Some(sheet.doc.scalar(&format!("{at}/when")).map_or(view.word("adm_d_else"), |when| when).to_owned())
        }
        "approval" => own
            .or_else(|| Some(format!("{} {}", view.word("adm_d_step"), step.parse::<usize>().unwrap_or_default() + 1))),
        _ if at.contains('/') => own.or_else(|| Some(step.replace('_', " "))),
        _ => sheet.label(view, "label"),
    }
}

/// The properties of a node, or of what leads away from one.
fn properties(view: &View, sheet: &Sheet, sketch: &Sketch) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let nodes = || sketch.nodes.iter().map(|node| (node.name.clone(), node.label.clone())).collect::<Vec<_>>();
    let to = |key: &str| Property::new(at(key), "adm_to", Widget::Words).offers(nodes());
    let when = || Property::new(at("when"), "adm_d_when", Widget::Expression).help("adm_d_when_help");
    if let Some(node) = selected(sketch, &sheet.at) {
        return of_node(view, sheet, node, to);
    }
    if let Some((kind, _)) = effects::effect(sheet, &sheet.at) {
        return effects::properties(view, sheet, kind);
    }
    let (above, step) = split(&sheet.at);
    match split(above).1 {
        "actions" => of_action(view, sheet, sketch, (to("to"), when())),
        "approval" => vec![
            Property::new(at("label"), "adm_label", Widget::Label),
            Property::new(at("by"), "adm_d_by", Widget::Words).help("adm_d_by_help").offers(people(view, sheet)),
            Property::new(at("need"), "adm_d_need", Widget::Text).help("adm_d_need_help"),
            when(),
        ],
        "decide" if sheet.doc.node(&at("else")).is_some() => vec![to("to")],
        "decide" => vec![when(), to("to")],
        "timers" => {
            let mut all = vec![Property::new(at("after"), "adm_d_after", Widget::Text), to("to"), when()];
            all.extend(effects::plain(view, sheet, &sheet.at));
            all
        }
        _ if EXITS.contains(&step) => {
            let mut all = vec![to("to")];
            all.extend(effects::plain(view, sheet, &sheet.at));
            all
        }
        _ => vec![
            Property::new("label", "adm_label", Widget::Label),
            Property::new("object", "adm_object", Widget::Choice(sheet.choices(view, "object"))),
            Property::new("start", "adm_d_start", Widget::Choice(nodes())),
        ],
    }
}

fn of_action(view: &View, sheet: &Sheet, sketch: &Sketch, (to, when): (Property, Property)) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let reason = |value: &str, word: &'static str| (value.to_owned(), view.word(word).to_owned());
    let reasons = vec![
        reason("", "adm_d_reason_none"),
        reason("optional", "adm_d_reason_optional"),
        reason("required", "adm_d_reason_required"),
    ];
    let mut all = vec![
        Property::new(at("label"), "adm_label", Widget::Label),
        to,
        Property::new(at("by"), "adm_d_by", Widget::Words).help("adm_d_by_help").offers(people(view, sheet)),
        when,
        Property::new(at("say"), "adm_d_say", Widget::Label),
        Property::new(at("form"), "adm_d_form", Widget::Choice(forms(view, sheet))),
    ];
    all.extend(effects::plain(view, sheet, &sheet.at));
    all.extend([
        Property::new(at("require"), "adm_d_require", Widget::Words).help("adm_d_require_help"),
        Property::new(at("reason"), "adm_reason", Widget::Choice(reasons)),
        Property::new(&*sheet.at, "adm_d_name", Widget::Name { fixed: is_live(view, sheet, sketch) })
            .help("adm_d_name_help"),
    ]);
    all
}

fn of_node(view: &View, sheet: &Sheet, node: &Node, to: impl Fn(&str) -> Property) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", node.path);
    let option = |value: &str, key: &'static str| (value.to_owned(), view.word(key).to_owned());
    let mut all = vec![Property::new(at("label"), "adm_label", Widget::Label)];
    match node.kind {
        Kind::Decide => all.push(Property::new(
            at("pick"),
            "adm_d_pick",
            Widget::Choice(vec![option("", "adm_d_pick_first"), option("every", "adm_d_pick_every")]),
        )),
        Kind::Join => {
            let need = vec![
                option("all", "adm_d_need_all"),
                option("chosen", "adm_d_need_chosen"),
                option("reachable", "adm_d_need_reachable"),
                option("1", "adm_d_need_one"),
            ];
            all.push(Property::new(at("join/need"), "adm_d_need_tokens", Widget::Choice(need)));
        }
        Kind::Wait => {
            all.push(Property::new(at("wait/for"), "adm_d_wait_for", Widget::Text).help("adm_d_wait_help"));
            all.push(Property::new(at("wait/at"), "adm_d_wait_at", Widget::Expression));
            all.push(Property::new(at("wait/event"), "adm_d_wait_event", Widget::Text));
        }
        Kind::Run => {
            all.extend(effects::plain(view, sheet, &at("run")));
        }
        Kind::End => all.push(Property::new(at("end/terminate"), "adm_d_terminate", Widget::Tick)),
        Kind::Approval => {
            let remind = Property::new(at("remind"), "adm_d_remind", Widget::Text).help("adm_d_wait_help");
            all.extend([remind, Property::new(at("watch"), "adm_d_watch", Widget::Words)]);
        }
        _ => {}
    }
    if matches!(node.kind, Kind::Join | Kind::Run | Kind::Call | Kind::Each | Kind::Scope | Kind::Wait) {
        all.push(to("to"));
    }
    let live = view.catalog.flows.values().any(|flow| {
        flow.name.as_str() == sheet.scalar("flow") && flow.nodes.keys().any(|known| known.as_str() == node.name)
    });
    all.push(Property::new(&*node.path, "adm_d_name", Widget::Name { fixed: live }).help("adm_d_name_help"));
    all
}

/// Whether the action that is looked at is one of the live release.
fn is_live(view: &View, sheet: &Sheet, sketch: &Sketch) -> bool {
    let (above, action) = split(&sheet.at);
    let node = sketch.nodes.iter().find(|node| above.starts_with(&format!("{}/", node.path)));
    let flow = view.catalog.flows.values().find(|flow| flow.name.as_str() == sheet.scalar("flow"));
    let live =
        node.zip(flow).and_then(|(node, flow)| flow.nodes.values().find(|known| known.name.as_str() == node.name));
    live.is_some_and(|node| node.actions().iter().any(|known| known.name.as_str() == action))
}

/// Who can act: those that every record has, and roles.
fn people(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    let own = [("owner", "adm_d_by_owner"), ("creator", "adm_d_by_creator"), ("supervisor(1)", "adm_d_by_supervisor")];
    let own = own.into_iter().map(|(word, label)| (word.to_owned(), view.word(label).to_owned()));
    own.chain(sheet.choices(view, "role").into_iter().map(|(name, label)| (format!("role({name})"), label))).collect()
}

/// Forms that an action of this flow can ask for.
fn forms(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    let object = sheet.scalar("object");
    let mut all = vec![(String::new(), view.word("adm_d_no_form").to_owned())];
    for (name, doc) in sheet.named(view, "form") {
        if doc.scalar("object") == Some(object) && words(&doc, "for").contains("act") {
            let label = super::sheet::label_of(&doc, view.language, "label");
            all.push((name.clone(), label.unwrap_or(name)));
        }
    }
    all
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
    let mut groups = Vec::new();
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
                    "decide" => sheet.doc.scalar(&format!("{path}/when")).map_or_else(|| view.word("adm_d_else").to_owned(), str::to_owned),
                    "approval" => sheet.label(view, &format!("{path}/label")).unwrap_or_else(|| words(&sheet.doc, &format!("{path}/by"))),
                    _ => sheet.label(view, &format!("{path}/label")).unwrap_or_else(|| step.replace('_', " ")),
                };
                json!({
                    "path": path, "href": super::address(&view.root, &sheet.path, &path), "label": title, "to": leads(&path),
                    "tone": sheet.tone(&path), "first": at == 0, "last": at == last, "mono": key == "decide",
                })
            })
            .collect();
        if !rows.is_empty() || (key == "approval" && node.kind == Kind::Approval) {
            let add = (key == "approval")
                .then(|| json!({"do": format!("step {}", node.path), "label": view.word("adm_d_add_step")}));
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

/// `add KIND` adds a node, `connect FROM` an arrow to the node `target`, `step PATH` a step of an approval, `begin NAME`
/// lets the flow begin there; `drop` of `new:KIND` adds a node too, between two others when it was dropped
/// `onto` the arrow that leads to `target`.
pub(super) fn act(hand: &mut Hand<'_>, (word, what): (&str, &str), typed: &Typed) -> Result<(), Problem> {
    match word {
        "add" => add(hand, what),
        "drop" => {
            let (what, ..) = target(typed).ok_or_else(nothing)?;
            add(hand, what.strip_prefix("new:").ok_or_else(nothing)?)?;
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
        "begin" => hand.edit(|doc| doc.set("start", &Value::text(what))),
        _ => Err(nothing()),
    }
}

/// Who decides until somebody else is chosen.
const APPROVER: &str = "supervisor(1)";

fn add(hand: &mut Hand<'_>, kind: &str) -> Result<(), Problem> {
    let (_, stem, _, en, zh) = NODES.iter().find(|(known, ..)| *known == kind).ok_or_else(nothing)?;
    let names: Vec<String> = Sketch::of(hand.view, &hand.doc()?).nodes.into_iter().map(|node| node.name).collect();
    let (name, number) = Hand::free(&names, stem);
    let mut node = vec![("label".to_owned(), label(&format!("{zh} {number}"), &format!("{en} {number}")))];
    let own = match kind {
        "approval" => Some(Value::List(vec![Value::map([("by", Value::text(APPROVER))])])),
        "decide" => Some(Value::List(Vec::new())),
        "join" => Some(Value::map([("need", Value::text("all"))])),
        "wait" => Some(Value::map([("for", Value::text("1d"))])),
        "run" | "end" => Some(Value::Map(Vec::new())),
        _ => None,
    };
    node.extend(own.map(|own| (kind.to_owned(), own)));
    hand.add_key("nodes", usize::MAX, &name, &Value::Map(node))?;
    if hand.scalar("start")?.is_none() {
        hand.edit(|doc| doc.set("start", &Value::text(&name)))?;
    }
    Ok(())
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
        Kind::State | Kind::Scope => {
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
                // The first arrow is taken when no other is; each further one when its condition holds.
                None => hand.add_item(&list, usize::MAX, &Value::map([("else", Value::text("true")), ("to", target)])),
                Some(at) => hand.add_item(&list, at, &Value::map([("when", Value::text("false")), ("to", target)])),
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
