//! A list: the columns of its form, filters in words, one page after the other, and what is done to several at once.

mod builder;
mod bulk;
mod columns;
mod export;
mod filter;
mod group;
mod saved;

pub(crate) use builder::rows as filter_rows;
pub(crate) use bulk::bulk;
pub(crate) use columns::{columns_of, keep};
pub(crate) use export::export;
pub(crate) use filter::{Asked, asked, asked_so_far, everywhere, looked_through, states, tokens};
pub(crate) use saved::{
    all as saved_of, current, keep as keep_view, keep_of as keep_view_of, links as saved_links, panel as saved_panel,
};

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_catalog::{
    form::Form,
    object::{Field, Object},
};
use formwork_definition::kind::{form::Purpose, role::May};
use formwork_model::{field_type::FieldType, id::RecordId, name::Name, record::Record, text};
use formwork_runtime::query::{Query, parse_sort};
use serde_json::{Value as Json, json};

use super::{typed::Typed, view::View};
use crate::{
    api::{
        Answer,
        list::{place_text, read_place},
    },
    ask::Ask,
    error::Problem,
};

/// Records of a page.
const PAGE: usize = 50;
/// How far they are counted.
const COUNTED: usize = 1000;

/// `GET /{book}/{object}`
pub(crate) async fn list(ask: Ask) -> Answer {
    let object = ask.call.path("object").to_owned();
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.page("list", StatusCode::OK, move |view| {
        let object = view.object(&object)?;
        page(view, &object, &query)
    })
    .await
}

/// The form of an object's list.
pub(crate) fn list_form<'v>(view: &'v View, object: &Object) -> Option<&'v Form> {
    let list = |form: &&Arc<Form>| form.object == object.name && form.purpose.contains(&Purpose::List);
    view.catalog.forms.values().find(list).map(AsRef::as_ref)
}

/// The query that the parameters of a list mean.
pub(crate) fn query_of(view: &View, object: &Object, asked: &Asked, limit: usize) -> Result<Query, Problem> {
    let sort = match asked.typed.filled("sort") {
        Some(sort) => parse_sort(object, sort)?,
        None => {
            let mut sort = list_form(view, object).map(|form| form.sort.clone()).unwrap_or_default();
            let unasked = view.eyes().unasked(object.name)?;
            sort.retain(|(field, _)| !unasked.contains(&(*field).into()));
            sort
        }
    };
    let mut query = Query { object: object.name, filter: asked.filter.clone(), sort, limit, after: None };
    if let Some(after) = asked.typed.filled("after") {
        query.after = Some(read_place(after, &query)?);
    }
    Ok(query)
}

fn page(view: &View, object: &Arc<Object>, typed: &Typed) -> Result<Json, Problem> {
    let asked = asked_so_far(view, object, typed)?;
    let query = query_of(view, object, &asked, PAGE)?;
    let saved = saved::all(view, object.name.as_str())?;
    let (hidden, unasked) = (view.eyes().unseen(object.name)?, view.eyes().unasked(object.name)?);
    let names = columns::chosen(view, object, saved::columns(&saved, typed), &hidden);
    let href = view.list_href(object.name);
    let by = typed.filled("group").and_then(Name::find).filter(|by| !unasked.contains(&(*by).into()));
    let choices = group::choices(view, object, &unasked, by);
    let by = by.filter(|by| choices.iter().any(|choice| choice["value"] == by.as_str()));
    // What is asked for is not known when a condition can't be read.
    let mut body = if asked.is_refused() {
        json!({"any_rows": false, "unread": true, "count": ""})
    } else {
        records(view, object, (&asked, &query), &names, by)?
    };
    let board = super::board::board_form(view, object).is_some();
    let open = |panel: &str, is_open: bool| asked.with(&href, &[("panel", if is_open { "" } else { panel })]);
    let panel = typed.filled("panel").or_else(|| asked.is_unfinished().then_some("filter"));
    let mut links = views(view, object, &asked, &href);
    links.extend(saved::links(view, &saved, typed, &href));
    let frame = json!({
        "help": view.say(&object.help), "href": href, "q": typed.filled("q"),
        "create": view.may_some(object.name, May::Create).then(|| format!("{href}/new")), "board": board.then(|| format!("{href}/board")),
        "calendar": super::calendar::offered(&asked, object, &unasked, &href),
        "views": links, "tokens": filter::tokens(view, object, &asked, &href),
        "kept": asked.kept(&["q", "after", "panel"]), "kept_but_filter": asked.kept_but_filter(),
        "kept_but_group": asked.kept(&["group", "after", "panel"]), "group_choices": choices,
        "filter": (panel == Some("filter")).then(|| filter_rows(view, object, &asked)), "any": typed.filled("any"),
        "filter_href": open("filter", panel == Some("filter")), "columns_href": open("columns", panel == Some("columns")),
        "views_href": open("views", panel == Some("views")),
        "view_panel": (panel == Some("views")).then(|| saved::panel(&saved, &asked, &names)),
        "columns_choice": (panel == Some("columns")).then(|| columns::choice(view, object, &names, &hidden)),
        "saved": saved::current(&saved, typed).map(|saved| saved.id.to_string()),
        "exports": exports(view, object, &asked, &href),
        "clear": href, "back": asked.with(&href, &[("panel", "")]), "narrowed": asked.is_narrowed(),
        "columns": heads(view, object, &names, (&asked, &query), &href), "bulk": bulk::offered(view, object),
    });
    if let (Json::Object(body), Json::Object(frame)) = (&mut body, frame) {
        body.extend(frame);
    }
    let title = list_form(view, object).map_or(&object.label, |form| &form.label);
    view.frame(object.name.as_str(), view.say(title), body)
}

/// The records of a page of the list, in groups when they are asked for, and how many there are in all.
fn records(
    view: &View,
    object: &Object,
    (asked, query): (&Asked, &Query),
    names: &[Name],
    by: Option<Name>,
) -> Result<Json, Problem> {
    let href = view.list_href(object.name);
    let editable = columns::editable(view, object, names);
    let row = |record: &Record| {
        json!({
            "id": record.id.to_string(), "title": view.title(object.name, record.id),
            "cells": cells(view, object, record, names, &editable),
        })
    };
    let (count, exact) = view.book.count(object.name, &query.filter, COUNTED, &view.actor)?;
    let (more, s) = (if exact { "" } else { "+" }, if exact && count == 1 { "" } else { "s" });
    let counted = view.say(&text!("{count}{more} record{s}", "共 {count}{more} 条")).to_owned();
    let Some(by) = by else {
        let found = view.book.list(query, &view.actor)?;
        view.foresee(found.records.iter().flat_map(|record| named(object, record, names)));
        return Ok(json!({
            "rows": found.records.iter().map(row).collect::<Vec<_>>(), "any_rows": !found.records.is_empty(), "count": counted,
            "next": found.next.as_ref().map(|cursor| asked.with(&href, &[("after", &place_text(cursor, query))])),
            "first": asked.typed.filled("after").map(|_| asked.with(&href, &[("after", "")])),
        }));
    };
    let gathered = group::gather(view, object, query, by)?;
    let all: Vec<&Record> = gathered.groups.iter().flat_map(|(_, records)| records).collect();
    let mut sums = group::totals(view, object, names, &all);
    sums.truncate(names.len());
    Ok(json!({
        "groups": group::shown(view, object, (by, names), &gathered, (asked, &href), row), "sums": sums, "count": counted,
        "cut": (!gathered.whole).then(|| view.word("groups_cut")), "any_rows": !all.is_empty(),
    }))
}

/// The records that a row names: itself, and those its columns refer to.
fn named(object: &Object, record: &Record, names: &[Name]) -> Vec<(Name, RecordId)> {
    let refs = names.iter().filter_map(|name| object.field(*name)).filter_map(|field| match &field.kind {
        FieldType::Ref(to) => Some((*to, record.fields.get(field.name).as_ref_id()?)),
        _ => None,
    });
    std::iter::once((object.name, record.id)).chain(refs).collect()
}

/// The heads of the columns, each with the way to sort by it.
fn heads(view: &View, object: &Object, names: &[Name], (asked, query): (&Asked, &Query), href: &str) -> Json {
    let heads = names.iter().map(|name| {
        let kind = object.kind_of(*name);
        let first = query.sort.first().filter(|(sorted, _)| sorted == name);
        let sorted = first.map(|(_, descending)| if *descending { "descending" } else { "ascending" });
        let turned =
            if first.is_some_and(|(_, descending)| !descending) { format!("-{name}") } else { name.to_string() };
        let sortable = kind.is_some_and(FieldType::is_ordered) && !object.is_sensitive(*name);
        json!({
            "label": view.field_label(object, *name), "num": kind.is_some_and(FieldType::is_number), "sorted": sorted,
            "href": sortable.then(|| asked.with(href, &[("sort", &turned), ("after", "")])),
        })
    });
    Json::Array(heads.collect())
}

/// The files that the list can be had as, for those who may have it so.
fn exports(view: &View, object: &Object, asked: &Asked, href: &str) -> Option<Json> {
    let export = |(format, label): (&str, &str)| json!({"href": asked.with(&format!("{href}/export"), &[("after", ""), ("format", format)]), "label": label});
    // Who looks as somebody else takes nothing out.
    (!view.is_looking() && view.may_some(object.name, May::Export))
        .then(|| [("csv", "CSV"), ("xlsx", "Excel")].map(export).into_iter().collect())
}

/// A record as the cells of a row; the first one leads to it.
/// `editable` are changed where they stand.
pub(crate) fn cells(view: &View, object: &Object, record: &Record, names: &[Name], editable: &[Name]) -> Json {
    let cells = names.iter().enumerate().map(|(at, name)| {
        let mut cell = view.field_shown(object, record, *name);
        if let Json::Object(cell) = &mut cell {
            cell.insert("label".into(), json!(view.field_label(object, *name)));
            if at == 0 {
                let text = cell.get("text").and_then(Json::as_str).filter(|text| !text.is_empty());
                let text = text.map_or_else(|| view.title(object.name, record.id), str::to_owned);
                *cell = serde_json::Map::from_iter([
                    ("text".to_owned(), json!(text)),
                    ("href".to_owned(), json!(view.record_href(object.name, record.id))),
                    ("label".to_owned(), json!("")),
                ]);
            } else if editable.contains(name) {
                cell.insert("edit".into(), json!(name.as_str()));
            }
        }
        cell
    });
    Json::Array(cells.collect())
}

/// The views that every list has: everything, one's own, what changed lately.
fn views(view: &View, object: &Object, asked: &Asked, href: &str) -> Vec<Json> {
    let own_view = asked.typed.filled("saved").is_some();
    let current = asked.typed.filled("view").unwrap_or("all");
    let own = object.owner.and_then(|owner| object.field(owner));
    let mut views = vec![("all", text!("All", "全部"))];
    if own.is_some_and(|field: &Field| field.kind == FieldType::User) {
        views.push(("mine", text!("Mine", "我的")));
    }
    views.push(("created", text!("Created by me", "我创建的")));
    views.push(("week", text!("Changed this week", "本周修改")));
    let links = views.into_iter().map(|(word, label)| {
        let word_of_view = if word == "all" { "" } else { word };
        let to = if own_view && word == "all" {
            href.to_owned()
        } else {
            asked.with(href, &[("view", word_of_view), ("after", ""), ("panel", ""), ("saved", "")])
        };
        json!({"label": view.say(&label), "href": to, "current": word == current && !own_view})
    });
    links.collect()
}
