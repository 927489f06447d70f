//! `form`: how people see and fill in a record.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    expression::Expression,
    kind::field::Field,
    label::Label,
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// The layout for creating, editing, viewing, acting, listing, or a board. `forms/MODULE/NAME.form.yaml`.
/// Conditions are enforced by the server for every caller.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The name of the form.
    pub form: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The object.
    pub object: Sp<WrittenName>,
    /// What it is for: `create`, `edit`, `view`, `act`, `list`, `board`; one or a list. For `create` and
    /// `edit` an object has at most one form, and its conditions hold for every caller.
    #[serde(rename = "for")]
    pub purpose: Many<Sp<Purpose>>,
    /// `act` only: values that the action reads as `input.NAME` and the record does not keep.
    #[serde(default)]
    pub inputs: Map<Field>,
    /// The parts of the form.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// `list`: the columns, fields or system fields.
    #[serde(default)]
    pub columns: Vec<Sp<WrittenName>>,
    /// `list`: the fields to sort by; a leading `-` reverses.
    #[serde(default)]
    pub sort: Many<Sp<String>>,
    /// `board`: the choice field, or `state`, that makes the columns.
    #[serde(default)]
    pub group: Option<Sp<WrittenName>>,
}

/// What a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A new record.
    Create,
    /// Changing a record.
    Edit,
    /// Reading a record.
    View,
    /// Taking an action.
    Act,
    /// Many records, one a line.
    List,
    /// Many records as cards in columns.
    Board,
}

/// A part of a form.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What people read above it.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// `create`, `edit`, `view`: begins a tab of this name; the parts below are on it until the next one begins.
    /// What stands before the first tab is always in view.
    #[serde(default)]
    pub tab: Option<Sp<Label>>,
    /// Shown only when this holds; fields of a part that is not shown can't be set.
    #[serde(default)]
    pub visible: Option<Expression>,
    /// The fields, in order: a name, or a mapping with conditions.
    pub fields: Vec<Place>,
}

/// A field in a form.
#[derive(Debug, Clone)]
pub struct Place {
    /// The field.
    pub field: Sp<WrittenName>,
    /// Shown only when this holds; what is not shown can't be set.
    pub visible: Option<Expression>,
    /// `true`, or `= expression`: must not be empty.
    pub required: Option<Val>,
    /// `true`, or `= expression`: can't be changed.
    pub read_only: Option<Val>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullPlace {
    /// The field.
    field: Sp<WrittenName>,
    /// Shown only when this holds; what is not shown can't be set.
    #[serde(default)]
    visible: Option<Expression>,
    /// `true`, or `= expression`: must not be empty.
    #[serde(default)]
    required: Option<Val>,
    /// `true`, or `= expression`: can't be changed.
    #[serde(default)]
    read_only: Option<Val>,
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrFull;
        impl<'de> Visitor<'de> for NameOrFull {
            type Value = Place;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name, or a mapping with `field`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Place, A::Error> {
                let full = FullPlace::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Place {
                    field: full.field,
                    visible: full.visible,
                    required: full.required,
                    read_only: full.read_only,
                })
            }
            /// The decoder hands a scalar over with its place, so that the name can be underlined.
            fn visit_newtype_struct<D2: Deserializer<'de>>(self, scalar: D2) -> Result<Place, D2::Error> {
                let field = Sp::<WrittenName>::deserialize(scalar)?;
                Ok(Place { field, visible: None, required: None, read_only: None })
            }
        }
        deserializer.deserialize_newtype_struct(SCALAR_OR_MAP, NameOrFull)
    }
}

/// The name under which a type asks the decoder: a mapping comes as `visit_map`, anything else as
/// `visit_newtype_struct` with a deserializer that still knows its place.
pub(crate) const SCALAR_OR_MAP: &str = "\u{0}scalar or map";

impl JsonSchema for Place {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Place".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<FullPlace>();
        json_schema!({"anyOf": [{"type": "string"}, full]})
    }
}
