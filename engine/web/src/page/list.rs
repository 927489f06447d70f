//! A list: the columns of its form, filters in words, one page after the other, and what is done to several at once.

mod bulk;
mod columns;
mod export;
mod filter;

pub(crate) use bulk::bulk;
pub(crate) use columns::{columns_of, keep};
pub(crate) use export::export;
pub(crate) use filter::{Asked, asked, everywhere, states};

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_catalog::{
    form::Form,
    object::{Field, Object},
};
use formwork_definition::kind::{form::Purpose, role::May};
use formwork_model::{field_type::FieldType, name::Name, record::Record, text};
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
    let kept = columns::kept(ask.call.headers(), &object);
    ask.page("list", StatusCode::OK, move |view| {
        let object = view.object(&object)?;
        page(view, &object, &query, kept.as_deref())
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
        None => list_form(view, object).map(|form| form.sort.clone()).unwrap_or_default(),
    };
    let mut query = Query { object: object.name, filter: asked.filter.clone(), sort, limit, after: None };
    if let Some(after) = asked.typed.filled("after") {
        query.after = Some(read_place(after, &query)?);
    }
    Ok(query)
}

fn page(view: &View, object: &Arc<Object>, typed: &Typed, kept: Option<&str>) -> Result<Json, Problem> {
    let asked = asked(view, object, typed)?;
    let query = query_of(view, object, &asked, PAGE)?;
    let found = view.book.list(&query, &view.actor)?;
    let (count, exact) = view.book.count(object.name, &query.filter, COUNTED, &view.actor)?;
    let names = columns::chosen(view, object, kept);
    let href = view.list_href(object.name);
    let next = found.next.as_ref().map(|cursor| asked.with(&href, &[("after", &place_text(cursor, &query))]));
    let columns = names.iter().map(|name| {
        let kind = object.kind_of(*name);
        let first = query.sort.first().filter(|(sorted, _)| sorted == name);
        let sorted = first.map(|(_, descending)| if *descending { "descending" } else { "ascending" });
        let turned =
            if first.is_some_and(|(_, descending)| !descending) { format!("-{name}") } else { name.to_string() };
        let sortable = kind.is_some_and(FieldType::is_ordered);
        json!({
            "label": view.field_label(object, *name), "num": kind.is_some_and(FieldType::is_number), "sorted": sorted,
            "href": sortable.then(|| asked.with(&href, &[("sort", &turned), ("after", "")])),
        })
    });
    let rows = found.records.iter().map(|record| {
        json!({
            "id": record.id.to_string(), "title": view.title(object.name, record.id),
            "cells": cells(view, object, record, &names),
        })
    });
    let more = if exact { "" } else { "+" };
    let counted = view.say(&text!("{count}{more} records", "共 {count}{more} 条")).to_owned();
    let board = super::board::board_form(view, object).is_some();
    let open = |panel: &str, is_open: bool| asked.with(&href, &[("panel", if is_open { "" } else { panel })]);
    let panel = typed.filled("panel");
    let export = |(format, label): (&str, &str)| json!({"href": asked.with(&format!("{href}/export"), &[("after", ""), ("format", format)]), "label": label});
    let may_export = view.may_some(object.name, May::Export);
    let exports = may_export.then(|| [("csv", "CSV"), ("xlsx", "Excel")].map(export));
    let body = json!({
        "help": view.say(&object.help), "href": href, "q": typed.filled("q"),
        "create": view.may_some(object.name, May::Create).then(|| format!("{href}/new")), "board": board.then(|| format!("{href}/board")),
        "views": views(view, object, &asked, &href), "tokens": filter::tokens(view, object, &asked, &href),
        "kept": asked.kept(&["q", "after", "panel"]), "kept_but_filter": asked.kept_but_filter(),
        "filter": (panel == Some("filter")).then(|| filter::rows(view, object, &asked)), "any": typed.filled("any"),
        "filter_href": open("filter", panel == Some("filter")), "columns_href": open("columns", panel == Some("columns")),
        "columns_choice": (panel == Some("columns")).then(|| columns::choice(view, object, &names)),
        "exports": exports,
        "clear": href, "back": asked.with(&href, &[("panel", "")]), "narrowed": asked.is_narrowed(),
        "columns": columns.collect::<Vec<_>>(), "rows": rows.collect::<Vec<_>>(), "count": counted,
        "next": next, "first": typed.filled("after").map(|_| asked.with(&href, &[("after", "")])),
        "bulk": bulk::offered(view, object),
    });
    let title = list_form(view, object).map_or(&object.label, |form| &form.label);
    view.frame(object.name.as_str(), view.say(title), body)
}

/// A record as the cells of a row; the first one leads to it.
pub(crate) fn cells(view: &View, object: &Object, record: &Record, names: &[Name]) -> Json {
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
            }
        }
        cell
    });
    Json::Array(cells.collect())
}

/// The views that every list has: everything, one's own, what changed lately.
fn views(view: &View, object: &Object, asked: &Asked, href: &str) -> Json {
    let current = asked.typed.filled("view").unwrap_or("all");
    let own = object.owner.and_then(|owner| object.field(owner));
    let mut views = vec![("all", text!("All", "全部"))];
    if own.is_some_and(|field: &Field| field.kind == FieldType::User) {
        views.push(("mine", text!("Mine", "我的")));
    }
    views.push(("created", text!("Created by me", "我创建的")));
    views.push(("week", text!("Changed this week", "本周修改")));
    let links = views.into_iter().map(|(word, label)| {
        let to = asked.with(href, &[("view", if word == "all" { "" } else { word }), ("after", ""), ("panel", "")]);
        json!({"label": view.say(&label), "href": to, "current": word == current})
    });
    Json::Array(links.collect())
}
