//! The filter builder: each condition as a row of inputs that fit its field, and one row more.

use formwork_catalog::object::Object;
use formwork_model::{
    field_type::{Choice, FieldType},
    text,
};
use serde_json::{Map, Value as Json, json};

use super::filter::{Asked, Choosable, Condition, MOST, RELATIVE, choosable, operators, relative, value_label};
use crate::page::{error::capital, refused::plain, view::View};

/// The rows of the filter builder: each condition, also one that lacks its value yet, and one more.
pub(crate) fn rows(view: &View, object: &Object, asked: &Asked) -> Json {
    let fields = choosable(view, object);
    let begun = |at: &usize| asked.typed.filled(&format!("f{at}")).is_some();
    let mut places: Vec<usize> = (0..MOST).filter(begun).collect();
    places.extend((0..MOST).find(|at| !begun(at)));
    let rows = places.into_iter().map(|at| {
        let condition = Condition::read(view, &fields, &asked.typed, at);
        let chosen = condition.as_ref().and_then(|it| fields.iter().find(|field| field.path == it.field));
        let options = fields.iter().map(|field| {
            json!({"value": field.path, "label": field.label, "selected": chosen.is_some_and(|it| it.path == field.path)})
        });
        let mut row = Map::from_iter([
            ("at".to_owned(), json!(at)),
            ("fields".to_owned(), Json::Array(options.collect())),
            ("error".to_owned(), json!(asked.refused(at).map(|message| capital(&plain(view, object, view.say(message)))))),
        ]);
        match (&condition, chosen) {
            (Some(condition), Some(field)) => {
                let op = asked.typed.filled(&format!("o{at}")).unwrap_or_default();
                row.extend(chosen_row(view, field, op, &condition.values));
            }
            _ => row.extend(blank_row(view)),
        }
        Json::Object(row)
    });
    Json::Array(rows.collect())
}

/// A row without a field yet: every comparison may be meant.
fn blank_row(view: &View) -> Map<String, Json> {
    let mut ops = operators(&FieldType::Text);
    for (word, label) in operators(&FieldType::Integer) {
        if ops.iter().all(|(known, _)| *known != word) {
            ops.push((word, label));
        }
    }
    let ops = ops.iter().map(|(word, label)| json!({"value": word, "label": view.say(label), "selected": false}));
    Map::from_iter([("ops".to_owned(), Json::Array(ops.collect())), ("widget".to_owned(), json!("text"))])
}

/// A row for a field: with the comparison that was chosen, else the first that the field has.
fn chosen_row(view: &View, field: &Choosable, wanted: &str, values: &[String]) -> Map<String, Json> {
    let ops = field.operators();
    let op = ops.iter().map(|(word, _)| *word).find(|word| *word == wanted);
    let op = op.or_else(|| ops.first().map(|(word, _)| *word)).unwrap_or_default();
    let shown =
        ops.iter().map(|(word, label)| json!({"value": word, "label": view.say(label), "selected": *word == op}));
    let mut row = Map::from_iter([("ops".to_owned(), Json::Array(shown.collect()))]);
    if let Json::Object(input) = input(view, &field.kind, op, values) {
        row.extend(input);
    }
    row
}

/// What the value of a condition is chosen or typed in.
fn input(view: &View, kind: &FieldType, op: &str, values: &[String]) -> Json {
    let value = values.first().map(String::as_str).unwrap_or_default();
    let has = |value: &str| values.iter().any(|chosen| chosen == value);
    let widget =
        if matches!(op, "in" | "not_in") || matches!(kind, FieldType::Choices(_)) { "several" } else { "select" };
    let option = |value: &str, label: &str| json!({"value": value, "label": label, "selected": has(value)});
    let options = |all: &[Choice]| {
        let all = all.iter().map(|one| option(one.name.as_str(), view.say(&one.label)));
        all.collect::<Vec<_>>()
    };
    let picker = |object: &str, by: &str| {
        let search = format!("{}/find?object={object}", view.root);
        json!({"widget": "ref", "value": value_label(view, kind, value), "chosen": value, "search": search, "by": by})
    };
    match kind {
        _ if matches!(op, "empty" | "filled" | "me") => json!({"widget": "none"}),
        FieldType::Choice(all) | FieldType::Choices(all) => json!({"widget": widget, "options": options(all)}),
        FieldType::Boolean => {
            let (yes, no) = (view.say(&text!("yes", "是")).to_owned(), view.say(&text!("no", "否")).to_owned());
            json!({"widget": "select", "options": [option("true", &yes), option("false", &no)]})
        }
        FieldType::Ref(to) | FieldType::Refs(to) => picker(to.as_str(), ""),
        FieldType::User => picker("user", "login"),
        FieldType::Department => picker("department", "code"),
        FieldType::Date | FieldType::DateTime => {
            let words = RELATIVE.iter().filter_map(|(word, ..)| relative(word));
            let words: Vec<Json> = words.map(|label| json!(view.say(&label))).collect();
            json!({"widget": "text", "value": value_label(view, kind, value), "words": words})
        }
        kind => json!({"widget": "text", "value": value, "num": kind.is_number()}),
    }
}
