//! From what was gathered to a sheet: headings in order, values rounded, measures of measures.

use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
};

use formwork_catalog::report::{Chart, Format, How, Measure, Take};
use formwork_model::{code, name::Name, value::Value};
use formwork_script::{program::Vars, val::Val};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    Axis, Chosen, Sheet,
    gather::{CELLS, Gathered, TOTAL, rounded, too_large},
    heading::{self, Ordered},
    plan::Plan,
    sum::{Sum, of_none, too_great},
    trail,
};
use crate::{decider::Decider, rejection::Refusal};

/// A cell by the places at which its row and column were met.
type Cell = (u32, u32);

/// Values not rounded, by measure and cell.
struct Values<'a> {
    plan: &'a Plan,
    /// What measures of records come to.
    taken: HashMap<Name, HashMap<Cell, Value>>,
    /// What was computed.
    known: RefCell<HashMap<(Name, Cell), Option<Value>>>,
    decider: &'a Decider<'a>,
}

/// The sheet.
pub(super) fn finish(plan: &Plan, gathered: Gathered<'_>, decider: &Decider<'_>) -> Result<Sheet, Refusal> {
    let (read, rows, columns, cells) = (gathered.read, gathered.rows.marks, gathered.columns.marks, gathered.cells);
    let rows = heading::order(plan, &plan.rows, rows, decider)?;
    let columns = heading::order(plan, &plan.columns, columns, decider)?;
    if rows.len().max(1) * columns.len().max(1) > CELLS {
        return Err(too_large());
    }
    let taken = taken(plan, cells)?;
    let values = Values { plan, taken, known: RefCell::default(), decider };
    let place = |met: Option<u32>| met.unwrap_or(TOTAL);
    let row_places: Vec<u32> = rows.iter().map(|row| place(row.met)).chain([TOTAL]).collect();
    let column_places: Vec<u32> = columns.iter().map(|column| place(column.met)).chain([TOTAL]).collect();
    let mut cells = Vec::with_capacity(row_places.len() * column_places.len() * plan.show.len());
    for (r, row) in row_places.iter().enumerate() {
        for (c, column) in column_places.iter().enumerate() {
            // A heading between others that no record has is no total.
            let empty = (r < rows.len() && *row == TOTAL) || (c < columns.len() && *column == TOTAL);
            for name in &plan.show {
                let Some(measure) = plan.report.measures.get(name) else { continue };
                let value = match empty {
                    true => values.nothing(measure, (r < rows.len(), c < columns.len()), 0)?,
                    false => values.value(measure, (*row, *column), 0)?,
                };
                cells.push(value.map_or(Ok(Value::Null), |value| shown(measure, value))?);
            }
        }
    }
    let trails = plan.show.iter().map(|name| trail::of(plan, *name, &rows, &columns, decider)).collect();
    Ok(Sheet {
        report: plan.report.clone(),
        rows: axis(plan, &plan.rows, rows),
        columns: axis(plan, &plan.columns, columns),
        measures: plan.show.iter().map(|name| Chosen { name: *name, report: plan.report.clone() }).collect(),
        chart: chart(plan),
        offered: plan.offered.clone(),
        period: (None, None),
        now: plan.when.now,
        read,
        cells,
        trails,
    })
}

/// What measures of records come to in each cell, over all the kinds of records that they are of.
fn taken(plan: &Plan, cells: Vec<HashMap<Cell, Vec<Sum>>>) -> Result<HashMap<Name, HashMap<Cell, Value>>, Refusal> {
    let mut all: HashMap<(Name, Cell), (How, Sum)> = HashMap::new();
    for (scan, cells) in plan.scans.iter().zip(cells) {
        for (cell, sums) in cells {
            for (taking, sum) in scan.takes.iter().zip(sums) {
                let measure = plan.report.measures.get(&taking.measure);
                let Some(Take::Of(of)) = measure.map(|measure| &measure.take) else { continue };
                match all.entry((taking.measure, cell)) {
                    Entry::Occupied(mut known) => known.get_mut().1.join(of.how, sum)?,
                    Entry::Vacant(place) => _ = place.insert((of.how, sum)),
                }
            }
        }
    }
    let mut taken: HashMap<Name, HashMap<Cell, Value>> = HashMap::new();
    for ((measure, cell), (how, mut sum)) in all {
        let values = taken.entry(measure).or_default();
        values.extend(sum.end(how).map(|value| (cell, value)));
    }
    Ok(taken)
}

fn axis(plan: &Plan, dimensions: &[Name], ordered: Vec<Ordered>) -> Axis {
    Axis {
        dimensions: dimensions.iter().filter_map(|name| Some(heading::along(plan.dimension(*name)?))).collect(),
        headings: ordered.into_iter().map(|one| one.heading).collect(),
    }
}

/// What is drawn, as far as its measures are shown.
fn chart(plan: &Plan) -> Option<Chart> {
    let chart = plan.report.chart.as_ref()?;
    let show: Vec<Name> = chart.show.iter().copied().filter(|name| plan.show.contains(name)).collect();
    Some(Chart { kind: chart.kind, show })
}

impl Values<'_> {
    /// What a measure is in a cell.
    fn value(&self, measure: &Measure, cell: Cell, depth: usize) -> Result<Option<Value>, Refusal> {
        if let Some(known) = self.known.borrow().get(&(measure.name, cell)) {
            return Ok(known.clone());
        }
        let value = match &measure.take {
            Take::Of(of) => match self.taken.get(&measure.name).and_then(|cells| cells.get(&cell)) {
                Some(value) => Some(value.clone()),
                None => of_none(of.how).filter(|_| self.has(measure.name, (cell.0 != TOTAL, cell.1 != TOTAL))),
            },
            Take::Share(of) => {
                let (part, whole) = (self.other(*of, cell, depth)?, self.other(*of, (TOTAL, TOTAL), depth)?);
                share(part, whole)
            }
            Take::Value { program, reads } => {
                let mut operands = Vec::with_capacity(reads.len());
                for name in reads {
                    operands.push((*name, self.other(*name, cell, depth)?));
                }
                self.computed(measure, program, operands)?
            }
        };
        self.known.borrow_mut().insert((measure.name, cell), value.clone());
        Ok(value)
    }

    /// What a measure is where no record is, in a row and in a column that stand between others.
    fn nothing(&self, measure: &Measure, along: (bool, bool), depth: usize) -> Result<Option<Value>, Refusal> {
        if depth > self.plan.report.measures.len() {
            return Ok(None);
        }
        let other = |name: Name| match self.plan.report.measures.get(&name) {
            Some(measure) => self.nothing(measure, along, depth + 1),
            None => Ok(None),
        };
        match &measure.take {
            Take::Of(of) => Ok(of_none(of.how).filter(|_| self.has(measure.name, along))),
            Take::Share(of) => Ok(share(other(*of)?, self.other(*of, (TOTAL, TOTAL), depth)?)),
            Take::Value { program, reads } => {
                let operands = reads.iter().map(|name| Ok((*name, other(*name)?)));
                self.computed(measure, program, operands.collect::<Result<_, Refusal>>()?)
            }
        }
    }

    fn other(&self, name: Name, cell: Cell, depth: usize) -> Result<Option<Value>, Refusal> {
        match self.plan.report.measures.get(&name) {
            // What reads itself does not pass the checks.
            Some(measure) if depth <= self.plan.report.measures.len() => self.value(measure, cell, depth + 1),
            _ => Ok(None),
        }
    }

    /// Whether records of a measure can be in a cell that is of one row, of one column.
    fn has(&self, measure: Name, (row, column): (bool, bool)) -> bool {
        let scans = self.plan.scans.iter().filter(|scan| scan.takes.iter().any(|taking| taking.measure == measure));
        scans.into_iter().any(|scan| (!row || scan.has.0) && (!column || scan.has.1))
    }

    /// An expression over other measures; nothing when it fails on what they are here.
    fn computed(
        &self,
        measure: &Measure,
        program: &formwork_catalog::source::Program,
        operands: Vec<(Name, Option<Value>)>,
    ) -> Result<Option<Value>, Refusal> {
        let mut vars = Vars::new();
        for (name, value) in operands {
            vars.set(name.as_str(), value);
        }
        let number = match self.decider.eval(program, &vars) {
            Ok(Val::Int(n)) => Some(Decimal::from(n)),
            Ok(Val::Dec(number)) => Some(number),
            Ok(_) => None,
            Err(Refusal::Rejected(rejection))
                if rejection.problems.iter().all(|problem| problem.code == code!("script-failed")) =>
            {
                None
            }
            Err(refusal) => return Err(refusal),
        };
        let Some(number) = number else { return Ok(None) };
        let number = match measure.format {
            Format::Percent => number.checked_mul(Decimal::ONE_HUNDRED).ok_or_else(too_great)?,
            _ => number,
        };
        Ok(Some(Value::Decimal(number)))
    }
}

/// How much of the whole, in per cent.
fn share(part: Option<Value>, whole: Option<Value>) -> Option<Value> {
    let (part, whole) = (part?.as_decimal()?, whole?.as_decimal()?);
    part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole).map(Value::Decimal)
}

/// The value as it is shown.
fn shown(measure: &Measure, value: Value) -> Result<Value, Refusal> {
    let Value::Decimal(number) = value else { return Ok(value) };
    let how = if let Take::Of(of) = &measure.take { Some(of.how) } else { None };
    let whole = |number: Decimal| rounded(number, 0).to_i64().ok_or_else(too_great);
    Ok(match (how, measure.format) {
        (Some(How::Count | How::Distinct), _) => Value::Int(whole(number)?),
        (_, Format::Duration) => Value::Seconds(whole(number)?),
        (Some(How::Sum | How::Min | How::Max | How::Percentile(_)), _) => Value::Decimal(number),
        _ => Value::Decimal(rounded(number, measure.digits)),
    })
}
