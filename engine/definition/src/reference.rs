//! The reference page of the language, generated from the schemas: what the code says is what the page says.

mod chinese;

use std::{collections::BTreeMap, fmt::Write as _};

use formwork_model::text::Language;
use serde_json::{Map, Value as Json};

use crate::schema::{kinds, label, plain};

pub(crate) use chinese::summary;

/// The page, in Markdown: the kinds in reading order, then the types they share. In Chinese everything has a short
/// explanation, and the English one below it, which is the whole of it.
pub fn reference(language: Language) -> String {
    Page { language, text: String::new() }.written()
}

/// The page while it is written.
struct Page {
    language: Language,
    text: String,
}

impl Page {
    /// A word of the page itself.
    fn word<'w>(&self, en: &'w str, zh: &'w str) -> &'w str {
        if self.language == Language::Zh { zh } else { en }
    }

    fn written(mut self) -> String {
        let head = self.word(
            "# The definition language\n\n\
             Every definition is a file `NAME.KIND.yaml`. Names are lower case letters, digits and `_`. \
             A key that is not listed here is an error.\n\n",
            "# 定义语言\n\n每个定义是一个文件 `名称.种类.yaml`。名称只用小写字母、数字和 `_`。此处未列出的键视为错误。\n\n",
        );
        self.text.push_str(head);
        let schemas: Vec<(&str, Json)> = kinds().iter().filter_map(|kind| Some((*kind, plain(kind)?))).collect();
        for (kind, _) in &schemas {
            let shown = self.kind(kind);
            let _ = writeln!(self.text, "- [{shown}](#{kind})");
        }
        let mut types: BTreeMap<&str, &Json> = BTreeMap::new();
        for (kind, schema) in &schemas {
            self.section(2, kind, schema);
            let defs = schema.get("$defs").and_then(Json::as_object);
            types.extend(defs.into_iter().flatten().map(|(name, schema)| (name.as_str(), schema)));
        }
        let heading = self.word("\n## Types\n", "\n## Types 类型\n");
        self.text.push_str(heading);
        for (name, schema) in types {
            self.section(3, name, schema);
        }
        self.text
    }

    /// A kind as a heading has it: its word of the language first, so that it can be linked to.
    fn kind(&self, name: &str) -> String {
        match label(name).filter(|_| self.language == Language::Zh) {
            Some(label) => format!("{name} {}", label.zh),
            None => name.to_owned(),
        }
    }

    /// A heading, what it is, and its keys or options.
    fn section(&mut self, level: usize, name: &str, schema: &Json) {
        let heading = self.kind(name);
        let _ = writeln!(self.text, "\n{} {heading}\n", "#".repeat(level));
        let mut english = description(schema);
        if let Some(summary) = summary(name, "").filter(|_| self.language == Language::Zh) {
            let _ = writeln!(self.text, "{summary}\n");
            let small = english.split("\n\n").map(|part| format!("<small lang=\"en\">{part}</small>"));
            english = small.collect::<Vec<_>>().join("\n\n");
        }
        let _ = writeln!(self.text, "{english}");
        if let Some(keys) = schema.get("properties").and_then(Json::as_object) {
            self.keys_table(name, schema, keys);
            return;
        }
        let options = schema.get("oneOf").and_then(Json::as_array);
        if let Some(options) = options.filter(|all| all.iter().all(|one| one.get("const").is_some())) {
            let head = self.word("option | meaning", "选项 | 含义");
            let _ = writeln!(self.text, "\n| {head} |\n|---|---|");
            for option in options {
                let word = option.get("const").and_then(Json::as_str).unwrap_or_default();
                let meaning = self.meaning(name, word, option);
                let _ = writeln!(self.text, "| `{word}` | {meaning} |");
            }
            return;
        }
        let words = self.words(schema);
        if !words.is_empty() {
            let _ = match self.language {
                Language::En => writeln!(self.text, "\nWritten as {words}."),
                Language::Zh => writeln!(self.text, "\n写作 {words}。"),
            };
        }
    }

    fn keys_table(&mut self, name: &str, schema: &Json, keys: &Map<String, Json>) {
        let required: Vec<&str> =
            schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
        let head = self.word("key | value | required | meaning", "键 | 取值 | 必填 | 含义");
        let yes = self.word("yes", "是");
        let _ = writeln!(self.text, "\n| {head} |\n|---|---|---|---|");
        for (key, value) in keys {
            let must = if required.contains(&key.as_str()) { yes } else { "" };
            let (words, meaning) = (cell(&self.words(value)), self.meaning(name, key, value));
            let _ = writeln!(self.text, "| `{key}` | {words} | {must} | {meaning} |");
        }
    }

    /// What a key or word means, as a cell.
    fn meaning(&self, of: &str, key: &str, schema: &Json) -> String {
        let english = cell(&description(schema));
        match summary(of, key).filter(|_| self.language == Language::Zh) {
            Some(summary) => format!("{}<br><small lang=\"en\">{english}</small>", cell(summary)),
            None => english,
        }
    }

    /// What can stand there, in words.
    fn words(&self, schema: &Json) -> String {
        if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
            let name = name.trim_start_matches("#/$defs/");
            return format!("[{name}](#{})", name.to_lowercase());
        }
        if let Some(options) = schema.get("anyOf").and_then(Json::as_array) {
            return self.alternatives(options);
        }
        match schema.get("type") {
            Some(Json::String(word)) => self.typed(word, schema),
            Some(Json::Array(all)) => {
                let words = all.iter().filter_map(Json::as_str).filter(|word| *word != "null");
                words.map(|word| self.typed(word, schema)).collect::<Vec<_>>().join(self.word(" or ", " 或 "))
            }
            _ if schema.get("title").and_then(Json::as_str) == Some("Value") => {
                self.word("value, or `= expression`", "值，或 `= 表达式`").to_owned()
            }
            _ => self.word("anything", "任意").to_owned(),
        }
    }

    /// `X`, `X or Y`, or `X, or a list of them`.
    fn alternatives(&self, options: &[Json]) -> String {
        let is_null = |option: &&Json| option.get("type").and_then(Json::as_str) == Some("null");
        let options: Vec<&Json> = options.iter().filter(|option| !is_null(option)).collect();
        if let [one, list] = options.as_slice()
            && list.get("items") == Some(*one)
        {
            return format!("{}{}", self.words(one), self.word(", or a list of them", "，或其列表"));
        }
        options.iter().map(|option| self.words(option)).collect::<Vec<_>>().join(self.word(" or ", " 或 "))
    }

    fn typed(&self, word: &str, schema: &Json) -> String {
        let plain = match word {
            "string" if schema.get("pattern").is_some() => self.word("name", "标识"),
            "string" => self.word("text", "文本"),
            "boolean" => self.word("`true` or `false`", "`true` 或 `false`"),
            "integer" => self.word("whole number", "整数"),
            "array" => {
                return match schema.get("items").map(|items| self.words(items)) {
                    Some(items) if self.language == Language::Zh => format!("{}的列表", spaced(items)),
                    Some(items) => format!("list of {items}"),
                    None => self.word("list", "列表").to_owned(),
                };
            }
            "object" => return self.object(schema),
            other => other,
        };
        plain.to_owned()
    }

    fn object(&self, schema: &Json) -> String {
        if let Some(keys) = schema.get("properties").and_then(Json::as_object) {
            let keys: Vec<_> = keys.keys().map(|key| format!("{key}: …")).collect();
            return format!("`{{{}}}`", keys.join(", "));
        }
        match schema.get("additionalProperties") {
            Some(below @ Json::Object(_)) => {
                format!("{}{}", self.word("names, each with ", "若干标识，各为 "), self.words(below))
            }
            _ => self.word("mapping", "映射").to_owned(),
        }
    }
}

/// Before Chinese, a space after what ends in another script.
fn spaced(words: String) -> String {
    if words.ends_with(|c: char| c.is_ascii()) { words + " " } else { words }
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
        let page = reference(Language::En);
        assert_eq!(page, reference(Language::En));
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
        for page in [Language::En, Language::Zh].map(reference) {
            let headings: Vec<String> = page
                .lines()
                .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ')?.split(' ').next())
                .map(str::to_lowercase)
                .collect();
            for target in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
                assert!(headings.iter().any(|heading| heading == target), "{target}");
            }
        }
    }

    #[test]
    fn in_chinese_the_frame_is_chinese_and_the_english_stays_below() {
        let page = reference(Language::Zh);
        assert!(page.contains("\n## flow 流程\n\n流程：") && page.contains("A graph over an object."));
        let row = "| `object` | 标识 | 是 | 流程所属的对象。<br><small lang=\"en\">The object it runs over.</small> |";
        assert!(page.contains(row));
        assert!(page.contains("| `nodes` | 若干标识，各为 [Node](#node) | 是 |"));
        assert!(page.contains("| `restrict` | 拒绝删除。<br>"));
        assert!(!page.contains("| key |") && !page.contains("whole number"));
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
