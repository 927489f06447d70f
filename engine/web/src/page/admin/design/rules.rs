//! Checks and rules of an object: what must hold after every change, and what happens by itself.

use formwork_definition::yaml::edit::Value;
use serde_json::{Value as Json, json};

use super::{
    Sheet, effects,
    hand::{Hand, label, split},
    property::{Property, Widget, words},
};
use crate::{error::Problem, page::view::View};

/// When a rule can run.
const WHEN: [(&str, &str); 4] = [
    ("create", "adm_d_on_create"),
    ("update", "adm_d_on_update"),
    ("save", "adm_d_on_save"),
    ("delete", "adm_d_on_delete"),
];

/// What is listed below the fields: its key, what it is called, and the button that adds one.
const LISTS: [(&str, &str, &str, &str); 2] =
    [("checks", "adm_d_checks", "check", "adm_d_add_check"), ("rules", "adm_d_rules", "rule", "adm_d_add_rule")];

/// Checks and rules as rows, like fields.
pub(super) fn lists(view: &View, sheet: &Sheet) -> Vec<Json> {
    let list = |(map, word, add, add_word): (&'static str, &'static str, &'static str, &'static str)| {
        let keys = sheet.doc.keys(map);
        let last = keys.len().saturating_sub(1);
        let row = |(at, name): (usize, &String)| {
            let path = format!("{map}/{name}");
            let kind = match map {
                "rules" => words(&sheet.doc, &format!("{path}/on")),
                _ => sheet.scalar(&format!("{path}/that")).to_owned(),
            };
            json!({
                "path": path, "name": name, "label": name_of(view, sheet, &path), "kind": kind, "tone": sheet.tone(&path),
                "selected": sheet.at == path || sheet.at.starts_with(&format!("{path}/")), "first": at == 0,
                "last": at == last, "only": map,
            })
        };
        let rows: Vec<Json> = keys.iter().enumerate().map(row).collect();
        json!({"into": map, "label": view.word(word), "rows": rows, "add": add, "add_label": view.word(add_word)})
    };
    LISTS.into_iter().map(list).collect()
}

/// What people read of a check is its message; of a rule its name.
pub(super) fn name_of(view: &View, sheet: &Sheet, path: &str) -> String {
    let said = sheet.label(view, &format!("{path}/say")).filter(|said| !said.is_empty());
    said.unwrap_or_else(|| split(path).1.replace('_', " "))
}

/// The properties of a check or a rule; `None` of anything else.
pub(super) fn properties(view: &View, sheet: &Sheet) -> Option<Vec<Property>> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let name = || {
        let live = formwork_model::name::Name::find(sheet.scalar("object")).and_then(|name| view.catalog.object(name));
        // Messages of refusals and the history name them; a new name would be another rule.
        let live = live.is_some_and(|object| {
            let step = split(&sheet.at).1;
            object.checks.iter().any(|one| one.name == step) || object.rules.iter().any(|one| one.name == step)
        });
        Property::new(&*sheet.at, "adm_d_name", Widget::Name { fixed: live }).help("adm_d_name_help")
    };
    let when = || Property::new(at("when"), "adm_d_when", Widget::Expression).help("adm_d_rule_when_help");
    match split(&sheet.at) {
        ("checks", _) => {
            let none = std::iter::once((String::new(), view.word("adm_none").to_owned()));
            let fields = none.chain(effects::fields(view, sheet, sheet.scalar("object"))).collect();
            Some(vec![
                Property::new(at("that"), "adm_d_that", Widget::Expression).help("adm_d_when_help"),
                Property::new(at("say"), "adm_d_says", Widget::Label),
                when(),
                Property::new(at("at"), "adm_d_at_field", Widget::Choice(fields)),
                name(),
            ])
        }
        ("rules", _) => {
            let on = WHEN.map(|(word, label)| (word.to_owned(), view.word(label).to_owned()));
            let changes = effects::fields(view, sheet, sheet.scalar("object")).into_iter();
            let changes = changes.map(|(name, label)| (format!("change({name})"), label));
            let mut all = vec![
                Property::new(at("on"), "adm_d_on", Widget::Words)
                    .help("adm_d_on_help")
                    .offers(on.into_iter().chain(changes).collect()),
                when(),
            ];
            all.extend(effects::plain(view, sheet, &sheet.at));
            all.push(name());
            Some(all)
        }
        _ => None,
    }
}

/// `check` and `rule` add one.
pub(super) fn add(hand: &mut Hand<'_>, word: &str) -> Result<(), Problem> {
    let map = if word == "check" { "checks" } else { "rules" };
    let (name, number) = Hand::free(&hand.doc()?.keys(map), word);
    let value = if word == "check" {
        Value::map([
            ("that", Value::text("true")),
            ("say", label(&format!("检查 {number} 未通过"), &format!("Check {number} does not hold"))),
        ])
    } else {
        Value::map([("on", Value::text("save"))])
    };
    hand.add_key(map, usize::MAX, &name, &value)
}
