//! The columns of a list: as its form says, or as the reader chose, which this browser keeps.

use axum::http::{HeaderMap, HeaderValue, header as names};
use formwork_catalog::object::Object;
use formwork_model::{field_type::FieldType, name::Name};
use serde_json::{Value as Json, json};

use super::list_form;
use crate::{
    api::Answer,
    ask::Ask,
    header,
    page::{
        typed::Typed,
        view::{View, back_to, redirect},
    },
};

/// Columns of a list without a form.
const DEFAULT: usize = 6;

/// The columns of the form, or what a list without one shows.
pub(crate) fn columns_of(view: &View, object: &Object) -> Vec<Name> {
    if let Some(form) = list_form(view, object).filter(|form| !form.columns.is_empty()) {
        return form.columns.clone();
    }
    let mut names: Vec<Name> = Vec::new();
    names.extend(object.number.as_ref().map(|_| Name::intern("number")));
    names.extend(object.title);
    let plain =
        |kind: &FieldType| !matches!(kind, FieldType::Lines | FieldType::LongText | FieldType::Json | FieldType::Files);
    let more = object.fields.iter().filter(|field| plain(&field.kind) && Some(field.name) != object.title);
    names.extend(more.map(|field| field.name).take(DEFAULT));
    if view.catalog.main_flow(object.name).is_some() {
        names.push(Name::intern("state"));
    }
    names
}

/// The reader's own columns, else the form's.
pub(crate) fn chosen(view: &View, object: &Object, kept: Option<&str>) -> Vec<Name> {
    let own: Vec<Name> = kept
        .into_iter()
        .flat_map(|kept| kept.split('.'))
        .filter_map(Name::find)
        .filter(|name| object.kind_of(*name).is_some_and(|kind| *kind != FieldType::Lines))
        .collect();
    if own.is_empty() { columns_of(view, object) } else { own }
}

/// Every field as a box to tick, those that are shown first.
pub(crate) fn choice(view: &View, object: &Object, shown: &[Name]) -> Json {
    let system = ["number", "state", "created_at", "created_by", "updated_at", "updated_by"].map(Name::intern);
    let fields = object.fields.iter().filter(|field| field.kind != FieldType::Lines).map(|field| field.name);
    let rest = fields.chain(system).filter(|name| !shown.contains(name));
    let all = shown.iter().copied().chain(rest).map(|name| {
        json!({"value": name.as_str(), "label": view.field_label(object, name), "selected": shown.contains(&name)})
    });
    Json::Array(all.collect())
}

fn cookie(object: &str) -> String {
    format!("formwork-columns-{object}")
}

/// What this browser keeps for a list.
pub(crate) fn kept(headers: &HeaderMap, object: &str) -> Option<String> {
    header::cookie(headers, &cookie(object)).filter(|kept| !kept.is_empty())
}

/// `POST /{book}/{object}/columns`
pub(crate) async fn keep(ask: Ask) -> Answer {
    let object = ask.object()?;
    let typed = Typed::read(&ask.call.body);
    let names = typed.all("column").into_iter().filter_map(Name::find).filter(|name| object.kind_of(*name).is_some());
    let names: Vec<&str> = names.map(|name| name.as_str()).collect();
    let names = if typed.filled("reset").is_some() { String::new() } else { names.join(".") };
    let root = format!("/{}", ask.served.name);
    let to = back_to(typed.filled("back"), &root, format!("{root}/{}", object.name));
    let mut response = redirect(&to)?;
    let kept = header::keep_cookie(&cookie(object.name.as_str()), &names, &root);
    if let Ok(kept) = HeaderValue::try_from(kept) {
        response.headers_mut().append(names::SET_COOKIE, kept);
    }
    Ok(response)
}
