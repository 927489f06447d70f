//! How often recorded decisions fall into the regions where two versions of a table differ.

use formwork_catalog::{
    parse_value::{ParseContext, parse_json},
    table::{
        Table,
        analysis::{Difference, Region},
    },
};
use formwork_model::{field_type::FieldType, id::RecordId, name::Name, value::Value};
use formwork_store::table::history;
use jiff::Timestamp;

use crate::{book::Book, rejection::Refusal};

/// How many records are named for each region.
const EXAMPLES: usize = 5;

/// What recorded decisions say about the regions of a difference.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TableUse {
    /// Recorded evaluations of the table since the day.
    pub evaluated: u64,
    /// Those that fall into a region.
    pub changed: u64,
    /// For each region how many, and some of the records.
    pub regions: Vec<(u64, Vec<(Name, RecordId)>)>,
}

/// Weighs the regions by the evaluations that the history keeps since `since`, with the inputs it keeps.
///
/// # Errors
/// When the store fails or an entry is damaged.
pub fn weigh(book: &Book, table: &Table, difference: &Difference, since: Timestamp) -> Result<TableUse, Refusal> {
    let release = book.release();
    let zone = release.catalog.book.zone.clone();
    let mut used = TableUse { regions: vec![(0, Vec::new()); difference.regions.len()], ..TableUse::default() };
    let (prefix, last) = (format!("table {}#", table.name), book.read(|view| Ok(history::head(view)?.0))?);
    let mut next = 1;
    while next <= last {
        let to = (next + 499).min(last);
        let entries = book.read(|view| {
            let read = |seq| history::get(view, seq, &release.symbols).transpose();
            (next..=to).filter_map(read).collect::<Result<Vec<_>, _>>().map_err(Refusal::from)
        })?;
        next = to + 1;
        for entry in entries.iter().filter(|entry| entry.at >= since) {
            let day = entry.at.to_zoned(zone.clone()).date();
            let mut seen = None;
            for fired in entry.fired.iter().filter(|fired| fired.what.starts_with(&prefix)) {
                // Several rows of one evaluation follow each other with the same inputs.
                if seen == Some(&fired.values) {
                    continue;
                }
                seen = Some(&fired.values);
                used.evaluated += 1;
                let inputs: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_str(&fired.values).unwrap_or_default();
                let told = inputs.get("@day").and_then(|day| day.as_str()?.parse().ok());
                let day = told.unwrap_or(day);
                let context = ParseContext { zone: zone.clone() };
                let input = |name: Name| value(table, name, &inputs, &context);
                if let Some(region) = difference.region_of(&input, day)
                    && let Some((count, examples)) = used.regions.get_mut(region)
                {
                    *count += 1;
                    used.changed += 1;
                    if examples.len() < EXAMPLES {
                        examples.extend(entry.target.filter(|target| !examples.contains(target)));
                    }
                }
            }
        }
    }
    Ok(used)
}

fn value(
    table: &Table,
    name: Name,
    inputs: &serde_json::Map<String, serde_json::Value>,
    context: &ParseContext,
) -> Value {
    let Some(json) = inputs.get(name.as_str()).filter(|json| !json.is_null()) else { return Value::Null };
    let kind = table.inputs.iter().find(|input| input.name == name).map(|input| &input.kind);
    match kind {
        Some(FieldType::Ref(_)) => json.as_str().and_then(|text| text.parse().ok()).map_or(Value::Null, Value::Ref),
        Some(kind) => parse_json(kind, json, context).unwrap_or_default(),
        None => Value::Null,
    }
}

/// A region, how many recorded decisions fall into it, and some of their records.
pub type Weighed<'d> = (&'d Region, u64, &'d [(Name, RecordId)]);

/// The regions, the most used first.
pub fn by_use<'d>(difference: &'d Difference, used: &'d TableUse) -> Vec<Weighed<'d>> {
    let mut regions: Vec<_> = difference
        .regions
        .iter()
        .zip(&used.regions)
        .map(|(region, (count, examples))| (region, *count, examples.as_slice()))
        .collect();
    regions.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    regions
}
