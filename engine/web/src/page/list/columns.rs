//! The columns of a list: as its form says, or as the reader chose.

use formwork_catalog::object::Object;
use formwork_definition::kind::role::May;
use formwork_model::{field_path::FieldPath, field_type::FieldType, name::Name};
use serde_json::{Value as Json, json};

use super::{list_form, saved};
use crate::{
    api::Answer,
    ask::Ask,
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

/// The reader's own columns, else the form's; without what is not there for the reader.
pub(crate) fn chosen(view: &View, object: &Object, kept: Option<&str>, hidden: &[FieldPath]) -> Vec<Name> {
    let own: Vec<Name> = kept
        .into_iter()
        .flat_map(|kept| kept.split('.'))
        .filter_map(Name::find)
        .filter(|name| object.kind_of(*name).is_some_and(|kind| *kind != FieldType::Lines))
        .collect();
    let mut names = if own.is_empty() { columns_of(view, object) } else { own };
    names.retain(|name| !hidden.contains(&(*name).into()));
    names
}

/// Every field as a box to tick, those that are shown first.
pub(crate) fn choice(view: &View, object: &Object, shown: &[Name], hidden: &[FieldPath]) -> Json {
    let system = ["number", "state", "created_at", "created_by", "updated_at", "updated_by"].map(Name::intern);
    let fields = object.fields.iter().filter(|field| field.kind != FieldType::Lines).map(|field| field.name);
    let rest = fields.chain(system).filter(|name| !shown.contains(name) && !hidden.contains(&(*name).into()));
    let all = shown.iter().copied().chain(rest).map(|name| {
        json!({"value": name.as_str(), "label": view.field_label(object, name), "selected": shown.contains(&name)})
    });
    Json::Array(all.collect())
}

/// The columns that can be changed where they stand, as far as that can be said for all rows together.
pub(crate) fn editable(view: &View, object: &Object, names: &[Name]) -> Vec<Name> {
    if object.append_only || !view.may_some(object.name, May::Update) {
        return Vec::new();
    }
    let plain = |kind: &FieldType| {
        !matches!(kind, FieldType::Lines | FieldType::File | FieldType::Files | FieldType::LongText | FieldType::Json)
    };
    let form = object.edit_form.and_then(|form| view.catalog.forms.get(&form));
    let known = |name: Name| form.is_none_or(|form| form.places().any(|(_, place)| place.field == name));
    let changes = |name: &&Name| {
        object.field(**name).is_some_and(|field| field.is_input() && !field.fixed && plain(&field.kind))
            && known(**name)
    };
    names.iter().filter(changes).copied().collect()
}

/// `POST /{book}/{object}/columns`
pub(crate) async fn keep(ask: Ask) -> Answer {
    let object = ask.object()?;
    let typed = Typed::read(&ask.call.body);
    let names = typed.all("column").into_iter().filter_map(Name::find).filter(|name| object.kind_of(*name).is_some());
    let names: Vec<&str> = names.map(|name| name.as_str()).collect();
    let names = if typed.filled("reset").is_some() { String::new() } else { names.join(".") };
    let open = typed.filled("saved").and_then(|id| id.parse().ok());
    saved::keep_columns(&ask, &object, &names, open).await?;
    let root = format!("/{}", ask.served.name);
    redirect(&back_to(typed.filled("back"), &root, format!("{root}/{}", object.name)))
}
