//! Filling in a record: a new one, or another version of one that is there.

use std::sync::Arc;

use axum::http::StatusCode;
use formwork_catalog::{form::Form, object::Object, role::Action};
use formwork_definition::kind::role::May;
use formwork_model::{code, id::RecordId, name::Name, text};
use formwork_runtime::{
    access::Shown,
    command::{Command, Input, Request},
    diff,
    preview::Preview,
};
use serde_json::{Map, Value as Json, json};

use super::{
    layout::{Errors, Section, boxes, lay_out, sendable, tabs, typed_in},
    refused::Refused,
    shown::holder,
    typed::Typed,
    view::{View, redirect, with_did},
};
use crate::{
    api::{self, Answer},
    ask::Ask,
    error::Problem,
};

/// What is filled in.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) object: Arc<Object>,
    pub(crate) draft: Preview,
    form: Option<Arc<Form>>,
}

impl Sheet {
    /// The form for a new record or for this one, in the release that decides it.
    pub(crate) fn new(view: &View, object: &str, stored: Option<Shown>) -> Result<Self, Problem> {
        let live = view.object(object)?;
        match &stored {
            Some(shown) => view.eyes().require_of((live.name, shown.record.id), May::Update)?,
            None => view.eyes().require_some(live.name, Action::May(May::Create))?,
        }
        let catalog = match &stored {
            Some(shown) => view.book.catalog_of(&shown.record)?,
            None => view.catalog.clone(),
        };
        let object = catalog.object(live.name).cloned().unwrap_or(live);
        let form = if stored.is_some() { object.edit_form } else { object.create_form };
        let form = form.and_then(|form| catalog.forms.get(&form)).cloned();
        let id = stored.as_ref().map(|shown| shown.record.id);
        let settable = view.eyes().settable(object.name, id)?;
        let draft = view.book.preview(&view.actor, (catalog, object.clone()), stored)?.with_settable(settable);
        Ok(Self { object, draft, form })
    }

    pub(crate) fn sections(&self, view: &View) -> Vec<Section<'_>> {
        lay_out(view, &self.draft, self.form.as_deref())
    }

    /// What was typed, as far as the form has it.
    fn values(&self, view: &View, typed: &Typed) -> Input {
        typed_in(view, &self.sections(view), typed, self.draft.stored.is_none())
    }

    /// Puts what was typed into the draft, with what the engine computes from it, and answers what may be saved of it:
    /// what the form then hides or only shows is none of the user's doing.
    pub(crate) fn fill_in(&mut self, view: &View, typed: &Typed) -> Input {
        let values = self.values(view, typed);
        self.draft.type_in(&values);
        let values = sendable(&self.sections(view), values);
        if let Ok(changes) = view.book.dry_run(&Command::new(view.actor.clone(), self.request(None, values.clone())))
            && let Some(record) = changes.outcome.record
        {
            self.draft.fields = record.fields;
        }
        values
    }

    pub(crate) fn request(&self, rev: Option<u64>, values: Input) -> Request {
        let object = self.object.name;
        match &self.draft.stored {
            Some(record) => Request::Update { object, id: record.id, rev, values },
            None => Request::Create { object, values },
        }
    }
}

/// `GET /{book}/{object}/new`: with values behind the `?`, or like another record.
pub(crate) async fn new(ask: Ask) -> Answer {
    let (object, query) = (ask.call.path("object").to_owned(), given(&ask));
    ask.page("edit", StatusCode::OK, move |view| {
        let mut sheet = Sheet::new(view, &object, None)?;
        if let Some(like) = query.filled("_like") {
            let id = view.record_id(sheet.object.name, like)?;
            let record = view.eyes().get(sheet.object.name, id)?.record;
            for field in sheet.object.fields.iter().filter(|field| field.is_input() && !field.fixed) {
                sheet.draft.fields.set(field.name, record.fields.get(field.name).clone());
            }
        } else {
            let values = sheet.values(view, &query);
            sheet.draft.type_in(&values);
        }
        page(view, &sheet, None, &Refused::default(), None)
    })
    .await
}

/// `GET /{book}/{object}/{id}/edit`
pub(crate) async fn edit(ask: Ask) -> Answer {
    let (object, id) = (ask.call.path("object").to_owned(), ask.call.path("id").to_owned());
    ask.page("edit", StatusCode::OK, move |view| {
        let known = view.object(&object)?;
        let record = view.eyes().get(known.name, view.record_id(known.name, &id)?)?;
        let sheet = Sheet::new(view, &object, Some(record))?;
        page(view, &sheet, None, &Refused::default(), None)
    })
    .await
}

fn given(ask: &Ask) -> Typed {
    Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes())
}

/// The values of the page.
fn page(
    view: &View,
    sheet: &Sheet,
    typed: Option<&Typed>,
    refused: &Refused,
    conflict: Option<Json>,
) -> Result<Json, Problem> {
    let (object, stored) = (&sheet.object, sheet.draft.stored.as_ref());
    let label = view.say(&object.label);
    let list = view.list_href(object.name);
    let laid = sheet.sections(view);
    let (tabs, _) = tabs(&laid);
    let sections = boxes(view, &sheet.draft, &laid, typed, &refused.errors);
    let (title, here, record) = match stored {
        Some(record) => {
            let title = view.title(object.name, record.id);
            let href = view.record_href(object.name, record.id);
            let number = record.number.as_deref().unwrap_or(&title).to_owned();
            let shown = view.say(&text!("Edit {title}", "编辑 {title}")).to_owned();
            (shown, href.clone(), json!({"href": href, "number": number}))
        }
        None => (view.say(&text!("New {label}", "新建{label}")).to_owned(), format!("{list}/new"), Json::Null),
    };
    let cancel = if stored.is_some() { here.clone() } else { list.clone() };
    let action = if stored.is_some() { format!("{here}/edit") } else { here.clone() };
    let rev = typed.and_then(|typed| typed.filled("_rev")).map(str::to_owned);
    let rev = if conflict.is_some() { None } else { rev }.or_else(|| stored.map(|record| record.rev.to_string()));
    let body = json!({
        "action": action, "kind": "edit", "preview": format!("{here}/preview"), "draft": format!("{action}@{}", rev.clone().unwrap_or_default()),
        "private": object.sensitive().map(|field| field.name.as_str()).collect::<Vec<_>>().join(" "),
        "rev": rev, "list": {"href": list, "label": label}, "record": record, "cancel": cancel,
        "tabs": tabs, "sections": sections, "problems": refused.problems, "several_problems": refused.problems.len() > 1,
        "conflict": conflict,
    });
    view.frame(object.name.as_str(), &title, body)
}

/// `POST /{book}/{object}/new`
pub(crate) async fn create(ask: Ask) -> Answer {
    save(ask, false).await
}

/// `POST /{book}/{object}/{id}/edit`
pub(crate) async fn update(ask: Ask) -> Answer {
    save(ask, true).await
}

async fn save(ask: Ask, stored: bool) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let (dropped, more) = (typed.filled("_drop").map(str::to_owned), typed.filled("_more").is_some());
    let typed = match &dropped {
        Some(line) => typed.without(&format!("{line}.")),
        None => typed,
    };
    // After a conflict, what they saved stays where the user said so.
    let theirs: Vec<String> = typed
        .pairs()
        .filter(|(_, side)| *side == "theirs")
        .filter_map(|(name, _)| name.strip_prefix("_side."))
        .map(str::to_owned)
        .collect();
    let typed = theirs.iter().fold(typed, |typed, name| typed.without_field(name));
    let place = (ask.call.path("object").to_owned(), stored.then(|| ask.call.path("id").to_owned()));
    if dropped.is_some() || more {
        return again(&ask, place, typed, None).await;
    }
    let view = View::of(&ask);
    let (at, sent) = (place.clone(), typed.clone());
    let (request, here) = ask.blocking(move |_| Ok(ready(&view, &at, &sent))).await??;
    match ask.write(request, None).await {
        Ok(outcome) => {
            let (list, id) = (format!("/{}/{}", ask.served.name, place.0), outcome.record.map(|record| record.id));
            let to = match (typed.last("_then"), id) {
                (Some("list"), _) | (_, None) => list,
                (_, Some(id)) => format!("{list}/{id}"),
            };
            redirect(&with_did(&to, if here { "saved" } else { "created" }))
        }
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => again(&ask, place, typed, Some(problem)).await,
    }
}

/// The command that what was typed comes to, and whether it changes a record that is there.
fn ready(view: &View, (object, id): &(String, Option<String>), typed: &Typed) -> Result<(Request, bool), Problem> {
    let known = view.object(object)?;
    let stored = match id {
        Some(id) => Some(view.eyes().get(known.name, view.record_id(known.name, id)?)?),
        None => None,
    };
    let is_there = stored.is_some();
    let mut sheet = Sheet::new(view, object, stored)?;
    let values = sheet.fill_in(view, typed);
    let rev = typed.filled("_rev").and_then(|rev| rev.parse().ok());
    Ok((sheet.request(rev, values), is_there))
}

/// The form once more, with everything that was typed.
async fn again(ask: &Ask, (object, id): (String, Option<String>), typed: Typed, problem: Option<Problem>) -> Answer {
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let status = problem.as_ref().map_or(status, Problem::status);
    ask.page("edit", status, move |view| {
        let known = view.object(&object)?;
        let stored = match id {
            Some(id) => Some(view.eyes().get(known.name, view.record_id(known.name, &id)?)?),
            None => None,
        };
        let mut sheet = Sheet::new(view, &object, stored.clone())?;
        sheet.fill_in(view, &typed);
        let clash = problem.as_ref().filter(|problem| problem.code() == code!("stale-rev"));
        if let Some(clash) = clash {
            let (conflict, untouched) = sides(view, &sheet, clash, typed.filled("_rev"))?;
            let typed = untouched.iter().fold(typed, |typed, name| typed.without_field(name.as_str()));
            let mut sheet = Sheet::new(view, &object, stored)?;
            sheet.fill_in(view, &typed);
            return page(view, &sheet, Some(&typed), &Refused::default(), Some(conflict));
        }
        let refused = match &problem {
            Some(problem) => Refused::of(view, &sheet.object, &sheet.sections(view), problem),
            None => Refused { errors: Errors::default(), problems: Vec::new() },
        };
        page(view, &sheet, Some(&typed), &refused, None)
    })
    .await
}

/// Both sides of a conflict, field by field, and the fields that only they changed since the form was opened at revision
/// `opened`: there what they saved is kept, as the user had nothing else in mind.
fn sides(view: &View, sheet: &Sheet, clash: &Problem, opened: Option<&str>) -> Result<(Json, Vec<Name>), Problem> {
    let who = sheet.draft.stored.as_ref().map(|record| view.person(&record.updated_by)).unwrap_or_default();
    let text = text!(
        "{who} has saved it since you opened it. Choose what each of these fields keeps; nothing else of yours is lost.",
        "您打开之后，{who} 已保存过此记录。请为下列字段选择保留哪一方的值，您填写的其他内容不会丢失。"
    );
    let (mut seen, mut untouched): (Vec<Name>, Vec<Name>) = (Vec::new(), Vec::new());
    let mut base = sheet.draft.stored.as_ref().map(|record| record.fields.clone()).unwrap_or_default();
    if let (Some(record), Some(Ok(rev))) = (&sheet.draft.stored, opened.map(str::parse)) {
        for (_, change) in view.eyes().changed_since((record.object, record.id), rev)? {
            diff::undo(&mut base, &change);
        }
    }
    let paths = clash.found().iter().skip(1).filter_map(|found| found.field.as_deref());
    let mut fields = Vec::new();
    for path in paths {
        let name = Name::find(path.split('[').next().unwrap_or(path));
        let Some(field) = name.and_then(|name| sheet.object.field(name)).filter(|field| field.is_input()) else {
            continue;
        };
        if seen.contains(&field.name) {
            continue;
        }
        seen.push(field.name);
        let theirs =
            sheet.draft.stored.as_ref().map(|record| record.fields.get(field.name).clone()).unwrap_or_default();
        let yours = sheet.draft.fields.get(field.name);
        if theirs == *yours {
            continue;
        }
        let kept = base.get(field.name) == yours;
        if kept {
            untouched.push(field.name);
        }
        fields.push(json!({
            "name": field.name.as_str(), "label": view.say(&field.label), "kept": kept,
            "theirs": view.shown_of(holder(&sheet.draft.stored), &field.kind, &theirs), "yours": view.shown(&field.kind, yours),
        }));
    }
    Ok((json!({"text": view.say(&text), "fields": fields}), untouched))
}

/// `POST /{book}/{object}/new/preview` and `/{book}/{object}/{id}/preview`: what the form would show, as it is filled
/// in now. Nothing is written.
pub(crate) async fn preview(ask: Ask) -> Answer {
    let typed = Typed::read(&ask.call.body);
    let (object, id) = (ask.call.path("object").to_owned(), ask.call.path("id").to_owned());
    let view = View::of(&ask);
    let body = ask
        .blocking(move |_| {
            Ok((|| {
                let known = view.object(&object)?;
                let stored = match id.as_str() {
                    "" => None,
                    id => Some(view.eyes().get(known.name, view.record_id(known.name, id)?)?),
                };
                let mut sheet = Sheet::new(&view, &object, stored)?;
                sheet.fill_in(&view, &typed);
                Ok(conditions(&view, &sheet.draft, &sheet.sections(&view)))
            })())
        })
        .await
        .and_then(|built: Result<Json, Problem>| built)?;
    Ok(api::json(StatusCode::OK, &body))
}

/// What holds for each section and field, and what is computed.
pub(crate) fn conditions(view: &View, draft: &Preview, sections: &[Section<'_>]) -> Json {
    let mut fields = Map::new();
    for spot in sections.iter().flat_map(|section| &section.spots) {
        let name = spot.field.name;
        let mut state = json!({"hidden": spot.hidden, "required": spot.required && !spot.read_only});
        if let Json::Object(state) = &mut state {
            let value = draft.fields.get(name);
            if !spot.field.lines.is_empty() {
                let rows = value.rows().iter().map(|row| {
                    let fixed = draft.line_fields(spot.field).into_iter().filter(|(_, settable)| !settable);
                    fixed.map(|(line, _)| view.plain(&line.kind, row.fields.get(line.name))).collect::<Vec<_>>()
                });
                state.insert("rows".into(), json!(rows.collect::<Vec<_>>()));
            } else if spot.read_only {
                state.insert("shown".into(), json!(view.plain(&spot.field.kind, value)));
            }
        }
        fields.insert(name.to_string(), state);
    }
    let sections: Vec<bool> = sections.iter().map(|section| section.hidden).collect();
    json!({"sections": sections, "fields": fields})
}

/// The record that a path names, with its id; for handlers below this folder.
pub(crate) fn known(view: &View, object: &str, id: &str) -> Result<(Arc<Object>, RecordId), Problem> {
    let object = view.object(object)?;
    let id = view.record_id(object.name, id)?;
    Ok((object, id))
}
