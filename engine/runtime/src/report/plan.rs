//! What is asked for, made out: which dimensions and measures, of which records, seen by whom.

use std::sync::Arc;

use formwork_catalog::{
    filter::{Filter, parse_filter},
    object::Object,
    report::{Dimension, Measure, Of, Report, Source, Take},
};
use formwork_model::{code, code::Code, name::Name, nearest::nearest, text, text::Text};
use indexmap::IndexSet;
use serde_json::{Value as Json, json};

use super::{
    Asked, Offered,
    mark::When,
    sees::{Reads, Sees},
    sheet::Part,
};
use crate::{
    access::{Granted, READ},
    query::{Asking, read_by},
    rejection::{Kind, Problem, Refusal, Rejection},
    release::Release,
};

/// Everything that is decided before a record is read.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) report: Arc<Report>,
    pub(super) rows: Vec<Name>,
    pub(super) columns: Vec<Name>,
    pub(super) show: Vec<Name>,
    pub(super) offered: Offered,
    pub(super) when: When,
    pub(super) scans: Vec<Scan>,
}

/// One source, and what is taken of its records.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) source: Name,
    pub(super) object: Arc<Object>,
    /// What holds of every record that counts.
    pub(super) record: Vec<Condition>,
    /// What holds of every line that counts.
    pub(super) line: Vec<Condition>,
    /// The rows that its reader sees, each for some of the measures.
    pub(super) within: Vec<Filter>,
    /// What is taken.
    pub(super) takes: Vec<Taking>,
    /// Whether it has every dimension of the rows, and of the columns.
    pub(super) has: (bool, bool),
}

/// A condition, and how it is written.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) filter: Filter,
    pub(super) json: Json,
}

/// A measure of records.
#[derive(Debug)]
pub(super) struct Taking {
    pub(super) measure: Name,
    /// Which of the scan's rows.
    pub(super) within: usize,
    /// What has to be read for seeing it, and whether a list that is filtered by its conditions alone would show more.
    pub(super) reads: Reads,
}

impl Plan {
    /// Makes out what is asked for.
    ///
    /// # Errors
    /// `unknown-report`, `unknown-dimension`, `unknown-measure`, or what is wrong with the filter.
    pub(super) fn of(
        report: &Arc<Report>,
        asked: &Asked,
        (release, asking): (&Release, &Asking),
    ) -> Result<Self, Refusal> {
        let sees = Sees { report, catalog: &release.catalog, granted: &asking.granted };
        let offered = offered(&sees);
        if offered.measures.is_empty() {
            return Err(no_report(report.name.as_str(), std::iter::empty()));
        }
        let has_period = report.sources.values().any(|source| source.period.is_some());
        if !has_period && (asked.from.is_some() || asked.to.is_some()) {
            let message = text!("the report has no period", "该报表没有期间");
            return Err(refused(code!("bad-value"), message, "from"));
        }
        let when = When { now: asking.now, zone: asking.zone.clone() };
        let (rows, columns) = axes(report, asked, &offered)?;
        let show = match &asked.show {
            Some(words) => named(words, &offered.measures, "show")?,
            None => own(&report.show, &offered.measures),
        };
        let mut plan = Self { report: report.clone(), rows, columns, show, offered, when, scans: Vec::new() };
        plan.check_filter(asked)?;
        let needed = plan.needed();
        let mut scans = Vec::new();
        for source in report.sources.values() {
            scans.extend(plan.scan(source, &needed, asked, (release, asking))?);
        }
        plan.scans = scans;
        Ok(plan)
    }

    pub(super) fn source(&self, scan: &Scan) -> Option<&Source> {
        self.report.sources.get(&scan.source)
    }

    pub(super) fn dimension(&self, name: Name) -> Option<&Dimension> {
        self.report.dimensions.get(&name)
    }

    /// The measures of records that what is shown reads.
    fn needed(&self) -> Vec<(Name, &Measure, &Of)> {
        let mut open = self.show.clone();
        let mut needed: Vec<(Name, &Measure, &Of)> = Vec::new();
        let mut seen: Vec<Name> = Vec::new();
        while let Some(name) = open.pop() {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let Some(measure) = self.report.measures.get(&name) else { continue };
            match &measure.take {
                Take::Of(of) => needed.push((name, measure, &**of)),
                Take::Share(of) => open.push(*of),
                Take::Value { reads, .. } => open.extend(reads),
            }
        }
        needed
    }

    /// How a source is read; `None` when nothing is taken of it.
    fn scan(
        &self,
        source: &Source,
        needed: &[(Name, &Measure, &Of)],
        asked: &Asked,
        (release, asking): (&Release, &Asking),
    ) -> Result<Option<Scan>, Refusal> {
        let object = release.object(source.object)?.clone();
        release.touch(|touched| _ = touched.objects.insert(source.object));
        let has = |dimensions: &[Name]| {
            dimensions.iter().all(|name| self.dimension(*name).is_some_and(|d| d.by.contains_key(&source.name)))
        };
        let mut scan = Scan {
            source: source.name,
            object,
            record: Vec::new(),
            line: Vec::new(),
            within: Vec::new(),
            takes: Vec::new(),
            has: (has(&self.rows), has(&self.columns)),
        };
        let mut reads = Reads::source(source);
        if let Some(condition) = &source.filter {
            let written = |written: &formwork_catalog::report::Written| Condition {
                filter: written.filter.clone(),
                json: written.json.clone(),
            };
            scan.record.push(written(&condition.record));
            scan.line.extend(condition.line.as_ref().map(written));
        }
        self.add_period(&mut scan, &mut reads, source, asked, release)?;
        self.add_filter(&mut scan, &mut reads, source, asked, (release, asking))?;
        let along = |names: &'_ [Name], has: bool| if has { names.to_vec() } else { Vec::new() };
        for name in along(&self.rows, scan.has.0).into_iter().chain(along(&self.columns, scan.has.1)) {
            let path = self.dimension(name).and_then(|dimension| dimension.by.get(&source.name));
            path.into_iter().for_each(|path| reads.add_path(source, path));
        }
        for (name, measure, _) in needed.iter().filter(|(_, _, of)| of.sources.contains(&source.name)) {
            let mut reads = reads.clone();
            reads.add_measure(source, measure);
            let Some(rows) = reads.rows(&asking.granted, source.object) else { continue };
            let within = scan.within.iter().position(|known| *known == rows).unwrap_or_else(|| {
                scan.within.push(rows);
                scan.within.len() - 1
            });
            scan.takes.push(Taking { measure: *name, within, reads });
        }
        Ok((!scan.takes.is_empty()).then_some(scan))
    }

    /// The period, as a condition on the day that it is laid over.
    fn add_period(
        &self,
        scan: &mut Scan,
        reads: &mut Reads,
        source: &Source,
        asked: &Asked,
        release: &Release,
    ) -> Result<(), Refusal> {
        let Some(path) = source.period.as_ref().filter(|_| asked.from.is_some() || asked.to.is_some()) else {
            return Ok(());
        };
        reads.add_path(source, path);
        let json = json!({path.key(): self.when.between((asked.from, asked.to), &path.kind)});
        let place = source.lines.filter(|_| path.of_line);
        let parsed = parse(release, source, &json, place)?;
        let condition = Condition { filter: parsed, json };
        if place.is_some() {
            scan.line.push(condition)
        } else {
            scan.record.push(condition)
        }
        Ok(())
    }

    /// The reader's own filter. It sees what they see, and is refused where they see nothing.
    fn add_filter(
        &self,
        scan: &mut Scan,
        reads: &mut Reads,
        source: &Source,
        asked: &Asked,
        (release, asking): (&Release, &Asking),
    ) -> Result<(), Refusal> {
        let own = asked.filter.as_ref().and_then(|filter| match self.report.only_source() {
            Some(_) => Some(filter),
            None => filter.get(source.name.as_str()),
        });
        let Some(json) = own.filter(|json| !json.is_null()) else { return Ok(()) };
        let filter = parse(release, source, json, None)?;
        if let Granted::By(access) = &asking.granted {
            access.check_shown(&scan.object, READ, &read_by(&filter))?;
        }
        reads.add_filter(&filter);
        scan.record.push(Condition { filter, json: json.clone() });
        Ok(())
    }

    /// Refuses a filter over a source that the report does not have.
    fn check_filter(&self, asked: &Asked) -> Result<(), Refusal> {
        let Some(filter) = asked.filter.as_ref().filter(|_| self.report.only_source().is_none()) else { return Ok(()) };
        let Json::Object(sources) = filter else {
            let message =
                text!("a filter for each source: `{{\"source\": {{…}}}}`", "每个来源一个筛选：`{{\"来源\": {{…}}}}`");
            return Err(refused(code!("bad-filter"), message, "filter"));
        };
        let known = |word: &String| Name::find(word).is_some_and(|name| self.report.sources.contains_key(&name));
        match sources.keys().find(|word| !known(word)) {
            None => Ok(()),
            Some(word) => {
                let word: String = word.chars().take(64).collect();
                let message = text!("the report has no source `{word}`", "报表没有来源 `{word}`");
                let names = self.report.sources.keys().map(|name| name.as_str());
                Err(refused(code!("unknown-source"), near(message, &word, names), "filter"))
            }
        }
    }
}

/// A filter over the source's object, or over one of its lines.
fn parse(release: &Release, source: &Source, json: &Json, lines: Option<Name>) -> Result<Filter, Refusal> {
    let catalog = &*release.catalog;
    let whole = lines.map(|lines| json!({lines.as_str(): {"any": json}}));
    let parsed = parse_filter(catalog, source.object, whole.as_ref().unwrap_or(json), &catalog.book.zone)
        .map_err(|bad| refused(bad.code, bad.message, "filter"))?;
    Ok(match parsed {
        Filter::Lines(inner) if lines.is_some() => *inner.that,
        parsed => parsed,
    })
}

pub(super) fn offered(sees: &Sees<'_>) -> Offered {
    let measures = sees.measures();
    let objects: IndexSet<Name> = sees.report.sources.values().map(|source| source.object).collect();
    let objects = objects.into_iter().collect();
    Offered { dimensions: sees.dimensions(), measures, period: sees.period(), objects }
}

/// The dimensions of both axes.
fn axes(report: &Report, asked: &Asked, offered: &Offered) -> Result<(Vec<Name>, Vec<Name>), Refusal> {
    let rows = match &asked.rows {
        Some(words) => named(words, &offered.dimensions, "rows")?,
        None => own(&report.rows, &offered.dimensions),
    };
    let mut columns = match (&asked.columns, &asked.rows) {
        (Some(words), _) => named(words, &offered.dimensions, "columns")?,
        (None, Some(_)) => Vec::new(),
        (None, None) => own(&report.columns, &offered.dimensions),
    };
    if let (Some(twice), Some(_)) = (columns.iter().find(|name| rows.contains(name)), &asked.columns) {
        let message = text!("`{twice}` makes rows already", "`{twice}` 已作为行");
        return Err(refused(code!("bad-value"), message, "columns"));
    }
    columns.retain(|name| !rows.contains(name));
    Ok((rows, columns))
}

/// What the report says itself, as far as it is there for its reader.
fn own(names: &[Name], offered: &[Name]) -> Vec<Name> {
    names.iter().copied().filter(|name| offered.contains(name)).collect()
}

/// What was asked for by name, each once.
fn named(words: &[String], offered: &[Name], field: &str) -> Result<Vec<Name>, Refusal> {
    let mut names = Vec::new();
    for word in words {
        let known = Name::find(word).filter(|name| offered.contains(name));
        let name = known.ok_or_else(|| unknown(&word.chars().take(64).collect::<String>(), offered, field))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// There is no such dimension or measure for whoever asks.
fn unknown(word: &str, known: &[Name], field: &str) -> Refusal {
    let (code, message) = match field {
        "show" => (code!("unknown-measure"), text!("the report has no measure `{word}`", "报表没有指标 `{word}`")),
        _ => (code!("unknown-dimension"), text!("the report has no dimension `{word}`", "报表没有维度 `{word}`")),
    };
    refused(code, near(message, word, known.iter().map(|name| name.as_str())), field)
}

/// There is no such report for whoever asks.
pub(super) fn no_report<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Refusal {
    let word: String = word.chars().take(64).collect();
    let message = text!("there is no report `{word}`", "没有报表 `{word}`");
    Rejection::new(Kind::NotFound, code!("unknown-report"), near(message, &word, known)).into()
}

fn refused(code: Code, message: Text, field: &str) -> Refusal {
    Problem::new(code, message).field(field).reject(Kind::Invalid).into()
}

fn near<'a>(message: Text, word: &str, known: impl Iterator<Item = &'a str>) -> Text {
    let Some(near) = nearest(word, known) else { return message };
    let Text { en, zh } = message;
    text!("{en}; did you mean `{near}`?", "{zh}；是不是 `{near}`？")
}

/// A condition that always holds, of whoever sees the field.
pub(super) fn seen(of_line: bool, key: &str) -> Part {
    Part { of_line, that: json!({"or": [{key: {"empty": true}}, {key: {"empty": false}}]}) }
}
