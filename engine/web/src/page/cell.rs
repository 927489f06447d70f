//! One field of a record, changed where it stands in a list.

use axum::http::StatusCode;
use formwork_model::{field_type::FieldType, name::Name};
use serde_json::{Value as Json, json};

use super::{
    edit::{Sheet, known},
    layout::boxes,
    refused::Refused,
    typed::Typed,
    view::{View, back_to, redirect, with_did},
};
use crate::{
    api::Answer,
    ask::{Ask, not_found},
    error::Problem,
};

fn sheet(view: &View, (object, id): &(String, String)) -> Result<Sheet, Problem> {
    let (object, id) = known(view, object, id)?;
    let shown = view.eyes().get(object.name, id)?;
    Sheet::new(view, object.name.as_str(), Some(shown))
}

fn page(
    view: &View,
    (place, field): (&(String, String), &str),
    typed: Option<&Typed>,
    back: &str,
    problem: Option<&Problem>,
) -> Result<Json, Problem> {
    let mut sheet = sheet(view, place)?;
    if let Some(typed) = typed {
        sheet.fill_in(view, typed);
    }
    let mut sections = sheet.sections(view);
    let name = Name::find(field);
    for section in &mut sections {
        let hidden = section.hidden;
        section.spots.retain(|spot| {
            let plain = !matches!(spot.field.kind, FieldType::Lines | FieldType::File | FieldType::Files);
            Some(spot.field.name) == name && plain && !hidden && !spot.hidden && !spot.read_only
        });
        section.label.clear();
        section.tab = None;
    }
    sections.retain(|section| !section.spots.is_empty());
    let Some(label) = sections.first().and_then(|section| section.spots.first()).map(|spot| &spot.field.label) else {
        return Err(not_found("field", field));
    };
    let refused = problem.map(|problem| Refused::of(view, &sheet.object, &sections, problem)).unwrap_or_default();
    let (object, id) = place;
    let href = format!("{}/{object}/{id}", view.root);
    let rev = typed.and_then(|typed| typed.filled("_rev")).map(str::to_owned);
    let rev = rev.or_else(|| sheet.draft.stored.as_ref().map(|record| record.rev.to_string()));
    let title = sheet.draft.stored.as_ref().map(|record| view.title(record.object, record.id));
    let body = json!({
        "action": format!("{href}/field/{field}"), "preview": "", "cancel": back, "button": view.word("save"), "rev": rev,
        "token": null, "kept": [{"name": "back", "value": back}], "text": title, "reason": null, "danger": false,
        "problems": refused.problems, "several_problems": refused.problems.len() > 1,
        "sections": boxes(view, &sheet.draft, &sections, typed, &refused.errors),
    });
    view.frame(object, view.say(label), body)
}

fn place(ask: &Ask) -> ((String, String), String) {
    let path = |name| ask.call.path(name).to_owned();
    ((path("object"), path("id")), path("field"))
}

/// `GET /{book}/{object}/{id}/field/{field}?back=`
pub(crate) async fn form(ask: Ask) -> Answer {
    let (at, field) = place(&ask);
    let query = Typed::read(ask.call.parts.uri.query().unwrap_or_default().as_bytes());
    ask.page("ask", StatusCode::OK, move |view| {
        let back = back_to(query.filled("back"), &view.root, format!("{}/{}", view.root, at.0));
        page(view, (&at, &field), None, &back, None)
    })
    .await
}

/// `POST /{book}/{object}/{id}/field/{field}`
pub(crate) async fn change(ask: Ask) -> Answer {
    let (at, field) = place(&ask);
    let typed = Typed::read(&ask.call.body);
    let root = format!("/{}", ask.served.name);
    let back = back_to(typed.filled("back"), &root, format!("{root}/{}", at.0));
    let (view, sent, here, name) = (View::of(&ask), typed.clone(), at.clone(), field.clone());
    let request = ask
        .blocking(move |_| {
            Ok((|| {
                let mut sheet = sheet(&view, &here)?;
                let mut values = sheet.fill_in(&view, &sent);
                values.retain(|known, _| *known == name);
                if values.is_empty() {
                    return Err(not_found("field", &name));
                }
                Ok(sheet.request(sent.filled("_rev").and_then(|rev| rev.parse().ok()), values))
            })())
        })
        .await??;
    match ask.write(request, None).await {
        Ok(_) => redirect(&with_did(&back, "saved")),
        Err(problem) if problem.is_ours() => Err(problem),
        Err(problem) => {
            ask.page("ask", problem.status(), move |view| {
                page(view, (&at, &field), Some(&typed), &back, Some(&problem))
            })
            .await
        }
    }
}
