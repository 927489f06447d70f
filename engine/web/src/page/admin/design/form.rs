//! The designer of a form: sections and fields as they will stand, a palette of what the object has, and the form itself
//! beside it as people will fill it in.

use std::sync::Arc;

use formwork_catalog::{catalog::Catalog, form::Form, object::SYSTEM_FIELDS};
use formwork_definition::yaml::edit::Value;
use formwork_model::{name::Name, text};
use serde_json::{Value as Json, json};

use super::{
    fields::type_label,
    hand::{Hand, label, target},
    property::{Property, Widget, rest, shown, words},
    sheet::{Sheet, label_of},
};
use crate::{
    error::Problem,
    page::{
        admin::nothing,
        layout::{Errors, boxes, lay_out, tabs},
        typed::Typed,
        view::View,
    },
};

/// A field that the form can show.
struct Known {
    name: String,
    label: String,
    kind: String,
}

pub(super) fn page(view: &View, sheet: &Sheet) -> Json {
    let known = known(view, sheet);
    let places = places(sheet);
    let placed = places.iter().flat_map(|list| sheet.doc.keys(list).into_iter().map(move |at| format!("{list}/{at}")));
    let used: Vec<String> = placed.map(|path| field_at(sheet, &path)).collect();
    let free: Vec<Json> = known
        .iter()
        .filter(|field| !used.contains(&field.name))
        .map(|field| json!({"name": field.name, "label": field.label, "kind": field.kind}))
        .collect();
    let at = &*sheet.at;
    let properties = properties(view, sheet);
    let columns = is_list(sheet).then(|| json!({"into": "columns", "fields": rows(sheet, &known, "columns")}));
    let sections = sheet.doc.keys("sections");
    let last = sections.len().saturating_sub(1);
    let sections: Vec<Json> = (0..sections.len())
        .map(|place| {
            let path = format!("sections/{place}");
            let into = format!("{path}/fields");
            json!({
                "path": path, "into": into, "number": place + 1, "label": sheet.label(view, &format!("{path}/label")),
                "tab": sheet.label(view, &format!("{path}/tab")), "visible": sheet.doc.scalar(&format!("{path}/visible")),
                "fields": rows(sheet, &known, &into), "selected": sheet.at == path, "tone": sheet.tone(&path),
                "first": place == 0, "last": place == last, "target": at.starts_with(&path),
            })
        })
        .collect();
    json!({
        "free": free, "columns": columns, "sections": sections, "properties": shown(view, sheet, &properties),
        "rest": rest(view, sheet, &properties, &["columns", "field", "fields", "form", "sections"]),
        "panel": title(view, sheet, &known), "said": if at.is_empty() { Vec::new() } else { sheet.said(Some(at)) },
        "preview": preview(view, sheet), "targets": targets(view, sheet),
    })
}

fn is_list(sheet: &Sheet) -> bool {
    words(&sheet.doc, "for").split(", ").any(|purpose| purpose == "list")
}

/// The lists of fields of a form.
fn places(sheet: &Sheet) -> Vec<String> {
    let sections = sheet.doc.keys("sections").into_iter().map(|at| format!("sections/{at}/fields"));
    sections.chain(["columns".to_owned()]).collect()
}

/// Where a field of the palette can be put by keyboard.
fn targets(view: &View, sheet: &Sheet) -> Vec<Json> {
    let present = sheet.at.split('/').take(2).collect::<Vec<_>>().join("/");
    let mut all: Vec<Json> = Vec::new();
    if is_list(sheet) {
        all.push(json!({"path": "columns", "label": view.word("adm_d_columns"), "selected": false}));
    }
    for place in sheet.doc.keys("sections") {
        let path = format!("sections/{place}");
        let number = place.parse::<usize>().unwrap_or_default() + 1;
        let label = sheet.label(view, &format!("{path}/label"));
        let label = label.unwrap_or_else(|| format!("{} {number}", view.word("adm_d_section")));
        all.push(json!({"path": format!("{path}/fields"), "label": label, "selected": present == path}));
    }
    all
}

/// The field at a place: a name, or a mapping with `field`.
fn field_at(sheet: &Sheet, path: &str) -> String {
    let full = || sheet.doc.scalar(&format!("{path}/field"));
    sheet.doc.scalar(path).or_else(full).unwrap_or_default().to_owned()
}

fn rows(sheet: &Sheet, known: &[Known], list: &str) -> Vec<Json> {
    let keys = sheet.doc.keys(list);
    let last = keys.len().saturating_sub(1);
    let row = |at: usize| {
        let path = format!("{list}/{at}");
        let name = field_at(sheet, &path);
        let field = known.iter().find(|field| field.name == name);
        let has = |key: &str| sheet.doc.node(&format!("{path}/{key}")).is_some();
        json!({
            "path": path, "name": name, "label": field.map_or(&*name, |field| &*field.label),
            "kind": field.map(|field| &*field.kind), "tone": sheet.tone(&path), "selected": sheet.at == path,
            "visible": has("visible"), "required": has("required"), "read_only": has("read_only"), "first": at == 0,
            "last": at == last,
        })
    };
    (0..keys.len()).map(row).collect()
}

/// What the form can show: inputs of its own, the fields of its object, and for reading what every record has.
fn known(view: &View, sheet: &Sheet) -> Vec<Known> {
    let mut all = Vec::new();
    let mut add = |doc: &formwork_definition::yaml::edit::Document, map: &str| {
        for name in doc.keys(map) {
            let label = label_of(doc, view.language, &format!("{map}/{name}/label"));
            let kind = doc.scalar(&format!("{map}/{name}/type")).unwrap_or_default();
            all.push(Known {
                label: label.unwrap_or_else(|| name.replace('_', " ")),
                kind: type_label(view, kind),
                name,
            });
        }
    };
    add(&sheet.doc, "inputs");
    for object in sheet.others(view, "object", sheet.scalar("object")) {
        add(&object, "fields");
    }
    let purposes = words(&sheet.doc, "for");
    if ["list", "board"].iter().any(|purpose| purposes.contains(purpose)) {
        for (name, kind) in SYSTEM_FIELDS {
            all.push(Known {
                name: (*name).to_owned(),
                label: system(view, name),
                kind: type_label(view, kind.word()),
            });
        }
    }
    all
}

/// What a field that every record has is called.
fn system(view: &View, name: &str) -> String {
    let label = match name {
        "number" => text!("Number", "编号"),
        "state" => text!("State", "状态"),
        "created_at" => text!("Created", "创建时间"),
        "created_by" => text!("Created by", "创建人"),
        "updated_at" => text!("Changed", "修改时间"),
        "updated_by" => text!("Changed by", "修改人"),
        other => formwork_model::text::Text::same(other),
    };
    view.say(&label).to_owned()
}

fn title(view: &View, sheet: &Sheet, known: &[Known]) -> Option<String> {
    let steps: Vec<&str> = sheet.at.split('/').collect();
    match steps.as_slice() {
        ["sections", place] => {
            let number = place.parse::<usize>().unwrap_or_default() + 1;
            let label = sheet.label(view, &format!("{}/label", sheet.at));
            Some(label.unwrap_or_else(|| format!("{} {number}", view.word("adm_d_section"))))
        }
        ["sections", _, "fields", _] | ["columns", _] => {
            let name = field_at(sheet, &sheet.at);
            Some(known.iter().find(|field| field.name == name).map_or(name, |field| field.label.clone()))
        }
        _ => sheet.label(view, "label"),
    }
}

fn properties(view: &View, sheet: &Sheet) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let steps: Vec<&str> = sheet.at.split('/').collect();
    match steps.as_slice() {
        ["sections", _] => vec![
            Property::new(at("label"), "adm_label", Widget::Label),
            Property::new(at("tab"), "adm_d_tab", Widget::Label).help("adm_d_tab_help"),
            Property::new(at("visible"), "adm_d_visible", Widget::Expression).help("adm_d_visible_help"),
        ],
        ["sections", _, "fields", _] => vec![
            Property::new(at("visible"), "adm_d_visible", Widget::Expression).help("adm_d_visible_help"),
            Property::new(at("required"), "adm_d_required", Widget::Tick),
            Property::new(at("read_only"), "adm_d_read_only", Widget::Tick),
        ],
        ["columns", _] => Vec::new(),
        _ => vec![
            Property::new("label", "adm_label", Widget::Label),
            Property::new("object", "adm_object", Widget::Choice(sheet.choices(view, "object"))),
            Property::new("for", "adm_d_for", Widget::Words).help("adm_d_for_help"),
        ],
    }
}

/// The form as people will see it; none while something is wrong.
fn preview(view: &View, sheet: &Sheet) -> Option<Json> {
    let catalog = sheet.verdict.catalog.as_ref()?;
    drawn(view, catalog, Name::find(sheet.scalar("form")).and_then(|name| catalog.forms.get(&name))?)
}

/// A form as people see it, by the renderer of their pages.
pub(crate) fn drawn(view: &View, catalog: &Arc<Catalog>, form: &Form) -> Option<Json> {
    let object = catalog.object(form.object)?;
    if form.sections.is_empty() {
        let heads = form.columns.iter().map(|name| view.field_label(object, *name));
        return Some(json!({"heads": heads.collect::<Vec<_>>()}));
    }
    let draft = view.book.blank(&view.actor, (catalog.clone(), object.clone()));
    let sections = lay_out(view, &draft, Some(form));
    let (links, _) = tabs(&sections);
    Some(json!({"sections": boxes(view, &draft, &sections, None, &Errors::default()), "tabs": links}))
}

/// `section` adds a section; `place FIELD` puts a field at the end of the section `target`; `drop` of `new:FIELD` or
/// `new:` puts a field, or a section, where it was dropped.
pub(super) fn act(hand: &mut Hand<'_>, (word, what): (&str, &str), typed: &Typed) -> Result<(), Problem> {
    match word {
        "section" => section(hand, usize::MAX),
        "place" => {
            let into = typed.filled("target").map(str::to_owned);
            let into = match into {
                Some(into) => into,
                None => {
                    section(hand, usize::MAX)?;
                    format!("{}/fields", hand.at)
                }
            };
            hand.add_item(&into, usize::MAX, &Value::text(what))
        }
        "drop" => {
            let (what, into, place) = target(typed).ok_or_else(nothing)?;
            match what.strip_prefix("new:") {
                Some("") => section(hand, place),
                Some(field) => hand.add_item(into, place, &Value::text(field)),
                None => Err(nothing()),
            }
        }
        _ => Err(nothing()),
    }
}

fn section(hand: &mut Hand<'_>, place: usize) -> Result<(), Problem> {
    let number = hand.doc()?.keys("sections").len() + 1;
    let shown = label(&format!("分区 {number}"), &format!("Section {number}"));
    hand.add_item("sections", place, &Value::map([("label", shown), ("fields", Value::List(Vec::new()))]))
}
