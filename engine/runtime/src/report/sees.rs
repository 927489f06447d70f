//! What somebody sees of what a report reads.

use formwork_catalog::{
    catalog::Catalog,
    filter::{Filter, Lines, Step},
    report::{Condition, Measure, Path, Report, Source, Take, Taken},
    role::Seen,
};
use formwork_model::{field_path::FieldPath, name::Name};

use crate::{
    access::{Granted, READ},
    query::read_by,
};

/// Fields that have to be seen in full: of the record itself by one grant, of records behind references by any.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads {
    pub(super) own: Vec<FieldPath>,
    beyond: Vec<(Name, Name)>,
}

impl Reads {
    /// What a source reads of every record: its conditions, and its lines.
    pub(super) fn source(source: &Source) -> Self {
        let mut reads = Self::default();
        reads.own.extend(source.lines.map(FieldPath::from));
        reads.add_condition(source, source.filter.as_ref());
        reads
    }

    pub(super) fn add_condition(&mut self, source: &Source, condition: Option<&Condition>) {
        let Some(condition) = condition else { return };
        self.add_filter(&condition.record.filter);
        if let Some((line, lines)) = condition.line.as_ref().zip(source.lines) {
            self.own.extend(read_by(&line.filter).iter().map(|path| FieldPath::of_line(lines, path.field)));
            beyond(&line.filter, &mut self.beyond);
        }
    }

    pub(super) fn add_filter(&mut self, filter: &Filter) {
        self.own.extend(read_by(filter));
        beyond(filter, &mut self.beyond);
    }

    pub(super) fn add_path(&mut self, source: &Source, path: &Path) {
        self.own.push(match source.lines.filter(|_| path.of_line) {
            Some(lines) => FieldPath::of_line(lines, path.first()),
            None => path.first().into(),
        });
        follow(&path.through, path.field, &mut self.beyond);
    }

    /// What a measure of records reads beside what its source does.
    pub(super) fn add_measure(&mut self, source: &Source, measure: &Measure) {
        let Take::Of(of) = &measure.take else { return };
        self.add_condition(source, of.filter.as_ref());
        match &of.what {
            None => {}
            Some(Taken::Field(path)) => self.add_path(source, path),
            Some(Taken::Between(from, to)) => {
                self.add_path(source, from);
                to.iter().for_each(|to| self.add_path(source, to));
            }
        }
    }

    /// The rows of the source's object of which all of this is seen; `None` when there can be none.
    pub(super) fn rows(&self, granted: &Granted, object: Name) -> Option<Filter> {
        let Granted::By(access) = granted else { return Some(Filter::And(Vec::new())) };
        let sees = |(object, field): &(Name, Name)| {
            let mut grants = access.allowing(*object, READ).filter_map(|bound| bound.grant());
            grants.any(|grant| grant.fields.seen(*field) == Seen::Full)
        };
        if !self.beyond.iter().all(sees) {
            return None;
        }
        let rows = access.rows(object, READ, &self.own);
        (rows != Filter::Or(Vec::new())).then_some(rows)
    }
}

/// The fields of other records that a filter reads.
fn beyond(filter: &Filter, out: &mut Vec<(Name, Name)>) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| beyond(part, out)),
        Filter::Not(part) => beyond(part, out),
        Filter::Compare(comparison) => follow(&comparison.through, comparison.field, out),
        Filter::Lines(Lines { through, field, that, .. }) => {
            follow(through, *field, out);
            beyond(that, out);
        }
        Filter::Shared(_) => {}
    }
}

/// Each step is a field of the object that the step before it leads to.
fn follow(through: &[Step], field: Name, out: &mut Vec<(Name, Name)>) {
    let fields = through.iter().skip(1).map(|step| step.field).chain([field]);
    out.extend(through.iter().map(|step| step.to).zip(fields));
}

/// What somebody can choose of a report: nothing of which they see no record.
#[derive(Debug)]
pub(super) struct Sees<'a> {
    pub(super) report: &'a Report,
    pub(super) catalog: &'a Catalog,
    pub(super) granted: &'a Granted,
}

impl Sees<'_> {
    pub(super) fn dimensions(&self) -> Vec<Name> {
        let sees = |dimension: &&Name| {
            let by = self.report.dimensions.get(*dimension).map(|dimension| &dimension.by);
            by.into_iter().flatten().any(|(source, path)| self.sees_path(*source, path))
        };
        self.report.dimensions.keys().filter(sees).copied().collect()
    }

    pub(super) fn measures(&self) -> Vec<Name> {
        self.report.measures.keys().filter(|name| self.sees_measure(**name, 0)).copied().collect()
    }

    pub(super) fn period(&self) -> bool {
        let sees = |source: &Source| source.period.as_ref().is_some_and(|path| self.sees_path(source.name, path));
        self.report.sources.values().any(sees)
    }

    fn sees_path(&self, source: Name, path: &Path) -> bool {
        let Some(source) = self.report.sources.get(&source) else { return false };
        let mut reads = Reads::source(source);
        reads.add_path(source, path);
        reads.rows(self.granted, source.object).is_some()
    }

    fn sees_measure(&self, name: Name, depth: usize) -> bool {
        let Some(measure) = self.report.measures.get(&name) else { return false };
        // Measures that read each other in a circle do not pass the checks.
        if depth > self.report.measures.len() {
            return false;
        }
        match &measure.take {
            Take::Of(of) => of.sources.iter().filter_map(|source| self.report.sources.get(source)).any(|source| {
                let mut reads = Reads::source(source);
                reads.add_measure(source, measure);
                self.catalog.object(source.object).is_some() && reads.rows(self.granted, source.object).is_some()
            }),
            Take::Share(of) => self.sees_measure(*of, depth + 1),
            Take::Value { reads, .. } => reads.iter().all(|name| self.sees_measure(*name, depth + 1)),
        }
    }
}
