//! The names and shapes of everything, known before any expression is compiled.

use std::collections::HashSet;

use formwork_definition::kind::form::Purpose;
use formwork_model::{
    field_type::{Currency, FieldType},
    name::Name,
    source::Span,
    timer,
};
use formwork_script::{program::FieldOf, shape::Shape, world::World};
use indexmap::{IndexMap, IndexSet};

use crate::object::{SYSTEM_FIELDS, system_field};

/// Every name with its shape. A kind that could not be resolved is `None`: it was reported, and whatever
/// uses it is let pass.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub currency: Option<Currency>,
    pub objects: IndexMap<Name, ObjectNames>,
    pub settings: IndexMap<Name, Option<FieldType>>,
    pub tables: IndexMap<Name, TableNames>,
    pub ledgers: IndexMap<Name, LedgerNames>,
    pub queues: IndexSet<Name>,
    /// The connectors.
    pub connectors: IndexSet<Name>,
    /// The templates.
    pub templates: IndexSet<Name>,
    pub flows: IndexMap<Name, FlowNames>,
    pub forms: IndexMap<Name, FormNames>,
    /// Where each calendar is named.
    pub calendars: IndexMap<Name, Span>,
    /// The source of each script.
    pub scripts: IndexMap<Name, u32>,
    /// Every field name, for the sandbox.
    pub fields: HashSet<Name>,
}

/// An object's fields.
#[derive(Debug)]
pub(crate) struct ObjectNames {
    pub fields: IndexMap<Name, FieldNames>,
    pub owner: Option<Name>,
    pub numbered: bool,
    pub clocks: Vec<Name>,
}

/// A field.
#[derive(Debug)]
pub(crate) struct FieldNames {
    pub span: Span,
    pub kind: Option<FieldType>,
    /// Whether people and rules can set it.
    pub input: bool,
    pub sensitive: bool,
    pub lines: IndexMap<Name, FieldNames>,
}

/// A table's columns.
#[derive(Debug)]
pub(crate) struct TableNames {
    pub object: Option<Name>,
    pub inputs: IndexMap<Name, Option<FieldType>>,
    pub outputs: IndexMap<Name, Option<FieldType>>,
    /// Inputs that have neither `value` nor a field of their name.
    pub given: Vec<Name>,
    pub list: bool,
    pub counts: bool,
    /// What its rows are called, those that have a name.
    pub rows: Vec<Name>,
}

/// A ledger's dimensions.
#[derive(Debug)]
pub(crate) struct LedgerNames {
    pub dimensions: IndexMap<Name, Option<FieldType>>,
    pub amount: Option<FieldType>,
}

/// A flow's object, nodes and actions.
#[derive(Debug)]
pub(crate) struct FlowNames {
    pub object: Name,
    pub nodes: HashSet<Name>,
    pub actions: HashSet<Name>,
    pub events: HashSet<Name>,
    pub timers: HashSet<Name>,
}

/// A form's object and what it sends.
#[derive(Debug)]
pub(crate) struct FormNames {
    pub span: Span,
    pub object: Name,
    pub purpose: Vec<Purpose>,
    pub inputs: IndexMap<Name, FieldNames>,
    pub places: Vec<Name>,
}

impl FlowNames {
    /// A flow over `object`, of which nothing is known yet.
    pub(crate) fn of(object: Name) -> Self {
        let none = HashSet::new;
        Self { object, nodes: none(), actions: none(), events: none(), timers: none() }
    }
}

impl Names {
    /// The field of an object.
    pub(crate) fn field_of(&self, object: Name, field: Name) -> Option<&FieldNames> {
        self.objects.get(&object)?.fields.get(&field)
    }

    /// A field of an object, or of its lines.
    pub(crate) fn place_of(&self, place: FieldOf) -> Option<&FieldNames> {
        match place.lines {
            None => self.field_of(place.object, place.field),
            Some(lines) => self.field_of(place.object, lines)?.lines.get(&place.field),
        }
    }

    /// The type of a field or system field; the outer `None` means that there is none.
    pub(crate) fn kind_of(&self, object: Name, field: Name) -> Option<Option<&FieldType>> {
        match self.field_of(object, field) {
            Some(known) => Some(known.kind.as_ref()),
            None => system_field(field.as_str()).map(Some),
        }
    }

    /// Whether a flow of this object starts with the record.
    pub(crate) fn has_main_flow(&self, object: Name) -> bool {
        self.flows.get(&object).is_some_and(|flow| flow.object == object)
    }

    /// The actions of every flow of an object.
    pub(crate) fn actions(&self, object: Name) -> impl Iterator<Item = Name> + '_ {
        self.flows.values().filter(move |flow| flow.object == object).flat_map(|flow| flow.actions.iter().copied())
    }

    /// The nodes of every flow of an object.
    pub(crate) fn nodes(&self, object: Name) -> impl Iterator<Item = Name> + '_ {
        self.flows.values().filter(move |flow| flow.object == object).flat_map(|flow| flow.nodes.iter().copied())
    }

    /// The events that flows of an object wait for.
    pub(crate) fn events(&self, object: Name) -> impl Iterator<Item = Name> + '_ {
        self.flows.values().filter(move |flow| flow.object == object).flat_map(|flow| flow.events.iter().copied())
    }

    /// The timers of every flow of an object, and those that nodes set by themselves.
    pub(crate) fn timers(&self, object: Name) -> impl Iterator<Item = Name> + '_ {
        let flows = self.flows.values().filter(move |flow| flow.object == object);
        let clocks = self.objects.get(&object).into_iter().flat_map(|known| known.clocks.iter().copied());
        flows.flat_map(|flow| flow.timers.iter().copied()).chain(clocks).chain(timer::WORDS.map(Name::intern))
    }

    /// What an action reads as `input` from this form.
    pub(crate) fn input(&self, form: &FormNames) -> Shape {
        let shape = |object: Name, name: Name, field: &FieldNames| {
            (name, field.kind.as_ref().map_or(Shape::Any, |kind| Shape::of(kind, (object, name))))
        };
        let inputs = form.inputs.iter().map(|(name, field)| shape(form.object, *name, field));
        let fields = form.places.iter().filter(|name| !form.inputs.contains_key(*name));
        let fields = fields.filter_map(|name| Some(shape(form.object, *name, self.field_of(form.object, *name)?)));
        Shape::Map(inputs.chain(fields).collect())
    }
}

fn shape_of(fields: &IndexMap<Name, FieldNames>, owner: Name, field: &str) -> Option<Shape> {
    let name = Name::find(field)?;
    let known = fields.get(&name)?;
    Some(known.kind.as_ref().map_or(Shape::Any, |kind| Shape::of(kind, (owner, name))))
}

fn names_of<T>(map: &IndexMap<Name, T>) -> Vec<&str> {
    map.keys().map(|name| name.as_str()).collect()
}

impl World for Names {
    fn field(&self, object: Name, field: &str) -> Option<Shape> {
        let known = self.objects.get(&object)?;
        if let Some(shape) = shape_of(&known.fields, object, field) {
            return Some(shape);
        }
        system_field(field).map(|kind| Shape::of(kind, (object, Name::intern(field))))
    }

    fn fields(&self, object: Name) -> Vec<&str> {
        let own = self.objects.get(&object).map(|known| names_of(&known.fields)).unwrap_or_default();
        own.into_iter().chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name)).collect()
    }

    fn row_field(&self, object: Name, lines: Name, field: &str) -> Option<Shape> {
        shape_of(&self.field_of(object, lines)?.lines, object, field)
    }

    fn row_fields(&self, object: Name, lines: Name) -> Vec<&str> {
        self.field_of(object, lines).map(|field| names_of(&field.lines)).unwrap_or_default()
    }

    fn is_sensitive(&self, field: FieldOf) -> bool {
        self.place_of(field).is_some_and(|known| known.sensitive)
    }

    fn object(&self, name: &str) -> Option<Name> {
        Name::find(name).filter(|name| self.objects.contains_key(name))
    }

    fn objects(&self) -> Vec<&str> {
        names_of(&self.objects)
    }

    fn setting(&self, name: &str) -> Option<Shape> {
        let name = Name::find(name)?;
        let kind = self.settings.get(&name)?;
        Some(kind.as_ref().map_or(Shape::Any, |kind| Shape::of(kind, (name, name))))
    }

    fn settings(&self) -> Vec<&str> {
        names_of(&self.settings)
    }

    fn table(&self, name: &str) -> Option<Shape> {
        let table = self.tables.get(&Name::find(name)?)?;
        if table.counts {
            let count = table.outputs.keys().map(|name| (*name, Shape::Int)).collect();
            return Some(Shape::Map(count));
        }
        let outputs = table
            .outputs
            .iter()
            .map(|(name, kind)| (*name, kind.as_ref().map_or(Shape::Any, |kind| Shape::of(kind, (*name, *name)))));
        let one = Shape::Map(outputs.collect());
        Some(if table.list { Shape::List(Box::new(one)) } else { one })
    }

    fn table_inputs(&self, name: &str) -> Vec<&str> {
        let table = Name::find(name).and_then(|name| self.tables.get(&name));
        table.map(|table| names_of(&table.inputs)).unwrap_or_default()
    }

    fn tables(&self) -> Vec<&str> {
        names_of(&self.tables)
    }

    fn ledger(&self, name: &str) -> Option<Vec<(Name, Shape)>> {
        let ledger = self.ledgers.get(&Name::find(name)?)?;
        let shape = |(name, kind): (&Name, &Option<FieldType>)| {
            (*name, kind.as_ref().map_or(Shape::Any, |kind| Shape::of(kind, (*name, *name))))
        };
        Some(ledger.dimensions.iter().map(shape).collect())
    }

    fn ledgers(&self) -> Vec<&str> {
        names_of(&self.ledgers)
    }

    fn states(&self, object: Name) -> Option<Vec<&str>> {
        crate::filter::Schema::states(self, object)
    }

    fn calendar(&self, name: &str) -> bool {
        Name::find(name).is_some_and(|name| self.calendars.contains_key(&name))
    }

    fn calendars(&self) -> Vec<&str> {
        names_of(&self.calendars)
    }

    fn action(&self, object: Name, action: &str) -> bool {
        Name::find(action).is_some_and(|action| self.actions(object).any(|known| known == action))
    }
}
