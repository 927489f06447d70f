//! The reference page of the language, generated from the schemas: what the code says is what the page says.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Map, Value as Json};

use crate::schema::{kinds, plain};

/// The page, in Markdown: the kinds in reading order, then the types they share.
pub fn reference() -> String {
    let mut page = String::from(
        "# The definition language\n\n\
         Every definition is a file `NAME.KIND.yaml`. Names are lower case letters, digits and `_`. \
         A key that is not listed here is an error.\n\n",
    );
    let schemas: Vec<(&str, Json)> = kinds().iter().filter_map(|kind| Some((*kind, plain(kind)?))).collect();
    for (kind, _) in &schemas {
        let _ = writeln!(page, "- [{kind}](#{kind})");
    }
    let mut types: BTreeMap<&str, &Json> = BTreeMap::new();
    for (kind, schema) in &schemas {
        section(&mut page, 2, kind, schema);
        let defs = schema.get("$defs").and_then(Json::as_object);
        types.extend(defs.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)));
    }
    page.push_str("\n## Types\n");
    for (name, schema) in types {
        section(&mut page, 3, name, schema);
    }
    page
}

/// A heading, what it is, and its keys or options.
fn section(page: &mut String, level: usize, name: &str, schema: &Json) {
    let _ = writeln!(page, "\n{} {name}\n", "#".repeat(level));
    let _ = writeln!(page, "{}", description(schema));
    if let Some(keys) = schema.get("properties").and_then(Json::as_object) {
        keys_table(page, schema, keys);
        return;
    }
    let options = schema.get("oneOf").and_then(Json::as_array);
    if let Some(options) = options.filter(|all| all.iter().all(|one| one.get("const").is_some())) {
        page.push_str("\n| option | meaning |\n|---|---|\n");
        for option in options {
            let word = option.get("const").and_then(Json::as_str).unwrap_or_default();
            let _ = writeln!(page, "| `{word}` | {} |", cell(&description(option)));
        }
        return;
    }
    let words = words(schema);
    if !words.is_empty() {
        let _ = writeln!(page, "\nWritten as {words}.");
    }
}

fn keys_table(page: &mut String, schema: &Json, keys: &Map<String, Json>) {
    let required: Vec<&str> =
        schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
    page.push_str("\n| key | value | required | meaning |\n|---|---|---|---|\n");
    for (key, value) in keys {
        let must = if required.contains(&key.as_str()) { "yes" } else { "" };
        let _ = writeln!(page, "| `{key}` | {} | {must} | {} |", cell(&words(value)), cell(&description(value)));
    }
}

/// What can stand there, in words.
fn words(schema: &Json) -> String {
    if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
        let name = name.trim_start_matches("#/$defs/");
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(options) = schema.get("anyOf").and_then(Json::as_array) {
        return alternatives(options);
    }
    match schema.get("type") {
        Some(Json::String(word)) => typed(word, schema),
        Some(Json::Array(all)) => {
            let words = all.iter().filter_map(Json::as_str).filter(|word| *word != "null");
            words.map(|word| typed(word, schema)).collect::<Vec<_>>().join(" or ")
        }
        _ if schema.get("title").and_then(Json::as_str) == Some("Value") => "value, or `= expression`".to_owned(),
        _ => "anything".to_owned(),
    }
}

/// `X`, `X or Y`, or `X, or a list of them`.
fn alternatives(options: &[Json]) -> String {
    let is_null = |option: &&Json| option.get("type").and_then(Json::as_str) == Some("null");
    let options: Vec<&Json> = options.iter().filter(|option| !is_null(option)).collect();
    if let [one, list] = options.as_slice()
        && list.get("items") == Some(*one)
    {
        return format!("{}, or a list of them", words(one));
    }
    options.iter().map(|option| words(option)).collect::<Vec<_>>().join(" or ")
}

fn typed(word: &str, schema: &Json) -> String {
    match word {
        "string" if schema.get("pattern").is_some() => "name".to_owned(),
        "string" => "text".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "whole number".to_owned(),
        "array" => schema.get("items").map_or("list".to_owned(), |items| format!("list of {}", words(items))),
        "object" => object(schema),
        other => other.to_owned(),
    }
}

fn object(schema: &Json) -> String {
    if let Some(keys) = schema.get("properties").and_then(Json::as_object) {
        let keys: Vec<_> = keys.keys().map(|key| format!("{key}: …")).collect();
        return format!("`{{{}}}`", keys.join(", "));
    }
    match schema.get("additionalProperties") {
        Some(below @ Json::Object(_)) => format!("names, each with {}", words(below)),
        _ => "mapping".to_owned(),
    }
}

/// The description as one paragraph after another.
fn description(schema: &Json) -> String {
    let text = schema.get("description").and_then(Json::as_str).unwrap_or_default();
    text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}

/// Text that fits into one cell of a table.
fn cell(text: &str) -> String {
    text.replace("\n\n", "<br>").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_every_kind_key_and_type() {
        let page = reference();
        assert_eq!(page, reference());
        assert!(page.contains("\n## flow\n\nA graph over an object."));
        assert!(page.contains("| `object` | name | yes | The object it runs over. |"));
        assert!(page.contains("| `nodes` | names, each with [Node](#node) | yes |"));
        assert!(page.contains("| `to` | name, or a list of them |"));
        assert!(page.contains("| `default` | value, or `= expression` |"));
        assert!(page.contains("| `restrict` | The deletion is refused. |"));
        for kind in kinds() {
            let schema = plain(kind).unwrap();
            let keys = schema["properties"].as_object().unwrap().keys();
            let types = schema["$defs"].as_object().unwrap().keys();
            keys.for_each(|key| assert!(page.contains(&format!("| `{key}` |")), "{kind}.{key}"));
            types.for_each(|name| assert!(page.contains(&format!("\n### {name}\n")), "{kind}: {name}"));
        }
    }

    #[test]
    fn links_lead_somewhere() {
        let page = reference();
        let headings: Vec<String> = page
            .lines()
            .filter_map(|line| Some(line.trim_start_matches('#').strip_prefix(' ')?.to_lowercase()))
            .collect();
        for target in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(headings.iter().any(|heading| heading == target), "{target}");
        }
    }

    #[test]
    fn one_name_is_one_type() {
        let mut known: BTreeMap<String, Json> = BTreeMap::new();
        for kind in kinds() {
            for (name, schema) in plain(kind).unwrap()["$defs"].as_object().unwrap() {
                let first = known.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(first, schema, "{name} means two things");
            }
        }
    }
}
