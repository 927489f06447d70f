//! `role`: what whoever holds it may do.

use std::{borrow::Cow, fmt};

use formwork_model::field_path::FieldPath;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    kind::form::SCALAR_OR_MAP,
    label::Label,
    list::Many,
    literal::Data,
    map::{Map, WrittenName, WrittenPath},
    spanned::Sp,
};

/// What whoever holds the role may do. Positions name roles. `definitions/MODULE/NAME.role.yaml`.
///
/// Something is allowed when one grant of one position covers the action, the row and the field together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The name of the role.
    pub role: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// A sentence that says who should hold it.
    #[serde(default)]
    pub help: Option<Sp<Label>>,
    /// What it may do in the book as a whole.
    #[serde(default)]
    pub may: Many<Sp<Right>>,
    /// The roles that whoever holds it gives to others and takes from them, in positions that a grant on `position` lets
    /// them write. Without it, none. They look after those whose every role they give: their records, passwords and
    /// sessions. Whoever holds the role `admin` gives every role.
    #[serde(default)]
    pub gives: Many<Sp<WrittenName>>,
    /// The most rows that whoever holds it takes out in files on one day, over all objects: what is more is refused, and
    /// that too is in the audit log. Default: as many as they see. Of several roles that allow an export the one that
    /// allows most counts.
    #[serde(default)]
    pub export_rows: Option<Sp<u64>>,
    /// What it may do with records, by a name that explanations show.
    #[serde(default)]
    pub grants: Map<Grant>,
}

/// Something that is about no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Look at incidents, retry and skip them.
    Incidents,
    /// Look at releases, plan, publish, migrate and roll back.
    Releases,
    /// Look at the definitions and edit them, checked and tried in a draft. It goes live when somebody approves it who holds
    /// one of the roles in `four_eyes` of the book, or else the right `releases`.
    Drafts,
    /// Ask who holds a role, and who is above somebody.
    People,
    /// See every queue and what waits in it.
    Queues,
    /// Evaluate decision tables.
    Tables,
    /// Read balances and statements, of whatever record.
    Ledgers,
    /// Post entries and opening values to ledgers, of whatever record.
    Postings,
    /// Set right by hand what runs, of whatever record: move it to another node, cancel it, give its tasks and work to
    /// others. It goes past approvals: for few.
    Repairs,
    /// Hand everything that somebody has over to somebody else.
    Transfers,
}

/// Actions, rows and fields of objects that are allowed together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The object, or several.
    pub on: Many<Sp<WrittenName>>,
    /// What is allowed with the rows.
    #[serde(default)]
    pub may: Many<Sp<May>>,
    /// The flow actions and events that are allowed, by name. `may: act` allows all.
    #[serde(default)]
    pub act: Many<Sp<WrittenName>>,
    /// Which rows: a scope, `{where: filter}`, or several with `any` or `all`. Default: `own`.
    #[serde(default)]
    pub rows: Option<Rows>,
    /// Which fields. Default: all, to read and to write.
    #[serde(default)]
    pub fields: Option<Sp<Fields>>,
}

/// Something that can be done with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum May {
    /// See them.
    Read,
    /// Make new ones.
    Create,
    /// Change them.
    Update,
    /// Delete them.
    Delete,
    /// Take them out in a file.
    Export,
    /// Bring them in from a file.
    Import,
    /// Make somebody else responsible for them: change their owner, department, territory, product line or partner.
    Assign,
    /// Let others see them, one by one; and edit them, when one may that oneself.
    Share,
    /// Erase what they hold in sensitive fields, also from their history.
    Erase,
    /// Post to ledgers whose dimensions they are.
    Post,
    /// Take any action of their flows, and send them any event.
    Act,
}

impl May {
    /// What a word means that says what is done with a record that is there.
    pub fn of_record(word: &str) -> Option<Self> {
        Some(match word {
            "read" => Self::Read,
            "update" => Self::Update,
            "delete" => Self::Delete,
            "export" => Self::Export,
            "import" => Self::Import,
            "assign" => Self::Assign,
            "share" => Self::Share,
            "erase" => Self::Erase,
            "post" => Self::Post,
            _ => return None,
        })
    }
}

/// Rows by what the position says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowScope {
    /// Those whose `owner` is the user.
    Own,
    /// Those whose `department` is the position's.
    Department,
    /// Those whose `department` is the position's or one below it.
    DepartmentBelow,
    /// Those whose `territory` is the position's or one below it.
    Territory,
    /// Those whose `product_line` is the position's or one below it.
    ProductLine,
    /// Those whose `partner` is the position's or one below it.
    Partner,
    /// Those shared today with the user, or with the department of the position or one above it.
    Shared,
    /// Those of them that may be edited.
    SharedForEdit,
    /// All in the book.
    All,
}

/// Which rows: exactly one of the four.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// By what the position says.
    pub scope: Option<Sp<RowScope>>,
    /// Rows that one of these gives.
    pub any: Option<Sp<Vec<Rows>>>,
    /// Rows that all of these give.
    pub all: Option<Sp<Vec<Rows>>>,
    /// Rows that match a filter.
    pub filter: Option<Sp<Data>>,
}

/// Which rows: exactly one key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullRows {
    /// Rows that one of these gives.
    #[serde(default)]
    any: Option<Sp<Vec<Rows>>>,
    /// Rows that all of these give.
    #[serde(default)]
    all: Option<Sp<Vec<Rows>>>,
    /// Rows that match a filter, such as `{stage: won, amount: {gte: 5}}`, `{customer.city: bj}` through a reference, or
    /// `{lines: {any: {product: P1, price: {gt: 5}}}}` of one and the same line (`all`, `none`); `$me` is the user, and of the
    /// position `$departments` are its department and those above, `$departments_below`, `$territories`, `$product_lines`
    /// and `$partners` its own and those below: `{grants: {any: {department: $departments}}}`. What
    /// is said of a line may use `and`, `or` and `not`. Lines hold no lines, and a condition on a line looks into no
    /// others, also not into those of a record that the line refers to.
    #[serde(rename = "where", default)]
    filter: Option<Sp<Data>>,
}

/// Which fields of the rows. A field that one may write is one that one may read. A field of lines is called by both
/// names, `lines.price`; the name of the lines alone is every field of them. Whoever may set only some fields of lines
/// changes lines that are there; adding lines and taking them away needs the lines themselves.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// The fields that are seen. Default: all but the hidden ones.
    #[serde(default)]
    pub read: Option<Many<Sp<WrittenPath>>>,
    /// The fields that can be set. Default: all that are seen in full.
    #[serde(default)]
    pub write: Option<Many<Sp<WrittenPath>>>,
    /// The fields that are not there for whoever comes by this grant.
    #[serde(default)]
    pub hidden: Many<Sp<WrittenPath>>,
    /// The fields that are seen in part: `all` shows nothing of them, `last 4` the last four characters,
    /// `ends 3 4` the first three and the last four.
    #[serde(default)]
    pub masked: Map<Sp<String>, FieldPath>,
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScopeOrFull;
        impl<'de> Visitor<'de> for ScopeOrFull {
            type Value = Rows;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a scope, or a mapping with `any`, `all` or `where`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Rows, A::Error> {
                let FullRows { any, all, filter } = FullRows::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Rows { scope: None, any, all, filter })
            }
            /// The decoder hands a scalar over with its place, so that the word can be underlined.
            fn visit_newtype_struct<D2: Deserializer<'de>>(self, scalar: D2) -> Result<Rows, D2::Error> {
                Ok(Rows { scope: Some(Sp::deserialize(scalar)?), ..Rows::default() })
            }
        }
        deserializer.deserialize_newtype_struct(SCALAR_OR_MAP, ScopeOrFull)
    }
}

impl JsonSchema for Rows {
    fn schema_name() -> Cow<'static, str> {
        "Rows".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let scope = generator.subschema_for::<RowScope>();
        let full = generator.subschema_for::<FullRows>();
        json_schema!({"anyOf": [scope, full]})
    }
}
