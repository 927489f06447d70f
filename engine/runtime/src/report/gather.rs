//! Reading records and adding them up, each once, in slices: between two slices others may write.

use std::{collections::HashMap, ops::ControlFlow};

use formwork_catalog::{
    filter::Filter,
    report::{How, Path, Take, Taken},
};
use formwork_model::{
    code,
    id::RecordId,
    name::Name,
    record::{Record, Row},
    text,
    value::Value,
};
use formwork_store::{
    store::{Order, View},
    table::record,
};
use rust_decimal::Decimal;

use super::{
    beyond::{Beyond, Kept},
    mark::Mark,
    plan::{Plan, Scan},
    sum::Sum,
};
use crate::{
    decider::field_of,
    query::{self, Asking, line_matches_with, matches_with},
    rejection::{Kind, Refusal, Rejection},
    release::Release,
    task,
};

/// How many records are read before others may write.
const SLICE: usize = 20_000;
/// How many cells a report may have.
pub(super) const CELLS: usize = 10_000;
/// The place of a total along an axis.
pub(super) const TOTAL: u32 = u32::MAX;

/// The places along one axis, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Met {
    places: HashMap<Vec<Mark>, u32>,
    pub(super) marks: Vec<Vec<Mark>>,
}

impl Met {
    fn place(&mut self, marks: &[Mark]) -> u32 {
        if let Some(place) = self.places.get(marks) {
            return *place;
        }
        let place = u32::try_from(self.marks.len()).unwrap_or(TOTAL);
        self.places.insert(marks.to_vec(), place);
        self.marks.push(marks.to_vec());
        place
    }
}

/// What was read so far.
#[derive(Debug)]
pub(super) struct Gathered<'a> {
    plan: &'a Plan,
    asking: &'a Asking,
    release: &'a Release,
    pub(super) rows: Met,
    pub(super) columns: Met,
    /// For each scan, what its measures come to in each cell.
    pub(super) cells: Vec<HashMap<(u32, u32), Vec<Sum>>>,
    pub(super) read: usize,
    kept: Kept,
    scan: usize,
    next: Next,
}

/// Where reading goes on.
#[derive(Debug)]
enum Next {
    /// At the beginning of a scan.
    Begin,
    /// At these records, from the end.
    These(Vec<RecordId>),
    /// In this range of keys of records.
    Range(Vec<u8>, Vec<u8>),
}

impl<'a> Gathered<'a> {
    pub(super) fn new(plan: &'a Plan, asking: &'a Asking, release: &'a Release) -> Self {
        Self {
            plan,
            asking,
            release,
            rows: Met::default(),
            columns: Met::default(),
            cells: plan.scans.iter().map(|_| HashMap::new()).collect(),
            read: 0,
            kept: Kept::default(),
            scan: 0,
            next: Next::Begin,
        }
    }

    /// Reads a slice; answers whether there is more.
    pub(super) fn go_on(&mut self, view: &dyn View) -> Result<bool, Refusal> {
        let plan = self.plan;
        let mut left = SLICE;
        while let Some(scan) = plan.scans.get(self.scan) {
            if left == 0 {
                return Ok(true);
            }
            match std::mem::replace(&mut self.next, Next::Begin) {
                Next::Begin => self.next = self.begin(view, scan)?,
                Next::These(mut ids) => {
                    let slice = ids.split_off(ids.len().saturating_sub(left));
                    left -= slice.len();
                    for id in slice.into_iter().rev() {
                        if let Some(record) = query::load(view, self.release, scan.object.name, id)? {
                            self.take(view, scan, &record)?;
                        }
                    }
                    if ids.is_empty() { self.scan += 1 } else { self.next = Next::These(ids) }
                }
                Next::Range(start, end) => match self.range(view, scan, (&start, &end), &mut left)? {
                    Some(start) => self.next = Next::Range(start, end),
                    None => self.scan += 1,
                },
            }
        }
        Ok(false)
    }

    /// By which way the records of a scan are found.
    fn begin(&self, view: &dyn View, scan: &Scan) -> Result<Next, Refusal> {
        let filter = Filter::And(scan.record.iter().map(|condition| condition.filter.clone()).collect());
        let within = match scan.within.as_slice() {
            [only] => only.clone(),
            several => Filter::Or(several.to_vec()),
        };
        Ok(match query::ids(view, self.release, &scan.object, (&filter, &within), self.asking)? {
            Some(ids) => Next::These(ids),
            None => {
                let (start, end) = record::range(self.release.number(scan.object.name)?);
                Next::Range(start, end)
            }
        })
    }

    /// Reads records by key; answers the key to go on at.
    fn range(
        &mut self,
        view: &dyn View,
        scan: &Scan,
        (start, end): (&[u8], &[u8]),
        left: &mut usize,
    ) -> Result<Option<Vec<u8>>, Refusal> {
        let (mut next, mut failure) = (None, None);
        let object = scan.object.name;
        view.scan(start, end, Order::Forward, &mut |key, bytes| {
            if *left == 0 {
                next = Some(key.to_vec());
                return ControlFlow::Break(());
            }
            *left -= 1;
            let symbols = &self.release.symbols;
            let record = record::id_of(key).and_then(|id| record::decode(object, id, bytes, symbols));
            match record.map_err(Refusal::from).and_then(|record| self.take(view, scan, &record)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(refusal) => {
                    failure = Some(refusal);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(next), Err)
    }

    /// Adds up one record, if it counts.
    fn take(&mut self, view: &dyn View, scan: &Scan, record: &Record) -> Result<(), Refusal> {
        self.read += 1;
        let asking = self.asking;
        let kept = std::mem::take(&mut self.kept);
        let beyond = Beyond::new(view, self.release, asking, kept);
        let taken = self.take_seen(scan, record, &beyond);
        self.kept = beyond.into_kept();
        taken
    }

    fn take_seen(&mut self, scan: &Scan, record: &Record, beyond: &Beyond<'_>) -> Result<(), Refusal> {
        let asking = self.asking;
        for condition in &scan.record {
            if !matches_with(&condition.filter, record, asking, &mut |o, id, f| beyond.seen(o, id, f))? {
                return Ok(());
            }
        }
        let mut within = Vec::with_capacity(scan.within.len());
        for rows in &scan.within {
            within.push(matches_with(rows, record, asking, &mut |o, id, f| beyond.raw(o, id, f))?);
        }
        if !within.contains(&true) {
            return Ok(());
        }
        let plan = self.plan;
        let Some(source) = plan.source(scan) else { return Ok(()) };
        let Some(lines) = source.lines else { return self.take_one(scan, (record, None), &within, beyond) };
        let tasks = if lines == task::tasks() { task::tasks_of(record, &asking.hours) } else { Vec::new() };
        for row in record.fields.get(lines).rows().iter().chain(&tasks) {
            let mut counts = true;
            for condition in &scan.line {
                counts &= line_matches_with(&condition.filter, row, asking, &mut |o, id, f| beyond.seen(o, id, f))?;
            }
            if counts {
                self.take_one(scan, (record, Some(row)), &within, beyond)?;
            }
        }
        Ok(())
    }

    /// Adds up a record, or one line of it.
    fn take_one(
        &mut self,
        scan: &Scan,
        of: (&Record, Option<&Row>),
        within: &[bool],
        beyond: &Beyond<'_>,
    ) -> Result<(), Refusal> {
        let plan = self.plan;
        let mut taken: Vec<Option<(How, Value)>> = Vec::with_capacity(scan.takes.len());
        for taking in &scan.takes {
            let counts = within.get(taking.within).copied().unwrap_or_default();
            let measure = plan.report.measures.get(&taking.measure);
            taken.push(match measure.map(|measure| &measure.take) {
                Some(Take::Of(wanted)) if counts && self.holds(wanted.filter.as_ref(), of, beyond)? => {
                    let value = match &wanted.what {
                        None => Value::Null,
                        Some(what) => self.value(what, of, beyond)?,
                    };
                    Some((wanted.how, value))
                }
                _ => None,
            });
        }
        if taken.iter().all(Option::is_none) {
            return Ok(());
        }
        let rows = self.along(&plan.rows, scan, scan.has.0, of, beyond)?;
        let columns = self.along(&plan.columns, scan, scan.has.1, of, beyond)?;
        let rows: Vec<u32> = rows.iter().map(|marks| self.rows.place(marks)).chain([TOTAL]).collect();
        let columns: Vec<u32> = columns.iter().map(|marks| self.columns.place(marks)).chain([TOTAL]).collect();
        if self.rows.marks.len().max(1) * self.columns.marks.len().max(1) > CELLS {
            return Err(too_large());
        }
        let Some(cells) = self.cells.get_mut(self.scan) else { return Ok(()) };
        for cell in rows.iter().flat_map(|row| columns.iter().map(|column| (*row, *column))) {
            let sums = cells.entry(cell).or_insert_with(|| plan.sums(scan));
            for (sum, taken) in sums.iter_mut().zip(&taken) {
                if let Some((how, value)) = taken {
                    sum.add(*how, value)?;
                }
            }
        }
        Ok(())
    }

    fn holds(
        &self,
        condition: Option<&formwork_catalog::report::Condition>,
        (record, row): (&Record, Option<&Row>),
        beyond: &Beyond<'_>,
    ) -> Result<bool, Refusal> {
        let Some(condition) = condition else { return Ok(true) };
        let mut through = |object: Name, id: RecordId, field: Name| beyond.seen(object, id, field);
        let of_line = match (&condition.line, row) {
            (Some(line), Some(row)) => line_matches_with(&line.filter, row, self.asking, &mut through)?,
            _ => true,
        };
        Ok(of_line && matches_with(&condition.record.filter, record, self.asking, &mut through)?)
    }

    /// The places along an axis; none where it has no dimension, or the source lacks one.
    fn along(
        &self,
        dimensions: &[Name],
        scan: &Scan,
        has: bool,
        of: (&Record, Option<&Row>),
        beyond: &Beyond<'_>,
    ) -> Result<Vec<Vec<Mark>>, Refusal> {
        if dimensions.is_empty() || !has {
            return Ok(Vec::new());
        }
        let mut places: Vec<Vec<Mark>> = vec![Vec::with_capacity(dimensions.len())];
        for name in dimensions {
            let Some(dimension) = self.plan.dimension(*name) else { continue };
            let Some(path) = dimension.by.get(&scan.source) else { continue };
            let marks = Mark::all(&reach(path, of, beyond)?, &dimension.cut, &self.plan.when);
            // Nearly always there is one, which needs no copy.
            if let [mark] = marks.as_slice() {
                places.iter_mut().for_each(|place| place.push(mark.clone()));
                continue;
            }
            let with = |place: &Vec<Mark>, mark: &Mark| place.iter().chain([mark]).cloned().collect::<Vec<_>>();
            places = places.iter().flat_map(|place| marks.iter().map(move |mark| with(place, mark))).collect();
        }
        Ok(places)
    }

    fn value(&self, what: &Taken, of: (&Record, Option<&Row>), beyond: &Beyond<'_>) -> Result<Value, Refusal> {
        let (from, to) = match what {
            Taken::Field(path) => return reach(path, of, beyond),
            Taken::Between(from, to) => (reach(from, of, beyond)?, to),
        };
        let to = match to {
            Some(to) => reach(to, of, beyond)?,
            None => Value::Instant(self.asking.now),
        };
        let when = &self.plan.when;
        let instant = |value: &Value| match value {
            Value::Date(day) => Some(when.start(*day)),
            Value::Instant(at) => Some(*at),
            _ => None,
        };
        Ok(match (&from, &to) {
            // Days are as long as each other, also when clocks change.
            (Value::Date(from), Value::Date(to)) => Value::Seconds(i64::from((*to - *from).get_days()) * 86_400),
            _ => instant(&from)
                .zip(instant(&to))
                .map_or(Value::Null, |(from, to)| Value::Seconds(to.as_second() - from.as_second())),
        })
    }
}

/// The value that a path leads to, as its reader sees it.
fn reach(path: &Path, (record, row): (&Record, Option<&Row>), beyond: &Beyond<'_>) -> Result<Value, Refusal> {
    let own = |field: Name| match row.filter(|_| path.of_line) {
        Some(row) => row.fields.get(field).clone(),
        None => field_of(record, field),
    };
    let mut value = own(path.first());
    for (at, step) in path.through.iter().enumerate() {
        let Some(id) = value.as_ref_id() else { return Ok(Value::Null) };
        let field = path.through.get(at + 1).map_or(path.field, |next| next.field);
        value = beyond.seen(step.to, id, field)?;
    }
    Ok(value)
}

impl Plan {
    fn sums(&self, scan: &Scan) -> Vec<Sum> {
        let how = |name: Name| match self.report.measures.get(&name).map(|measure| &measure.take) {
            Some(Take::Of(of)) => of.how,
            _ => How::Count,
        };
        scan.takes.iter().map(|taking| Sum::new(how(taking.measure))).collect()
    }
}

/// More cells than anybody reads.
pub(super) fn too_large() -> Refusal {
    let message = text!(
        "this makes more than {CELLS} cells: choose fewer dimensions, longer steps, a shorter period, or a filter",
        "单元格超过 {CELLS} 个：请减少维度、加大日期步长、缩短期间或增加筛选"
    );
    Rejection::new(Kind::Limit, code!("report-too-large"), message).into()
}

/// Rounds half up, away from zero, to exactly so many digits.
pub(super) fn rounded(number: Decimal, digits: u32) -> Decimal {
    let mut rounded = number.round_dp_with_strategy(digits, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(digits);
    rounded
}
