//! What belongs together: an object, its forms and its flow, each one step away, and what is missing to be begun there.

use serde_json::{Value as Json, json};

use super::{Sheet, address, property::words};
use crate::page::view::View;

/// The files of the object that a file is about.
pub(super) fn of(view: &View, sheet: &Sheet) -> Json {
    let object = sheet.scalar("object");
    let link = |(path, label): (&String, String)| json!({"href": address(&view.root, path, ""), "label": label, "current": *path == sheet.path});
    let about = |kind: &str| {
        let all = sheet.files(view, kind).into_iter();
        all.filter(|(_, doc)| doc.scalar("object") == Some(object)).collect::<Vec<_>>()
    };
    let (objects, forms, flows) = (about("object"), about("form"), about("flow"));
    // What ships with the engine is not designed here.
    let objects = objects.iter().filter(|(path, _)| super::Kind::of(path).is_some());
    let own: Vec<Json> = objects.map(|(path, _)| link((path, view.word("adm_fields").to_owned()))).collect();
    let forms_shown = forms.iter().map(|(path, doc)| {
        let label = super::sheet::label_of(doc, view.language, "label");
        let purposes = words(doc, "for");
        let label = label.unwrap_or_else(|| doc.scalar("form").unwrap_or_default().to_owned());
        link((path, format!("{label} · {purposes}")))
    });
    let flows_shown = flows.iter().map(|(path, doc)| {
        let label = super::sheet::label_of(doc, view.language, "label");
        link((path, label.unwrap_or_else(|| doc.scalar("flow").unwrap_or_default().to_owned())))
    });
    let has = |purpose: &str| forms.iter().any(|(_, doc)| words(doc, "for").split(", ").any(|known| known == purpose));
    let mut more = Vec::new();
    let mut missing = |kind: &str, purpose: &str, word: &'static str| {
        more.push(json!({"kind": kind, "for": purpose, "label": view.word(word)}));
    };
    if !["create", "edit", "view"].into_iter().all(has) {
        missing("form", "", "adm_d_kin_form");
    }
    if !has("list") {
        missing("form", "list", "adm_d_kin_list");
    }
    missing("form", "act", "adm_d_kin_act");
    if flows.is_empty() {
        missing("flow", "", "adm_d_kin_flow");
    }
    json!({
        "object": object, "action": format!("{}/admin/design", view.root), "objects": own,
        "forms": forms_shown.collect::<Vec<_>>(), "flows": flows_shown.collect::<Vec<_>>(), "more": more,
    })
}
