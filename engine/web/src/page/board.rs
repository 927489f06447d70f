//! A board: records as cards in lanes, by state or by a choice.

use std::collections::HashSet;

use axum::http::StatusCode;
use formwork_catalog::{
    filter::{Comparison, Filter, Op, Operand},
    flow::{Flow, NodeKind},
    form::Form,
    object::Object,
};
use formwork_definition::kind::{form::Purpose, role::May};
use formwork_model::{
    field_type::{Choice, FieldType, Tone},
    name::Name,
    record::Record,
    value::Value,
};
use formwork_runtime::query::Query;
use serde_json::{Value as Json, json};

use super::{list::states, shown::tone_class, view::View};
use crate::{
    api::Answer,
    ask::{Ask, not_found},
    error::Problem,
};

/// Cards of a lane.
const CARDS: usize = 25;
/// How far a lane is counted.
const COUNTED: usize = 500;

/// The form of an object's board.
pub(crate) fn board_form<'v>(view: &'v View, object: &Object) -> Option<&'v Form> {
    let mut forms = view.catalog.forms.values();
    let board = forms.find(|form| form.object == object.name && form.purpose.contains(&Purpose::Board));
    let unasked = view.eyes().unasked(object.name).unwrap_or_default();
    board.map(AsRef::as_ref).filter(|form| form.group.is_some_and(|group| !unasked.contains(&group.into())))
}

/// `GET /{book}/{object}/board`
pub(crate) async fn board(ask: Ask) -> Answer {
    let object = ask.call.path("object").to_owned();
    ask.page("board", StatusCode::OK, move |view| {
        let object = view.object(&object)?;
        page(view, &object)
    })
    .await
}

fn page(view: &View, object: &Object) -> Result<Json, Problem> {
    let form = board_form(view, object).ok_or_else(|| not_found("object", object.name.as_str()))?;
    let group = form.group.unwrap_or_else(|| Name::intern("state"));
    let by_state = group.as_str() == "state";
    let options: Vec<Choice> = match object.field(group).map(|field| &field.kind) {
        Some(FieldType::Choice(options)) => options.clone(),
        _ => states(view, object),
    };
    let flow = view.catalog.main_flow(object.name).filter(|_| by_state);
    let (href, mut lanes) = (view.list_href(object.name), Vec::new());
    let unasked = view.eyes().unasked(object.name)?;
    let mut sort = form.sort.clone();
    sort.retain(|(field, _)| !unasked.contains(&(*field).into()));
    for option in &options {
        let filter = Filter::Compare(Comparison {
            through: Vec::new(),
            field: group,
            kind: object.kind_of(group).cloned().unwrap_or(FieldType::Text),
            op: Op::Eq,
            with: vec![Operand::Value(Value::text(option.name.as_str()))],
        });
        let (count, exact) = view.book.count(object.name, &filter, COUNTED, &view.actor)?;
        let query = Query { object: object.name, filter, sort: sort.clone(), limit: CARDS, after: None };
        let found = view.book.list(&query, &view.actor)?;
        let moves = flow.map(|flow| moves_from(flow, option.name)).unwrap_or_default();
        let cards: Vec<Json> = found.records.iter().map(|record| card(view, object, form, record, &moves)).collect();
        lanes.push(json!({
            "value": option.name.as_str(), "label": view.say(&option.label),
            "tone": (option.tone != Tone::Neutral).then(|| tone_class(option.tone)),
            "count": if exact { count.to_string() } else { format!("{count}+") }, "cards": cards,
            "more": (count > CARDS).then(|| format!("{href}?f0={group}&o0=eq&v0={}", option.name)),
        }));
    }
    let body = json!({
        "href": href, "create": view.may_some(object.name, May::Create).then(|| format!("{href}/new")), "lanes": lanes,
        "group": if by_state { "" } else { group.as_str() },
    });
    view.frame(object.name.as_str(), view.say(&form.label), body)
}

fn card(view: &View, object: &Object, form: &Form, record: &Record, moves: &str) -> Json {
    let mut names = form.sections.iter().flat_map(|section| &section.fields).map(|place| place.field);
    let title = names.next().map(|name| view.field_shown(object, record, name));
    let title = title.as_ref().and_then(|shown| shown["text"].as_str()).filter(|text| !text.is_empty());
    let title = title.map_or_else(|| view.title(object.name, record.id), str::to_owned);
    let facts = names.filter_map(|name| {
        let mut shown = view.field_shown(object, record, name);
        if shown.get("none").is_some() {
            return None;
        }
        // The card leads to its own record; a link inside would be hit by mistake.
        if let Json::Object(shown) = &mut shown {
            shown.remove("href");
        }
        Some(json!({"label": view.field_label(object, name), "shown": shown}))
    });
    json!({
        "id": record.id.to_string(), "href": view.record_href(object.name, record.id), "title": title,
        "facts": facts.collect::<Vec<_>>(), "moves": moves, "rev": record.rev,
    })
}

/// The states that actions of a state lead to: `STATE:ACTION STATE:ACTION`.
fn moves_from(flow: &Flow, from: Name) -> String {
    let Some(node) = flow.node(from) else { return String::new() };
    let mut moves = Vec::new();
    for action in node.actions() {
        for to in &action.to {
            moves.extend(rests(flow, *to).into_iter().map(|rest| format!("{rest}:{}", action.name)));
        }
    }
    moves.join(" ")
}

/// Where a token comes to rest that enters a node: there, or behind the automatic nodes that follow.
fn rests(flow: &Flow, first: Name) -> Vec<Name> {
    let (mut seen, mut open, mut found) = (HashSet::new(), vec![first], Vec::new());
    while let Some(name) = open.pop() {
        let Some(node) = flow.node(name).filter(|_| seen.insert(name)) else { continue };
        match node.kind {
            NodeKind::Decide { .. } | NodeKind::Run { .. } | NodeKind::Join { .. } => open.extend(node.targets()),
            _ => found.push(name),
        }
    }
    found
}
