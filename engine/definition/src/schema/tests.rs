//! An editor that follows the schemas accepts what the decoder accepts.

use std::path::Path;

use formwork_model::diagnostic::Diagnostics;

use super::*;
use crate::yaml::{Kind, Node, parse_tree};

/// The data as an editor sees it: plain scalars are numbers and booleans where they look like it.
fn json(node: &Node) -> Json {
    match &node.kind {
        Kind::Null => Json::Null,
        Kind::Scalar { text, quoted: false, block: false } => match &**text {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            text => text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number)),
        },
        Kind::Scalar { text, .. } => json!(&**text),
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Map(pairs) => pairs.iter().map(|(key, value)| (key.value.to_string(), json(value))).collect(),
    }
}

/// As much of a validator as our schemas need.
fn valid(root: &Json, schema: &Json, value: &Json) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        return valid(root, &root["$defs"][name.trim_start_matches("#/$defs/")], value);
    }
    for any in ["anyOf", "oneOf"] {
        if let Some(options) = schema[any].as_array() {
            let results: Vec<_> = options.iter().map(|option| valid(root, option, value)).collect();
            if results.iter().all(Result::is_err) {
                return Err(format!("{value} fits none of {options:?}: {results:?}"));
            }
        }
    }
    let word = match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    let whole = value.as_f64().is_some_and(|n| n.fract() == 0.0) && has(&schema["type"], "integer");
    if !schema["type"].is_null() && !has(&schema["type"], word) && !whole {
        return Err(format!("{value} is no {}", schema["type"]));
    }
    if schema["const"].as_str().is_some_and(|only| value != only) {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Err(format!("{value} is not in {}", schema["enum"]));
    }
    for item in value.as_array().into_iter().flatten() {
        valid(root, &schema["items"], item)?;
    }
    for (key, below) in value.as_object().into_iter().flatten() {
        match (&schema["properties"][key], &schema["additionalProperties"]) {
            (Json::Null, Json::Bool(false)) => return Err(format!("unknown key {key}")),
            (Json::Null, other) => valid(root, other, below)?,
            (known, _) => valid(root, known, below)?,
        }
    }
    let missing = |key: &&Json| value.is_object() && value.get(key.as_str().unwrap()).is_none();
    match schema["required"].as_array().into_iter().flatten().find(missing) {
        Some(key) => Err(format!("{key} is missing in {value}")),
        None => Ok(()),
    }
}

fn check(kind: &str, text: &str) -> Result<(), String> {
    let schema = schema(kind).unwrap();
    valid(&schema, &schema, &json(&parse_tree(0, text, &mut Diagnostics::default()).unwrap()))
}

#[test]
fn the_examples_fit_the_schemas() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/good");
    for (path, kind) in [
        ("definitions/library.book.yaml", "book"),
        ("definitions/loan/loan.object.yaml", "object"),
        ("definitions/loan/loan.flow.yaml", "flow"),
        ("definitions/loan/fine_level.table.yaml", "table"),
        ("definitions/loan/rates.table.yaml", "table"),
        ("definitions/loan/fines.ledger.yaml", "ledger"),
        ("definitions/loan/counter.queue.yaml", "queue"),
        ("forms/loan/lend.form.yaml", "form"),
        ("tests/scenarios/loan/lend.scenario.yaml", "scenario"),
    ] {
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        assert_eq!(check(kind, &text), Ok(()), "{path}");
    }
}

#[test]
fn mistakes_do_not_fit() {
    assert_eq!(check("flow", "flow: f\nobject: o\nstart: a\nnodes: {a: }\n"), Ok(()));
    assert!(check("flow", "flow: f\nobject: o\nstart: a\nnodes: {a: {pick: last}}\n").is_err());
    assert!(check("flow", "flow: f\nobject: o\nnodes: {a: {}}\n").is_err());
    assert!(check("object", "object: o\nfields: {a: {type: text, tpye: x}}\n").is_err());
    assert!(check("object", "object: o\nfields: {a: {type: text, unique: yes}}\n").is_err());
}

#[test]
fn every_kind_has_a_schema_that_describes_every_key() {
    fn described(schema: &Json, path: &str) {
        for (key, below) in schema["properties"].as_object().into_iter().flatten() {
            assert!(below["description"].is_string() || path.ends_with("Label"), "{path}.{key} has no description");
        }
        for (name, below) in schema["$defs"].as_object().into_iter().flatten() {
            described(below, &format!("{path}/{name}"));
        }
    }
    for kind in kinds() {
        let schema = schema(kind).unwrap();
        assert_eq!(schema["additionalProperties"], json!(false), "{kind}");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["description"].is_string(), "{kind}");
        described(&schema, kind);
    }
    assert_eq!(schema("leed"), None);
}
