//! Problems of decoding as diagnostics.

use formwork_model::{
    code,
    diagnostic::Diagnostic,
    name::{Invalid, Name},
    nearest::nearest,
    source::Span,
    text,
    text::Text,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value as Json;

use super::{
    error::{Expected, Problem, What},
    repair::snake_case,
};
use crate::yaml::{Kind, Node};

/// Turns problems into diagnostics; knows the schema of the definition to list all missing keys at once.
pub(super) struct Report {
    schema: fn() -> Json,
    known: Option<Json>,
}

impl Report {
    pub(super) fn new<T: JsonSchema>() -> Self {
        Self { schema: || SchemaGenerator::default().into_root_schema_for::<T>().to_value(), known: None }
    }

    pub(super) fn diagnostic(&mut self, tree: &Node, problem: &Problem) -> Diagnostic {
        let at = problem.at.unwrap_or(problem.map);
        match &problem.what {
            What::Unknown { key, expected } => {
                let message = text!("unknown key `{key}`", "未知的键 `{key}`");
                let unknown = Diagnostic::error(code!("unknown-key"), at, message);
                // No key has a blank: this is the rest of a text that a comma has cut.
                if key.trim().contains(char::is_whitespace) {
                    return unknown.help(text!(
                        "a text with a comma or a colon in it stands in quotes: `\"one, two\"`",
                        "含有逗号或冒号的文本须加引号：`\"one, two\"`"
                    ));
                }
                choose(unknown, key, expected)
            }
            What::Option { word, expected } => {
                let message = text!("unknown option `{word}`", "未知的选项 `{word}`");
                choose(Diagnostic::error(code!("unknown-option"), at, message), word, expected)
            }
            What::Missing { key, owner } => self.missing(tree, problem, key, owner),
            What::Wrong(expected) => wrong(tree, at, expected),
            What::Name(name) => bad_name(at, name),
            What::Custom(message) => {
                Diagnostic::error(code!("wrong-type"), at, Text { en: message.clone(), zh: message.clone() })
            }
        }
    }

    fn missing(&mut self, tree: &Node, problem: &Problem, key: &'static str, owner: &str) -> Diagnostic {
        let at = problem.at.or_else(|| first_key(tree)).unwrap_or(problem.map);
        let mut keys = vec![format!("`{key}`")];
        for other in self.required(owner) {
            if other != key && !has_key(tree, problem.map, &other) {
                keys.push(format!("`{other}`"));
            }
        }
        let (list, one) = (keys.join(", "), keys.len() == 1);
        let zh = format!("缺少键 {list}");
        let en = if one { format!("the key {list} is missing") } else { format!("the keys {list} are missing") };
        Diagnostic::error(code!("missing-key"), at, Text { en, zh })
    }

    /// The keys that the type called `owner` must have; none when it is not known.
    fn required(&mut self, owner: &str) -> Vec<String> {
        let schema = self.known.get_or_insert_with(self.schema);
        let named = if schema.get("title").and_then(Json::as_str) == Some(owner) {
            Some(&*schema)
        } else {
            schema.get("$defs").and_then(|all| all.get(owner))
        };
        let required = named.and_then(|one| one.get("required")).and_then(Json::as_array);
        required.into_iter().flatten().filter_map(|key| Some(key.as_str()?.to_owned())).collect()
    }
}

/// Adds the nearest of `expected`, or all of them when none is near.
fn choose(diagnostic: Diagnostic, wrong: &str, expected: &[&str]) -> Diagnostic {
    if let Some(near) = nearest(wrong, expected.iter().copied()) {
        return diagnostic.suggest(Some(near));
    }
    if expected.is_empty() {
        return diagnostic;
    }
    let list = expected.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    diagnostic.help(text!("expected one of {list}", "可用的有 {list}"))
}

fn wrong(tree: &Node, at: Span, expected: &Expected) -> Diagnostic {
    let node = find(tree, at);
    let expects = expected.words();
    let found = found(node);
    let (en, zh) =
        (format!("expected {}, found {}", expects.en, found.en), format!("这里应为{}，却是{}", expects.zh, found.zh));
    let diagnostic = Diagnostic::error(code!("wrong-type"), at, Text { en, zh });
    match (node.map(|node| &node.kind), expected) {
        (Some(Kind::Scalar { quoted: true, text, .. }), Expected::Boolean | Expected::Integer) => {
            diagnostic.help(text!("write {text} without quotes", "写 {text}，不加引号"))
        }
        (Some(Kind::Scalar { text, .. }), Expected::Boolean) => {
            let word = match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "true" | "y" | "1" => "true",
                "no" | "off" | "false" | "n" | "0" => "false",
                _ => return diagnostic,
            };
            diagnostic.help(text!("write `{word}`", "请写 `{word}`"))
        }
        _ => diagnostic,
    }
}

fn found(node: Option<&Node>) -> Text {
    match node.map(|node| &node.kind) {
        None | Some(Kind::Null) => text!("nothing", "空值"),
        Some(Kind::Scalar { text, .. }) => {
            let short: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
            let more = if text.chars().nth(40).is_some() { "…" } else { "" };
            text!("`{short}{more}`", " `{short}{more}`")
        }
        Some(Kind::List(_)) => text!("a list", "列表"),
        Some(Kind::Map(_)) => text!("a mapping", "映射"),
    }
}

impl Expected {
    fn words(&self) -> Text {
        match self {
            Self::Mapping => text!("a mapping", "映射"),
            Self::List => text!("a list", "列表"),
            Self::Text => text!("a text", "文本"),
            Self::Boolean => text!("`true` or `false`", " `true` 或 `false`"),
            Self::Integer => text!("a whole number", "整数"),
            Self::Other(words) => {
                let zh = match words.as_str() {
                    "a text, or `{zh: …, en: …}`" => "文本，或 `{zh: …, en: …}`",
                    "a list of names, or `name: label`" => "名称列表，或 `名称: 标签`",
                    "a field name, or a mapping with `field`" => "字段名，或带 `field` 的映射",
                    "an expression" => "表达式",
                    other => other,
                };
                Text { en: words.clone(), zh: zh.to_owned() }
            }
        }
    }
}

fn bad_name(at: Span, name: &str) -> Diagnostic {
    let reason = match Name::new(name) {
        Err(Invalid::Empty) => text!("a name must not be empty", "名称不能为空"),
        Err(Invalid::TooLong) => {
            let most = Name::MAX;
            text!("a name has at most {most} characters", "名称最多 {most} 个字符")
        }
        _ => text!(
            "a name is lower case letters, digits and `_`, and starts with a letter",
            "名称由小写字母、数字和 `_` 组成，以字母开头"
        ),
    };
    let diagnostic =
        Diagnostic::error(code!("bad-name"), at, text!("`{name}` is no name", "`{name}` 不是有效的名称")).help(reason);
    let snake = snake_case(name);
    match Name::new(&snake) {
        Ok(_) if snake != name => diagnostic.suggest(Some(&snake)),
        _ => diagnostic,
    }
}

/// A warning for a key with nothing behind it.
pub(super) fn nothing(tree: &Node, value: Span) -> Diagnostic {
    let at = key_before(tree, value).unwrap_or(value);
    Diagnostic::warning(
        code!("empty-value"),
        at,
        text!("this key has no value and does nothing", "这个键没有值，不起作用"),
    )
    .help(text!("give it a value, or remove the key", "请写上值，或删除这个键"))
}

fn first_key(tree: &Node) -> Option<Span> {
    match &tree.kind {
        Kind::Map(pairs) => pairs.first().map(|(key, _)| key.span),
        _ => Some(tree.span),
    }
}

/// The node that was written at `span`.
fn find(tree: &Node, span: Span) -> Option<&Node> {
    if tree.span == span {
        return Some(tree);
    }
    match &tree.kind {
        Kind::List(items) => items.iter().find_map(|item| find(item, span)),
        Kind::Map(pairs) => pairs.iter().find_map(|(_, value)| find(value, span)),
        Kind::Null | Kind::Scalar { .. } => None,
    }
}

/// The key whose value is missing at `value`.
fn key_before(tree: &Node, value: Span) -> Option<Span> {
    match &tree.kind {
        Kind::List(items) => items.iter().find_map(|item| key_before(item, value)),
        Kind::Map(pairs) => pairs
            .iter()
            .find_map(|(key, node)| if node.span == value { Some(key.span) } else { key_before(node, value) }),
        Kind::Null | Kind::Scalar { .. } => None,
    }
}

fn has_key(tree: &Node, map: Span, key: &str) -> bool {
    match find(tree, map) {
        Some(Node { kind: Kind::Map(pairs), .. }) => pairs.iter().any(|(known, _)| &*known.value == key),
        _ => false,
    }
}
