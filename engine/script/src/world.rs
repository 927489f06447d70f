//! What the static checker asks about the definitions that surround a script.

use formwork_model::name::Name;

use crate::{program::FieldOf, shape::Shape};

/// The names a script may use. The catalog implements it over the definitions being checked.
pub trait World {
    /// The shape of a field of an object, also of system fields; `None` when there is no such field.
    fn field(&self, object: Name, field: &str) -> Option<Shape>;
    /// The names of an object's fields, for suggestions.
    fn fields(&self, object: Name) -> Vec<&str>;
    /// The shape of a field of the lines of `object.lines`.
    fn row_field(&self, object: Name, lines: Name, field: &str) -> Option<Shape>;
    /// The names of the fields of the lines of `object.lines`.
    fn row_fields(&self, object: Name, lines: Name) -> Vec<&str>;
    /// Whether a field is sensitive; where there are no definitions, none is.
    fn is_sensitive(&self, _field: FieldOf) -> bool {
        false
    }
    /// The object with this name.
    fn object(&self, name: &str) -> Option<Name>;
    /// Every object.
    fn objects(&self) -> Vec<&str>;
    /// The shape of a setting of the book.
    fn setting(&self, name: &str) -> Option<Shape>;
    /// Every setting.
    fn settings(&self) -> Vec<&str>;
    /// What a table answers: a [`Shape::Map`] of its outputs, or a list of those.
    fn table(&self, name: &str) -> Option<Shape>;
    /// The names of a table's inputs.
    fn table_inputs(&self, name: &str) -> Vec<&str>;
    /// Every table.
    fn tables(&self) -> Vec<&str>;
    /// The dimensions of a ledger with their shapes.
    fn ledger(&self, name: &str) -> Option<Vec<(Name, Shape)>>;
    /// Every ledger.
    fn ledgers(&self) -> Vec<&str>;
    /// Whether there is a calendar of this name.
    fn calendar(&self, name: &str) -> bool;
    /// Every calendar.
    fn calendars(&self) -> Vec<&str>;
    /// The only states that records of an object can be in; `None` where they are not known.
    fn states(&self, _object: Name) -> Option<Vec<&str>> {
        None
    }
    /// Whether a flow of `object` has the action.
    fn action(&self, object: Name, action: &str) -> bool;
}
