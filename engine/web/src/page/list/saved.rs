//! Views of a list or report that people keep: records of the system object `list_view`, so that they are the same on every
//! machine. One without a name is how its owner sees the list when nothing else is asked for.

use std::collections::HashMap;

use formwork_catalog::{
    filter::{Comparison, Filter, Op, Operand},
    object::Object,
};
use formwork_model::{code, field_type::FieldType, id::RecordId, name::Name, record::Record, text, value::Value};
use formwork_runtime::{
    command::{Input, Request},
    query::Query,
    rejection::Rejection,
};
use serde_json::{Value as Json, json};

use super::Asked;
use crate::{
    api::Answer,
    ask::Ask,
    error::Problem,
    page::{
        typed::Typed,
        view::{View, redirect, with_did},
    },
};

/// Views of one list that are looked at.
const MOST: usize = 100;
/// What belongs to one visit and not to a view.
const PASSING: [&str; 5] = ["after", "panel", "did", "saved", "month"];

/// A view that somebody keeps.
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub(crate) id: RecordId,
    name: String,
    own: bool,
    shared: bool,
    columns: String,
    query: String,
}

fn kind() -> Name {
    Name::intern("list_view")
}

/// The views of something that the reader keeps or others share: of a list by the name of its object.
pub(crate) fn all(view: &View, of: &str) -> Result<Vec<Saved>, Problem> {
    let filter = Filter::Compare(Comparison {
        through: Vec::new(),
        field: Name::intern("of"),
        kind: FieldType::Text,
        op: Op::Eq,
        with: vec![Operand::Value(Value::text(of))],
    });
    let query = Query { object: kind(), filter, sort: Vec::new(), limit: MOST, after: None };
    let found = view.book.list(&query, &view.actor)?;
    let saved = found.records.iter().map(|record| read(view, record));
    let mut saved: Vec<Saved> = saved.filter(|saved| saved.own || saved.shared).collect();
    saved.sort_by_key(|saved| (!saved.own, saved.name.clone()));
    Ok(saved)
}

fn read(view: &View, record: &Record) -> Saved {
    let text = |name: &str| {
        let value = record.fields.get(Name::intern(name));
        value.as_text().map(str::to_owned).unwrap_or_default()
    };
    Saved {
        id: record.id,
        name: text("name"),
        own: text("owner") == *view.actor.login,
        shared: *record.fields.get(Name::intern("for_everybody")) == Value::Bool(true),
        columns: text("columns"),
        query: text("query"),
    }
}

/// The view that the address names.
pub(crate) fn current<'s>(saved: &'s [Saved], typed: &Typed) -> Option<&'s Saved> {
    let id: RecordId = typed.filled("saved")?.parse().ok()?;
    saved.iter().find(|saved| saved.id == id && !saved.name.is_empty())
}

/// The columns that were chosen: of the view, else those the reader always sees.
pub(crate) fn columns<'s>(saved: &'s [Saved], typed: &Typed) -> Option<&'s str> {
    let own = || saved.iter().find(|saved| saved.own && saved.name.is_empty());
    let of_view = current(saved, typed).filter(|saved| !saved.columns.is_empty());
    of_view.or_else(own).map(|saved| saved.columns.as_str()).filter(|columns| !columns.is_empty())
}

/// The named views as links.
pub(crate) fn links(view: &View, saved: &[Saved], typed: &Typed, href: &str) -> Vec<Json> {
    let named = saved.iter().filter(|saved| !saved.name.is_empty());
    let chosen = current(saved, typed).map(|saved| saved.id);
    let links = named.map(|saved| {
        let note = if saved.own { "" } else { view.word("shared") };
        json!({"label": saved.name, "note": note, "href": address(href, saved), "current": chosen == Some(saved.id)})
    });
    links.collect()
}

fn address(href: &str, saved: &Saved) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    let kept = form_urlencoded::parse(saved.query.as_bytes()).filter(|(name, _)| !PASSING.contains(&&**name));
    out.extend_pairs(kept);
    out.append_pair("saved", &saved.id.to_string());
    format!("{href}?{}", out.finish())
}

/// What the panel for keeping a view needs.
pub(crate) fn panel(saved: &[Saved], asked: &Asked, names: &[Name]) -> Json {
    let current = current(saved, &asked.typed).filter(|saved| saved.own);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(asked.typed.pairs().filter(|(name, text)| !text.is_empty() && !PASSING.contains(name)));
    let columns = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(".");
    json!({
        "query": query.finish(), "columns": columns,
        "own": current.map(|saved| json!({"id": saved.id.to_string(), "name": saved.name, "shared": saved.shared})),
    })
}

/// `POST /{book}/{object}/views`
pub(crate) async fn keep(ask: Ask) -> Answer {
    let object = ask.object()?;
    let list = format!("/{}/{}", ask.served.name, object.name);
    keep_of(ask, object.name.as_str(), &list).await
}

/// Takes `do` (`keep`, `change`, `drop`), `name`, `shared`, `query`, `columns`, `id` of a view of something whose page
/// has this address.
pub(crate) async fn keep_of(ask: Ask, of: &str, page: &str) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let word = typed.filled("do").unwrap_or_default();
    let id = || {
        let id = typed.filled("id").and_then(|id| id.parse::<RecordId>().ok());
        id.ok_or_else(|| Problem::from(Rejection::no_record(kind())))
    };
    if word == "drop" {
        ask.write(Request::Delete { object: kind(), id: id()?, rev: None }, None).await?;
        return redirect(&with_did(page, "dropped_view"));
    }
    let Some(name) = typed.filled("name") else {
        let message = text!("a view needs a name", "视图需要名称");
        let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Problem::new(status, code!("required"), message).field("name"));
    };
    let text = |name: &str| Json::from(typed.filled(name).unwrap_or_default());
    let values = Input::from_iter([
        ("name".to_owned(), Json::from(name)),
        ("for_everybody".to_owned(), Json::from(typed.filled("shared").is_some())),
        ("query".to_owned(), text("query")),
        ("columns".to_owned(), text("columns")),
    ]);
    let request = if word == "change" {
        Request::Update { object: kind(), id: id()?, rev: None, values }
    } else {
        new(&ask, of, values)
    };
    let written = ask.write(request, None).await?;
    let Some(record) = written.record else { return redirect(page) };
    let saved = read(&View::of(&ask), &record);
    redirect(&with_did(&address(page, &saved), "kept_view"))
}

fn new(ask: &Ask, of: &str, mut values: Input) -> Request {
    values.insert("of".into(), Json::from(of));
    values.insert("owner".into(), Json::from(&*ask.actor.login));
    Request::Create { object: kind(), values }
}

/// Keeps which columns the reader sees: in the view that is open when it is theirs, else for the list.
pub(crate) async fn keep_columns(
    ask: &Ask,
    object: &Object,
    columns: &str,
    open: Option<RecordId>,
) -> Result<(), Problem> {
    let (view, name) = (View::of(ask), object.name);
    let saved = ask.blocking(move |_| Ok(all(&view, name.as_str()))).await??;
    let own: HashMap<bool, RecordId> = saved
        .iter()
        .filter(|saved| saved.own && (saved.name.is_empty() || Some(saved.id) == open))
        .map(|saved| (saved.name.is_empty(), saved.id))
        .collect();
    let values = Input::from_iter([("columns".to_owned(), Json::from(columns))]);
    let request = match own.get(&false).or_else(|| own.get(&true)) {
        Some(id) => Request::Update { object: kind(), id: *id, rev: None, values },
        None => new(ask, object.name.as_str(), values),
    };
    ask.write(request, None).await.map(drop)
}
