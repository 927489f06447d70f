//! The conditions of a list in words: `f0` is a field, `o0` how it is compared, `v0` with what; `q` is looked for in
//! every text, `view` one of the fixed views, `filter` a whole filter, as the numbers of reports lead here with. They
//! become the one filter language.

use axum::http::StatusCode;
use formwork_catalog::{
    filter::{Filter, parse_filter},
    object::{Field, Object},
};
use formwork_model::{
    code,
    field_path::FieldPath,
    field_type::{Choice, FieldType, Tone},
    name::Name,
    text,
    text::Text,
};
use serde_json::{Map, Value as Json, json};

use crate::{
    error::Problem,
    page::{typed::Typed, view::View},
};

/// How many conditions a list can have.
const MOST: usize = 6;

/// What a list was asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) typed: Typed,
    pub(crate) filter: Filter,
    /// The same as it is written; nothing when everything is asked for.
    pub(crate) json: Option<Json>,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    /// Its number in the address.
    at: usize,
    field: String,
    op: String,
    value: String,
}

/// How a field of a type can be compared: the word of the address, and what people read.
fn operators(kind: &FieldType) -> Vec<(&'static str, Text)> {
    let eq = || ("eq", text!("is", "等于"));
    let ne = || ("ne", text!("is not", "不等于"));
    let mut all = match kind {
        kind if kind.is_number() || matches!(kind, FieldType::Date | FieldType::DateTime | FieldType::Duration) => {
            vec![("gte", text!("at least", "不小于")), ("lte", text!("at most", "不大于")), eq(), ne()]
        }
        FieldType::Choice(_) | FieldType::Boolean | FieldType::Ref(_) | FieldType::User | FieldType::Department => {
            vec![eq(), ne()]
        }
        FieldType::Choices(_) | FieldType::Refs(_) => vec![("contains", text!("has", "包含"))],
        _ => vec![("contains", text!("contains", "包含")), eq(), ("starts_with", text!("begins with", "开头是"))],
    };
    all.push(("empty", text!("is empty", "为空")));
    all.push(("filled", text!("is filled in", "不为空")));
    all
}

/// A field that can be asked for, also one of a record that is referred to.
struct Choosable {
    path: String,
    label: String,
    kind: FieldType,
    /// The lines that it is a field of, and its name there: some line has to have it.
    of_line: Option<(Name, Name)>,
    sensitive: bool,
}

impl Choosable {
    /// How it can be compared; what is sensitive is found only whole.
    fn operators(&self) -> Vec<(&'static str, Text)> {
        let mut all = operators(&self.kind);
        all.retain(|(word, _)| !self.sensitive || matches!(*word, "eq" | "empty" | "filled"));
        all
    }
}

fn choosable(view: &View, object: &Object) -> Vec<Choosable> {
    let usable = |kind: &FieldType| {
        !matches!(kind, FieldType::Lines | FieldType::File | FieldType::Files | FieldType::Json | FieldType::Geo)
    };
    let mut all = Vec::new();
    if view.catalog.main_flow(object.name).is_some() {
        all.push(Choosable {
            path: "state".into(),
            label: view.field_label(object, Name::intern("state")),
            kind: FieldType::Choice(states(view, object)),
            of_line: None,
            sensitive: false,
        });
    }
    let own = |field: &Field| Choosable {
        path: field.name.to_string(),
        label: view.say(&field.label).to_owned(),
        kind: field.kind.clone(),
        of_line: None,
        sensitive: field.sensitive,
    };
    all.extend(object.fields.iter().filter(|field| usable(&field.kind)).map(own));
    for name in ["number", "created_at", "created_by", "updated_at"] {
        let name = Name::intern(name);
        if let Some(kind) = object.kind_of(name).filter(|_| name.as_str() != "number" || object.number.is_some()) {
            let (path, label) = (name.to_string(), view.field_label(object, name));
            all.push(Choosable { path, label, kind: kind.clone(), of_line: None, sensitive: false });
        }
    }
    // What no grant shows is no field of the list; the engine would refuse to ask for it.
    let hidden = view.eyes().unasked(object.name).unwrap_or_default();
    all.retain(|field| hidden.iter().all(|path| path.to_string() != field.path));
    for field in object.fields.iter().filter(|field| !hidden.contains(&field.name.into())) {
        let lines = field.lines.iter().filter(|line| !hidden.contains(&FieldPath::of_line(field.name, line.name)));
        all.extend(lines.filter(|line| usable(&line.kind)).map(|line| {
            let (lines, label) = (view.say(&field.label), view.say(&line.label));
            Choosable {
                path: format!("{}.{}", field.name, line.name),
                label: view.say(&text!("{lines} › some {label}", "{lines} › 任一行的{label}")).to_owned(),
                kind: line.kind.clone(),
                of_line: Some((field.name, line.name)),
                sensitive: line.sensitive,
            }
        }));
        let FieldType::Ref(to) = field.kind else { continue };
        let Some(other) = view.catalog.object(to) else { continue };
        let hidden = view.eyes().unasked(to).unwrap_or_default();
        for inner in other
            .fields
            .iter()
            .filter(|inner| !hidden.contains(&inner.name.into()))
            .filter(|inner| usable(&inner.kind) && !matches!(inner.kind, FieldType::Ref(_) | FieldType::Refs(_)))
        {
            all.push(Choosable {
                path: format!("{}.{}", field.name, inner.name),
                label: format!("{} › {}", view.say(&field.label), view.say(&inner.label)),
                kind: inner.kind.clone(),
                of_line: None,
                sensitive: inner.sensitive,
            });
        }
    }
    all
}

/// The states of the main flow, as options.
pub(crate) fn states(view: &View, object: &Object) -> Vec<Choice> {
    let flow = view.catalog.main_flow(object.name);
    let nodes = flow.iter().flat_map(|flow| flow.nodes.values()).filter(|node| node.parent.is_none());
    let waits = |node: &&formwork_catalog::flow::Node| {
        use formwork_catalog::flow::NodeKind as Kind;
        matches!(
            node.kind,
            Kind::State { .. }
                | Kind::Approval(_)
                | Kind::End { .. }
                | Kind::Wait { .. }
                | Kind::Each { .. }
                | Kind::Scope { .. }
        )
    };
    nodes.filter(waits).map(|node| Choice { name: node.name, label: node.label.clone(), tone: Tone::Neutral }).collect()
}

/// Reads the parameters of a list. A condition that can't be read is a problem at its field.
pub(crate) fn asked(view: &View, object: &Object, typed: &Typed) -> Result<Asked, Problem> {
    let mut conditions = Vec::new();
    for at in 0..MOST {
        let Some(field) = typed.filled(&format!("f{at}")) else { continue };
        let op = typed.filled(&format!("o{at}")).unwrap_or("eq").to_owned();
        let value = typed.filled(&format!("v{at}")).unwrap_or_default().to_owned();
        if value.is_empty() && op != "empty" && op != "filled" {
            continue;
        }
        conditions.push(Condition { at, field: field.to_owned(), op, value });
    }
    let fields = choosable(view, object);
    let each: Vec<Json> = conditions.iter().filter_map(|condition| as_filter(view, &fields, condition)).collect();
    let joined = if typed.filled("any").is_some() && each.len() > 1 { vec![json!({"or": each})] } else { each };
    let mut all: Vec<Json> = joined;
    all.extend(typed.filled("q").and_then(|q| everywhere(view, object, q)));
    match typed.filled("view") {
        Some("mine") => all.extend(object.owner.map(|owner| json!({owner.as_str(): "$me"}))),
        Some("created") => all.push(json!({"created_by": "$me"})),
        Some("week") => all.push(json!({"updated_at": {"gte": "week_start"}})),
        _ => {}
    }
    all.extend(typed.filled("filter").map(whole).transpose()?);
    let json = if all.len() > 1 { Some(json!({"and": all})) } else { all.pop() };
    let filter = match &json {
        Some(json) => parse(view, object, json)?,
        None => Filter::And(Vec::new()),
    };
    Ok(Asked { typed: typed.clone(), filter, json, conditions })
}

/// A filter that stands in the address as JSON.
fn whole(text: &str) -> Result<Json, Problem> {
    let found = serde_json::from_str::<Json>(text).ok().filter(Json::is_object);
    found.ok_or_else(|| {
        let message = text!("`filter` is a JSON object", "`filter` 应为 JSON 对象");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-parameter"), message).field("filter")
    })
}

fn parse(view: &View, object: &Object, json: &Json) -> Result<Filter, Problem> {
    parse_filter(&*view.catalog, object.name, json, view.zone()).map_err(Problem::filter)
}

fn as_filter(view: &View, fields: &[Choosable], condition: &Condition) -> Option<Json> {
    let field = fields.iter().find(|field| field.path == condition.field)?;
    let value = match &field.kind {
        FieldType::Ref(to) | FieldType::Refs(to) => {
            let found = view.eyes().resolve(*to, &Json::from(&*condition.value)).ok().flatten();
            json!(found.map_or_else(|| condition.value.clone(), |id| id.to_string()))
        }
        FieldType::Boolean => json!(matches!(&*condition.value, "true" | "1" | "是" | "yes" | "Yes")),
        FieldType::Choice(options) | FieldType::Choices(options) => {
            let known =
                options.iter().find(|option| option.label.en == condition.value || option.label.zh == condition.value);
            json!(known.map_or(condition.value.as_str(), |option| option.name.as_str()))
        }
        _ => json!(condition.value),
    };
    let compared = match condition.op.as_str() {
        "empty" => json!({"empty": true}),
        "filled" => json!({"empty": false}),
        op => Json::Object(Map::from_iter([(op.to_owned(), value)])),
    };
    Some(match field.of_line {
        Some((lines, line)) => json!({lines.as_str(): {"any": {line.as_str(): compared}}}),
        None => Json::Object(Map::from_iter([(field.path.clone(), compared)])),
    })
}

/// A text anywhere in the number or a text field; of a sensitive one, the whole of it.
pub(crate) fn everywhere(view: &View, object: &Object, q: &str) -> Option<Json> {
    let unasked = view.eyes().unasked(object.name).ok()?;
    let texts = object.fields.iter().filter(|field| !unasked.contains(&field.name.into())).filter(|field| {
        matches!(field.kind, FieldType::Text | FieldType::LongText | FieldType::Phone | FieldType::Email)
    });
    let compared = |field: &Field| {
        let how = json!({field.name.as_str(): {if field.sensitive { "eq" } else { "contains" }: q}});
        // What is no phone number is nobody's.
        parse_filter(&*view.catalog, object.name, &how, view.zone()).is_ok().then_some(how)
    };
    let mut any: Vec<Json> = texts.filter_map(compared).collect();
    if object.number.is_some() {
        any.push(json!({"number": {"contains": q}}));
    }
    (!any.is_empty()).then(|| json!({"or": any}))
}

impl Asked {
    /// What is asked for of something that is not one list, such as a report over several objects: only `filter` says
    /// which records count there.
    pub(crate) fn over_several(typed: &Typed) -> Result<Self, Problem> {
        let json = typed.filled("filter").map(whole).transpose()?;
        Ok(Self { typed: typed.clone(), filter: Filter::And(Vec::new()), json, conditions: Vec::new() })
    }

    /// Whether it is less than the whole list.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.conditions.is_empty() || ["q", "view", "filter"].iter().any(|name| self.typed.filled(name).is_some())
    }

    /// Whether the address says nothing but which panel is open.
    pub(crate) fn is_untouched(&self) -> bool {
        self.typed.pairs().all(|(name, text)| text.is_empty() || matches!(name, "panel" | "did"))
    }

    /// The address with these parameters instead; an empty one is left out.
    pub(crate) fn with(&self, href: &str, instead: &[(&str, &str)]) -> String {
        let kept = self.typed.pairs().filter(|(name, text)| {
            !text.is_empty() && *name != "did" && instead.iter().all(|(other, _)| other != name)
        });
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(kept).extend_pairs(instead.iter().filter(|(_, text)| !text.is_empty()));
        let query = out.finish();
        if query.is_empty() { href.to_owned() } else { format!("{href}?{query}") }
    }

    /// The parameters but these, for the hidden inputs of a form.
    pub(crate) fn kept(&self, but: &[&str]) -> Json {
        let kept = self.typed.pairs().filter(|(name, text)| !text.is_empty() && *name != "did" && !but.contains(name));
        Json::Array(kept.map(|(name, value)| json!({"name": name, "value": value})).collect())
    }

    pub(crate) fn kept_but_filter(&self) -> Json {
        let names: Vec<String> = (0..MOST).flat_map(|at| ["f", "o", "v"].map(|part| format!("{part}{at}"))).collect();
        let mut but: Vec<&str> = names.iter().map(String::as_str).collect();
        but.extend(["after", "panel", "any"]);
        self.kept(&but)
    }
}

/// The conditions as sentences, each with the way to be rid of it.
pub(crate) fn tokens(view: &View, object: &Object, asked: &Asked, href: &str) -> Json {
    let fields = choosable(view, object);
    let tokens = asked.conditions.iter().filter_map(|condition| {
        let field = fields.iter().find(|field| field.path == condition.field)?;
        let op = field.operators().into_iter().find(|(word, _)| *word == condition.op);
        let op = op.map_or_else(|| condition.op.clone(), |(_, label)| view.say(&label).to_owned());
        let value = value_label(view, &field.kind, &condition.value);
        let at = condition.at;
        let (f, o, v) = (format!("f{at}"), format!("o{at}"), format!("v{at}"));
        Some(json!({
            "text": format!("{} {op} {value}", field.label).trim(),
            "href": asked.with(href, &[(&f, ""), (&o, ""), (&v, ""), ("after", "")]),
        }))
    });
    let mut tokens: Vec<Json> = tokens.collect();
    if asked.typed.filled("filter").is_some() {
        let text = view.say(&text!("as in the report", "报表中的范围")).to_owned();
        tokens.push(json!({"text": text, "href": asked.with(href, &[("filter", ""), ("after", "")])}));
    }
    Json::Array(tokens)
}

fn value_label(view: &View, kind: &FieldType, value: &str) -> String {
    match kind {
        FieldType::Ref(to) | FieldType::Refs(to) => {
            value.parse().map_or_else(|_| value.to_owned(), |id| view.title(*to, id))
        }
        FieldType::Choice(options) | FieldType::Choices(options) => {
            let known = options.iter().find(|option| option.name == value);
            known.map_or(value, |option| view.say(&option.label)).to_owned()
        }
        FieldType::User => view.person(value),
        FieldType::Boolean => {
            view.say(&if value == "true" { text!("yes", "是") } else { text!("no", "否") }).to_owned()
        }
        _ => relative(value).map_or_else(|| value.to_owned(), |label| view.say(&label).to_owned()),
    }
}

/// Days that depend on today, in words.
const RELATIVE: &[(&str, &str, &str)] = &[
    ("today", "today", "今天"),
    ("week_start", "the start of this week", "本周开始"),
    ("month_start", "the start of this month", "本月开始"),
    ("year_start", "the start of this year", "今年开始"),
    ("today-7d", "7 days ago", "7 天前"),
    ("today-30d", "30 days ago", "30 天前"),
    ("today+7d", "in 7 days", "7 天后"),
    ("today+30d", "in 30 days", "30 天后"),
];

fn relative(value: &str) -> Option<Text> {
    let (_, en, zh) = RELATIVE.iter().find(|(word, ..)| *word == value)?;
    Some(Text { en: (*en).to_owned(), zh: (*zh).to_owned() })
}

/// The rows of the filter builder: each condition, and one more.
pub(crate) fn rows(view: &View, object: &Object, asked: &Asked) -> Json {
    let fields = choosable(view, object);
    let blank = (0..MOST).find(|at| asked.conditions.iter().all(|condition| condition.at != *at));
    let mut rows: Vec<(usize, Option<&Condition>)> =
        asked.conditions.iter().map(|known| (known.at, Some(known))).collect();
    rows.extend(blank.map(|at| (at, None)));
    let rows = rows.into_iter().map(|(at, condition)| {
        let chosen = condition.and_then(|condition| fields.iter().find(|field| field.path == condition.field));
        let kind = chosen.or(fields.first()).map_or(&FieldType::Text, |field| &field.kind);
        let options = fields.iter().map(|field| {
            json!({"value": field.path, "label": field.label, "selected": chosen.is_some_and(|it| it.path == field.path)})
        });
        // Without a field yet every comparison may be meant.
        let mut ops = chosen.or(fields.first()).map_or_else(|| operators(kind), Choosable::operators);
        for (word, label) in [operators(&FieldType::Text), operators(&FieldType::Integer)].into_iter().flatten() {
            if condition.is_none() && ops.iter().all(|(known, _)| *known != word) {
                ops.push((word, label));
            }
        }
        let ops = ops.into_iter().map(|(word, label)| {
            let selected = condition.is_some_and(|condition| condition.op == word);
            json!({"value": word, "label": view.say(&label), "selected": selected})
        });
        json!({
            "at": at, "fields": options.collect::<Vec<_>>(), "ops": ops.collect::<Vec<_>>(),
            "value": condition.map_or_else(String::new, |condition| written(view, kind, &condition.value)), "words": words(view, kind),
        })
    });
    Json::Array(rows.collect())
}

/// A value as it is typed: an option by its word, everything else as it is.
fn written(view: &View, kind: &FieldType, value: &str) -> String {
    match kind {
        FieldType::Choice(_) | FieldType::Choices(_) | FieldType::Ref(_) | FieldType::Refs(_) => {
            value_label(view, kind, value)
        }
        _ => value.to_owned(),
    }
}

/// Values that may be meant.
fn words(view: &View, kind: &FieldType) -> Json {
    let words: Vec<Json> = match kind {
        FieldType::Choice(options) | FieldType::Choices(options) => {
            options.iter().map(|option| json!({"value": view.say(&option.label), "label": ""})).collect()
        }
        FieldType::Boolean => [text!("Yes", "是"), text!("No", "否")].iter().map(|word| json!({"value": view.say(word), "label": ""})).collect(),
        FieldType::User => vec![json!({"value": "$me", "label": view.say(&text!("me", "我"))})],
        FieldType::Date | FieldType::DateTime => RELATIVE
            .iter()
            .map(|(word, ..)| json!({"value": word, "label": relative(word).as_ref().map(|label| view.say(label).to_owned())}))
            .collect(),
        _ => Vec::new(),
    };
    Json::Array(words)
}
