//! A list in groups, each with how many there are and what they come to.

use formwork_catalog::object::Object;
use formwork_model::{field_path::FieldPath, field_type::FieldType, name::Name, record::Record, value::Value};
use formwork_runtime::query::Query;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{Asked, states};
use crate::{error::Problem, page::view::View};

/// Records that are gathered into groups. Behind them the page says that there are more.
const GATHERED: usize = 2_000;
/// Records of a group that are shown; the rest is one step away.
const SHOWN: usize = 20;

/// The fields a list can be grouped by.
pub(crate) fn choices(view: &View, object: &Object, hidden: &[FieldPath], chosen: Option<Name>) -> Vec<Json> {
    let by = |kind: &FieldType| {
        matches!(
            kind,
            FieldType::Choice(_) | FieldType::Boolean | FieldType::Ref(_) | FieldType::User | FieldType::Department
        )
    };
    let fields = object.fields.iter().filter(|field| by(&field.kind) && !hidden.contains(&field.name.into()));
    let state = view.catalog.main_flow(object.name).map(|_| Name::intern("state"));
    let names = state.into_iter().chain(fields.map(|field| field.name));
    names
        .map(|name| {
            json!({"value": name.as_str(), "label": view.field_label(object, name), "selected": chosen == Some(name)})
        })
        .collect()
}

/// The groups of a list, and whether they hold all of it.
pub(crate) struct Groups {
    pub(crate) groups: Vec<(Value, Vec<Record>)>,
    pub(crate) whole: bool,
}

/// Gathers the records of a list by a field.
pub(crate) fn gather(view: &View, object: &Object, query: &Query, by: Name) -> Result<Groups, Problem> {
    let found = view.book.list(&Query { limit: GATHERED, after: None, ..query.clone() }, &view.actor)?;
    let mut groups: Vec<(Value, Vec<Record>)> = Vec::new();
    for record in found.records {
        let value = match by.as_str() {
            "state" => Value::text(formwork_runtime::json::state(&record)),
            _ => record.fields.get(by).clone(),
        };
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, records)) => records.push(record),
            None => groups.push((value, vec![record])),
        }
    }
    // Options and states have an order of their own; everything else stands as the list has it.
    let order: Vec<Name> = match object.field(by).map(|field| &field.kind) {
        Some(FieldType::Choice(options)) => options.iter().map(|option| option.name).collect(),
        None => states(view, object).iter().map(|option| option.name).collect(),
        _ => Vec::new(),
    };
    if !order.is_empty() {
        groups.sort_by_key(|(value, _)| {
            let place = order.iter().position(|name| value.as_text() == Some(name.as_str()));
            place.unwrap_or(order.len())
        });
    }
    Ok(Groups { groups, whole: found.next.is_none() })
}

/// What the numbers of some records come to, a cell for each column.
pub(crate) fn totals(view: &View, object: &Object, names: &[Name], records: &[&Record]) -> Vec<Json> {
    let total = |name: &Name| {
        let kind = object.field(*name).map(|field| &field.kind)?;
        if !matches!(kind, FieldType::Money { .. } | FieldType::Decimal { .. } | FieldType::Integer) {
            return None;
        }
        let numbers = records.iter().filter_map(|record| number(record.fields.get(*name)));
        let sum = numbers.fold(None, |sum: Option<Decimal>, number| sum.unwrap_or_default().checked_add(number));
        sum.map(|sum| json!({"num": true, "text": view.plain(kind, &Value::Decimal(sum))}))
    };
    names.iter().map(|name| total(name).unwrap_or(json!({"text": ""}))).collect()
}

/// A number that is seen: one that is masked is a text here, and adds nothing.
fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(n) => Some(Decimal::from(*n)),
        Value::Decimal(n) => Some(*n),
        _ => None,
    }
}

/// The groups as a page shows them. `row` makes a row of a record.
pub(crate) fn shown(
    view: &View,
    object: &Object,
    (by, names): (Name, &[Name]),
    groups: &Groups,
    (asked, href): (&Asked, &str),
    row: impl Fn(&Record) -> Json,
) -> Json {
    let kind = object.kind_of(by).cloned().unwrap_or(FieldType::Text);
    let shown = groups.groups.iter().map(|(value, records)| {
        let label = match (by.as_str(), records.first()) {
            _ if value.is_empty() => view.word("empty").to_owned(),
            ("state", Some(first)) => view.state(&view.catalog, first).map(|(label, _)| label).unwrap_or_default(),
            _ => view.plain(&kind, value),
        };
        let all: Vec<&Record> = records.iter().collect();
        let mut totals = totals(view, object, names, &all);
        if !totals.is_empty() {
            totals.remove(0);
        }
        let more = (records.len() > SHOWN && !value.is_empty()).then(|| {
            let value = match value {
                Value::Ref(id) => id.to_string(),
                other => other.to_string(),
            };
            asked.with(href, &[("f5", by.as_str()), ("o5", "eq"), ("v5", &value), ("group", ""), ("after", "")])
        });
        json!({
            "label": label, "count": records.len(), "totals": totals, "more": more,
            "rows": records.iter().take(SHOWN).map(&row).collect::<Vec<_>>(),
        })
    });
    Json::Array(shown.collect())
}
