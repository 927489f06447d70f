//! The one filter language, resolved against an object.
//!
//! As JSON: `{"stage": "won"}`, `{"amount": {"gte": 5, "lt": 10}}`, `{"or": [{…}, {…}]}`, `{"not": {…}}`,
//! `{"customer.industry": {"in": ["a", "b"]}}`. Several keys in one mapping all hold. Operators: `eq`, `ne`,
//! `lt`, `lte`, `gt`, `gte`, `in`, `not_in`, `contains`, `starts_with`, `empty`. Dates may be relative:
//! `today`, `today-7d`, `today+1m`, `now-4h`, `month_start`, `year_start`, `week_start`; users may be `$me`;
//! in roles, departments, territories, product lines and partners may be those of the position, see [`Places`].
//!
//! Of lines: `{"lines": {"any": {"product": "p1", "price": {"gt": 5}}}}`, and `all` or `none` in the place of `any`. What
//! is inside is a filter over the fields of one line, so that both conditions hold of the same line. Where there are no
//! lines, `all` and `none` hold. `tasks` are lines too, which every record has: what was asked of people, see
//! [`crate::task`].

mod parse;

pub use parse::{MAX_DEPTH, MAX_IN, MAX_NODES, Schema, parse_filter, parse_filter_of_role};

use formwork_model::{code::Code, field_type::FieldType, name::Name, text::Text, value::Value};

/// A condition on a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of them; an empty list always holds.
    And(Vec<Filter>),
    /// One of them; an empty list never holds.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A comparison.
    Compare(Comparison),
    /// What holds of its lines.
    Lines(Lines),
    /// Shared today with somebody. Only roles say so.
    Shared(Shared),
}

/// A condition on the lines of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// References to follow first, each from the object before it.
    pub through: Vec<Step>,
    /// The field of the object that was reached.
    pub field: Name,
    /// Of how many of them it holds.
    pub of: Quantifier,
    /// What holds: its fields are those of a line.
    pub that: Box<Filter>,
}

/// Of how many lines a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// Of one at least.
    Any,
    /// Of every one; of no lines it does.
    All,
    /// Of none.
    None,
}

/// Shared with somebody, by a line of the field that objects with `sharing` have.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// That field.
    pub lines: Name,
    /// The field of a line that says with whom.
    pub by: Name,
    /// A login, or a department.
    pub with: Value,
    /// Whether it must be shared for editing.
    pub edit: bool,
}

/// A field compared with something.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// References to follow first, each from the object before it.
    pub through: Vec<Step>,
    /// The field, or system field, of the object that was reached.
    pub field: Name,
    /// Its type.
    pub kind: FieldType,
    /// How.
    pub op: Op,
    /// With what; one operand, or the list of `in`. Empty for `empty`.
    pub with: Vec<Operand>,
}

/// A reference that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The reference field.
    pub field: Name,
    /// The object it leads to.
    pub to: Name,
}

/// How a field is compared. A null field is equal to nothing, not even to `ne`'s opposite: `ne` holds for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal; holds for null.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Equal to one of them.
    In,
    /// Equal to none of them; holds for null.
    NotIn,
    /// Text: has it inside, ignoring case. Lists: has it as an item.
    Contains,
    /// Text: begins with it.
    StartsWith,
    /// Null or an empty list.
    Empty,
    /// Neither.
    NotEmpty,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A value of the field's type.
    Value(Value),
    /// A day or instant that depends on when it is asked.
    Relative(Relative),
    /// The login of who asks.
    Me,
    /// The places of the position by which somebody asks. Only roles say so.
    Places(Places),
}

/// Places that a position gives, as `$departments` in the filters of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// `$departments`: its department and those above, as what is shared with one of them is shared with its people.
    Departments,
    /// `$departments_below`: its department and those below.
    DepartmentsBelow,
    /// `$territories`: its territory and those below.
    Territories,
    /// `$product_lines`: its product line and those below.
    ProductLines,
    /// `$partners`: its partner and those below.
    Partners,
}

impl Places {
    /// Each as it is written, and the object that the places are of.
    pub const ALL: &[(&str, Self, &str)] = &[
        ("$departments", Self::Departments, "department"),
        ("$departments_below", Self::DepartmentsBelow, "department"),
        ("$territories", Self::Territories, "territory"),
        ("$product_lines", Self::ProductLines, "product_line"),
        ("$partners", Self::Partners, "partner"),
    ];
}

/// A day or instant relative to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Where it starts.
    pub anchor: Anchor,
    /// Months to add, then
    pub months: i32,
    /// days to add, then
    pub days: i32,
    /// seconds to add.
    pub seconds: i64,
}

/// Where a relative date starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Today.
    Today,
    /// This instant.
    Now,
    /// The Monday of this week.
    WeekStart,
    /// The first of this month.
    MonthStart,
    /// The first of January.
    YearStart,
}

/// Why a filter can't be read.
#[derive(Debug, Clone, PartialEq)]
pub struct BadFilter {
    /// `unknown-field`, `unknown-operator`, `bad-value`, `bad-filter`, `filter-too-deep`.
    pub code: Code,
    /// What is wrong.
    pub message: Text,
    /// The key it is about: `amount.gte`.
    pub key: String,
}
