//! The conditions of a list in words: `f0` is a field, `o0` how it is compared, `v0` with what; `q` is looked for in
//! every text, `view` one of the fixed views, `filter` a whole filter, as the numbers of reports lead here with. They
//! become the one filter language.

use axum::http::StatusCode;
use formwork_catalog::{
    filter::{Filter, parse_filter},
    flow::Node,
    object::{Field, Object},
};
use formwork_model::{
    code,
    field_path::FieldPath,
    field_type::{Choice, FieldType},
    id::RecordId,
    name::Name,
    text,
    text::Text,
};
use serde_json::{Map, Value as Json, json};

use crate::{
    error::Problem,
    page::{
        typed::{CHOSEN, Typed},
        view::View,
    },
};

/// How many conditions a list can have.
pub(super) const MOST: usize = 6;

/// What a list was asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) typed: Typed,
    pub(crate) filter: Filter,
    /// The same as it is written; nothing when everything is asked for.
    pub(crate) json: Option<Json>,
    conditions: Vec<Condition>,
    /// The conditions that can't be read, by their number, and why. They are not in the filter.
    refused: Vec<(usize, Problem)>,
}

/// A condition as it was chosen, one whose value is missing as well.
#[derive(Debug)]
pub(super) struct Condition {
    /// Its number in the address.
    at: usize,
    pub(super) field: String,
    pub(super) op: String,
    pub(super) values: Vec<String>,
}

impl Condition {
    /// The condition of this number; nothing when no field was chosen.
    pub(super) fn read(view: &View, fields: &[Choosable], typed: &Typed, at: usize) -> Option<Self> {
        let field = typed.filled(&format!("f{at}"))?.to_owned();
        let op = typed.filled(&format!("o{at}")).unwrap_or("eq").to_owned();
        let name = format!("v{at}");
        let mut values: Vec<String> = typed.all(&name).into_iter().map(|value| value.trim().to_owned()).collect();
        values.retain(|value| !value.is_empty());
        let kind = fields.iter().find(|known| known.path == field).map(|known| &known.kind);
        // An option may be told by what it is called.
        if let Some(FieldType::Choice(options) | FieldType::Choices(options)) = kind {
            for value in &mut values {
                let called = options.iter().find(|option| option.label.en == *value || option.label.zh == *value);
                if let Some(option) = called {
                    *value = option.name.to_string();
                }
            }
        }
        // Of a reference the text is what people read; beside it stands what was chosen.
        if let (Some(kind), Some(chosen), [text]) =
            (kind, typed.filled(&format!("{name}{CHOSEN}")), values.as_mut_slice())
            && value_label(view, kind, chosen) == *text
        {
            *text = chosen.to_owned();
        }
        Some(Self { at, field, op, values })
    }

    fn is_whole(&self) -> bool {
        !self.values.is_empty() || matches!(&*self.op, "empty" | "filled" | "me")
    }
}

/// How a field of a type can be compared: the word of the address, and what people read.
pub(super) fn operators(kind: &FieldType) -> Vec<(&'static str, Text)> {
    let eq = || ("eq", text!("is", "等于"));
    let ne = || ("ne", text!("is not", "不等于"));
    let mut all = match kind {
        kind if kind.is_number() || matches!(kind, FieldType::Date | FieldType::DateTime | FieldType::Duration) => {
            vec![("gte", text!("at least", "不小于")), ("lte", text!("at most", "不大于")), eq(), ne()]
        }
        FieldType::Choice(_) => {
            vec![eq(), ("in", text!("is one of", "属于")), ne(), ("not_in", text!("is none of", "不属于"))]
        }
        FieldType::User => vec![eq(), ("me", text!("is me", "是我")), ne()],
        FieldType::Boolean => vec![eq()],
        FieldType::Ref(_) | FieldType::Department => vec![eq(), ne()],
        FieldType::Choices(_) => vec![("contains", text!("has any of", "包含任一"))],
        FieldType::Refs(_) => vec![("contains", text!("has", "包含"))],
        _ => vec![("contains", text!("contains", "包含")), eq(), ("starts_with", text!("begins with", "开头是"))],
    };
    all.push(("empty", text!("is empty", "为空")));
    all.push(("filled", text!("is filled in", "不为空")));
    all
}

/// A field that can be asked for, also one of a record that is referred to.
pub(super) struct Choosable {
    pub(super) path: String,
    pub(super) label: String,
    pub(super) kind: FieldType,
    /// The lines that it is a field of, and its name there: some line has to have it.
    of_line: Option<(Name, Name)>,
    sensitive: bool,
}

impl Choosable {
    /// How it can be compared; what is sensitive is found only whole.
    pub(super) fn operators(&self) -> Vec<(&'static str, Text)> {
        let mut all = operators(&self.kind);
        all.retain(|(word, _)| !self.sensitive || matches!(*word, "eq" | "empty" | "filled"));
        all
    }
}

pub(super) fn choosable(view: &View, object: &Object) -> Vec<Choosable> {
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
    let Some(flow) = view.catalog.main_flow(object.name) else { return Vec::new() };
    let nodes = flow.nodes.values().filter(|node| node.parent.is_none());
    let waits = |node: &&Node| {
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
    let option = |node: &Node| Choice { name: node.name, label: node.label.clone(), tone: flow.tone(node) };
    nodes.filter(waits).map(option).collect()
}

/// Reads the parameters of a list.
///
/// # Errors
/// When one of them can't be read, also a condition.
pub(crate) fn asked(view: &View, object: &Object, typed: &Typed) -> Result<Asked, Problem> {
    let mut asked = asked_so_far(view, object, typed)?;
    asked.refused.pop().map_or(Ok(asked), |(_, problem)| Err(problem))
}

/// As [`asked`], for a page that says of a condition that can't be read what is wrong with it.
pub(crate) fn asked_so_far(view: &View, object: &Object, typed: &Typed) -> Result<Asked, Problem> {
    let fields = choosable(view, object);
    let mut conditions: Vec<Condition> = (0..MOST).filter_map(|at| Condition::read(view, &fields, typed, at)).collect();
    conditions.retain(|condition| condition.is_whole());
    let (mut each, mut refused) = (Vec::new(), Vec::new());
    for condition in &conditions {
        let Some(field) = fields.iter().find(|field| field.path == condition.field) else { continue };
        let read = as_filter(view, field, condition);
        match read.and_then(|json| parse(view, object, &json).map(|_| json)) {
            Ok(json) => each.push(json),
            Err(problem) => refused.push((condition.at, problem)),
        }
    }
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
    Ok(Asked { typed: typed.clone(), filter, json, conditions, refused })
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

fn as_filter(view: &View, field: &Choosable, condition: &Condition) -> Result<Json, Problem> {
    let values = condition.values.iter().map(|value| operand(view, &field.kind, value));
    let mut values: Vec<Json> = values.collect::<Result<_, _>>()?;
    let on = |compared: Json| match field.of_line {
        Some((lines, line)) => json!({lines.as_str(): {"any": {line.as_str(): compared}}}),
        None => Json::Object(Map::from_iter([(field.path.clone(), compared)])),
    };
    let one = |op: &str, value: Json| on(Json::Object(Map::from_iter([(op.to_owned(), value)])));
    Ok(match condition.op.as_str() {
        "empty" => one("empty", json!(true)),
        "filled" => one("empty", json!(false)),
        "me" => one("eq", json!("$me")),
        "in" => one("in", Json::Array(values)),
        "not_in" => one("not_in", Json::Array(values)),
        op if values.len() > 1 => json!({"or": values.into_iter().map(|value| one(op, value)).collect::<Vec<_>>()}),
        op => one(op, values.pop().unwrap_or_default()),
    })
}

/// What a text of a condition means to a field.
fn operand(view: &View, kind: &FieldType, value: &str) -> Result<Json, Problem> {
    let keyed = |object: &str, key: &str| {
        let own = view.by_text(object, value);
        let own = own.and_then(|record| record.fields.get(Name::find(key)?).as_text().map(str::to_owned));
        json!(own.unwrap_or_else(|| value.to_owned()))
    };
    Ok(match kind {
        FieldType::Ref(_) | FieldType::Refs(_) if value.parse::<RecordId>().is_ok() => json!(value),
        FieldType::Ref(to) | FieldType::Refs(to) => {
            let found = view.eyes().resolve(*to, &Json::from(value)).ok().flatten();
            json!(found.ok_or_else(|| nobody_called(value))?.to_string())
        }
        FieldType::User if value != "$me" => keyed("user", "login"),
        FieldType::Department => keyed("department", "code"),
        FieldType::Boolean => json!(matches!(value, "true" | "1" | "是" | "yes" | "Yes")),
        FieldType::Date | FieldType::DateTime => {
            let known = RELATIVE.iter().find(|(_, en, zh)| *en == value || *zh == value);
            json!(known.map_or(value, |(word, ..)| *word))
        }
        _ => json!(value),
    })
}

fn nobody_called(text: &str) -> Problem {
    let message = text!(
        "nothing is called `{text}`: choose one of what is found while you type",
        "没有名为 `{text}` 的记录：请从输入时列出的结果中选择"
    );
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code!("bad-value"), message)
}

/// The fields in which a text is looked for: none that some grant hides.
pub(crate) fn looked_through<'o>(view: &View, object: &'o Object) -> Vec<&'o Field> {
    let Ok(unasked) = view.eyes().unasked(object.name) else { return Vec::new() };
    let text =
        |kind: &FieldType| matches!(kind, FieldType::Text | FieldType::LongText | FieldType::Phone | FieldType::Email);
    object.fields.iter().filter(|field| text(&field.kind) && !unasked.contains(&field.name.into())).collect()
}

/// A text anywhere in the number or a text field; of a sensitive one, the whole of it.
pub(crate) fn everywhere(view: &View, object: &Object, q: &str) -> Option<Json> {
    let texts = looked_through(view, object).into_iter();
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
        Ok(Self {
            typed: typed.clone(),
            filter: Filter::And(Vec::new()),
            json,
            conditions: Vec::new(),
            refused: Vec::new(),
        })
    }

    /// Whether it is less than the whole list.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.conditions.is_empty() || ["q", "view", "filter"].iter().any(|name| self.typed.filled(name).is_some())
    }

    /// What is wrong with the condition of this number.
    pub(super) fn refused(&self, at: usize) -> Option<&Text> {
        let (_, problem) = self.refused.iter().find(|(refused, _)| *refused == at)?;
        problem.found().first().map(|found| &found.message)
    }

    /// Whether some condition can't be read.
    pub(crate) fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Whether some condition is begun and not whole, or can't be read.
    pub(crate) fn is_unfinished(&self) -> bool {
        let begun = (0..MOST).filter(|at| self.typed.filled(&format!("f{at}")).is_some()).count();
        begun > self.conditions.len() || self.is_refused()
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
        let names: Vec<String> = (0..MOST).flat_map(names_of).collect();
        let mut but: Vec<&str> = names.iter().map(String::as_str).collect();
        but.extend(["after", "panel", "any"]);
        self.kept(&but)
    }
}

/// The parameters of a condition.
fn names_of(at: usize) -> [String; 4] {
    [format!("f{at}"), format!("o{at}"), format!("v{at}"), format!("v{at}{CHOSEN}")]
}

/// The conditions as sentences, each with the way to be rid of it.
pub(crate) fn tokens(view: &View, object: &Object, asked: &Asked, href: &str) -> Json {
    let fields = choosable(view, object);
    let tokens = asked.conditions.iter().filter_map(|condition| {
        let field = fields.iter().find(|field| field.path == condition.field)?;
        let op = field.operators().into_iter().find(|(word, _)| *word == condition.op);
        let op = op.map_or_else(|| condition.op.clone(), |(_, label)| view.say(&label).to_owned());
        let value = view.joined(condition.values.iter().map(|value| value_label(view, &field.kind, value)));
        let names = names_of(condition.at);
        let mut instead: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        instead.push(("after", ""));
        Some(json!({
            "text": format!("{} {op} {value}", field.label).trim(),
            "href": asked.with(href, &instead),
        }))
    });
    let mut tokens: Vec<Json> = tokens.collect();
    if asked.typed.filled("filter").is_some() {
        let text = view.say(&text!("as in the report", "报表中的范围")).to_owned();
        tokens.push(json!({"text": text, "href": asked.with(href, &[("filter", ""), ("after", "")])}));
    }
    Json::Array(tokens)
}

/// A value of a condition as people read it.
pub(super) fn value_label(view: &View, kind: &FieldType, value: &str) -> String {
    match kind {
        FieldType::Ref(to) | FieldType::Refs(to) => {
            let Ok(id) = value.parse() else { return value.to_owned() };
            view.referred(*to, id)
        }
        FieldType::Choice(options) | FieldType::Choices(options) => {
            let known = options.iter().find(|option| option.name == value);
            known.map_or(value, |option| view.say(&option.label)).to_owned()
        }
        FieldType::User if value == "$me" => view.say(&text!("me", "我")).to_owned(),
        FieldType::User => view.person(value),
        FieldType::Department => view.called("department", value),
        FieldType::Boolean => {
            view.say(&if value == "true" { text!("yes", "是") } else { text!("no", "否") }).to_owned()
        }
        _ => relative(value).map_or_else(|| value.to_owned(), |label| view.say(&label).to_owned()),
    }
}

/// Days that depend on today, in words.
pub(super) const RELATIVE: &[(&str, &str, &str)] = &[
    ("today", "today", "今天"),
    ("week_start", "the start of this week", "本周开始"),
    ("month_start", "the start of this month", "本月开始"),
    ("year_start", "the start of this year", "今年开始"),
    ("today-7d", "7 days ago", "7 天前"),
    ("today-30d", "30 days ago", "30 天前"),
    ("today+7d", "in 7 days", "7 天后"),
    ("today+30d", "in 30 days", "30 天后"),
];

pub(super) fn relative(value: &str) -> Option<Text> {
    if let Some((_, en, zh)) = RELATIVE.iter().find(|(word, ..)| *word == value) {
        return Some(Text { en: (*en).to_owned(), zh: (*zh).to_owned() });
    }
    // Any other number of days, which the reader did not pick from those.
    let (anchor, offset) = value.strip_suffix('d')?.split_at_checked(value.find(['-', '+'])?)?;
    let offset: i64 = offset.parse().ok()?;
    let n = offset.unsigned_abs();
    let (_, en, zh) = RELATIVE.iter().find(|(word, ..)| *word == anchor)?;
    Some(match (anchor, offset) {
        ("today", -1) => text!("yesterday", "昨天"),
        ("today", 1) => text!("tomorrow", "明天"),
        ("today", before) if before < 0 => text!("{n} days ago", "{n} 天前"),
        ("today", _) => text!("in {n} days", "{n} 天后"),
        (_, before) if before < 0 => text!("{n} days before {en}", "{zh}前 {n} 天"),
        _ => text!("{n} days after {en}", "{zh}后 {n} 天"),
    })
}
