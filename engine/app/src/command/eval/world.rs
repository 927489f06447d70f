//! What an expression on the command line may name: everything in the catalog.

use formwork_catalog::{
    catalog::Catalog,
    object::{Field, SYSTEM_FIELDS, system_field},
    table::{Hit, Table},
};
use formwork_model::{field_type::FieldType, name::Name};
use formwork_script::{shape::Shape, world::World};

/// The names of a catalog.
pub(super) struct Known<'a>(pub(super) &'a Catalog);

/// What `user` holds.
pub(super) fn user() -> Shape {
    let roles = Shape::List(Box::new(Shape::Text));
    Shape::Map(vec![(Name::intern("login"), Shape::Text), (Name::intern("roles"), roles)])
}

fn shape(kind: &FieldType, name: Name) -> Shape {
    Shape::of(kind, (name, name))
}

impl Known<'_> {
    fn lines(&self, object: Name, lines: Name) -> &[Field] {
        self.0.object(object).and_then(|object| object.field(lines)).map_or(&[], |field| &field.lines)
    }

    fn known_table(&self, name: &str) -> Option<&Table> {
        self.0.tables.get(&Name::find(name)?).map(|table| &**table)
    }
}

impl World for Known<'_> {
    fn field(&self, object: Name, field: &str) -> Option<Shape> {
        let known = self.0.object(object)?;
        let own = Name::find(field).and_then(|name| known.field(name));
        own.map(|own| Shape::of(&own.kind, (object, own.name)))
            .or_else(|| system_field(field).map(|kind| Shape::of(kind, (object, object))))
    }

    fn fields(&self, object: Name) -> Vec<&str> {
        let own =
            self.0.object(object).into_iter().flat_map(|object| object.fields.iter().map(|field| field.name.as_str()));
        own.chain(SYSTEM_FIELDS.iter().map(|(name, _)| *name)).collect()
    }

    fn row_field(&self, object: Name, lines: Name, field: &str) -> Option<Shape> {
        let known = self.lines(object, lines).iter().find(|known| known.name == *field)?;
        Some(Shape::of(&known.kind, (object, known.name)))
    }

    fn row_fields(&self, object: Name, lines: Name) -> Vec<&str> {
        self.lines(object, lines).iter().map(|field| field.name.as_str()).collect()
    }

    fn object(&self, name: &str) -> Option<Name> {
        self.0.find_object(name).map(|object| object.name)
    }

    fn objects(&self) -> Vec<&str> {
        self.0.objects.keys().map(|name| name.as_str()).collect()
    }

    fn setting(&self, name: &str) -> Option<Shape> {
        let name = Name::find(name)?;
        self.0.book.settings.get(&name).map(|setting| shape(&setting.kind, name))
    }

    fn settings(&self) -> Vec<&str> {
        self.0.book.settings.keys().map(|name| name.as_str()).collect()
    }

    fn table(&self, name: &str) -> Option<Shape> {
        let table = self.known_table(name)?;
        let counts = table.hit == Hit::Count;
        let outputs = table.outputs.iter();
        let one = Shape::Map(
            outputs
                .map(|output| (output.name, if counts { Shape::Int } else { shape(&output.kind, output.name) }))
                .collect(),
        );
        let several = matches!(table.hit, Hit::RuleOrder | Hit::OutputOrder | Hit::Collect);
        Some(if several { Shape::List(Box::new(one)) } else { one })
    }

    fn table_inputs(&self, name: &str) -> Vec<&str> {
        self.known_table(name)
            .into_iter()
            .flat_map(|table| table.inputs.iter().map(|input| input.name.as_str()))
            .collect()
    }

    fn tables(&self) -> Vec<&str> {
        self.0.tables.keys().map(|name| name.as_str()).collect()
    }

    fn ledger(&self, name: &str) -> Option<Vec<(Name, Shape)>> {
        let ledger = self.0.ledgers.get(&Name::find(name)?)?;
        Some(ledger.dimensions.iter().map(|one| (one.name, shape(&one.kind, one.name))).collect())
    }

    fn ledgers(&self) -> Vec<&str> {
        self.0.ledgers.keys().map(|name| name.as_str()).collect()
    }

    fn calendar(&self, name: &str) -> bool {
        Name::find(name).is_some_and(|name| self.0.calendars.contains_key(&name))
    }

    fn calendars(&self) -> Vec<&str> {
        self.0.calendars.keys().map(|name| name.as_str()).collect()
    }

    fn action(&self, object: Name, action: &str) -> bool {
        let flows = self.0.flows.values().filter(|flow| flow.object == object);
        flows.flat_map(|flow| flow.nodes.values()).any(|node| node.actions().iter().any(|known| known.name == *action))
    }
}
