//! The variables each kind of expression sees, in one fixed order: the checks and the runtime both read them here.
//!
//! A variable that does not apply (`item` outside an `each`, `input` without a form) is unknown to the checks
//! there, and nothing when it runs.

use formwork_model::name::Name;
use formwork_script::shape::Shape;

/// Checks, rules before `create`, and the `value`, `default`, `required`, `min`, `max` of a record's field;
/// conditions of forms. `old` is empty on create.
pub const RECORD: &[&str] = &["this", "old", "user"];
/// The fields of a line: `this` is the line, `parent` its record.
pub const LINE: &[&str] = &["this", "parent", "user"];
/// Rules, after `create`.
pub const RULE: &[&str] = &["this", "old", "user", "created"];
/// Nodes: `decide`, `run`, `enter`, `each`, the data of a `scope`. `created` after `create` only; `scope`
/// inside a scope, `item` inside an `each`.
pub const NODE: &[&str] = &["this", "old", "user", "created", "scope", "item"];
/// Actions: `input` with a form, `reason` when the action takes one.
pub const ACTION: &[&str] = &["this", "old", "user", "input", "reason", "created", "scope", "item"];
/// Conditions of an `act` form.
pub const ACT_FORM: &[&str] = &["this", "old", "user", "input"];
/// The inputs and the date of a table; `this` when the table is over an object.
pub const TABLE_INPUT: &[&str] = &["this"];
/// A cell of a table: `value` is what the column compares; outputs see `this` only.
pub const TABLE_CELL: &[&str] = &["value", "this"];
/// The bounds of a ledger's limit: `this` is the record of the `of` dimension, `balance` what would be left.
pub const LIMIT: &[&str] = &["this", "balance"];
/// The `that` of a scenario.
pub const SCENARIO: &[&str] = &["this"];

/// Variables with what is known about them.
pub(crate) type Variables = Vec<(&'static str, Shape)>;

/// What `user` holds.
pub(crate) fn user() -> Shape {
    Shape::Map(vec![(Name::intern("login"), Shape::Text), (Name::intern("roles"), Shape::List(Box::new(Shape::Text)))])
}

/// [`RECORD`] for records of `object`.
pub(crate) fn record(object: Name) -> Variables {
    vec![("this", Shape::Record(object)), ("old", Shape::Record(object)), ("user", user())]
}

/// [`LINE`] for the lines in `field` of `object`.
pub(crate) fn line(object: Name, field: Name) -> Variables {
    vec![("this", Shape::Row(object, field)), ("parent", Shape::Record(object)), ("user", user())]
}

/// The variables before it, and `created` with these records.
pub(crate) fn with_created(variables: &Variables, created: &[(Name, Name)]) -> Variables {
    let mut all = variables.clone();
    if !created.is_empty() {
        let records = created.iter().map(|(name, object)| (*name, Shape::Record(*object))).collect();
        all.push(("created", Shape::Map(records)));
    }
    all
}
