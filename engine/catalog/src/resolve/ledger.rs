//! Ledgers.

use formwork_definition::kind::{
    Defined,
    ledger::{Ledger as Written, Limit as WrittenLimit},
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    text,
};
use formwork_script::shape::Shape;

use crate::{
    ledger::{Dimension, Ledger, Limit},
    resolve::{Linker, kind::missing, label, module, name, unknown},
    variables::Variables,
};

/// The ledger.
pub(crate) fn resolve_ledger(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Option<Ledger> {
    let body = &defined.body;
    let ledger = name(&body.ledger);
    let known = linker.names.ledgers.get(&ledger)?;
    let dimension = |(dimension, kind): (&Name, &Option<FieldType>)| Dimension {
        name: *dimension,
        label: label::label(body.dimensions.get(*dimension).and_then(|d| d.label.as_ref()), *dimension),
        kind: kind.clone().unwrap_or(FieldType::Json),
    };
    let dimensions: Vec<Dimension> = known.dimensions.iter().map(dimension).collect();
    if dimensions.is_empty() {
        out.push(missing(body.ledger.span, "dimensions", "a ledger has dimensions", "台账必须有维度"));
    }
    let amount = known.amount.clone().unwrap_or(FieldType::Json);
    let limits = body.limits.iter();
    let limits = limits.filter_map(|(limit, body)| {
        resolve_limit(linker, ledger, (limit.value, limit.span), body, &dimensions, &amount, out)
    });
    let limits = limits.collect();
    Some(Ledger {
        name: ledger,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), ledger),
        span: body.ledger.span,
        dimensions,
        amount,
        balanced: body.balanced.as_ref().is_some_and(|balanced| balanced.value),
        limits,
    })
}

fn resolve_limit(
    linker: &Linker<'_>,
    ledger: Name,
    (limit, at): (Name, formwork_model::source::Span),
    body: &WrittenLimit,
    dimensions: &[Dimension],
    amount: &FieldType,
    out: &mut Diagnostics,
) -> Option<Limit> {
    let names = || dimensions.iter().map(|dimension| &dimension.name);
    let position = |written: &formwork_definition::spanned::Sp<formwork_definition::map::WrittenName>,
                    out: &mut Diagnostics| {
        let wanted = name(written);
        let position = dimensions.iter().position(|dimension| dimension.name == wanted);
        if position.is_none() {
            out.push(unknown::dimension(written.span, ledger, wanted, names()));
        }
        position
    };
    let over = match &body.over {
        Some(over) => position(over, out)? + 1,
        None => dimensions.len(),
    };
    let of = match &body.of {
        Some(of) => {
            let of_position = position(of, out)?;
            let is_ref = dimensions.get(of_position).is_some_and(|d| matches!(d.kind, FieldType::Ref(_)));
            if !is_ref || of_position >= over {
                out.push(Diagnostic::error(
                    code!("type-mismatch"),
                    of.span,
                    text!("`of` is a `ref` dimension that the limit is taken over", "`of` 必须是该限额包含的引用维度"),
                ));
                return None;
            }
            Some(of_position)
        }
        None => dimensions.iter().take(over).position(|d| matches!(d.kind, FieldType::Ref(_))),
    };
    if body.min.is_none() && body.max.is_none() {
        out.push(missing(at, "min", "a limit has `min` or `max`", "限额需要 `min` 或 `max`"));
    }
    let this = of.and_then(|of| dimensions.get(of)).and_then(|dimension| match dimension.kind {
        FieldType::Ref(object) => Some(("this", Shape::Record(object))),
        _ => None,
    });
    let variables: Variables = this.into_iter().chain([("balance", Shape::Decimal)]).collect();
    // `balance` is a decimal whatever the ledger counts, so bounds may be decimals too.
    let kind = if *amount == FieldType::Integer { &FieldType::Decimal { scale: None } } else { amount };
    Some(Limit {
        name: limit,
        over,
        of,
        min: body.min.as_ref().and_then(|min| linker.source(min, kind, &variables, out)),
        max: body.max.as_ref().and_then(|max| linker.source(max, kind, &variables, out)),
        say: label::text(Some(&body.say)),
    })
}
