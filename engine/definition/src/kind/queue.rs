//! `queue`: where work waits for whoever may take it.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    expression::Expression, kind::form::SCALAR_OR_MAP, label::Label, list::Many, literal::Val, map::WrittenName,
    spanned::Sp,
};

/// Where work waits for its members. A `state` node with `queue` puts its token to work here.
/// `definitions/MODULE/NAME.queue.yaml`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The name of the queue.
    pub queue: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// How high it stands, from 1 (the default): work is escalated upwards only.
    #[serde(default)]
    pub level: Option<Sp<u32>>,
    /// The queue that work goes to when it is escalated; it has a higher level.
    #[serde(default)]
    pub next: Option<Sp<WrittenName>>,
    /// Who may own work here.
    pub members: Vec<Member>,
    /// Who may give work to members, take it away and move it up: a login, `role(name)`, or several of them.
    #[serde(default)]
    pub manager: Many<Sp<String>>,
    /// To whom new work is given; members who are away or have enough get none. Without it, and when nobody is
    /// found, work waits until a member claims it.
    #[serde(default)]
    pub assign: Option<Sp<Assign>>,
    /// The most work that one member owns here; members can have a limit of their own.
    #[serde(default)]
    pub limit: Option<Sp<u32>>,
    /// How long work may wait here for an owner, such as `2 working hours`. Then it is escalated; in the last queue
    /// its managers are told.
    #[serde(default)]
    pub accept: Option<Sp<String>>,
    /// `accept`: the calendar that counts its working time. Default: the book's.
    #[serde(default)]
    pub calendar: Option<Val>,
}

/// A member, or everybody who holds a role.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// A login.
    #[serde(default)]
    pub user: Option<Sp<String>>,
    /// Whoever holds this role.
    #[serde(default)]
    pub role: Option<Sp<WrittenName>>,
    /// `role`: in positions that cover the department with this code.
    #[serde(default)]
    pub department: Option<Sp<String>>,
    /// `role`: in positions that cover the territory with this code.
    #[serde(default)]
    pub territory: Option<Sp<String>>,
    /// `role`: in positions that cover the product line with this code.
    #[serde(default)]
    pub product_line: Option<Sp<String>>,
    /// `role`: in positions that cover the partner with this code.
    #[serde(default)]
    pub partner: Option<Sp<String>>,
    /// The most work that each of them owns here.
    #[serde(default)]
    pub limit: Option<Sp<u32>>,
    /// `assign: weighted`: the share of each of them, against the others' weights. Default: 1.
    #[serde(default)]
    pub weight: Option<Sp<u32>>,
}

/// To whom new work is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assign {
    /// Each in turn.
    RoundRobin,
    /// Whoever owns least here; of several, who has waited longest.
    LeastLoaded,
    /// Each in turn, as often as their weight says.
    Weighted,
}

/// In which queue the work of a state waits.
#[derive(Debug, Clone)]
pub struct InQueue {
    /// The queue.
    pub name: Val,
    /// Work that comes from another queue state stays in its queue and with whom it is.
    pub keep: Option<Sp<bool>>,
    /// A skill that the work needs.
    pub skill: Option<Expression>,
    /// Who gets it before anybody else.
    pub prefer: Option<Val>,
    /// The field that says where members by a role must be.
    pub place: Option<Sp<WrittenName>>,
    /// How long it may wait for an owner.
    pub accept: Option<Val>,
    /// The calendar that counts it.
    pub calendar: Option<Val>,
}

/// In which queue the work of a state waits, and for whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullInQueue {
    /// The queue: its name, or an expression that gives it.
    name: Val,
    /// Work that comes from another queue state stays in its queue, and with whom it is.
    #[serde(default)]
    keep: Option<Sp<bool>>,
    /// An expression that gives the skill the work needs, by its code or as a record: it is given only to members
    /// who have it.
    #[serde(default)]
    skill: Option<Expression>,
    /// A user field, or `= expression` that gives logins: whoever of them is a member gets the work before
    /// anybody else; somebody who is away is stood in for.
    #[serde(default)]
    prefer: Option<Val>,
    /// A field that names a department, territory, product line or partner: whoever is a member by a role must
    /// hold it there. When it is empty they may hold it anywhere.
    #[serde(rename = "in", default)]
    place: Option<Sp<WrittenName>>,
    /// How long work may wait for an owner in each queue it comes into, instead of what the queue says: a length
    /// of time, or `= expression` that gives one.
    #[serde(default)]
    accept: Option<Val>,
    /// `accept`: the calendar that counts its working time, instead of the queue's: its name, or `= expression`.
    #[serde(default)]
    calendar: Option<Val>,
}

impl<'de> Deserialize<'de> for InQueue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrFull;
        impl<'de> Visitor<'de> for NameOrFull {
            type Value = InQueue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a queue, or a mapping with `name`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<InQueue, A::Error> {
                let full = FullInQueue::deserialize(MapAccessDeserializer::new(map))?;
                let FullInQueue { name, keep, skill, prefer, place, accept, calendar } = full;
                Ok(InQueue { name, keep, skill, prefer, place, accept, calendar })
            }
            /// The decoder hands a scalar over with its place, so that the name can be underlined.
            fn visit_newtype_struct<D2: Deserializer<'de>>(self, scalar: D2) -> Result<InQueue, D2::Error> {
                let name = Val::deserialize(scalar)?;
                let (keep, skill, prefer, place, accept, calendar) = (None, None, None, None, None, None);
                Ok(InQueue { name, keep, skill, prefer, place, accept, calendar })
            }
        }
        deserializer.deserialize_newtype_struct(SCALAR_OR_MAP, NameOrFull)
    }
}

impl JsonSchema for InQueue {
    fn schema_name() -> Cow<'static, str> {
        "InQueue".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<FullInQueue>();
        json_schema!({"anyOf": [{"type": "string"}, full]})
    }
}
