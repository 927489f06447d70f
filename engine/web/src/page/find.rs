//! Looking for something by a part of its words: as a page, as the palette, and while a reference is typed.

use axum::http::StatusCode;
use formwork_catalog::{filter::parse_filter, object::Object};
use formwork_model::{name::Name, record::Record, text};
use formwork_runtime::query::Query;
use serde_json::{Value as Json, json};

use super::{
    list::{everywhere, looked_through},
    marked::{around, marked},
    recent,
    typed::Typed,
    view::View,
};
use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
};

/// Hits of one kind of record, in the palette and for a reference.
const HITS: (usize, usize) = (5, 12);

/// `GET /{book}/search?q=`
pub(crate) async fn search(ask: Ask) -> Answer {
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.page("search", StatusCode::OK, move |view| {
        let q = query.filled("q").unwrap_or_default();
        let groups = if q.is_empty() { Vec::new() } else { groups(view, q)? };
        let nothing = groups.is_empty() && !q.is_empty();
        view.frame("search", view.word("search"), json!({"q": q, "groups": groups, "nothing": nothing}))
    })
    .await
}

/// `GET /{book}/find?q=` for the palette, `?object=&q=` for a reference.
pub(crate) async fn find(ask: Ask) -> Answer {
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let (view, seen) = (View::of(&ask), recent::cookie(&ask));
    let body = ask
        .blocking(move |_| {
            Ok((|| {
                let q = query.filled("q").unwrap_or_default();
                match query.filled("object") {
                    Some(object) => {
                        let object = view.object(object)?;
                        Ok(json!({"hits": hits(&view, &object, q, HITS.1)?}))
                    }
                    None => {
                        let mut all = if q.is_empty() { lately(&view, seen.as_deref()) } else { Vec::new() };
                        all.extend(pages(&view, q));
                        all.extend(if q.is_empty() { Vec::new() } else { groups(&view, q)? });
                        Ok(json!({"groups": all}))
                    }
                }
            })())
        })
        .await
        .and_then(|built: Result<Json, Problem>| built)?;
    Ok(api::json(StatusCode::OK, &body))
}

/// The objects of the menu, then the rest that people look for.
fn searched(view: &View) -> Vec<&Object> {
    let menu = view.catalog.book.menu.iter().flat_map(|module| module.objects());
    let names = menu.chain(Name::find("user"));
    names.filter_map(|name| view.catalog.object(name)).map(AsRef::as_ref).collect()
}

fn groups(view: &View, q: &str) -> Result<Vec<Json>, Problem> {
    let mut groups = Vec::new();
    for object in searched(view) {
        let hits = hits(view, object, q, HITS.0)?;
        if !hits.is_empty() {
            let all = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
            let all = (hits.len() == HITS.0).then(|| format!("{}?{all}", view.list_href(object.name)));
            groups.push(json!({"label": view.say(&object.label), "icon": "file", "hits": hits, "all": all}));
        }
    }
    Ok(groups)
}

/// Records with the text in their number or in a field of text; without a text, the newest.
fn hits(view: &View, object: &Object, q: &str, limit: usize) -> Result<Vec<Json>, Problem> {
    let json = if q.is_empty() { Some(json!({})) } else { everywhere(view, object, q) };
    let Some(json) = json else { return Ok(Vec::new()) };
    let filter = parse_filter(&*view.catalog, object.name, &json, view.zone()).map_err(Problem::filter)?;
    let query = Query { object: object.name, filter, sort: Vec::new(), limit, after: None };
    let found = view.book.list(&query, &view.actor)?;
    Ok(found.records.iter().map(|record| hit(view, object, record, q)).collect())
}

fn hit(view: &View, object: &Object, record: &Record, q: &str) -> Json {
    let title = view.title(object.name, record.id);
    let own = |name: &str| Name::find(name).and_then(|name| record.fields.get(name).as_text().map(str::to_owned));
    let number = record.number.as_deref().filter(|number| *number != title).map(str::to_owned);
    let state = view.state(&view.catalog, record).map(|(label, tone)| json!({"label": label, "tone": tone}));
    let (login, code) = (own("login"), own("code"));
    let parts = marked(&title, q);
    // What was found in the number is shown there, and not twice.
    let in_number = parts.is_none() && number.as_deref().is_some_and(|number| marked(number, q).is_some());
    let note = number.filter(|_| !in_number).or_else(|| login.clone()).or_else(|| code.clone());
    json!({
        "id": record.id.to_string(), "title": title, "note": note, "href": view.record_href(object.name, record.id),
        "login": login, "code": code, "state": state, "place": parts.is_none().then(|| place(view, object, record, q)).flatten(),
        "parts": parts,
    })
}

/// The field of a record that has the text, as the reader sees it; of a sensitive one only which it is.
fn place(view: &View, object: &Object, record: &Record, q: &str) -> Option<Json> {
    if let Some(parts) = record.number.as_deref().and_then(|number| marked(number, q)) {
        return Some(json!({"label": view.field_label(object, Name::find("number")?), "parts": parts}));
    }
    looked_through(view, object).into_iter().find_map(|field| {
        let parts = around(record.fields.get(field.name).as_text()?, q)?;
        let parts = if field.sensitive { json!([]) } else { parts };
        Some(json!({"label": view.say(&field.label), "parts": parts}))
    })
}

/// The records that the reader looked at last.
fn lately(view: &View, cookie: Option<&str>) -> Vec<Json> {
    let hits: Vec<Json> = match recent::records(view, cookie) {
        Json::Array(records) => {
            let hit = |record: &Json| json!({"title": record["title"], "note": record["kind"], "state": record["state"], "href": record["href"]});
            records.iter().take(HITS.0).map(hit).collect()
        }
        _ => Vec::new(),
    };
    if hits.is_empty() { hits } else { vec![json!({"label": view.word("recent"), "icon": "clock", "hits": hits})] }
}

/// Pages and new records whose words have the text.
fn pages(view: &View, q: &str) -> Vec<Json> {
    let wanted = q.to_lowercase();
    let mut hits = Vec::new();
    let mut add = |title: String, href: String| {
        if title.to_lowercase().contains(&wanted) {
            hits.push(json!({"title": title, "note": "", "href": href}));
        }
    };
    for (word, path) in [("start", ""), ("tasks", "/tasks"), ("messages", "/messages")] {
        add(view.word(word).to_owned(), format!("{}{path}", view.root));
    }
    let read = view.read();
    if !read.is_empty() {
        add(view.word("reports").to_owned(), format!("{}/reports", view.root));
    }
    for (_, label, href) in read {
        add(label.clone(), href.clone());
    }
    for object in searched(view) {
        let label = view.say(&object.label);
        add(label.to_owned(), view.list_href(object.name));
        let new = view.say(&text!("New {label}", "新建{label}")).to_owned();
        add(new, format!("{}/new", view.list_href(object.name)));
    }
    for part in super::admin::parts(view, "").unwrap_or_default() {
        add(text_of(&part, "label"), text_of(&part, "href"));
    }
    hits.truncate(if wanted.is_empty() { 30 } else { 8 });
    if hits.is_empty() { Vec::new() } else { vec![json!({"label": view.word("pages"), "icon": "list", "hits": hits})] }
}

fn text_of(entry: &Json, key: &str) -> String {
    entry[key].as_str().unwrap_or_default().to_owned()
}
