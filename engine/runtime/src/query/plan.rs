//! Choosing the index that reads least.

use formwork_catalog::{
    filter::{Comparison, Filter, Op, Quantifier},
    object::Object,
};
use formwork_model::{name::Name, value::Value};

use crate::{
    decider::system,
    query::{Asking, Query, matching::operand_value},
};

/// How the records of a list are found.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How they are reached.
    pub access: Access,
    /// Whether they come in the order that was asked for; otherwise all matching ones are read and sorted.
    pub sorted: bool,
    /// Whether the whole filter is answered by the keys that are read.
    pub covered: bool,
}

/// How records are reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// One record by a unique key.
    Unique {
        /// The key.
        key: Name,
        /// The values.
        values: Vec<Value>,
    },
    /// A range of an index.
    Index {
        /// The index.
        index: Name,
        /// Values of its first fields.
        equal: Vec<Value>,
        /// Least value of the next field, and whether it is included.
        low: Option<(Value, bool)>,
        /// Greatest value of the next field, and whether it is included.
        high: Option<(Value, bool)>,
    },
    /// Several ways, each for some of the records; a record may be reached by more than one.
    Union(Vec<Plan>),
    /// Every record of the object, by id.
    Everything,
}

impl Plan {
    /// In words, for `explain=1`.
    pub fn describe(&self) -> String {
        let access = match &self.access {
            Access::Unique { key, .. } => format!("unique key {key}"),
            Access::Index { index, equal, low, high } => {
                let range = if low.is_some() || high.is_some() { " and a range" } else { "" };
                format!("index {index}, {} equal{range}", equal.len())
            }
            Access::Union(plans) => format!("{} ranges", plans.len()),
            Access::Everything => "every record".to_owned(),
        };
        let sorted = if self.sorted { "in order" } else { "sorted after reading all matches" };
        let covered = if self.covered { "filter answered by keys" } else { "filter checked on each record" };
        format!("{access}; {sorted}; {covered}")
    }
}

/// The comparisons that must all hold, at the top of a filter.
fn conjuncts(filter: &Filter) -> Vec<&Comparison> {
    match filter {
        Filter::Compare(comparison) => vec![comparison],
        Filter::And(all) => all.iter().flat_map(conjuncts).collect(),
        Filter::Or(any) if any.len() == 1 => any.iter().flat_map(conjuncts).collect(),
        Filter::Or(_) | Filter::Not(_) | Filter::Lines(_) | Filter::Shared(_) => Vec::new(),
    }
}

fn is_conjunction(filter: &Filter) -> bool {
    match filter {
        Filter::Compare(_) => true,
        Filter::And(all) => all.iter().all(is_conjunction),
        Filter::Or(_) | Filter::Not(_) | Filter::Lines(_) | Filter::Shared(_) => false,
    }
}

/// The plan for a query.
pub(crate) fn plan(object: &Object, query: &Query, asking: &Asking) -> Plan {
    plans(object, query, asking).0
}

/// The plan for a query as it is written, and the others that begin with values which are given: what lies there may be
/// less.
pub(super) fn plans(object: &Object, query: &Query, asking: &Asking) -> (Plan, Vec<Plan>) {
    let parts: Vec<&Comparison> = conjuncts(&query.filter).into_iter().filter(|part| part.through.is_empty()).collect();
    let all_here = is_conjunction(&query.filter) && conjuncts(&query.filter).len() == parts.len();
    let equals = |field: Name| {
        parts
            .iter()
            .find(|part| {
                part.field == field
                    && (matches!(part.op, Op::Eq | Op::Empty) || part.op == Op::In && part.with.len() == 1)
            })
            .and_then(|part| match part.op {
                // What is empty stands in an index as nothing, before everything else. A list has an entry for each
                // item, so an empty one has none.
                Op::Empty => (!is_list(&part.kind)).then_some(Value::Null),
                _ => part
                    .with
                    .first()
                    .map(|operand| operand_value(operand, &part.kind, asking).into_owned())
                    .filter(|value| !value.is_empty()),
            })
    };
    for key in &object.uniques {
        // A record that has nothing in a unique key is not in it.
        let given = |field: &Name| equals(*field).filter(|value| !value.is_empty());
        if let Some(values) = key.fields.iter().map(given).collect::<Option<Vec<_>>>() {
            let covered = all_here && parts.len() == key.fields.len();
            return (Plan { access: Access::Unique { key: key.name, values }, sorted: true, covered }, Vec::new());
        }
    }
    let mut best = Plan {
        access: Access::Everything,
        sorted: query.sort.is_empty() || is_by_id(&query.sort),
        covered: all_here && parts.is_empty(),
    };
    let mut best_score = if best.sorted { 1 } else { 0 };
    let mut narrow = Vec::new();
    // An index over lines is of other values, even where a field has the same name.
    for index in object.indexes.iter().filter(|index| index.lines.is_none()) {
        let equal: Vec<Value> = index.fields.iter().map_while(|field| equals(*field)).collect();
        let next = index.fields.get(equal.len());
        let (low, high, bounds) = next.map_or((None, None, 0), |field| range_of(&parts, *field, asking));
        let list = index.fields.first().and_then(|field| object.kind_of(*field)).is_some_and(is_list);
        let sorted = !list && is_sorted(index.fields.get(equal.len()..).unwrap_or_default(), &query.sort);
        let used = equal.len() + usize::from(low.is_some() || high.is_some());
        if used == 0 && (!sorted || list || query.sort.is_empty()) {
            continue;
        }
        let score = equal.len() * 8 + bounds * 2 + if sorted { 3 } else { 0 };
        let covered = all_here && !list && parts.len() == equal.len() + bounds;
        let is_narrow = !equal.is_empty();
        let plan = Plan { access: Access::Index { index: index.name, equal, low, high }, sorted, covered };
        narrow.extend(is_narrow.then(|| plan.clone()));
        if score > best_score {
            (best_score, best) = (score, plan);
        }
    }
    // Records with some line are few: better than an order, not better than two fields that are given.
    if best_score <= 8
        && let Some((index, value)) = by_line(object, &query.filter, asking)
    {
        let access = Access::Index { index, equal: vec![value], low: None, high: None };
        best = Plan { access, sorted: false, covered: false };
    }
    narrow.retain(|plan| *plan != best);
    (best, narrow)
}

/// An index over lines that has every record which the filter can hold of, and the value that it has them by: where some
/// line must have a value, at the top of the filter.
fn by_line(object: &Object, filter: &Filter, asking: &Asking) -> Option<(Name, Value)> {
    let index = |lines: Name, field: Name| {
        object.indexes.iter().find(|index| index.lines == Some(lines) && index.fields == [field])
    };
    match filter {
        Filter::Shared(shared) => Some((index(shared.lines, shared.by)?.name, shared.with.clone())),
        Filter::Lines(lines) if lines.through.is_empty() && lines.of == Quantifier::Any => {
            conjuncts(&lines.that).into_iter().filter(|part| part.through.is_empty()).find_map(|part| {
                let one = part.op == Op::Eq || part.op == Op::In && part.with.len() == 1;
                let operand = part.with.first().filter(|_| one)?;
                let value = operand_value(operand, &part.kind, asking).into_owned();
                Some((index(lines.field, part.field)?.name, Some(value).filter(|value| !value.is_empty())?))
            })
        }
        Filter::And(all) => all.iter().find_map(|part| by_line(object, part, asking)),
        Filter::Or(any) if any.len() == 1 => any.iter().find_map(|part| by_line(object, part, asking)),
        Filter::Or(_) | Filter::Not(_) | Filter::Lines(_) | Filter::Compare(_) => None,
    }
}

fn is_list(kind: &formwork_model::field_type::FieldType) -> bool {
    use formwork_model::field_type::FieldType;
    matches!(kind, FieldType::Refs(_) | FieldType::Choices(_) | FieldType::Files)
}

fn is_by_id(sort: &[(Name, bool)]) -> bool {
    matches!(sort, [(field, _)] if *field == system().id)
}

/// Whether entries whose remaining fields are `fields` come in the order of `sort`, forwards or backwards.
fn is_sorted(fields: &[Name], sort: &[(Name, bool)]) -> bool {
    let same_direction = sort.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a == b));
    // Ids decide between equals, so the sort has to use up every remaining field of the index.
    let names: Vec<Name> = sort.iter().map(|(field, _)| *field).collect();
    same_direction && fields == names.as_slice()
}

type Bound = Option<(Value, bool)>;

/// The tightest bounds on a field, and how many comparisons they answer.
fn range_of(parts: &[&Comparison], field: Name, asking: &Asking) -> (Bound, Bound, usize) {
    let (mut low, mut high, mut used): (Bound, Bound, usize) = (None, None, 0);
    for part in parts.iter().filter(|part| part.field == field) {
        let Some(value) = part
            .with
            .first()
            .map(|operand| operand_value(operand, &part.kind, asking).into_owned())
            .filter(|value| !value.is_empty())
        else {
            continue;
        };
        let place = match part.op {
            Op::Gt | Op::Gte => &mut low,
            Op::Lt | Op::Lte => &mut high,
            _ => continue,
        };
        if place.is_none() {
            *place = Some((value, matches!(part.op, Op::Gte | Op::Lte)));
            used += 1;
        }
    }
    (low, high, used)
}
