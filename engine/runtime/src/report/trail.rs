//! What finds the records of a cell.

use formwork_catalog::report::{Of, Path, Take, Taken};
use formwork_model::name::Name;
use serde_json::json;

use super::{
    heading::Ordered,
    plan::{Plan, Scan, Taking, seen},
    sheet::{AlongTrail, Part, Trail},
};
use crate::{access::READ, decider::Decider, query::read_by};

/// What finds the records of a measure in each cell; `None` when no one list has them.
pub(super) fn of(
    plan: &Plan,
    measure: Name,
    rows: &[Ordered],
    columns: &[Ordered],
    decider: &Decider<'_>,
) -> Option<Trail> {
    let (scan, taking, of) = taken(plan, measure)?;
    let source = plan.source(scan)?;
    let mut parts: Vec<Part> = Vec::new();
    parts.extend(scan.record.iter().map(|condition| Part { of_line: false, that: condition.json.clone() }));
    parts.extend(scan.line.iter().map(|condition| Part { of_line: true, that: condition.json.clone() }));
    if let Some(of) = of {
        if let Some(condition) = &of.filter {
            parts.push(Part { of_line: false, that: condition.record.json.clone() });
            parts.extend(condition.line.iter().map(|line| Part { of_line: true, that: line.json.clone() }));
        }
        let there = |path: &Path| Part { of_line: path.of_line, that: json!({path.key(): {"empty": false}}) };
        match &of.what {
            None => {}
            Some(Taken::Field(path)) => parts.push(there(path)),
            Some(Taken::Between(from, to)) => parts.extend([from].into_iter().chain(to).map(there)),
        }
    }
    let axis = |dimensions: &[Name], headings: &[Ordered], has: bool| {
        let paths: Vec<_> = dimensions
            .iter()
            .filter(|_| has)
            .filter_map(|name| {
                let dimension = plan.dimension(*name)?;
                Some((dimension, dimension.by.get(&source.name)?))
            })
            .collect();
        let total = match is_wider(scan, taking, decider) {
            true => paths.iter().map(|(_, path)| seen(path.of_line, &path.key())).collect(),
            false => Vec::new(),
        };
        let one = |heading: &Ordered| {
            let marks = heading.marks.iter().zip(&paths);
            let part = |of_line, that| Part { of_line, that };
            marks
                .map(|(mark, (dimension, path))| part(path.of_line, mark.condition(path, &dimension.cut, &plan.when)))
                .collect()
        };
        AlongTrail { headings: if has { headings.iter().map(one).collect() } else { Vec::new() }, total }
    };
    let split = |of_line: bool| {
        let parts = parts.iter().filter(move |part| part.of_line == of_line);
        parts.map(|part| part.that.clone()).collect::<Vec<_>>()
    };
    Some(Trail {
        object: source.object,
        lines: source.lines,
        has: scan.has,
        record: split(false),
        line: split(true),
        rows: axis(&plan.rows, rows, scan.has.0),
        columns: axis(&plan.columns, columns, scan.has.1),
    })
}

/// The records that a measure is of: its own, those of which it is a share, or, of an expression in a report of one kind
/// of records, all of them.
fn taken(plan: &Plan, measure: Name) -> Option<(&Scan, &Taking, Option<&Of>)> {
    let find = |name: Name| {
        let mut scans = plan.scans.iter().filter_map(|scan| Some((scan, take_of(scan, name)?)));
        // No one list has the records of several objects.
        scans.next().filter(|_| scans.next().is_none())
    };
    match &plan.report.measures.get(&measure)?.take {
        Take::Of(of) => find(measure).map(|(scan, taking)| (scan, taking, Some(&**of))),
        Take::Share(of) => taken(plan, *of),
        Take::Value { reads, .. } => {
            plan.report.only_source()?;
            let (scan, taking) = reads.iter().find_map(|name| find(*name))?;
            Some((scan, taking, None))
        }
    }
}

fn take_of(scan: &Scan, measure: Name) -> Option<&Taking> {
    scan.takes.iter().find(|taking| taking.measure == measure)
}

/// Whether a list that is filtered by the conditions alone would show records of which its reader does not see every
/// field that the report reads.
fn is_wider(scan: &Scan, taking: &Taking, decider: &Decider<'_>) -> bool {
    let Some(access) = decider.limits() else { return false };
    let fields: Vec<_> = scan.record.iter().flat_map(|condition| read_by(&condition.filter)).collect();
    let object = scan.object.name;
    access.rows(object, READ, &fields) != access.rows(object, READ, &taking.reads.own)
}
