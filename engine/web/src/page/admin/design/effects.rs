//! What rules, actions, ways out, timers and automatic nodes do beside setting fields: a row for each record that is
//! created, ledger that is posted to, flow that is started and message that is sent, with the names there are to choose.

use formwork_definition::yaml::edit::Value;
use formwork_model::text;
use serde_json::{Value as Json, json};

use super::{
    Sheet,
    create::known,
    hand::{Hand, label, split},
    property::{Property, Widget, words},
    unfit,
};
use crate::{
    draft::own,
    error::Problem,
    page::{admin::nothing, view::View},
};

/// An effect that has parts: its key, what it is called, and what a button to add one says.
const EFFECTS: [(&str, &str, &str); 4] = [
    ("create", "adm_d_create", "adm_d_add_create"),
    ("post", "adm_d_post", "adm_d_add_post"),
    ("start", "adm_d_start_flow", "adm_d_add_start"),
    ("notify", "adm_d_notify", "adm_d_add_notify"),
];

/// Keys below which names stand that somebody chose: what is below them is no effect, whatever it is called.
pub(super) const NAMED: [&str; 9] = ["nodes", "actions", "timers", "rules", "checks", "fields", "create", "set", "sla"];

/// Whether a key holds effects.
pub(super) fn is_key(step: &str) -> bool {
    EFFECTS.iter().any(|(key, ..)| *key == step)
}

/// The effect at a place: what it is, and the path of what has it.
pub(super) fn effect<'p>(sheet: &Sheet, at: &'p str) -> Option<(&'static str, &'p str)> {
    let known = |step: &str| EFFECTS.iter().find(|(key, ..)| *key == step).map(|(key, ..)| *key);
    let (above, step) = split(at);
    let has = |holder: &str| !holder.is_empty() && !NAMED.contains(&split(holder).1);
    let (holder, kind) = split(above);
    if let Some(key) = known(kind).filter(|_| has(holder)) {
        let counted = step.bytes().all(|b| b.is_ascii_digit());
        return (counted != (key == "create")).then_some((key, holder));
    }
    // One that stands alone, without a list.
    let key = known(step).filter(|key| *key != "create" && has(above))?;
    sheet.doc.keys(at).first().is_some_and(|first| first != "0").then_some((key, above))
}

/// What everything with effects can set, look up and run.
pub(super) fn plain(view: &View, sheet: &Sheet, holder: &str) -> Vec<Property> {
    let at = |key: &str| format!("{holder}/{key}");
    let none = std::iter::once((String::new(), view.word("adm_none").to_owned()));
    let scripts = sheet.scripts(view).into_iter().map(|name| (name.clone(), name)).collect();
    let mut all = vec![
        Property::new(at("set"), "adm_d_set", Widget::Pairs).help("adm_d_set_help").offers(fields(
            view,
            sheet,
            sheet.scalar("object"),
        )),
        Property::new(at("table"), "adm_table", Widget::Choice(none.chain(sheet.choices(view, "table")).collect())),
        Property::new(at("run"), "adm_d_script", Widget::Text).help("adm_d_script_help").offers(scripts),
    ];
    if sheet.doc.node(&at("run")).is_some() || sheet.doc.node(&at("as")).is_some() {
        let rights = [("", "adm_d_run_as_actor"), ("system", "adm_d_run_as_system")];
        let rights = rights.map(|(value, word)| (value.to_owned(), view.word(word).to_owned()));
        all.push(Property::new(at("as"), "adm_d_run_as", Widget::Choice(rights.into())));
    }
    all
}

/// The properties of an effect.
pub(super) fn properties(view: &View, sheet: &Sheet, kind: &str) -> Vec<Property> {
    let at = |key: &str| format!("{}/{key}", sheet.at);
    let when = Property::new(at("when"), "adm_d_when", Widget::Expression).help("adm_d_when_help");
    let none = || std::iter::once((String::new(), view.word("adm_none").to_owned()));
    let mut all = match kind {
        "create" => {
            let object = sheet.scalar(&at("object")).to_owned();
            vec![
                Property::new(at("object"), "adm_object", Widget::Choice(sheet.choices(view, "object"))),
                Property::new(at("set"), "adm_d_set", Widget::Pairs)
                    .help("adm_d_set_help")
                    .offers(fields(view, sheet, &object)),
                Property::new(&*sheet.at, "adm_d_name", Widget::Name { fixed: false }).help("adm_d_created_help"),
            ]
        }
        "post" => vec![
            Property::new(at("ledger"), "adm_d_ledger", Widget::Choice(sheet.choices(view, "ledger"))),
            Property::new(at("of"), "adm_d_of", Widget::Pairs).offers(dimensions(view, sheet)),
            Property::new(at("amount"), "adm_d_amount", Widget::Text).help("adm_d_default_help"),
            Property::new(at("date"), "adm_d_day", Widget::Text),
            Property::new(at("note"), "adm_d_note", Widget::Text),
        ],
        "start" => vec![
            Property::new(at("flow"), "adm_d_flow", Widget::Choice(sheet.choices(view, "flow"))),
            Property::new(at("on"), "adm_d_on_record", Widget::Expression),
        ],
        _ => vec![
            Property::new(at("to"), "adm_d_to_whom", Widget::Words)
                .help("adm_d_to_whom_help")
                .offers(receivers(view, sheet)),
            Property::new(at("say"), "adm_d_says", Widget::Label),
            Property::new(
                at("template"),
                "adm_d_template",
                Widget::Choice(none().chain(sheet.choices(view, "template")).collect()),
            ),
            Property::new(at("channels"), "adm_d_channels", Widget::Words).help("adm_d_channels_help"),
        ],
    };
    all.push(when);
    all
}

/// What an effect is called on its page.
pub(super) fn title(view: &View, sheet: &Sheet, kind: &str) -> String {
    row_label(view, sheet, kind, &sheet.at)
}

fn row_label(view: &View, sheet: &Sheet, kind: &str, path: &str) -> String {
    let word = EFFECTS.iter().find(|(key, ..)| *key == kind).map_or("adm_d_effects", |(_, word, _)| *word);
    let named = |of: &str| {
        let name = sheet.scalar(&format!("{path}/{of}"));
        let known = sheet.choices(view, of).into_iter().find(|(known, _)| known == name);
        known.map_or_else(|| name.to_owned(), |(_, label)| label)
    };
    let what = match kind {
        "create" => named("object"),
        "post" => named("ledger"),
        "start" => named("flow"),
        _ => words(&sheet.doc, &format!("{path}/to")),
    };
    format!("{}: {what}", view.word(word))
}

/// The effects that something has, and buttons to add more.
pub(super) fn group(view: &View, sheet: &Sheet, holder: &str, heading: &'static str) -> Json {
    let mut rows = Vec::new();
    for (kind, ..) in EFFECTS {
        let list = format!("{holder}/{kind}");
        let keys = sheet.doc.keys(&list);
        let alone = kind != "create" && keys.first().is_some_and(|first| first != "0");
        let paths: Vec<String> =
            if alone { vec![list] } else { keys.iter().map(|key| format!("{list}/{key}")).collect() };
        let last = paths.len().saturating_sub(1);
        for (at, path) in paths.iter().enumerate() {
            rows.push(json!({
                "path": path, "href": super::address(&view.root, &sheet.path, path), "label": row_label(view, sheet, kind, path),
                "tone": sheet.tone(path), "first": at == 0, "last": at == last,
            }));
        }
    }
    let adds = EFFECTS.map(|(kind, _, add)| json!({"do": format!("effect {holder}/{kind}"), "label": view.word(add)}));
    json!({"label": view.word(heading), "rows": rows, "adds": adds})
}

/// Adds an effect with the first of the names that it can have; `path` is what it is added to.
pub(super) fn add(hand: &mut Hand<'_>, path: &str) -> Result<(), Problem> {
    let (holder, kind) = split(path);
    if holder.is_empty() {
        return Err(nothing());
    }
    let draft = own(hand.view)?;
    let first = |of: &str, en: &str, zh: &str| {
        let own = known(hand.view, &draft, of).into_iter().find(|one| !one.path.starts_with("system/"));
        own.map(|one| Value::text(&one.name)).ok_or_else(|| unfit(text!("{en}", "{zh}")))
    };
    let value = match kind {
        "create" => {
            let object = first("object", "there is no object yet", "还没有对象")?;
            let (name, _) = Hand::free(&hand.doc()?.keys(path), "record");
            return hand.add_key(path, usize::MAX, &name, &Value::map([("object", object)]));
        }
        "post" => {
            let ledger = first("ledger", "there is no ledger yet", "还没有台账")?;
            Value::map([("ledger", ledger), ("of", Value::Map(Vec::new())), ("amount", Value::text("0"))])
        }
        "start" => Value::map([("flow", first("flow", "there is no flow yet", "还没有流程")?)]),
        "notify" => message(),
        _ => return Err(nothing()),
    };
    let doc = hand.doc()?;
    // One that stood alone becomes the first of a list, when no remark of its author would be lost.
    if doc.keys(path).first().is_some_and(|first| first != "0") {
        let extent = doc.extent(path).and_then(|extent| doc.text().get(extent)).unwrap_or_default();
        if extent.contains('#') {
            return Err(unfit(text!(
                "this has a remark beside it; add the second one as text",
                "此处带有注释，请以文本方式添加第二项"
            )));
        }
        let one = hand.value(path)?.ok_or_else(nothing)?;
        hand.edit(|doc| doc.set(path, &Value::List(vec![one])))?;
    }
    hand.add_item(path, usize::MAX, &value)
}

/// A message, until it is written.
pub(super) fn message() -> Value {
    Value::map([("to", Value::text("creator")), ("say", label("请查看", "Have a look"))])
}

/// The fields of an object in the edit, to be offered.
pub(super) fn fields(view: &View, sheet: &Sheet, object: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for doc in sheet.others(view, "object", object) {
        for name in doc.keys("fields") {
            let label = super::sheet::label_of(&doc, view.language, &format!("fields/{name}/label"));
            all.push((name.clone(), label.unwrap_or_else(|| name.replace('_', " "))));
        }
    }
    all
}

/// The dimensions of the ledger that is posted to.
fn dimensions(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    let ledger = sheet.scalar(&format!("{}/ledger", sheet.at));
    let docs = sheet.others(view, "ledger", ledger);
    docs.iter().flat_map(|doc| doc.keys("dimensions")).map(|name| (name.clone(), name)).collect()
}

/// Who can get a message: those that every record has, and the people in its fields.
fn receivers(view: &View, sheet: &Sheet) -> Vec<(String, String)> {
    let own = [("owner", "adm_d_by_owner"), ("creator", "adm_d_by_creator")];
    let own = own.into_iter().map(|(word, label)| (word.to_owned(), view.word(label).to_owned()));
    let mut all: Vec<(String, String)> = own.collect();
    for doc in sheet.others(view, "object", sheet.scalar("object")) {
        for name in
            doc.keys("fields").into_iter().filter(|name| doc.scalar(&format!("fields/{name}/type")) == Some("user"))
        {
            let label = super::sheet::label_of(&doc, view.language, &format!("fields/{name}/label"));
            all.push((name.clone(), label.unwrap_or(name)));
        }
    }
    all
}
