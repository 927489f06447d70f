//! Reports.

mod condition;
mod measure;
mod path;

use formwork_definition::{
    kind::{
        Defined,
        report::{Report as Written, ReportChart, ReportDimension, ReportSource, Step},
    },
    list::Many,
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    source::Span,
    text,
};
use indexmap::IndexMap;
use rust_decimal::Decimal;

use crate::{
    report::{Chart, Cut, Dimension, Path, Report, Source},
    resolve::{Linker, kind::missing, label, module, name, node::both, role::known_role, unknown},
    task::TASKS,
};

/// The report; `None` when there is nothing that it could be of.
pub(crate) fn resolve_report(linker: &Linker<'_>, defined: &Defined<Written>, out: &mut Diagnostics) -> Option<Report> {
    let body = &defined.body;
    let report = name(&body.report);
    let written = sources(body, out)?;
    let mut sources = IndexMap::new();
    for (name, source) in &written {
        if let Some(resolved) = source_of(linker, *name, source, out) {
            sources.insert(*name, resolved);
        }
    }
    let whole = sources.len() == written.len();
    let dimensions = dimensions(linker, body, (&sources, &written), out);
    let measures = measure::resolve(linker, body, (&sources, whole), out);
    let dimension = |written: &Sp<WrittenName>, out: &mut Diagnostics| known_dimension(body, written, out);
    let rows: Vec<Name> = body.rows.iter().filter_map(|written| dimension(written, out)).collect();
    let columns: Vec<Name> = body.columns.iter().filter_map(|written| dimension(written, out)).collect();
    let mut chosen: Vec<Name> = Vec::new();
    for written in body.rows.iter().chain(&body.columns) {
        if chosen.contains(&name(written)) {
            out.push(both(written.span, "a dimension makes rows or columns, once", "一个维度只能用一次，作为行或列"));
        }
        chosen.push(name(written));
    }
    let show: Vec<Name> = body.show.iter().filter_map(|written| known_measure(body, written, out)).collect();
    Some(Report {
        name: report,
        module: module(&defined.module),
        label: label::label(body.label.as_ref(), report),
        help: label::text(body.help.as_ref()),
        span: body.report.span,
        roles: roles(linker, &body.roles, out),
        sources,
        rows,
        columns,
        show: if body.show.is_empty() { measures.keys().copied().collect() } else { show },
        chart: body.chart.as_ref().map(|chart| self::chart(body, &chart.value, out)),
        dimensions,
        measures,
    })
}

/// The sources by name: those of `from`, or the one that `on` says. None is reported.
fn sources(body: &Written, out: &mut Diagnostics) -> Option<IndexMap<Name, ReportSource>> {
    let keys = [
        ("lines", body.lines.as_ref().map(|written| written.span)),
        ("where", body.filter.as_ref().map(|written| written.span)),
        ("period", body.period.as_ref().map(|written| written.span)),
    ];
    match (&body.on, body.from.is_empty()) {
        (Some(on), true) => {
            let by = formwork_definition::map::Map::default();
            let (lines, filter, period) = (body.lines, body.filter.clone(), body.period.clone());
            Some(IndexMap::from([(name(on), ReportSource { on: *on, lines, filter, period, by })]))
        }
        (None, false) => {
            for (key, at) in keys.into_iter().filter_map(|(key, at)| Some((key, at?))) {
                let message = text!("with `from`, each source says `{key}`", "使用 `from` 时，`{key}` 写在各来源中");
                out.push(Diagnostic::error(code!("key-not-applicable"), at, message));
            }
            Some(body.from.iter().map(|(name, source)| (name.value, source.clone())).collect())
        }
        (Some(on), false) => {
            out.push(both(on.span, "a report has `on` or `from`, not both", "`on` 与 `from` 只能有一个"));
            None
        }
        (None, true) => {
            out.push(missing(body.report.span, "on", "a report is of some object", "报表需要指定对象"));
            None
        }
    }
}

fn source_of(linker: &Linker<'_>, source: Name, written: &ReportSource, out: &mut Diagnostics) -> Option<Source> {
    let object = name(&written.on);
    if !linker.names.objects.contains_key(&object) {
        out.push(unknown::object(written.on.span, object, linker.names));
        return None;
    }
    let lines = match &written.lines {
        None => None,
        Some(lines) if lines.value.0 == TASKS => Some(name(lines)),
        Some(lines) => {
            let field = super::object::existing(linker, object, lines, out)?;
            let kind = linker.names.field_of(object, field).and_then(|known| known.kind.as_ref());
            if kind.is_some_and(|kind| *kind != FieldType::Lines) {
                let message = text!("`{field}` has no lines", "`{field}` 不是行明细字段");
                out.push(Diagnostic::error(code!("type-mismatch"), lines.span, message));
                return None;
            }
            Some(field)
        }
    };
    let period = match &written.period {
        None => None,
        Some(period) => Some(path::moment(linker, (object, lines), period, out)?),
    };
    let filter = match &written.filter {
        None => None,
        Some(data) => Some(condition::resolve(linker, (object, lines), data, out)?),
    };
    Some(Source { name: source, object, lines, filter, period })
}

/// The sources that could be resolved, and all as they are written.
type Known<'a> = (&'a IndexMap<Name, Source>, &'a IndexMap<Name, ReportSource>);

fn dimensions(
    linker: &Linker<'_>,
    body: &Written,
    (sources, written): Known<'_>,
    out: &mut Diagnostics,
) -> IndexMap<Name, Dimension> {
    for (by, path) in written.values().flat_map(|source| &source.by) {
        if body.dimensions.get(by.value).is_none() {
            let known = body.dimensions.iter().map(|(known, _)| known.value);
            out.push(unknown_dimension(path.span, by.value, known));
        }
    }
    let mut dimensions = IndexMap::new();
    for (dimension, said) in &body.dimensions {
        let (mut by, mut wrong) = (IndexMap::new(), false);
        for (name, source) in sources {
            let own = written.get(name).and_then(|written| written.by.get(dimension.value));
            // What is wrong for every source is told once.
            let Some(own) = own.or(said.by.as_ref().filter(|_| !wrong)) else { continue };
            let found = path::resolve(linker, source.place(), own, out).map(|path| (path, own.span));
            wrong |= found.is_none();
            by.extend(found.map(|found| (*name, found)));
        }
        if said.by.is_none() && body.on.is_some() {
            out.push(missing(dimension.span, "by", "the dimension is of no field", "维度没有指定字段"));
        } else if said.by.is_none() && !written.values().any(|source| source.by.get(dimension.value).is_some()) {
            out.push(missing(dimension.span, "by", "no source has the dimension", "没有来源具有此维度"));
        }
        if let Some(resolved) = one_dimension(dimension.value, said, by, out) {
            dimensions.insert(dimension.value, resolved);
        }
    }
    dimensions
}

/// The dimension over the paths that its sources say, which agree.
fn one_dimension(
    dimension: Name,
    said: &ReportDimension,
    by: IndexMap<Name, (Path, Span)>,
    out: &mut Diagnostics,
) -> Option<Dimension> {
    let (_, (first, _)) = by.first()?;
    let (kind, label) = (first.kind.clone(), first.label.clone());
    for (path, at) in by.values().filter(|(path, _)| !alike(&path.kind, &kind)) {
        let (one, other) = (path.kind.word(), kind.word());
        let message = text!(
            "this is a {one}, in another source it is a {other}: they can't be put side by side",
            "此处类型为 {one}，另一来源为 {other}，无法对齐"
        );
        out.push(Diagnostic::error(code!("type-mismatch"), *at, message));
    }
    for (path, at) in by.values() {
        path::check_dimension(path, *at, out);
    }
    let cut = cut(&kind, said, out);
    Some(Dimension {
        name: dimension,
        label: said.label.as_ref().map_or(label, |label| label.value.text.clone()),
        kind,
        cut,
        by: by.into_iter().map(|(source, (path, _))| (source, path)).collect(),
    })
}

/// Whether values of these types are the same thing.
fn alike(a: &FieldType, b: &FieldType) -> bool {
    let days = |kind: &FieldType| matches!(kind, FieldType::Date | FieldType::DateTime);
    match (a, b) {
        (FieldType::Choice(a), FieldType::Choice(b)) => a.iter().any(|a| b.iter().any(|b| a.name == b.name)),
        (FieldType::Ref(a) | FieldType::Refs(a), FieldType::Ref(b) | FieldType::Refs(b)) => a == b,
        (a, b) => a.word() == b.word() || (a.is_number() && b.is_number()) || (days(a) && days(b)),
    }
}

fn cut(kind: &FieldType, said: &ReportDimension, out: &mut Diagnostics) -> Cut {
    let days = matches!(kind, FieldType::Date | FieldType::DateTime);
    if let (Some(step), Some(_)) = (&said.step, &said.bands) {
        out.push(both(step.span, "a dimension has `step` or `bands`, not both", "`step` 与 `bands` 只能有一个"));
    }
    let word = kind.word();
    if let Some(step) = said.step.as_ref().filter(|_| !days) {
        let message = text!("a {word} has no days to put together", "{word} 类型没有日期可归并");
        out.push(Diagnostic::error(code!("type-mismatch"), step.span, message));
    }
    if let Some(bands) = &said.bands {
        if !days && !kind.is_number() {
            let message = text!("a {word} can't be put into bands", "{word} 类型不能分段");
            out.push(Diagnostic::error(code!("type-mismatch"), bands.span, message));
        }
        return self::bands(bands, days, out);
    }
    match &said.step {
        Some(step) => Cut::Step(step.value),
        None if days => Cut::Step(Step::Day),
        None => Cut::Each,
    }
}

fn bands(written: &Sp<Vec<Sp<String>>>, days: bool, out: &mut Diagnostics) -> Cut {
    let mut bands: Vec<Decimal> = Vec::new();
    for band in &written.value {
        let number = band.value.trim().parse::<Decimal>().ok();
        let number = number.filter(|n| (!days || n.is_integer()) && bands.last().is_none_or(|last| last < n));
        match number {
            Some(number) => bands.push(number),
            None => {
                let message = text!(
                    "bands begin at ascending numbers, of days whole ones",
                    "分段起点应为递增的数字，按天数时为整数"
                );
                out.push(Diagnostic::error(code!("bad-value"), band.span, message));
            }
        }
    }
    if bands.is_empty() && written.value.is_empty() {
        out.push(missing(written.span, "bands", "at least one place where a band begins", "至少需要一个分段起点"));
    }
    Cut::Bands(bands)
}

/// What is drawn.
pub(crate) fn chart(body: &Written, chart: &ReportChart, out: &mut Diagnostics) -> Chart {
    Chart {
        kind: chart.kind.value,
        show: chart.show.iter().filter_map(|written| known_measure(body, written, out)).collect(),
    }
}

/// A dimension of the report.
pub(crate) fn known_dimension(body: &Written, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
    let dimension = name(written);
    if body.dimensions.get(dimension).is_some() {
        return Some(dimension);
    }
    out.push(unknown_dimension(written.span, dimension, body.dimensions.iter().map(|(known, _)| known.value)));
    None
}

fn unknown_dimension(at: Span, dimension: Name, known: impl Iterator<Item = Name>) -> Diagnostic {
    let known: Vec<Name> = known.collect();
    let message = text!("the report has no dimension `{dimension}`", "报表没有维度 `{dimension}`");
    Diagnostic::error(code!("unknown-dimension"), at, message)
        .suggest(nearest(dimension.as_str(), known.iter().map(|name| name.as_str())))
}

/// A measure of the report.
pub(crate) fn known_measure(body: &Written, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<Name> {
    let measure = name(written);
    if body.measures.get(measure).is_some() {
        return Some(measure);
    }
    let known = body.measures.iter().map(|(known, _)| known.value.as_str());
    let message = text!("the report has no measure `{measure}`", "报表没有指标 `{measure}`");
    out.push(
        Diagnostic::error(code!("unknown-measure"), written.span, message).suggest(nearest(measure.as_str(), known)),
    );
    None
}

/// The report called so, as it is written.
pub(crate) fn called<'a>(linker: &Linker<'a>, written: &Sp<WrittenName>, out: &mut Diagnostics) -> Option<&'a Written> {
    let wanted = name(written);
    let mut reports = linker.definitions.reports.iter().map(|defined| &defined.body);
    let known = reports.clone().map(|report| name(&report.report));
    unknown::known_report(written.span, wanted, known, out)?;
    reports.find(|report| name(&report.report) == wanted)
}

/// Roles that it is for.
pub(crate) fn roles(linker: &Linker<'_>, written: &Many<Sp<WrittenName>>, out: &mut Diagnostics) -> Vec<Name> {
    for role in written {
        known_role(linker.definitions, name(role), role.span, out);
    }
    written.iter().map(name).collect()
}

impl Source {
    /// Where its paths begin.
    fn place(&self) -> (Name, Option<Name>) {
        (self.object, self.lines)
    }
}
