//! `post`: ledger entries.

use formwork_catalog::parse_value::parse_json;
use formwork_model::{code, field_type::FieldType, name::Name, record::Fields, text, value::Value};

use crate::{
    command::{Input, PostEntry},
    decide::Done,
    decider::Decider,
    rejection::{Kind, Problem, Refusal, Rejection},
};

pub(crate) fn decide(
    decider: &Decider<'_>,
    ledger: Name,
    entries: &[PostEntry],
    opening: bool,
) -> Result<Done, Refusal> {
    for entry in entries {
        let (dimensions, amount, date) = read_entry(decider, ledger, entry)?;
        decider.check_post(ledger, &dimensions)?;
        let date = if let Value::Date(date) = date { Some(date) } else { None };
        let amount = amount.as_decimal().unwrap_or_default();
        if opening {
            decider.post_opening(ledger, &dimensions, amount, date, entry.note.as_deref())?;
        } else {
            decider.post_entry(ledger, &dimensions, amount, date, entry.note.as_deref(), None)?;
        }
    }
    let kind = if opening { "open" } else { "post" };
    Ok(Done { target: None, kind: format!("{kind} {ledger}"), input: String::new(), on_behalf_of: None, import: None })
}

/// Reads the dimensions that are given; all problems are reported.
pub(crate) fn read_dimensions(decider: &Decider<'_>, ledger: Name, values: &Input) -> Result<Fields, Refusal> {
    let known = decider.catalog().ledgers.get(&ledger).ok_or_else(|| {
        Rejection::new(
            Kind::NotFound,
            code!("unknown-ledger"),
            text!("there is no ledger `{ledger}`", "没有账本 `{ledger}`"),
        )
    })?;
    let mut problems = Vec::new();
    let mut dimensions = Fields::new();
    for (name, json) in values {
        let Some(dimension) = known.dimensions.iter().find(|dimension| dimension.name == *name.as_str()) else {
            let unknown = text!("there is no dimension `{name}`", "没有维度 `{name}`");
            problems.push(Problem::new(code!("unknown-field"), unknown).field(name));
            continue;
        };
        if let FieldType::Ref(to) = &dimension.kind {
            match decider.resolve_reference(*to, json)? {
                Some(id) => {
                    dimensions.set(dimension.name, Value::Ref(id));
                }
                None => {
                    let missing = text!("there is no such {to}", "没有这个 {to}");
                    problems.push(Problem::new(code!("no-such-reference"), missing).field(name));
                }
            }
            continue;
        }
        match parse_json(&dimension.kind, json, &decider.parse_context()) {
            Ok(value) => {
                dimensions.set(dimension.name, value);
            }
            Err(bad) => problems.push(Problem::new(bad.code, bad.message).field(name)),
        }
    }
    if problems.is_empty() { Ok(dimensions) } else { Err(Rejection { kind: Kind::Invalid, problems }.into()) }
}

fn read_entry(decider: &Decider<'_>, ledger: Name, entry: &PostEntry) -> Result<(Fields, Value, Value), Refusal> {
    let dimensions = read_dimensions(decider, ledger, &entry.dimensions)?;
    let amount_kind =
        decider.catalog().ledgers.get(&ledger).map_or(FieldType::Decimal { scale: None }, |known| known.amount.clone());
    let read = |kind: &FieldType, json: &serde_json::Value, field: &str| -> Result<Value, Refusal> {
        parse_json(kind, json, &decider.parse_context())
            .map_err(|bad| Problem::new(bad.code, bad.message).field(field).reject(Kind::Invalid).into())
    };
    let amount = read(&amount_kind, &entry.amount, "amount")?;
    let date = entry.date.as_ref().map_or(Ok(Value::Null), |date| read(&FieldType::Date, date, "date"))?;
    if matches!(amount, Value::Null) {
        return Err(Problem::new(code!("required"), text!("amount is required", "必须填写金额"))
            .field("amount")
            .reject(Kind::Invalid)
            .into());
    }
    Ok((dimensions, amount, date))
}
