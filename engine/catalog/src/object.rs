//! Objects: resolved fields, keys, checks and rules.

use std::{collections::HashMap, sync::Arc};

use formwork_definition::kind::field::OnDelete;
use formwork_model::{
    field_path::FieldPath, field_type::FieldType, name::Name, record::Record, source::Span, text, text::Text,
};

use crate::{
    effect::Effects,
    filter::Filter,
    number::NumberPattern,
    sla::Clock,
    source::{Condition, Program, Source},
};

/// A kind of record.
#[derive(Debug)]
pub struct Object {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// What it is for.
    pub help: Text,
    /// Where its name was written.
    pub span: Span,
    /// How records are numbered.
    pub number: Option<NumberPattern>,
    /// The field that stands for the record.
    pub title: Option<Name>,
    /// The field with the responsible user.
    pub owner: Option<Name>,
    /// The field with the department.
    pub department: Option<Name>,
    /// The field with the territory.
    pub territory: Option<Name>,
    /// The field with the product line.
    pub product_line: Option<Name>,
    /// The field with the partner.
    pub partner: Option<Name>,
    /// The field that says with whom a record is shared.
    pub shares: Option<Name>,
    /// The fields, in file order.
    pub fields: Vec<Field>,
    /// Position of each field in `fields`.
    pub by_name: HashMap<Name, usize>,
    /// Combinations that no two records share. Position is the number in the store's keys only within a
    /// release; keys carry the symbol of `name`.
    pub uniques: Vec<Unique>,
    /// What lists can filter and sort by cheaply. Every `ref` field has one.
    pub indexes: Vec<Index>,
    /// Rows of one key that must not overlap in time.
    pub effective: Option<Effective>,
    /// How long what sensitive fields hold is kept.
    pub retention: Option<Retention>,
    /// Records can be created only.
    pub append_only: bool,
    /// What must hold after every change.
    pub checks: Vec<Check>,
    /// What happens on a change, in file order.
    pub rules: Vec<Rule>,
    /// Targets for how long things may take.
    pub sla: Vec<Clock>,
    /// What is computed within the record, in the order that satisfies every dependency.
    pub computed: Vec<Computed>,
    /// Fields of other objects that refer here.
    pub referrers: Vec<Referrer>,
    /// Roll-ups of other objects that this object's records feed.
    pub feeds: Vec<Feed>,
    /// Computed fields of other objects that read fields of this one through a reference:
    /// when a record changes, the records that refer to it are recomputed.
    pub dependents: Vec<Dependent>,
    /// The form whose conditions hold when a record is created.
    pub create_form: Option<Name>,
    /// The form whose conditions hold when a record is changed.
    pub edit_form: Option<Name>,
}

/// A field of an object or of a line.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// A sentence of help.
    pub help: Text,
    /// Where its name was written.
    pub span: Span,
    /// Its type.
    pub kind: FieldType,
    /// When it must not be empty.
    pub required: Option<Condition>,
    /// The value of a new record or line.
    pub default: Option<Source>,
    /// Computed: nobody can set it.
    pub computed: bool,
    /// Kept by the engine: nobody can set it.
    pub kept: bool,
    /// Rolled up: nobody can set it.
    pub roll_up: Option<RollUp>,
    /// Least value.
    pub min: Option<Source>,
    /// Greatest value, or number of characters.
    pub max: Option<Source>,
    /// `ref`: what happens when the other record goes.
    pub on_delete: OnDelete,
    /// `ref` to the same object that must not form a cycle.
    pub tree: bool,
    /// `lines`: the fields of a line.
    pub lines: Vec<Field>,
    /// Old values stay in view.
    pub history: bool,
    /// Personal or secret: encrypted, found only whole, its readings noted, and erased when that is asked for.
    pub sensitive: bool,
    /// Can't be changed once set.
    pub fixed: bool,
}

impl Field {
    /// Whether users can set it at all.
    pub fn is_input(&self) -> bool {
        !self.computed && !self.kept && self.roll_up.is_none()
    }

    /// The field of a line called `name`.
    pub fn line(&self, name: Name) -> Option<&Field> {
        self.lines.iter().find(|field| field.name == name)
    }
}

/// A value kept up to date from the records of another object.
#[derive(Debug)]
pub struct RollUp {
    /// The object whose records are rolled up.
    pub from: Name,
    /// Its reference field that points here.
    pub by: Name,
    /// What is taken.
    pub measure: Measure,
    /// Which records count.
    pub filter: Option<Filter>,
}

/// What a roll-up takes from the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Their number.
    Count,
    /// The sum of a field.
    Sum(Name),
    /// The least value of a field.
    Min(Name),
    /// The greatest value of a field.
    Max(Name),
}

/// Seen from the records that are rolled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feed {
    /// The object that holds the roll-up.
    pub object: Name,
    /// Its roll-up field.
    pub field: Name,
}

/// A computed field elsewhere that reads this object through a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependent {
    /// The object with the computed field.
    pub object: Name,
    /// The index over its reference field (for a reference inside lines, the index over the lines).
    pub index: Name,
    /// The field of this object that it reads.
    pub reads: Name,
}

/// A reference from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referrer {
    /// The referring object.
    pub object: Name,
    /// The `lines` field that holds the reference field, if it is in a line.
    pub lines: Option<Name>,
    /// The reference field.
    pub field: Name,
    /// The index by which the referring records are found.
    pub index: Name,
    /// What happens when the record here goes.
    pub on_delete: OnDelete,
}

/// A combination of fields that no two records share.
#[derive(Debug)]
pub struct Unique {
    /// Its name: unique among uniques and indexes of the object, stable for the store's keys.
    pub name: Name,
    /// The fields.
    pub fields: Vec<Name>,
}

/// What lists can filter and sort by cheaply.
#[derive(Debug)]
pub struct Index {
    /// Its name: unique among uniques and indexes of the object, stable for the store's keys.
    pub name: Name,
    /// The fields, in order; system fields are possible. A `refs` or `lines` index has one entry an item.
    pub fields: Vec<Name>,
    /// For a reference inside lines: the `lines` field; `fields` has then the one line field.
    pub lines: Option<Name>,
}

/// Rows that are valid from a day to a day.
#[derive(Debug)]
pub struct Effective {
    /// The fields that make rows compete.
    pub key: Vec<Name>,
    /// First day.
    pub from: Name,
    /// Last day; empty means without end.
    pub to: Name,
    /// The index over `key` and `from`.
    pub index: Name,
}

/// How long what sensitive fields hold is kept.
#[derive(Debug)]
pub struct Retention {
    /// So many days.
    pub days: u32,
    /// After the day in this field.
    pub after: Name,
    /// The records whose time is up, and which it is about.
    pub filter: Filter,
}

/// What must hold.
#[derive(Debug)]
pub struct Check {
    /// Its name.
    pub name: Name,
    /// The condition.
    pub that: Program,
    /// When it applies.
    pub when: Option<Program>,
    /// The field the message is shown at.
    pub at: Option<Name>,
    /// The message.
    pub say: Text,
}

/// What happens on a change.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// Where it was written.
    pub span: Span,
    /// What sets it off.
    pub on: Vec<Trigger>,
    /// It fires only when this holds.
    pub when: Option<Program>,
    /// What it does.
    pub effects: Effects,
}

/// What sets a rule off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A new record.
    Create,
    /// A changed record.
    Update,
    /// A deleted record.
    Delete,
    /// This field has another value than before the command; on create, a value at all.
    Change(Name),
}

/// A computed value within a record.
#[derive(Debug)]
pub struct Computed {
    /// The `lines` field, when the value belongs to each line.
    pub lines: Option<Name>,
    /// The field.
    pub field: Name,
    /// The expression. `this` is the record, or the line with `parent` the record.
    pub program: Program,
}

/// Names of the system fields, usable in filters, sorts, columns and expressions.
pub const SYSTEM_FIELDS: &[(&str, FieldType)] = &[
    ("id", FieldType::Text),
    ("number", FieldType::Text),
    ("state", FieldType::Text),
    ("rev", FieldType::Integer),
    ("created_at", FieldType::DateTime),
    ("created_by", FieldType::User),
    ("updated_at", FieldType::DateTime),
    ("updated_by", FieldType::User),
];

/// The type of a system field.
pub fn system_field(name: &str) -> Option<&'static FieldType> {
    SYSTEM_FIELDS.iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
}

/// What people call a system field.
pub fn system_label(name: &str) -> Text {
    match name {
        "id" => text!("ID", "ID"),
        "number" => text!("Number", "编号"),
        "state" => text!("State", "状态"),
        "rev" => text!("Revision", "修订号"),
        "created_at" => text!("Created at", "创建时间"),
        "created_by" => text!("Created by", "创建人"),
        "updated_at" => text!("Changed at", "修改时间"),
        "updated_by" => text!("Changed by", "修改人"),
        other => Text::same(other),
    }
}

impl Object {
    /// The field called `name`; not a system field.
    pub fn field(&self, name: Name) -> Option<&Field> {
        self.by_name.get(&name).and_then(|i| self.fields.get(*i))
    }

    /// Whether the field is sensitive, or has such a field in its lines.
    pub fn is_sensitive(&self, name: Name) -> bool {
        self.field(name).is_some_and(|field| field.sensitive || field.lines.iter().any(|line| line.sensitive))
    }

    /// The fields that are sensitive, or have such a field in their lines.
    pub fn sensitive(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.sensitive || field.lines.iter().any(|line| line.sensitive))
    }

    /// Whether a record holds anything in a sensitive field that somebody or something has set.
    pub fn holds_sensitive(&self, record: &Record) -> bool {
        self.sensitive().filter(|field| field.is_input()).any(|field| {
            let value = record.fields.get(field.name);
            let in_line = |line: &Field| value.rows().iter().any(|row| !row.fields.get(line.name).is_empty());
            if field.sensitive {
                !value.is_empty()
            } else {
                field.lines.iter().any(|line| line.sensitive && in_line(line))
            }
        })
    }

    /// Whether the field says whose the record is: rows are granted by it.
    pub fn says_whose(&self, field: Name) -> bool {
        [self.owner, self.department, self.territory, self.product_line, self.partner].contains(&Some(field))
    }

    /// Every field and every field of lines.
    pub fn paths(&self) -> impl Iterator<Item = FieldPath> + '_ {
        self.fields.iter().flat_map(|field| {
            let lines = field.lines.iter().map(|line| FieldPath::of_line(field.name, line.name));
            std::iter::once(FieldPath::from(field.name)).chain(lines)
        })
    }

    /// The field, or field of lines, with this path.
    pub fn at(&self, path: FieldPath) -> Option<&Field> {
        let field = self.field(path.field)?;
        path.line.map_or(Some(field), |line| field.line(line))
    }

    /// The type of a field or system field.
    pub fn kind_of(&self, name: Name) -> Option<&FieldType> {
        self.field(name).map(|field| &field.kind).or_else(|| system_field(name.as_str()))
    }

    /// The index called `name`.
    pub fn index(&self, name: Name) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// Every name that stored bytes of this object may contain.
    pub fn names(&self) -> impl Iterator<Item = Name> + '_ {
        let fields = self
            .fields
            .iter()
            .flat_map(|field| std::iter::once(field.name).chain(field.lines.iter().map(|line| line.name)));
        let keys = self.uniques.iter().map(|unique| unique.name).chain(self.indexes.iter().map(|index| index.name));
        std::iter::once(self.name).chain(fields).chain(keys).chain(self.sla.iter().map(|clock| clock.name))
    }
}

/// An object, shared.
pub type SharedObject = Arc<Object>;
