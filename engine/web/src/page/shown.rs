//! Values as people read them.

use std::sync::LazyLock;

use formwork_catalog::{
    catalog::Catalog,
    flow::{Flow, Node, NodeKind},
    object::{Object, system_label},
};
use formwork_model::{
    field_type::{Choice, FieldType, Tone},
    id::RecordId,
    name::Name,
    record::Record,
    text,
    text::Text,
    value::Value,
};
use serde_json::{Value as Json, json};

use super::{locale, view::View};

static AUTOMATIC: LazyLock<Text> = LazyLock::new(|| text!("Automatic step", "自动处理"));
static DECISION: LazyLock<Text> = LazyLock::new(|| text!("Decision", "条件判断"));
static JOIN: LazyLock<Text> = LazyLock::new(|| text!("Meeting point", "汇合"));
static CALL: LazyLock<Text> = LazyLock::new(|| text!("Call to another system", "调用外部系统"));
static WAIT: LazyLock<Text> = LazyLock::new(|| text!("Wait", "等待"));
static END: LazyLock<Text> = LazyLock::new(|| text!("End", "结束"));

/// How a tone is coloured. Without one an option has no colour: one that only comes from the place in the list would
/// contradict an option that is called by one.
pub(crate) fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "plain",
        Tone::Info => "tone-live",
        Tone::Good => "tone-good",
        Tone::Warn => "tone-wait",
        Tone::Bad => "tone-bad",
    }
}

/// The record by which a file is reached.
pub(crate) type Holder = (Name, RecordId);

/// The record as what holds its files.
pub(crate) fn holder<'r>(record: impl Into<Option<&'r Record>>) -> Option<Holder> {
    record.into().map(|record| (record.object, record.id))
}

impl View {
    /// A value as a template shows it: `text`, with `none`, `chip` and `tone`, `href`, `several`, `long`, `num`.
    pub(crate) fn shown(&self, kind: &FieldType, value: &Value) -> Json {
        self.shown_of(None, kind, value)
    }

    /// A value of this record, by which whoever sees it reaches its files.
    pub(crate) fn shown_of(&self, of: Option<Holder>, kind: &FieldType, value: &Value) -> Json {
        if value.is_empty() {
            return json!({"none": true, "text": ""});
        }
        match (kind, value) {
            (FieldType::Choice(options), Value::Text(name)) => self.chip(options, name),
            (FieldType::Choices(options), Value::List(items))
                if options.iter().any(|one| one.tone != Tone::Neutral) =>
            {
                let chips = items.iter().filter_map(Value::as_text).map(|name| self.chip(options, name));
                json!({"several": chips.collect::<Vec<_>>()})
            }
            (FieldType::Ref(to), Value::Ref(id)) => self.linked(*to, *id),
            (FieldType::Refs(to), Value::List(items)) => {
                let each = items.iter().filter_map(Value::as_ref_id).map(|id| self.linked(*to, id));
                json!({"several": each.collect::<Vec<_>>()})
            }
            (FieldType::Email, Value::Text(address)) => {
                json!({"text": &**address, "href": format!("mailto:{address}")})
            }
            (FieldType::Phone, Value::Text(number)) => json!({"text": &**number, "href": format!("tel:{number}")}),
            (FieldType::Url, Value::Text(url)) => json!({"text": &**url, "href": &**url}),
            (FieldType::File, Value::File(file)) => {
                json!({"text": file.name, "href": self.file_href(of, &file.sha256, &file.name)})
            }
            (FieldType::Files, Value::List(items)) => {
                let each = items.iter().map(|item| self.shown_of(of, &FieldType::File, item));
                json!({"several": each.collect::<Vec<_>>()})
            }
            (FieldType::LongText | FieldType::Json, value) => json!({"text": value.to_string(), "long": true}),
            (kind, value) if kind.is_number() => json!({"text": self.plain(kind, value), "num": true}),
            (kind, value) => json!({"text": self.plain(kind, value)}),
        }
    }

    /// A record that another refers to: a link, or the words for one that the reader does not see.
    fn linked(&self, to: Name, id: RecordId) -> Json {
        match self.title(to, id) {
            unseen if unseen.is_empty() => json!({"unseen": true, "text": self.unseen()}),
            title => json!({"text": title, "href": self.record_href(to, id)}),
        }
    }

    /// What a record that another refers to is called, or that it is one which the reader does not see.
    pub(crate) fn referred(&self, to: Name, id: RecordId) -> String {
        Some(self.title(to, id)).filter(|title| !title.is_empty()).unwrap_or_else(|| self.unseen().to_owned())
    }

    /// Whether a list of records holds one that the reader does not see.
    pub(crate) fn has_unseen(&self, kind: &FieldType, value: &Value) -> bool {
        let FieldType::Refs(to) = kind else { return false };
        let Value::List(items) = value else { return false };
        items.iter().filter_map(Value::as_ref_id).any(|id| self.title(*to, id).is_empty())
    }

    /// What stands where a record is meant that the reader does not see.
    pub(crate) fn unseen(&self) -> &'static str {
        self.word("unseen")
    }

    /// A value as one piece of text.
    pub(crate) fn plain(&self, kind: &FieldType, value: &Value) -> String {
        match (kind, value) {
            (_, Value::Null) => String::new(),
            (_, Value::Bool(true)) => self.say(&text!("Yes", "是")).to_owned(),
            (_, Value::Bool(false)) => self.say(&text!("No", "否")).to_owned(),
            (FieldType::Money { currency }, value) => locale::money(value.as_decimal().unwrap_or_default(), *currency),
            (FieldType::Percent, value) => {
                format!("{}%", locale::number(value.as_decimal().unwrap_or_default(), None))
            }
            (FieldType::Duration, Value::Seconds(seconds)) => locale::duration(*seconds, self.language),
            (_, Value::Int(n)) => locale::whole(*n),
            (_, Value::Decimal(n)) => locale::number(*n, None),
            (_, Value::Date(day)) => locale::date(*day, self.language),
            (_, Value::Instant(at)) => locale::instant(*at, self.zone(), self.language),
            (FieldType::Choice(options), Value::Text(name)) => self.option(options, name),
            (FieldType::User, Value::Text(login)) => self.person(login),
            (FieldType::Department, Value::Text(code)) => self.called("department", code),
            (FieldType::Ref(to), Value::Ref(id)) => self.referred(*to, *id),
            (FieldType::Refs(to), Value::List(items)) => {
                self.joined(items.iter().filter_map(Value::as_ref_id).map(|id| self.referred(*to, id)))
            }
            (FieldType::Choices(options), Value::List(items)) => {
                self.joined(items.iter().filter_map(Value::as_text).map(|name| self.option(options, name)))
            }
            (_, Value::List(items)) => self.joined(items.iter().map(|item| self.plain(&FieldType::Text, item))),
            (_, Value::Rows(rows)) => {
                let said = match rows.len() {
                    1 => text!("1 line", "1 行"),
                    n => text!("{n} lines", "{n} 行"),
                };
                self.say(&said).to_owned()
            }
            (_, other) => other.to_string(),
        }
    }

    /// Names one after the other, as the language of the page sets them apart.
    pub(crate) fn joined(&self, parts: impl Iterator<Item = String>) -> String {
        parts.collect::<Vec<_>>().join(self.say(&text!(", ", "、")))
    }

    fn option(&self, options: &[Choice], name: &str) -> String {
        let known = options.iter().find(|option| option.name == name);
        known.map_or(name, |option| self.say(&option.label)).to_owned()
    }

    fn chip(&self, options: &[Choice], name: &str) -> Json {
        let tone = options.iter().find(|option| option.name == name).map_or(Tone::Neutral, |option| option.tone);
        json!({"text": self.option(options, name), "chip": true, "tone": tone_class(tone)})
    }

    fn file_href(&self, of: Option<Holder>, sha256: &str, name: &str) -> String {
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let of = of.map(|(object, id)| format!("&object={object}&id={id}")).unwrap_or_default();
        format!("{}/api/files/{sha256}?name={name}{of}", self.root)
    }

    /// A field or system field of a record.
    pub(crate) fn field_shown(&self, object: &Object, record: &Record, name: Name) -> Json {
        match name.as_str() {
            "id" => json!({"text": record.id.to_string()}),
            "number" => {
                record.number.as_ref().map_or(json!({"none": true, "text": ""}), |number| json!({"text": &**number}))
            }
            "state" => match self.state(&self.catalog, record) {
                Some((label, tone)) => json!({"text": label, "chip": true, "tone": tone}),
                None => json!({"none": true, "text": ""}),
            },
            "rev" => json!({"text": record.rev.to_string(), "num": true}),
            "created_at" => self.shown(&FieldType::DateTime, &Value::Instant(record.created_at)),
            "updated_at" => self.shown(&FieldType::DateTime, &Value::Instant(record.updated_at)),
            "created_by" => json!({"text": self.person(&record.created_by)}),
            "updated_by" => json!({"text": self.person(&record.updated_by)}),
            _ => match object.field(name) {
                Some(field) => self.shown_of(holder(record), &field.kind, record.fields.get(name)),
                None => json!({"none": true, "text": ""}),
            },
        }
    }

    /// What a field or system field is called.
    pub(crate) fn field_label(&self, object: &Object, name: Name) -> String {
        let own = object.field(name).map_or_else(|| system_label(name.as_str()), |field| field.label.clone());
        self.say(&own).to_owned()
    }

    /// What a node is called; one that nobody gave a name, by what it does.
    pub(crate) fn node_label<'n>(&self, node: &'n Node) -> &'n str {
        let is_named = node.label.get(self.language) != node.name.as_str();
        let word: &'static Text = match &node.kind {
            _ if is_named => return node.label.get(self.language),
            NodeKind::Run { .. } => &AUTOMATIC,
            NodeKind::Decide { .. } => &DECISION,
            NodeKind::Join { .. } => &JOIN,
            NodeKind::Call { .. } => &CALL,
            NodeKind::Wait { .. } => &WAIT,
            NodeKind::End { .. } => &END,
            _ => return node.label.get(self.language),
        };
        word.get(self.language)
    }

    /// What it means that a record stands on a node. Looks follow the newest release, also of what runs by an older one.
    pub(crate) fn tone_of(&self, flow: &Flow, node: &Node) -> Tone {
        let newest = self.catalog.flows.get(&flow.name).and_then(|newest| Some((newest, newest.node(node.name)?)));
        newest.map_or_else(|| flow.tone(node), |(newest, node)| newest.tone(node))
    }

    /// Where a record stands, and how that is coloured: as the flow says, else by what kind of node it is.
    pub(crate) fn state(&self, catalog: &Catalog, record: &Record) -> Option<(String, &'static str)> {
        let instance = catalog
            .main_flow(record.object)
            .and_then(|flow| record.flow(flow.name))
            .or_else(|| record.flows.first())?;
        let flow = catalog.flows.get(&instance.flow)?;
        let state = formwork_runtime::json::state(record);
        let nodes: Vec<_> = state.split('+').filter_map(Name::find).filter_map(|name| flow.node(name)).collect();
        let label = nodes.iter().map(|node| self.node_label(node)).collect::<Vec<_>>().join(" + ");
        let tone = nodes.first().map_or("plain", |node| match self.tone_of(flow, node) {
            // What is over is under way no more.
            Tone::Info if !instance.is_live() => "plain",
            tone => tone_class(tone),
        });
        Some((if label.is_empty() { state } else { label }, tone))
    }
}
