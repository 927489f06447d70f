//! Fields: what an object, a line, an input or a setting can hold.

use std::fmt;

use formwork_model::text::Text;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::json;

use crate::{
    expression::Expression,
    label::Label,
    literal::{Data, Val},
    map::{Map, WrittenName},
    spanned::Sp,
};

/// One field.
///
/// Types: `text`, `long_text`, `integer`, `decimal`, `money`, `percent`, `boolean`, `date`, `datetime`,
/// `duration`, `choice`, `choices`, `ref`, `refs`, `user`, `department`, `lines`, `file`, `files`, `phone`,
/// `email`, `url`, `region`, `geo`, `json`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The type.
    #[serde(rename = "type")]
    pub kind: Sp<String>,
    /// What people read. Default: the name with blanks.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// A sentence of help shown beside the field.
    #[serde(default)]
    pub help: Option<Sp<Label>>,
    /// `true`, or `= expression`: a record without this value is refused.
    #[serde(default)]
    pub required: Option<Val>,
    /// The value of a new record when none is given.
    #[serde(default)]
    pub default: Option<Val>,
    /// The field is computed by this expression whenever something it reads changes; nobody can set it.
    #[serde(default)]
    pub value: Option<Expression>,
    /// The field is rolled up from the records of another object; nobody can set it.
    #[serde(default)]
    pub roll_up: Option<Sp<RollUp>>,
    /// Least number, date or duration.
    #[serde(default)]
    pub min: Option<Val>,
    /// Greatest number, date or duration; for texts the greatest number of characters.
    #[serde(default)]
    pub max: Option<Val>,
    /// `decimal` only: digits kept after the point, rounded half up.
    #[serde(default)]
    pub scale: Option<Sp<u32>>,
    /// `money` only: ISO 4217 code; default is the book's currency.
    #[serde(default)]
    pub currency: Option<Sp<String>>,
    /// `choice`, `choices`: the options, as a list of names or `name: label`. With a `tone` beside the label,
    /// `{zh: …, en: …, tone: good}` or `{label: …, tone: bad}`, an option of a record has a colour by what it means:
    /// `neutral` (the default), `info` under way, `good` as it should be, `warn` somebody should look at it, `bad` wrong or lost.
    #[serde(default)]
    pub options: Option<Sp<Options>>,
    /// `ref`, `refs`: the object that is referred to.
    #[serde(default)]
    pub to: Option<Sp<WrittenName>>,
    /// `ref`: what happens when the other record is deleted: `restrict` (refuse, the default), `clear`, `cascade`.
    #[serde(default)]
    pub on_delete: Option<Sp<OnDelete>>,
    /// `ref` to the same object: the records form a tree; a record can't come below itself.
    #[serde(default)]
    pub tree: Option<Sp<bool>>,
    /// `lines`: the fields of a line.
    #[serde(default)]
    pub fields: Option<Map<Field>>,
    /// No two records have the same value.
    #[serde(default)]
    pub unique: Option<Sp<bool>>,
    /// Lists filter and sort by this field without reading every record.
    #[serde(default)]
    pub indexed: Option<Sp<bool>>,
    /// Old values stay in view beside the field.
    #[serde(default)]
    pub history: Option<Sp<bool>>,
    /// Personal or secret: the book is encrypted on the disk, with the key of its operator; lists find the value only
    /// whole (`eq`, `in`, `empty`), not by a part or a range, and don't sort by it; every reading of it by a person is in
    /// the audit log; it can be erased everywhere (`formwork erase`). Who sees it, and how much of it, is for roles to say.
    /// Of a `file`, its content too. Not for `ref`, `refs`, `user` and `department`, by which records hang together; of
    /// `lines` it is said at their fields. A field that is computed or set from it should be sensitive as well.
    #[serde(default)]
    pub sensitive: Option<Sp<bool>>,
    /// Once set, the value can't be changed.
    #[serde(default)]
    pub fixed: Option<Sp<bool>>,
    /// The engine keeps it: nobody wrote it down, and nobody can set it.
    #[serde(skip)]
    pub kept: bool,
}

impl Field {
    /// A field of this type, of which nothing more is said.
    pub fn of(kind: Sp<String>) -> Self {
        Self {
            kind,
            label: None,
            help: None,
            required: None,
            default: None,
            value: None,
            roll_up: None,
            min: None,
            max: None,
            scale: None,
            currency: None,
            options: None,
            to: None,
            on_delete: None,
            tree: None,
            fields: None,
            unique: None,
            indexed: None,
            history: None,
            sensitive: None,
            fixed: None,
            kept: false,
        }
    }
}

/// What happens to a reference when the record it points to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// The deletion is refused.
    Restrict,
    /// The reference becomes empty.
    Clear,
    /// The referring record is deleted too.
    Cascade,
}

/// A value kept up to date from the records of another object, in the same commit that changes them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollUp {
    /// The object whose records are rolled up.
    pub from: Sp<WrittenName>,
    /// Its `ref` field that points here.
    pub by: Sp<WrittenName>,
    /// The number of records.
    #[serde(default)]
    pub count: Option<Sp<bool>>,
    /// The sum of this number field.
    #[serde(default)]
    pub sum: Option<Sp<WrittenName>>,
    /// The least value of this field.
    #[serde(default)]
    pub min: Option<Sp<WrittenName>>,
    /// The greatest value of this field.
    #[serde(default)]
    pub max: Option<Sp<WrittenName>>,
    /// Only records that match this filter count.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
}

/// The options of a choice with their labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options(pub Vec<Choosable>);

/// One of the options of a choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Choosable {
    /// Its name.
    pub name: Sp<WrittenName>,
    /// What people read.
    pub label: Option<Sp<Label>>,
    /// What it means, as a colour.
    pub tone: Option<Sp<Tone>>,
}

impl Choosable {
    /// One without a colour.
    pub fn plain(name: Sp<WrittenName>, label: Option<Sp<Label>>) -> Self {
        Self { name, label, tone: None }
    }
}

/// The colour of an option or a state, by what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing beside its words.
    Neutral,
    /// Under way.
    Info,
    /// As it should be.
    Good,
    /// Somebody should look at it.
    Warn,
    /// Something is wrong, or lost.
    Bad,
}

/// What stands behind the name of an option: a label, or a label and a tone.
#[derive(Default)]
struct Worded {
    label: Option<Label>,
    tone: Option<Sp<Tone>>,
}

impl<'de> Deserialize<'de> for Worded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LabelOrMore;
        impl<'de> Visitor<'de> for LabelOrMore {
            type Value = Worded;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, `{zh: …, en: …, tone: …}`, or `{label: …, tone: …}`")
            }
            fn visit_str<E>(self, text: &str) -> Result<Worded, E> {
                Ok(Worded { label: Some(Label { text: Text::same(text), single: true }), tone: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Worded, A::Error> {
                let mut worded = Worded::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "label" => worded.label = Some(map.next_value()?),
                        "zh" => worded.label.get_or_insert_default().text.zh = map.next_value()?,
                        "en" => worded.label.get_or_insert_default().text.en = map.next_value()?,
                        "tone" => worded.tone = Some(map.next_value()?),
                        _ => return Err(A::Error::unknown_field(&key, &["zh", "en", "label", "tone"])),
                    }
                }
                Ok(worded)
            }
        }
        deserializer.deserialize_any(LabelOrMore)
    }
}

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListOrMap;
        impl<'de> Visitor<'de> for ListOrMap {
            type Value = Options;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of names, or `name: label`")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Options, A::Error> {
                let mut options = Vec::new();
                while let Some(name) = seq.next_element()? {
                    options.push(Choosable::plain(name, None));
                }
                Ok(Options(options))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Options, A::Error> {
                let mut options = Vec::new();
                while let Some(name) = map.next_key()? {
                    let Sp { value: Worded { label, tone }, span } = map.next_value::<Sp<Worded>>()?;
                    options.push(Choosable { name, label: label.map(|label| Sp::new(label, span)), tone });
                }
                Ok(Options(options))
            }
        }
        deserializer.deserialize_any(ListOrMap)
    }
}

impl JsonSchema for Options {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Options".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (label, tone) = (generator.subschema_for::<Label>(), generator.subschema_for::<Tone>());
        let toned = json!({
            "type": "object", "additionalProperties": false,
            "properties": {"zh": {"type": "string"}, "en": {"type": "string"}, "label": label, "tone": tone},
        });
        json_schema!({"anyOf": [
            {"type": "array", "items": {"type": "string"}},
            {"type": "object", "additionalProperties": {"anyOf": [label, toned]}},
        ]})
    }
}
