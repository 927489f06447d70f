//! Checks, rules and clocks of an object: what must hold after every change, what happens by itself, and how long things
//! may take.

use formwork_definition::yaml::edit::Value;
use formwork_model::text;
use serde_json::{Value as Json, json};

use super::{
    Sheet,
    create::known,
    effects,
    hand::{Hand, label, split},
    property::{Property, Widget, words},
    unfit,
};
use crate::{draft::own, error::Problem, page::view::View};

/// When a rule can run.
const WHEN: [(&str, &str); 4] = [
    ("create", "adm_d_on_create"),
    ("update", "adm_d_on_update"),
    ("save", "adm_d_on_save"),
    ("delete", "adm_d_on_delete"),
];

/// What is listed below the fields: its key, what it is called, and the button that adds one.
const LISTS: [(&str, &str, &str, &str); 3] = [
    ("checks", "adm_d_checks", "check", "adm_d_add_check"),
    ("rules", "adm_d_rules", "rule", "adm_d_add_rule"),
    ("sla", "adm_d_clocks", "clock", "adm_d_add_clock"),
];

/// Checks, rules and clocks as rows, like fields.
pub(super) fn lists(view: &View, sheet: &Sheet) -> Vec<Json> {
    let list = |(map, word, add, add_word): (&'static str, &'static str, &'static str, &'static str)| {
        let keys = sheet.doc.keys(map);
        let last = keys.len().saturating_sub(1);
        let row = |(at, name): (usize, &String)| {
            let path = format!("{map}/{name}");
            let kind = match map {
                "rules" => words(&sheet.doc, &format!("{path}/on")),
                "sla" => sheet.scalar(&format!("{path}/target")).to_owned(),
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

/// What people read of a check is its message, of a clock its label; of a rule its name.
pub(super) fn name_of(view: &View, sheet: &Sheet, path: &str) -> String {
    let said = ["say", "label"].iter().find_map(|key| sheet.label(view, &format!("{path}/{key}")));
    said.filter(|said| !said.is_empty()).unwrap_or_else(|| split(path).1.replace('_', " "))
}

/// The properties of a check, a rule or a clock; `None` of anything else.
pub(super) fn properties(view: &View, sheet: &Sheet) -> Option<Vec<Property>> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let name = || {
        let live = formwork_model::name::Name::find(sheet.scalar("object")).and_then(|name| view.catalog.object(name));
        // Messages of refusals and the history name them; a new name would be another rule.
        let live = live.is_some_and(|object| {
            let step = split(&sheet.at).1;
            object.checks.iter().any(|one| one.name == step)
                || object.rules.iter().any(|one| one.name == step)
                || object.sla.iter().any(|one| one.name == step)
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
        ("sla", _) => {
            let offered = nodes(view, sheet);
            let nodes =
                |key: &str, word: &'static str| Property::new(at(key), word, Widget::Words).offers(offered.clone());
            Some(vec![
                Property::new(at("label"), "adm_label", Widget::Label),
                Property::new(at("target"), "adm_d_target", Widget::Text).help("adm_d_wait_help"),
                nodes("from", "adm_d_clock_from").help("adm_d_clock_from_help"),
                nodes("until", "adm_d_clock_until"),
                nodes("pause", "adm_d_clock_pause"),
                name(),
            ])
        }
        _ => None,
    }
}

/// The nodes of the flows over the object, to be offered.
fn nodes(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (_, doc) in sheet.files(view, "flow") {
        if doc.scalar("object") != Some(sheet.scalar("object")) {
            continue;
        }
        for name in doc.keys("nodes") {
            let label = super::sheet::label_of(&doc, view.language, &format!("nodes/{name}/label"));
            all.push((name.clone(), label.unwrap_or(name)));
        }
    }
    all
}

/// `check`, `rule` and `clock` add one.
pub(super) fn add(hand: &mut Hand<'_>, word: &str) -> Result<(), Problem> {
    let map = LISTS.iter().find(|(_, _, add, _)| *add == word).map_or("rules", |(map, ..)| *map);
    let (name, number) = Hand::free(&hand.doc()?.keys(map), word);
    let value = match word {
        "check" => Value::map([
            ("that", Value::text("true")),
            ("say", label(&format!("检查 {number} 未通过"), &format!("Check {number} does not hold"))),
        ]),
        "rule" => Value::map([("on", Value::text("save"))]),
        _ => Value::map([
            ("label", label(&format!("时限 {number}"), &format!("Clock {number}"))),
            ("until", Value::text(&last_node(hand)?)),
            ("target", Value::text("2 working days")),
        ]),
    };
    hand.add_key(map, usize::MAX, &name, &value)
}

/// The last node of the flow of the object: a clock stops somewhere.
fn last_node(hand: &Hand<'_>) -> Result<String, Problem> {
    let (object, draft) = (hand.scalar("object")?, own(hand.view)?);
    let flows = known(hand.view, &draft, "flow").into_iter();
    let mut last = flows
        .filter(|flow| flow.doc.scalar("object") == object.as_deref())
        .filter_map(|flow| flow.doc.keys("nodes").pop());
    last.next().ok_or_else(|| unfit(text!("a clock is of a flow; draw one first", "时限依附于流程，请先绘制流程")))
}
