//! Lists: a filter, an order, a page.

mod branch;
mod cursor;
mod matching;
mod plan;
mod scan;

pub use cursor::Cursor;
pub use plan::Plan;

pub(crate) use matching::{line_matches_with, matches_with};

use formwork_catalog::{
    filter::{Comparison, Filter, Op, Operand, Step},
    object::Object,
    role::Action,
};
use formwork_model::{
    code, field_path::FieldPath, id::RecordId, name::Name, nearest::nearest, record::Record, text, value::Value,
};

use crate::{
    access::{self, Granted},
    decider::{Decider, field_of},
    rejection::{Kind, Problem, Refusal},
    task::Hours,
};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// The object.
    pub object: Name,
    /// Which records.
    pub filter: Filter,
    /// The order: fields, `true` for descending. Records that are equal in it are ordered by id, in the
    /// direction of the last field. Empty means newest first.
    pub sort: Vec<(Name, bool)>,
    /// How many at most.
    pub limit: usize,
    /// Where the last page ended.
    pub after: Option<Cursor>,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The records, without what whoever asks does not see.
    pub records: Vec<Record>,
    /// For each of them the fields that are not there for whoever asks; none where they see everything.
    pub absent: Vec<Vec<FieldPath>>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// How the records were found.
    pub plan: Plan,
    /// How many records or index entries were read for it.
    pub read: usize,
}

pub use scan::{count, page};
pub(crate) use scan::{ids, load};

/// Reads a sort such as `-amount,name`.
///
/// # Errors
/// When a field does not exist or can't be sorted by.
pub fn parse_sort(object: &Object, text: &str) -> Result<Vec<(Name, bool)>, Refusal> {
    let mut sort = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (word, descending) = part.strip_prefix('-').map_or((part, false), |word| (word, true));
        let known = Name::find(word)
            .filter(|name| object.kind_of(*name).is_some_and(formwork_model::field_type::FieldType::is_ordered));
        let Some(name) = known else {
            let names = object.fields.iter().map(|field| field.name.as_str());
            let near = nearest(word, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(Problem::new(
                code!("unknown-field"),
                text!("can't sort by `{word}`{near}", "不能按 `{word}` 排序{near}"),
            )
            .field("sort")
            .reject(Kind::Invalid)
            .into());
        };
        if object.is_sensitive(name) {
            return Err(Problem::new(
                code!("sensitive-search"),
                text!("`{name}` is sensitive: lists are not sorted by it", "`{name}` 是敏感字段，不能按其排序"),
            )
            .field("sort")
            .reject(Kind::Invalid)
            .into());
        }
        sort.push((name, descending));
    }
    Ok(sort)
}

/// A filter that holds when every field has this value.
pub(crate) fn equal_to(object: &Object, values: impl Iterator<Item = (Name, Value)>) -> Filter {
    Filter::And(
        values
            .filter_map(|(field, value)| {
                let kind = object.kind_of(field)?.clone();
                let (op, with) =
                    if value.is_empty() { (Op::Empty, Vec::new()) } else { (Op::Eq, vec![Operand::Value(value)]) };
                Some(Filter::Compare(Comparison { through: Vec::new(), field, kind, op, with }))
            })
            .collect(),
    )
}

/// Whether a record matches, seen with the command's own changes.
pub(crate) fn matches(decider: &Decider<'_>, filter: &Filter, record: &Record) -> Result<bool, Refusal> {
    let mut through = |object: Name, id: RecordId, field: Name| decider.field((object, id), field);
    matches_with(filter, record, &decider.asking(), &mut through)
}

/// The matching records of a query inside a command: stored ones, corrected by the command's own changes.
pub(crate) fn find(decider: &Decider<'_>, query: &Query) -> Result<Vec<RecordId>, Refusal> {
    find_as(decider, query, &decider.asking())
}

/// As [`find`], of what `asking` may see.
pub(crate) fn find_as(decider: &Decider<'_>, query: &Query, asking: &Asking) -> Result<Vec<RecordId>, Refusal> {
    let changed: Vec<RecordId> = decider
        .slots
        .borrow()
        .iter()
        .filter(|((object, _), slot)| *object == query.object && slot.is_changed())
        .map(|((_, id), _)| *id)
        .collect();
    let wider = Query { limit: query.limit.saturating_add(changed.len()), ..query.clone() };
    let page = scan::page_of(decider.view, decider.release, decider.object(query.object)?, &wider, asking)?;
    let mut records: Vec<Record> = page.records.into_iter().filter(|record| !changed.contains(&record.id)).collect();
    for id in changed {
        if let Some(record) = decider.look((query.object, id), |record| record.cloned())?
            && is_found(decider, query, asking, &record)?
        {
            records.push(record);
        }
    }
    records.sort_by(|a, b| order(&query.sort, a, b));
    records.truncate(query.limit);
    Ok(records.into_iter().map(|record| record.id).collect())
}

/// Whether a record that the command changed matches, as whoever asks sees it.
fn is_found(decider: &Decider<'_>, query: &Query, asking: &Asking, record: &Record) -> Result<bool, Refusal> {
    let Granted::By(access) = &asking.granted else { return matches(decider, &query.filter, record) };
    let within = access.rows(query.object, asking.action, &fields_read(query));
    let mut through = |object: Name, id: RecordId, field: Name| match decider.sight((object, id))? {
        Some(sight) => Ok(sight.in_full(field, decider.field((object, id), field)?)),
        None => Ok(Value::Null),
    };
    Ok(matches(decider, &within, record)? && matches_with(&query.filter, record, asking, &mut through)?)
}

/// The fields of its object that a query filters or sorts by.
pub(crate) fn fields_read(query: &Query) -> Vec<FieldPath> {
    let mut fields: Vec<FieldPath> = query.sort.iter().map(|(field, _)| (*field).into()).collect();
    fields.extend(read_by(&query.filter));
    fields
}

/// The fields of the record itself that a filter reads, and the fields of its lines.
pub(crate) fn read_by(filter: &Filter) -> Vec<FieldPath> {
    let mut fields = Vec::new();
    fn of(filter: &Filter, out: &mut Vec<FieldPath>) {
        let first = |through: &[Step], field: Name| through.first().map_or(field, |step| step.field);
        match filter {
            Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| of(part, out)),
            Filter::Not(part) => of(part, out),
            Filter::Shared(shared) => out.push(shared.lines.into()),
            Filter::Compare(comparison) => out.push(first(&comparison.through, comparison.field).into()),
            Filter::Lines(lines) => {
                out.push(first(&lines.through, lines.field).into());
                if lines.through.is_empty() {
                    out.extend(read_by(&lines.that).iter().map(|line| FieldPath::of_line(lines.field, line.field)));
                }
            }
        }
    }
    of(filter, &mut fields);
    fields
}

/// The order of a sort; ids decide between equals.
pub(crate) fn order(sort: &[(Name, bool)], a: &Record, b: &Record) -> std::cmp::Ordering {
    for (field, descending) in sort {
        let by = field_of(a, *field).compare(&field_of(b, *field)).unwrap_or(std::cmp::Ordering::Equal);
        let by = if *descending { by.reverse() } else { by };
        if by.is_ne() {
            return by;
        }
    }
    if sort.last().is_none_or(|(_, descending)| *descending) { b.id.cmp(&a.id) } else { a.id.cmp(&b.id) }
}

/// Who asks and when: what relative operands depend on.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The login.
    pub login: std::sync::Arc<str>,
    /// The instant.
    pub now: jiff::Timestamp,
    /// The zone in which days begin.
    pub zone: jiff::tz::TimeZone,
    /// What they may do: nothing else is found, and nothing is found by anything else.
    pub granted: Granted,
    /// What they want to do with the records.
    pub action: Action,
    /// What the working time of tasks is counted by.
    pub hours: Hours,
}

impl Asking {
    /// The engine asks, of filters that depend on no time.
    pub(crate) fn by_engine(zone: jiff::tz::TimeZone, hours: Hours) -> Self {
        let now = jiff::Timestamp::UNIX_EPOCH;
        Self { login: "system".into(), now, zone, granted: Granted::All, action: access::READ, hours }
    }
}

impl Decider<'_> {
    pub(crate) fn asking(&self) -> Asking {
        Asking {
            login: self.command.actor.login.clone(),
            now: self.now,
            zone: self.catalog().book.zone.clone(),
            granted: Granted::All,
            action: access::READ,
            hours: Hours::of(self.release),
        }
    }

    /// As [`Decider::asking`], of a script that has the rights of whoever acts.
    pub(crate) fn asking_for(&self) -> Asking {
        let granted =
            if self.limited.get() && !self.command.tries_again() { self.granted.clone() } else { Granted::All };
        Asking { granted, ..self.asking() }
    }
}
