//! A JSON Schema per kind, so that editors complete and check while typing.

#[cfg(test)]
mod tests;

use formwork_model::{
    text,
    text::{Language, Text},
};
use serde_json::{Value as Json, json};

use crate::kind::{
    book, calendar, connector, dashboard, flow, form, ledger, object, queue, report, role, scenario, schedule, table,
    template,
};
use crate::reference::summary;

/// The kinds of definition, in reading order.
pub fn kinds() -> &'static [&'static str] {
    &[
        "book",
        "object",
        "flow",
        "table",
        "ledger",
        "calendar",
        "schedule",
        "queue",
        "template",
        "connector",
        "report",
        "dashboard",
        "role",
        "form",
        "scenario",
    ]
}

/// What the definitions of a kind are called; `None` for a kind that does not exist.
pub fn label(kind: &str) -> Option<Text> {
    Some(match kind {
        "book" => text!("Book", "账套"),
        "object" => text!("Objects", "对象"),
        "flow" => text!("Flows", "流程"),
        "table" => text!("Decision tables", "决策表"),
        "ledger" => text!("Ledgers", "台账"),
        "calendar" => text!("Calendars", "日历"),
        "schedule" => text!("Schedules", "计划任务"),
        "queue" => text!("Queues", "队列"),
        "template" => text!("Templates", "模板"),
        "connector" => text!("Connectors", "外部系统"),
        "report" => text!("Reports", "报表"),
        "dashboard" => text!("Dashboards", "看板"),
        "role" => text!("Roles", "角色"),
        "form" => text!("Forms", "表单"),
        "scenario" => text!("Scenarios", "场景测试"),
        _ => return None,
    })
}

/// The schema of a kind whose descriptions begin with a short one in this language, where it is not English.
pub fn explained(kind: &str, language: Language) -> Option<Json> {
    let mut schema = schema(kind)?;
    if language == Language::Zh {
        explain(kind, &mut schema);
        for (name, of_type) in schema.get_mut("$defs").and_then(Json::as_object_mut).into_iter().flatten() {
            explain(name, of_type);
        }
    }
    Some(schema)
}

/// Puts the summaries of a type before what its keys and words say.
fn explain(name: &str, schema: &mut Json) {
    let keys = schema.get_mut("properties").and_then(Json::as_object_mut).into_iter().flatten();
    for (key, value) in keys {
        prefix(value, summary(name, key));
    }
    for one in schema.get_mut("oneOf").and_then(Json::as_array_mut).into_iter().flatten() {
        let said = one.get("const").and_then(Json::as_str).and_then(|word| summary(name, word));
        prefix(one, said);
    }
}

fn prefix(schema: &mut Json, summary: Option<&str>) {
    if let (Some(summary), Some(Json::String(text))) = (summary, schema.get_mut("description")) {
        *text = format!("{summary}\n\n{text}");
    }
}

/// The JSON Schema (draft 2020-12) of a kind; `None` for a kind that does not exist.
pub fn schema(kind: &str) -> Option<Json> {
    let mut schema = plain(kind)?;
    loosen(&mut schema);
    Some(schema)
}

/// The schema as the types say it.
pub(crate) fn plain(kind: &str) -> Option<Json> {
    let schema = match kind {
        "book" => schemars::schema_for!(book::Book),
        "object" => schemars::schema_for!(object::Object),
        "flow" => schemars::schema_for!(flow::Flow),
        "table" => schemars::schema_for!(table::Table),
        "ledger" => schemars::schema_for!(ledger::Ledger),
        "calendar" => schemars::schema_for!(calendar::Calendar),
        "schedule" => schemars::schema_for!(schedule::Schedule),
        "queue" => schemars::schema_for!(queue::Queue),
        "template" => schemars::schema_for!(template::Template),
        "connector" => schemars::schema_for!(connector::Connector),
        "report" => schemars::schema_for!(report::Report),
        "dashboard" => schemars::schema_for!(dashboard::Dashboard),
        "role" => schemars::schema_for!(role::Role),
        "form" => schemars::schema_for!(form::Form),
        "scenario" => schemars::schema_for!(scenario::Scenario),
        _ => return None,
    };
    Some(schema.to_value())
}

/// Allows what the decoder allows and an editor would not: where a text stands, `3` is one too, and nothing is an
/// empty list or mapping.
fn loosen(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(loosen),
        Json::Object(map) => {
            let fixed = map.contains_key("pattern") || map.contains_key("enum") || map.contains_key("const");
            let required = map.contains_key("required");
            if let Some(kind) = map.get_mut("type") {
                let has = |word| has(kind, word);
                let more: &[&str] = match () {
                    () if has("string") && !fixed => &["number", "boolean"],
                    () if has("array") || (has("object") && !required) => &["null"],
                    () => &[],
                };
                let mut words = kind.as_array().cloned().unwrap_or_else(|| vec![kind.clone()]);
                words.extend(more.iter().filter(|word| !has(word)).map(|word| json!(word)));
                *kind = if words.len() == 1 { words.swap_remove(0) } else { Json::Array(words) };
            }
            for key in ["properties", "$defs"] {
                if let Some(Json::Object(named)) = map.get_mut(key) {
                    named.iter_mut().for_each(|(_, below)| loosen(below));
                }
            }
            for key in ["items", "additionalProperties", "anyOf", "oneOf"] {
                map.get_mut(key).into_iter().for_each(loosen);
            }
        }
        _ => {}
    }
}

/// Whether `type:` is `word`, or a list with it.
fn has(kind: &Json, word: &str) -> bool {
    kind == word || kind.as_array().is_some_and(|all| all.iter().any(|one| one == word))
}
