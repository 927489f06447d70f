//! The start page: my tasks, my numbers, my records, my messages.

use axum::http::StatusCode;
use formwork_catalog::{
    catalog::MenuItem,
    filter::{Comparison, Filter, Op, Operand},
    object::Object,
};
use formwork_model::{field_type::FieldType, name::Name, text, text::Language};
use formwork_runtime::{approval::centre::Asked, query::Query};
use formwork_store::table::task::List;
use serde_json::{Value as Json, json};

use super::{locale, messages, recent, tasks, view::View};
use crate::{api::Answer, ask::Ask, error::Problem};

/// Tasks, records and messages that are shown.
const SHOWN: usize = 6;
/// Messages that are looked at for them: several about the same record are one.
const MESSAGES: usize = 40;
/// Kinds of record that are counted, and that are listed.
const KINDS: (usize, usize) = (4, 2);
/// Dashboards that are shown.
const BOARDS: usize = 3;
/// How far they are counted.
const COUNTED: usize = 1000;

/// `GET /{book}`
pub(crate) async fn start(ask: Ask) -> Answer {
    let recent = recent::cookie(&ask);
    ask.page("start", StatusCode::OK, move |view| page(view, recent.as_deref())).await
}

fn page(view: &View, recent: Option<&str>) -> Result<Json, Problem> {
    let asked = Asked { list: List::Todo, flow: None, kind: None, limit: SHOWN, after: None };
    let todo = view.book.tasks(&view.actor, &asked)?;
    let back = view.root.clone();
    let tasks: Vec<Json> = todo.tasks.iter().map(|task| tasks::line(view, task, List::Todo, &back)).collect();
    let mut messages = messages::gathered(view, &view.book.messages(&view.actor.login, MESSAGES)?);
    messages.truncate(SHOWN);
    let (mut tiles, mut mine) = (counted(view)?, Vec::new());
    for (object, owner) in owned(view).take(KINDS.0) {
        let filter = own(owner);
        let (count, exact) = view.book.count(object.name, &filter, COUNTED, &view.actor)?;
        if count == 0 {
            continue;
        }
        let label = view.say(&object.label);
        let label = view.say(&text!("{label} · mine", "我的{label}")).to_owned();
        let href = format!("{}?view=mine", view.list_href(object.name));
        tiles.push(json!({"count": if exact { count.to_string() } else { format!("{count}+") }, "label": label, "href": href, "hot": false}));
        if mine.len() < KINDS.1 {
            mine.push(json!({"label": label, "href": href, "rows": rows(view, object, filter)?}));
        }
    }
    let now = view.now.to_zoned(view.zone().clone());
    let me = view.person(&view.actor.login);
    let greeting = match now.hour() {
        5..=11 => text!("Good morning, {me}", "早上好，{me}"),
        12..=17 => text!("Good afternoon, {me}", "下午好，{me}"),
        _ => text!("Good evening, {me}", "晚上好，{me}"),
    };
    let body = json!({
        "greeting": view.say(&greeting), "today": locale::long_date(now.date(), view.language), "tiles": tiles,
        "boards": boards(view), "tasks": tasks, "mine": mine, "messages": messages, "recent": recent::records(view, recent),
    });
    view.frame("start", view.word("start"), body)
}

/// The first dashboards, whose numbers come later.
fn boards(view: &View) -> Vec<Json> {
    let boards = view.read().iter().filter(|(item, ..)| matches!(item, MenuItem::Dashboard(_))).take(BOARDS);
    boards.map(|(_, label, href)| json!({"label": label, "href": href})).collect()
}

/// The lists of the task centre as numbers.
fn counted(view: &View) -> Result<Vec<Json>, Problem> {
    let counts = view.book.task_counts(&view.actor)?;
    let root = format!("{}/tasks", view.root);
    let tile = |count: usize, en: &str, zh: &str, list: &str| {
        let label = if view.language == Language::Zh { zh } else { en };
        json!({"count": count, "label": label, "href": format!("{root}?list={list}"), "hot": list == "todo" && count > 0})
    };
    Ok(vec![
        tile(counts.todo, "To decide", "待办", "todo"),
        tile(counts.started, "Submitted by me", "我发起的", "started"),
        tile(counts.cc, "Copies", "抄送我的", "cc"),
    ])
}

/// The objects of the menu that have an owner.
fn owned(view: &View) -> impl Iterator<Item = (&Object, Name)> {
    let names = view.catalog.book.menu.iter().flat_map(|module| module.objects());
    names.filter_map(|name| {
        let object = view.catalog.object(name)?;
        let owner = object.owner.filter(|owner| object.kind_of(*owner) == Some(&FieldType::User))?;
        let asked = !view.eyes().unasked(name).unwrap_or_default().contains(&owner.into());
        asked.then_some((object.as_ref(), owner))
    })
}

fn own(owner: Name) -> Filter {
    Filter::Compare(Comparison {
        through: Vec::new(),
        field: owner,
        kind: FieldType::User,
        op: Op::Eq,
        with: vec![Operand::Me],
    })
}

fn rows(view: &View, object: &Object, filter: Filter) -> Result<Json, Problem> {
    let query = Query { object: object.name, filter, sort: Vec::new(), limit: SHOWN, after: None };
    let found = view.book.list(&query, &view.actor)?;
    let rows = found.records.iter().map(|record| {
        let title = view.title(object.name, record.id);
        let state = view.state(&view.catalog, record).map(|(label, tone)| json!({"label": label, "tone": tone}));
        json!({
            "title": title, "number": record.number.as_deref().filter(|number| *number != title), "state": state,
            "href": view.record_href(object.name, record.id),
            "when": locale::ago(record.updated_at, view.now, view.zone(), view.language),
        })
    });
    Ok(Json::Array(rows.collect()))
}
