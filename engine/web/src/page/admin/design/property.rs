//! Properties: a place of a file as an input, and what was typed into it as edits of the file.
//!
//! The name of an input says where its text goes, and how: `t:PATH` is a scalar, `c:PATH` a tick, `w:PATH` one word or
//! several, `k:PATH` and `v:PATH` the keys and values of a mapping in turn, `b:PATH/zh` and `b:PATH/en` a label, `n:PATH` the key itself. Only what differs from the file is written.

use std::collections::BTreeMap;

use formwork_definition::yaml::edit::{Document, Value};
use serde_json::{Value as Json, json};

use super::{
    effects,
    hand::{Hand, Renamed, label, split},
    sheet::Sheet,
};
use crate::{
    error::Problem,
    page::{typed::Typed, view::View},
};

/// How a property is filled in.
pub(super) enum Widget {
    /// A line.
    Text,
    /// An expression.
    Expression,
    /// One word, or several with commas between.
    Words,
    /// A mapping of scalars, a row each: the key, and the value or `= expression`.
    Pairs,
    /// A text in both languages.
    Label,
    /// `true`, or nothing; a text when an expression stands there.
    Tick,
    /// The key itself, when it is not live yet.
    Name {
        /// Whether it can't be changed any more.
        fixed: bool,
    },
    /// One of these, each with what people read; the empty one is the first.
    Choice(Vec<(String, String)>),
}

/// A property of a place.
pub(super) struct Property {
    path: String,
    label: &'static str,
    widget: Widget,
    help: Option<&'static str>,
    missing: Option<&'static str>,
    section: Option<&'static str>,
    quiet: bool,
    list: Vec<(String, String)>,
}

impl Property {
    pub(super) fn new(path: impl Into<String>, label: &'static str, widget: Widget) -> Self {
        Self {
            path: path.into(),
            label,
            widget,
            help: None,
            missing: None,
            section: None,
            quiet: false,
            list: Vec::new(),
        }
    }

    /// Under another label.
    pub(super) fn named(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// With a sentence below it.
    pub(super) fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// With what is said as long as it is not filled in.
    pub(super) fn needed(mut self, missing: &'static str) -> Self {
        self.missing = Some(missing);
        self
    }

    /// Below a heading, folded until something there is filled in.
    pub(super) fn under(mut self, section: &'static str) -> Self {
        self.section = Some(section);
        self
    }

    /// Not marked: what is wrong here is said at another property.
    pub(super) fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// With words that are offered.
    pub(super) fn offers(mut self, list: Vec<(String, String)>) -> Self {
        self.list = list;
        self
    }

    pub(super) fn shown(&self, view: &View, sheet: &Sheet) -> Json {
        let doc = &sheet.doc;
        let id = self.path.replace('/', "-");
        let found = sheet.said(Some(&self.path));
        let name = matches!(self.widget, Widget::Name { .. });
        let error =
            found.iter().find(|one| one["error"] == true && !name && !self.quiet).map(|one| one["message"].clone());
        let missing = self.missing.filter(|_| doc.node(&self.path).is_none());
        let mut out = json!({
            "id": id, "label": view.word(self.label), "help": missing.or(self.help).map(|help| view.word(help)),
            "error": error.or(missing.map(|missing| json!(view.word(missing)))),
        });
        let mut put = |key: &str, value: Json| out[key] = value;
        let path = &self.path;
        match &self.widget {
            Widget::Label => {
                let (zh, en) = wording(doc, path);
                put("pair", json!({"zh": zh, "en": en, "name": format!("b:{path}")}));
            }
            Widget::Tick if !matches!(doc.scalar(path), Some(text) if text.starts_with('=')) => {
                put("tick", json!(true));
                put("name", json!(format!("c:{path}")));
                put("on", json!(doc.scalar(path) == Some("true")));
            }
            Widget::Name { fixed } => {
                put("fixed", json!(fixed));
                put("value", json!(split(path).1));
                put("name", json!(format!("n:{path}")));
                put("mono", json!(true));
            }
            Widget::Choice(options) => {
                let now = written(doc, path).unwrap_or_default();
                let known = options.iter().any(|(value, _)| value == now);
                let unknown = (!known && !now.is_empty()).then(|| (now.to_owned(), now.to_owned()));
                let options: Vec<Json> = options
                    .iter()
                    .chain(&unknown)
                    .map(|(value, label)| json!({"value": value, "label": label, "selected": value == now}))
                    .collect();
                put("options", json!(options));
                put("name", json!(format!("t:{path}")));
            }
            Widget::Words => {
                put("value", json!(words(doc, path)));
                put("name", json!(format!("w:{path}")));
                put("mono", json!(true));
            }
            Widget::Pairs => {
                let rows = pairs(doc, path);
                // What has parts is edited as text.
                let rows = rows
                    .iter()
                    .flatten()
                    .map(|(key, value)| (key.as_str(), value.as_str()))
                    .chain(rows.as_ref().map(|_| ("", "")));
                let rows =
                    rows.enumerate().map(|(at, (key, value))| json!({"key": key, "value": value, "number": at + 1}));
                put("pairs", rows.collect());
                put("name", json!(path));
            }
            Widget::Text | Widget::Expression | Widget::Tick => {
                put("value", json!(written(doc, path).unwrap_or_default()));
                put("name", json!(format!("t:{path}")));
                put("mono", json!(!matches!(self.widget, Widget::Text)));
                put("long", json!(matches!(self.widget, Widget::Expression)));
            }
        }
        // What has parts is edited as text.
        let parts = doc.node(path).is_some() && doc.scalar(path).is_none() && !doc.keys(path).is_empty();
        let whole = matches!(self.widget, Widget::Pairs) && pairs(doc, path).is_some();
        if parts && !whole && !matches!(self.widget, Widget::Label | Widget::Words | Widget::Name { .. }) {
            put("composed", json!(true));
        }
        let list = self.list.iter().map(|(value, label)| json!({"value": value, "label": label}));
        put("list", json!(list.collect::<Vec<_>>()));
        out
    }
}

/// Properties for a template, in sections.
pub(super) fn shown(view: &View, sheet: &Sheet, properties: &[Property]) -> Vec<Json> {
    let filled = |one: &Property| sheet.doc.node(&one.path).is_some() || written(&sheet.doc, &one.path).is_some();
    let section = |all: &[Property]| {
        let heading = all.first().and_then(|one| one.section);
        json!({
            "id": heading, "label": heading.map(|word| view.word(word)), "open": all.iter().any(filled),
            "properties": all.iter().map(|one| one.shown(view, sheet)).collect::<Vec<_>>(),
        })
    };
    properties.chunk_by(|one, next| one.section == next.section).map(section).collect()
}

/// The key that a mapping has when it is written as one word alone.
fn short(mapping: &str) -> &'static str {
    match split(mapping) {
        (_, "queue") => "name",
        (above, _) if above.ends_with("/options") => "label",
        _ => "field",
    }
}

/// The scalar of a place, also when its mapping is written as that word alone.
fn written<'d>(doc: &'d Document, path: &str) -> Option<&'d str> {
    let (above, key) = split(path);
    doc.scalar(path).or_else(|| doc.scalar(above).filter(|_| key == short(above)))
}

/// The keys of what is looked at that no property shows, each with its line in the text; `drawn` ones are shown elsewhere.
pub(super) fn rest(view: &View, sheet: &Sheet, properties: &[Property], drawn: &[&str]) -> Vec<Json> {
    let mut rest = Vec::new();
    // The keys of a list are no words.
    if sheet.doc.keys(&sheet.at).first().is_some_and(|first| first != "0") {
        unshown(sheet, &sheet.at, properties, drawn, &mut rest);
    }
    let edit = format!("{}/admin/edit/{}", view.root, sheet.path);
    let short = |path: &str| path.get(sheet.at.len()..).unwrap_or(path).trim_start_matches('/').replace('/', ".");
    rest.iter().map(|path| json!({"key": short(path), "href": format!("{edit}{}", sheet.line_of(path))})).collect()
}

/// Gathers what no property shows at a place; below a key of which some parts have properties, part by part.
fn unshown(sheet: &Sheet, at: &str, properties: &[Property], drawn: &[&str], rest: &mut Vec<String>) {
    for key in sheet.doc.keys(at).iter().filter(|key| !drawn.contains(&&***key)) {
        let path = if at.is_empty() { key.clone() } else { format!("{at}/{key}") };
        let within = format!("{path}/");
        if properties.iter().any(|property| property.path == path) {
            continue;
        }
        if properties.iter().any(|property| property.path.starts_with(&within)) {
            unshown(sheet, &path, properties, drawn, rest);
        } else {
            rest.push(path);
        }
    }
}

/// A label as it is written, in both languages.
fn wording(doc: &Document, path: &str) -> (String, String) {
    if let Some(single) = doc.scalar(path) {
        return (single.to_owned(), single.to_owned());
    }
    let part = |language: &str| doc.scalar(&format!("{path}/{language}")).unwrap_or_default().to_owned();
    (part("zh"), part("en"))
}

/// One word or several as one line.
pub(super) fn words(doc: &Document, path: &str) -> String {
    match doc.node(path).map(Value::of) {
        Some(Value::Text(text)) => text,
        Some(Value::List(items)) => {
            let item = |item: &Value| if let Value::Text(text) = item { text.clone() } else { item.written() };
            items.iter().map(item).collect::<Vec<_>>().join(", ")
        }
        _ => String::new(),
    }
}

/// A mapping of scalars; `None` when it holds more than that.
fn pairs(doc: &Document, path: &str) -> Option<Vec<(String, String)>> {
    match doc.node(path).map(Value::of) {
        Some(Value::Map(pairs)) => {
            let line = |(key, value): (String, Value)| match value {
                Value::Text(text) if !text.contains('\n') => Some((key, text)),
                _ => None,
            };
            pairs.into_iter().map(line).collect()
        }
        Some(Value::Null) | None => Some(Vec::new()),
        _ => None,
    }
}

/// Writes the rows of a mapping that are other ones now; one without a key is none.
fn paired(hand: &mut Hand<'_>, path: &str, rows: &[(&str, &str)]) -> Result<(), Problem> {
    let Some(known) = pairs(&hand.doc()?, path) else { return Ok(()) };
    let rows: Vec<_> = rows.iter().filter(|(key, _)| !key.is_empty()).collect();
    for (key, _) in &known {
        if rows.iter().all(|(row, _)| row != key) {
            hand.edit(|doc| doc.remove(&format!("{path}/{key}")))?;
        }
    }
    for (key, value) in rows {
        if known.iter().all(|(known, text)| known != key || text != value) {
            Hand::name(key)?;
            hand.edit(|doc| doc.set(&format!("{path}/{key}"), &Value::text(value)))?;
        }
    }
    Ok(())
}

/// A line as one word or several: commas inside brackets part nothing, and an expression is one.
fn parted(line: &str) -> Vec<String> {
    if line.starts_with('=') {
        return vec![line.to_owned()];
    }
    let (mut parts, mut depth) = (vec![String::new()], 0_i32);
    for c in line.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' | '，' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Writes every property that was typed and is another one now.
pub(super) fn apply(hand: &mut Hand<'_>, typed: &Typed) -> Result<(), Problem> {
    let last: BTreeMap<&str, &str> = typed.pairs().collect();
    let (mut labels, mut names): (Vec<&str>, Vec<(&str, String)>) = (Vec::new(), Vec::new());
    for (name, text) in &last {
        let Some((kind, path)) = name.split_once(':') else { continue };
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        match kind {
            "t" => set(hand, path, text, Value::text)?,
            // No tick is what is written there already.
            "c" if text != "true" && hand.scalar(path)?.as_deref() == Some("false") => {}
            "c" => set(hand, path, if text == "true" { "true" } else { "" }, Value::text)?,
            "w" if words(&hand.doc()?, path) != text => {
                let several = |_: &str| match parted(text).as_slice() {
                    [one] => Value::text(one),
                    all => Value::List(all.iter().map(|one| Value::text(one)).collect()),
                };
                set(hand, path, text, several)?;
            }
            "b" => labels.extend(path.strip_suffix("/zh")),
            "n" => names.push((path, text.to_owned())),
            _ => {}
        }
    }
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut values = keys.clone();
    for (name, text) in typed.pairs() {
        match name.split_once(':') {
            Some(("k", path)) => keys.entry(path).or_default().push(text.trim()),
            Some(("v", path)) => values.entry(path).or_default().push(text.trim()),
            _ => {}
        }
    }
    for (path, keys) in keys {
        let values = values.get(path).into_iter().flatten().copied();
        paired(hand, path, &keys.into_iter().zip(values).collect::<Vec<_>>())?;
    }
    for path in labels {
        let part = |language: &str| last.get(&*format!("b:{path}/{language}")).map_or("", |text| text.trim());
        worded(hand, path, part("zh"), part("en"))?;
    }
    // Keys last: the paths of everything else go by them.
    for (path, name) in names {
        rename(hand, path, &name)?;
    }
    Ok(())
}

/// Keys of a node or a step that mean nothing without parts.
const HOLDERS: [&str; 6] = ["approve", "escalate", "failed", "limit", "queue", "reject"];

/// A scalar, or none when the text is empty. What is written as one word alone, such as a field of a form, becomes a
/// mapping to hold more.
fn set(hand: &mut Hand<'_>, path: &str, text: &str, value: impl Fn(&str) -> Value) -> Result<(), Problem> {
    let (above, key) = split(path);
    let holder = hand.value(above)?;
    if key == short(above)
        && let Some(Value::Text(word)) = &holder
    {
        return match text {
            "" => hand.edit(|doc| doc.remove(above)),
            _ if text == word => Ok(()),
            _ => hand.edit(|doc| doc.set(above, &value(text))),
        };
    }
    let same = match &hand.value(path)? {
        None | Some(Value::Null) => text.is_empty(),
        Some(Value::Text(now)) => now == text,
        Some(_) => false,
    };
    if same {
        return Ok(());
    }
    if text.is_empty() {
        hand.edit(|doc| doc.remove(path))?;
        // What is only there to hold others goes with the last of them.
        let holds = HOLDERS.contains(&split(above).1) && !effects::NAMED.contains(&split(split(above).0).1);
        let emptied = holds && hand.doc()?.keys(above).is_empty();
        return if emptied { hand.edit(|doc| doc.remove(above)) } else { Ok(()) };
    }
    match holder {
        None if key == short(above) => hand.edit(|doc| doc.set(above, &value(text))),
        Some(Value::Text(word)) => {
            let whole = Value::map([(short(above), Value::Text(word)), (key, value(text))]);
            hand.edit(|doc| doc.set(above, &whole))
        }
        _ => hand.edit(|doc| doc.set(path, &value(text))),
    }
}

fn worded(hand: &mut Hand<'_>, path: &str, zh: &str, en: &str) -> Result<(), Problem> {
    let doc = hand.doc()?;
    if wording(&doc, path) == (zh.to_owned(), en.to_owned()) {
        return Ok(());
    }
    if zh.is_empty() && en.is_empty() {
        return hand.edit(|doc| doc.remove(path));
    }
    if doc.node(path).is_some() && doc.scalar(path).is_none() && !doc.keys(path).is_empty() {
        set(hand, &format!("{path}/zh"), zh, Value::text)?;
        return set(hand, &format!("{path}/en"), en, Value::text);
    }
    hand.edit(|doc| doc.set(path, &label(zh, en)))
}

/// Another key; what the same flow says by it follows at once, also in a file that has mistakes.
fn rename(hand: &mut Hand<'_>, path: &str, name: &str) -> Result<(), Problem> {
    let (above, before) = split(path);
    if name == before || name.is_empty() {
        return Ok(());
    }
    let name = Hand::name(name)?;
    hand.edit(|doc| doc.rename(path, &name))?;
    let now = format!("{above}/{name}");
    hand.renamed.push(Renamed { before: before.to_owned(), now: name.clone() });
    if let Some(rest) = hand.at.strip_prefix(path).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        hand.at = format!("{now}{rest}");
    }
    if above == "nodes" || above.ends_with("/nodes") {
        super::sketch::follow(hand, before, &name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::parted;

    #[test]
    fn words_are_parted_outside_of_brackets() {
        assert_eq!(parted("owner, role(a) in this.x,"), ["owner", "role(a) in this.x"]);
        assert_eq!(parted("any(a, b)， c"), ["any(a, b)", "c"]);
        assert_eq!(parted("= f(1), 2"), ["= f(1), 2"]);
        assert!(parted(" ").is_empty());
    }
}
