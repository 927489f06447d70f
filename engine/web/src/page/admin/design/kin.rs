//! What belongs together: an object, its forms and its flow, each one step away, and what is missing to be begun there.

use formwork_model::text;
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
        let purposes: Vec<String> = words(doc, "for").split(", ").map(|purpose| purpose_word(view, purpose)).collect();
        let label = label.unwrap_or_else(|| doc.scalar("form").unwrap_or_default().to_owned());
        link((path, format!("{label} · {}", purposes.join(view.say(&text!(", ", "、"))))))
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

/// What a form is for, in words; as it is written when that is none of the language's.
fn purpose_word(view: &View, purpose: &str) -> String {
    let word = match purpose {
        "create" => text!("new", "新建"),
        "edit" => text!("edit", "编辑"),
        "view" => text!("view", "查看"),
        "act" => text!("action", "操作"),
        "list" => text!("list", "列表"),
        "board" => text!("board", "看板"),
        other => return other.to_owned(),
    };
    view.say(&word).to_owned()
}
