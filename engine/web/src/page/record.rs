//! A record: what it holds, where it stands, what can be done with it, what happened to it.

mod approval;
mod asked;
mod past;
mod path;
mod related;
pub(crate) mod sharing;
mod why;
mod work;

pub(crate) use approval::{record_of, task_state, verdict, word_of};
pub(crate) use past::moves;
pub(crate) use path::{reachable, standing};

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_catalog::{
    catalog::Catalog,
    flow::{Node, NodeKind},
    form::Form,
    object::{Field, Object},
    role::Action,
};
use formwork_definition::kind::{form::Purpose, role::May};
use formwork_model::{
    field_type::{FieldType, Tone},
    id::RecordId,
    name::Name,
    record::{Fields, Record},
    text,
    text::Text,
};
use formwork_runtime::preview::Preview;
use formwork_runtime::{access::Shown, command::Request, flow::Offered};
use serde_json::{Value as Json, json};

use super::{
    admin::Part,
    edit::known,
    layout::{self, lay_out},
    recent,
    refused::Refused,
    remark::{files, files_box},
    shown::holder,
    typed::Typed,
    view::{View, redirect, with_did},
};
use crate::{api::Answer, ask::Ask, error::Problem};

/// Entries of the history on a page.
const ENTRIES: usize = 20;

/// `GET /{book}/{object}/{id}`
pub(crate) async fn record(ask: Ask) -> Answer {
    let (object, id) = (ask.call.path("object").to_owned(), ask.call.path("id").to_owned());
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    let seen = recent::with(&ask, &object, &id);
    let mut page = ask
        .page("record", StatusCode::OK, move |view| {
            let (live, id) = known(view, &object, &id)?;
            let shown = view.eyes().get(live.name, id)?;
            let before = query.filled("before").and_then(|before| before.parse().ok());
            page(view, &live, shown, before)
        })
        .await?;
    recent::keep(&mut page, seen);
    Ok(page)
}

/// The form a record is read in: the one for viewing, else the one for editing.
pub(crate) fn view_form<'c>(catalog: &'c Catalog, object: &Object) -> Option<&'c Form> {
    let view = |form: &&Form| form.object == object.name && form.purpose.contains(&Purpose::View);
    let form = catalog.forms.values().map(AsRef::as_ref).find(view);
    form.or_else(|| object.edit_form.and_then(|form| catalog.forms.get(&form)).map(AsRef::as_ref))
}

fn page(view: &View, live: &Arc<Object>, shown: Shown, before: Option<u64>) -> Result<Json, Problem> {
    let record = &shown.record.clone();
    let catalog = view.book.catalog_of(record)?;
    let object = catalog.object(live.name).unwrap_or(live).clone();
    let href = view.record_href(live.name, record.id);
    let draft = view.book.preview(&view.actor, (catalog.clone(), object.clone()), Some(shown))?;
    view.foresee(named(&object, &draft));
    let (tabs, sections) = shown_sections(view, &catalog, &object, &draft);
    let offered = view.book.offered(&view.actor, live.name, record.id)?;
    let (possible, impossible) = actions(view, &catalog, record, &offered, &href);
    let history = view.eyes().history(live.name, record.id, before, ENTRIES + 1)?;
    let older = history.get(ENTRIES - 1).filter(|_| history.len() > ENTRIES);
    let path = path::path(view, &catalog, record, &history);
    let entries = past::entries(view, &catalog, &object, record, history.iter().take(ENTRIES));
    let title = view.title(live.name, record.id);
    let number = record.number.as_deref().filter(|number| *number != title);
    // Whoever only works with the record reads it in the picture of the flow: after each edit it would stand everywhere.
    let told = catalog.release != view.catalog.release && Part::Instances.is_open(view);
    let pinned = told.then(|| {
        let (own, latest) = (short(&catalog.release), short(&view.catalog.release));
        view.say(&text!(
            "This record runs by release {own}, under which it was submitted; the latest is {latest}.",
            "该记录按提交时的版本 {own} 执行；最新版本为 {latest}。"
        ))
        .to_owned()
    });
    let may = |may: May| view.eyes().may(live.name, record.id, Action::May(may));
    let body = json!({
        "object": live.name.as_str(), "id": record.id.to_string(), "comment": format!("{href}/comment"), "attach": files_box(view, &Typed::default()),
        "seen": if before.is_none() { history.first().map_or(0, |entry| entry.seq) } else { newest(view, record)? },
        "list": {"href": view.list_href(live.name), "label": view.say(&object.label)},
        "href": href, "number": number, "facts": facts(view, &object, record),
        "state": view.state(&catalog, record).map(|(label, tone)| json!({"label": label, "tone": tone})),
        "actions": possible, "impossible": impossible,
        "edit": (!object.append_only && may(May::Update)?).then(|| format!("{href}/edit")),
        "copy": view.may_some(live.name, May::Create).then(|| format!("{}/new?_like={}", view.list_href(live.name), record.id)),
        "remove": (!object.append_only && may(May::Delete)?).then(|| format!("{href}/delete")),
        "prints": prints(view, record, &href)?, "flow": !record.flows.is_empty(), "release": pinned, "path": path, "tabs": tabs, "sections": sections,
        "related": related::related(view, live, record)?,
        "approval": approval::panel(view, &catalog, record, &href)?,
        "work": work::work(view, record, &href)?, "sharing": sharing::panel(view, &object, record, &href)?,
        "history": entries, "older": older.map(|entry| format!("{href}?before={}", entry.seq)),
    });
    view.frame(live.name.as_str(), &title, body)
}

/// The pages it can be printed as: `one` alone is a button of its own.
fn prints(view: &View, record: &Record, href: &str) -> Result<Json, Problem> {
    let pages = view.eyes().prints(record.object, record.id)?;
    let link = |(name, label): &(Name, Text)| json!({"href": format!("{href}/print/{name}"), "label": view.say(label)});
    let mut links: Vec<Json> = pages.iter().map(link).collect();
    Ok(match links.len() {
        0 => Json::Null,
        1 => json!({"one": links.pop()}),
        _ => json!({"several": links}),
    })
}

/// The last entry of the history that the reader sees; 0 when there is none.
fn newest(view: &View, record: &Record) -> Result<u64, Problem> {
    Ok(view.eyes().history(record.object, record.id, None, 1)?.first().map_or(0, |entry| entry.seq))
}

/// `POST /{book}/{object}/{id}/comment` with `text`, `files`, or both: says something about the record; `@login` tells somebody.
pub(crate) async fn comment(ask: Ask) -> Answer {
    let object = ask.object()?;
    let typed = Typed::read(&ask.call.body);
    let id = ask.record(object.name)?;
    let text = typed.filled("text").map(str::to_owned);
    let href = format!("/{}/{}/{id}", ask.served.name, object.name);
    match ask.write(Request::Comment { object: object.name, id, files: files(&typed) }, text.clone()).await {
        Ok(_) => redirect(&with_did(&href, "comment")),
        Err(problem) if problem.is_ours() || problem.status() == StatusCode::NOT_FOUND => Err(problem),
        Err(problem) => {
            ask.page("ask", problem.status(), move |view| {
                let refused = Refused::of(view, &object, &[], &problem);
                let body = json!({
                    "action": format!("{href}/comment"), "preview": "", "cancel": href, "button": view.word("say_it"),
                    "rev": null, "token": null, "kept": [], "text": view.title(object.name, id), "danger": false,
                    "reason": {"name": "text", "label": view.word("comment"), "required": false, "value": text, "error": null},
                    "sections": [{"at": 0, "label": "", "hidden": false, "fields": [files_box(view, &typed)]}],
                    "problems": refused.problems, "several_problems": refused.problems.len() > 1,
                });
                view.frame(object.name.as_str(), view.word("comment"), body)
            })
            .await
        }
    }
}

/// The beginning of a release's hash.
pub(crate) fn short(release: &str) -> String {
    release.chars().take(8).collect()
}

/// The records that the fields and lines of a record refer to.
fn named(object: &Object, draft: &Preview) -> Vec<(Name, RecordId)> {
    let of = |field: &Field, fields: &Fields| match &field.kind {
        FieldType::Ref(to) => fields.get(field.name).as_ref_id().map(|id| (*to, id)),
        _ => None,
    };
    let mut found: Vec<(Name, RecordId)> = object.fields.iter().filter_map(|field| of(field, &draft.fields)).collect();
    for lines in object.fields.iter().filter(|field| !field.lines.is_empty()) {
        let rows = draft.fields.get(lines.name).rows();
        found.extend(rows.iter().flat_map(|row| lines.lines.iter().filter_map(|field| of(field, &row.fields))));
    }
    found
}

fn shown_sections(view: &View, catalog: &Catalog, object: &Object, draft: &Preview) -> (Json, Json) {
    let sections = lay_out(view, draft, view_form(catalog, object));
    let (tabs, places) = layout::tabs(&sections);
    let shown = sections.iter().zip(places).filter(|(section, _)| !section.hidden).map(|(section, tab)| {
        let spots = section.spots.iter().filter(|spot| !spot.hidden);
        let fields = spots.map(|spot| {
            let field = spot.field;
            let value = draft.fields.get(field.name);
            let label = view.say(&field.label);
            let mut out = json!({"label": label, "num": field.kind.is_number(), "why": why(object, field.name)});
            let part = if field.lines.is_empty() {
                ("shown", view.shown_of(holder(&draft.stored), &field.kind, value))
            } else {
                ("lines", view.lines(draft, field, value))
            };
            if let Json::Object(out) = &mut out {
                out.insert(part.0.to_owned(), part.1);
                // A section that is nothing but its lines needs their name once.
                if !field.lines.is_empty() && section.label == label {
                    out.insert("label".into(), json!(""));
                }
                out.insert("wide".into(), json!(matches!(field.kind, formwork_model::field_type::FieldType::LongText)));
            }
            out
        });
        json!({
            "label": section.label, "fields": fields.collect::<Vec<_>>(), "tab": tab.map(|tab| tab.to_string()),
            "begins": section.tab.is_some(),
        })
    });
    let shown = Json::Array(shown.collect());
    (tabs, shown)
}

/// What computes a field.
fn why(object: &Object, field: Name) -> Option<String> {
    let own = object.computed.iter().find(|computed| computed.lines.is_none() && computed.field == field)?;
    Some(own.program.text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Who is responsible, and when it was changed last.
fn facts(view: &View, object: &Object, record: &Record) -> Json {
    let mut facts = Vec::new();
    if let Some(owner) = object.owner.and_then(|owner| object.field(owner)) {
        let value = record.fields.get(owner.name);
        if !value.is_empty() {
            facts.push(json!({"label": view.say(&owner.label), "shown": view.shown(&owner.kind, value)}));
        }
    }
    let when = super::locale::ago(record.updated_at, view.now, view.zone(), view.language);
    let who = view.person(&record.updated_by);
    let changed = view.say(&text!("changed {when} by {who}", "{who} 修改于{when}")).to_owned();
    facts.push(json!({"label": "", "shown": {"text": changed}}));
    Json::Array(facts)
}

/// What can be done, as buttons; and what can't, with the reason.
fn actions(view: &View, catalog: &Catalog, record: &Record, offered: &[Offered], href: &str) -> (Json, Json) {
    let object = catalog.object(record.object);
    let label = |offer: &Offered| match offer.item {
        Some(item) => format!("{} ({item})", view.say(&offer.label)),
        None => view.say(&offer.label).to_owned(),
    };
    let possible = offered.iter().enumerate().filter(|(_, offer)| offer.refused.is_none()).map(|(at, offer)| {
        let direct = offer.form.is_none() && offer.reason.is_none() && offer.require.is_empty();
        json!({
            "label": label(offer), "href": format!("{href}/act/{}?token={}", offer.action, offer.token),
            "direct": direct, "rev": record.rev, "main": at == 0 && leads_on(catalog, offer),
        })
    });
    let impossible = offered.iter().filter_map(|offer| {
        let why = offer.refused.as_ref()?.message.get(view.language);
        let why = object.map_or_else(|| why.to_owned(), |object| super::refused::plain(view, object, why));
        Some(json!({"label": label(offer), "why": why}))
    });
    (Json::Array(possible.collect()), Json::Array(impossible.collect()))
}

/// Whether an action is what usually comes next: not one that gives up what the flow is about. Where a flow says which
/// ends are good, the others are not.
fn leads_on(catalog: &Catalog, offer: &Offered) -> bool {
    let flow = catalog.flows.get(&offer.flow);
    let node = flow.and_then(|flow| flow.node(offer.node));
    let action = node.and_then(|node| node.actions().iter().find(|action| action.name == offer.action));
    let (Some(flow), Some(action)) = (flow, action) else { return true };
    let is_end = |node: &Node| matches!(node.kind, NodeKind::End { .. });
    let names_good = flow.nodes.values().any(|node| is_end(node) && flow.tone(node) == Tone::Good);
    let gives_up = |name: &Name| {
        let to = flow.node(*name);
        to.is_some_and(|to| match flow.tone(to) {
            Tone::Bad => true,
            tone => names_good && is_end(to) && tone != Tone::Good,
        })
    };
    !action.to.iter().any(gives_up)
}
