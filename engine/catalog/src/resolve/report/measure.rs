//! What a report shows.

use formwork_definition::{
    kind::report::{Report as Written, ReportMeasure, Shown, Taken as WrittenTaken},
    spanned::Sp,
};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::{Currency, FieldType},
    name::Name,
    nearest::nearest,
    source::Span,
    text,
    text::Text,
};
use formwork_script::shape::Shape;
use indexmap::IndexMap;

use super::{condition, known_measure, path};
use crate::{
    report::{Condition, Format, How, Measure, Of, Path, Source, Take, Taken},
    resolve::{Linker, expression::Want, kind::missing, label, name, node::both},
    variables::Variables,
};

/// Digits after the point where nothing else is said.
const DIGITS: u32 = 2;

/// Every measure that could be resolved.
pub(super) fn resolve(
    linker: &Linker<'_>,
    body: &Written,
    (sources, whole): (&IndexMap<Name, Source>, bool),
    out: &mut Diagnostics,
) -> IndexMap<Name, Measure> {
    if body.measures.is_empty() {
        out.push(missing(body.report.span, "measures", "a report shows something", "报表需要至少一个指标"));
    }
    let mut measures = IndexMap::new();
    for (measure, written) in &body.measures {
        let one = One { linker, body, sources, whole, written, at: measure.span, name: measure.value };
        measures.extend(one.resolve(out).map(|resolved| (measure.value, resolved)));
    }
    check_circles(&measures, out);
    measures
}

/// One measure as it is written.
struct One<'a> {
    linker: &'a Linker<'a>,
    body: &'a Written,
    sources: &'a IndexMap<Name, Source>,
    /// Whether every source could be resolved.
    whole: bool,
    written: &'a ReportMeasure,
    at: Span,
    name: Name,
}

impl One<'_> {
    fn resolve(&self, out: &mut Diagnostics) -> Option<Measure> {
        let written = self.written;
        let given = [
            written.count.is_some(),
            written.sum.is_some(),
            written.mean.is_some(),
            written.min.is_some(),
            written.max.is_some(),
            written.median.is_some(),
            written.percentile.is_some(),
            written.distinct.is_some(),
            written.value.is_some(),
            written.share.is_some(),
        ];
        if let Some((dimension, _)) = self.body.dimensions.iter().find(|(dimension, _)| dimension.value == self.name) {
            let name = self.name;
            let message = text!("a dimension is called `{name}` already", "已有名为 `{name}` 的维度");
            let other = text!("the dimension", "维度在这里");
            out.push(Diagnostic::error(code!("duplicate-definition"), self.at, message).related(dimension.span, other));
        }
        if given.iter().filter(|given| **given).count() != 1 {
            out.push(both(
                self.at,
                "a measure is exactly one of count, sum, mean, min, max, median, percentile, distinct, value, share",
                "指标应为 count、sum、mean、min、max、median、percentile、distinct、value、share 之一",
            ));
            return None;
        }
        if written.value.is_some() || written.share.is_some() {
            let of = written.of.as_ref().map(|of| ("of", of.span));
            let filter = written.filter.as_ref().map(|filter| ("where", filter.span));
            for (key, at) in of.into_iter().chain(filter) {
                let message = text!("`{key}` is for what is taken of records", "`{key}` 只用于从记录取值的指标");
                out.push(Diagnostic::error(code!("key-not-applicable"), at, message));
            }
        }
        if let Some(format) = written.format.as_ref().filter(|_| written.value.is_none()) {
            let message = text!("`as` is for a `value`; a field says itself what it is", "`as` 只用于 `value`");
            out.push(Diagnostic::error(code!("key-not-applicable"), format.span, message));
        }
        let (take, format, digits, label) = match (&written.value, &written.share) {
            (Some(expression), _) => self.value(expression, out),
            (_, Some(share)) => self.share(share, out)?,
            _ => self.of(out)?,
        };
        let digits = written.digits.as_ref().map_or(digits, |digits| {
            if digits.value > 10 {
                let message = text!("at most 10 digits", "最多 10 位小数");
                out.push(Diagnostic::error(code!("bad-value"), digits.span, message));
            }
            digits.value.min(10)
        });
        let label = written.label.as_ref().map_or(label, |label| label.value.text.clone());
        Some(Measure { name: self.name, label, span: self.at, take, format, digits })
    }

    /// Computed from other measures.
    fn value(
        &self,
        expression: &formwork_definition::expression::Expression,
        out: &mut Diagnostics,
    ) -> (Take, Format, u32, Text) {
        let variables: Variables =
            self.body.measures.iter().map(|(measure, _)| (measure.value.as_str(), Shape::Any)).collect();
        let program =
            self.linker.expression(expression, &variables, Want::Field(&FieldType::Decimal { scale: None }), out);
        let known = |name: &&Name| self.body.measures.get(**name).is_some();
        let reads = program.uses.iter().filter(known).copied().collect();
        let currency = self.linker.names.currency.unwrap_or(Currency::CNY);
        let format = match self.written.format.as_ref().map(|format| format.value) {
            None | Some(Shown::Number) => Format::Number,
            Some(Shown::Percent) => Format::Percent,
            Some(Shown::Money) => Format::Money(currency),
            Some(Shown::Duration) => Format::Duration,
        };
        (Take::Value { program, reads }, format, digits_of(format), label::label(None, self.name))
    }

    /// How much of the whole another one is.
    fn share(
        &self,
        share: &Sp<formwork_definition::map::WrittenName>,
        out: &mut Diagnostics,
    ) -> Option<(Take, Format, u32, Text)> {
        let of = known_measure(self.body, share, out)?;
        let written = self.body.measures.get(of)?;
        if written.count.is_none() && written.sum.is_none() {
            let message =
                text!("a share is of a count or a sum; `{of}` is neither", "占比只能基于计数或求和；`{of}` 不是");
            out.push(Diagnostic::error(code!("type-mismatch"), share.span, message));
            return None;
        }
        let Text { en, zh } =
            written.label.as_ref().map_or_else(|| label::label(None, of), |label| label.value.text.clone());
        let label = text!("{en}, share", "{zh}占比");
        Some((Take::Share(of), Format::Percent, DIGITS, label))
    }

    /// Taken of records: of one source, or, where none is said, of every one.
    fn of(&self, out: &mut Diagnostics) -> Option<(Take, Format, u32, Text)> {
        let sources = self.sources(out)?;
        let (source, others) = sources.split_first()?;
        let Part { how, what, filter } = self.of_source(source, out)?;
        for other in others {
            let part = self.of_source(other, out)?;
            if !alike(&what, &part.what) || !alike_conditions(filter.as_ref(), part.filter.as_ref()) {
                let message =
                    text!("this is another field in each source: say `of`", "各来源中的字段不同：请用 `of` 指明来源");
                out.push(Diagnostic::error(code!("type-mismatch"), self.at, message));
                return None;
            }
        }
        let format = format(how, what.as_ref());
        let digits = match (how, format, what.as_ref()) {
            (How::Count | How::Distinct, ..) => 0,
            (How::Sum | How::Min | How::Max | How::Percentile(_), Format::Number, Some(Taken::Field(path))) => {
                match path.kind {
                    FieldType::Integer => 0,
                    FieldType::Decimal { scale: Some(scale) } => scale,
                    _ => DIGITS,
                }
            }
            _ => digits_of(format),
        };
        let label = match (&what, how) {
            (None, _) if !others.is_empty() => label::label(None, self.name),
            (None, _) => self.count_label(source),
            (Some(Taken::Between(..)), _) => label::label(None, self.name),
            (Some(Taken::Field(path)), how) => words(how, &path.label),
        };
        Some((
            Take::Of(Box::new(Of { sources: sources.iter().map(|source| source.name).collect(), how, what, filter })),
            format,
            digits,
            label,
        ))
    }

    /// What is taken of the records of a source.
    fn of_source(&self, source: &Source, out: &mut Diagnostics) -> Option<Part> {
        let filter = match &self.written.filter {
            None => None,
            Some(data) => Some(condition::resolve(self.linker, source.place(), data, out)?),
        };
        let written = self.written;
        let (how, what) = match written {
            ReportMeasure { sum: Some(what), .. } => (How::Sum, Some(what)),
            ReportMeasure { mean: Some(what), .. } => (How::Mean, Some(what)),
            ReportMeasure { min: Some(what), .. } => (How::Min, Some(what)),
            ReportMeasure { max: Some(what), .. } => (How::Max, Some(what)),
            ReportMeasure { median: Some(what), .. } => (How::Median, Some(what)),
            ReportMeasure { percentile: Some(percentile), .. } => {
                let at = percentile.value.at;
                if !(1..=100).contains(&at.value) {
                    let message = text!("from 1 to 100", "应为 1 到 100");
                    out.push(Diagnostic::error(code!("bad-value"), at.span, message));
                }
                (How::Percentile(at.value.clamp(1, 100)), Some(&percentile.value.of))
            }
            ReportMeasure { distinct: Some(_), .. } => (How::Distinct, None),
            _ => (How::Count, None),
        };
        let what = match (&written.distinct, what) {
            (Some(path), _) => {
                let resolved = path::resolve(self.linker, source.place(), path, out)?;
                path::check_dimension(&resolved, path.span, out);
                Some(Taken::Field(resolved))
            }
            (None, Some(what)) => Some(self.taken(source, how, what, out)?),
            (None, None) => None,
        };
        Some(Part { how, what, filter })
    }

    /// The sources that it is taken of; one that is not known is reported.
    fn sources(&self, out: &mut Diagnostics) -> Option<Vec<&Source>> {
        let counted = self.written.count.as_ref().filter(|count| count.value.trim() != "true");
        let named = counted.map(|count| (count.value.trim().to_owned(), count.span));
        let named = named.or_else(|| self.written.of.as_ref().map(|of| (name(of).to_string(), of.span)));
        if let (Some(_), Some(of)) = (counted, &self.written.of) {
            out.push(both(of.span, "`count` says the source already", "`count` 已指明来源"));
        }
        let Some((word, at)) = named else { return self.whole.then(|| self.sources.values().collect()) };
        let found = Name::find(&word).and_then(|name| self.sources.get(&name));
        let written = self.body.from.iter().any(|(name, _)| name.value.as_str() == word);
        if found.is_none() && !written && (self.whole || !self.body.from.is_empty()) {
            let known = self.sources.keys().map(|name| name.as_str());
            let message = text!("the report has no source `{word}`", "报表没有来源 `{word}`");
            out.push(Diagnostic::error(code!("unknown-source"), at, message).suggest(nearest(&word, known)));
        }
        found.map(|source| vec![source])
    }

    fn taken(&self, source: &Source, how: How, written: &WrittenTaken, out: &mut Diagnostics) -> Option<Taken> {
        let (linker, place) = (self.linker, source.place());
        match written {
            WrittenTaken::Path(written) => {
                let path = path::resolve(linker, place, written, out)?;
                check_kind(how, &path, written.span, out).then_some(Taken::Field(path))
            }
            WrittenTaken::Between(between) => {
                let from = path::moment(linker, place, &between.from, out)?;
                let to = match &between.to {
                    None => None,
                    Some(to) => Some(path::moment(linker, place, to, out)?),
                };
                Some(Taken::Between(from, to))
            }
        }
    }

    /// `Lead count`; with several sources by what they are called, else by their object.
    fn count_label(&self, source: &Source) -> Text {
        let mut objects = self.linker.definitions.objects.iter().map(|defined| &defined.body);
        let object = objects.find(|object| name(&object.object) == source.object);
        let Text { en, zh } = label::label(object.and_then(|object| object.label.as_ref()), source.object);
        text!("{en} count", "{zh}数")
    }
}

/// What a measure takes of the records of one source.
struct Part {
    how: How,
    what: Option<Taken>,
    filter: Option<Condition>,
}

/// Whether the same is taken of two sources.
fn alike(one: &Option<Taken>, other: &Option<Taken>) -> bool {
    let same = |one: &Path, other: &Path| {
        (one.of_line, &one.through, one.field, &one.kind) == (other.of_line, &other.through, other.field, &other.kind)
    };
    match (one, other) {
        (None, None) => true,
        (Some(Taken::Field(one)), Some(Taken::Field(other))) => same(one, other),
        (Some(Taken::Between(from, to)), Some(Taken::Between(other, until))) => {
            same(from, other)
                && to.as_ref().zip(until.as_ref()).map_or(to.is_none() && until.is_none(), |(a, b)| same(a, b))
        }
        _ => false,
    }
}

fn alike_conditions(one: Option<&Condition>, other: Option<&Condition>) -> bool {
    let parts = |condition: &Condition| {
        (condition.record.filter.clone(), condition.line.as_ref().map(|line| line.filter.clone()))
    };
    one.map(parts) == other.map(parts)
}

/// Whether values of the field can be taken so; when not, that is reported.
fn check_kind(how: How, path: &Path, at: Span, out: &mut Diagnostics) -> bool {
    let number = path.kind.is_number() || path.kind == FieldType::Duration;
    let day = matches!(path.kind, FieldType::Date | FieldType::DateTime);
    let fits = number || (day && matches!(how, How::Min | How::Max));
    if !fits {
        let word = path.kind.word();
        let message = text!("a number or a duration is needed, this is a {word}", "需要数字或时长字段，这是 {word}");
        out.push(Diagnostic::error(code!("type-mismatch"), at, message));
    }
    fits
}

fn format(how: How, what: Option<&Taken>) -> Format {
    match (how, what) {
        (How::Count | How::Distinct, _) | (_, None) => Format::Number,
        (_, Some(Taken::Between(..))) => Format::Duration,
        (_, Some(Taken::Field(path))) => match &path.kind {
            FieldType::Money { currency } => Format::Money(*currency),
            FieldType::Percent => Format::Percent,
            FieldType::Duration => Format::Duration,
            FieldType::Date => Format::Date,
            FieldType::DateTime => Format::DateTime,
            _ => Format::Number,
        },
    }
}

fn digits_of(format: Format) -> u32 {
    match format {
        Format::Money(currency) => currency.digits(),
        Format::Number | Format::Percent => DIGITS,
        Format::Duration | Format::Date | Format::DateTime => 0,
    }
}

/// What is taken, in words.
fn words(how: How, field: &Text) -> Text {
    let Text { en, zh } = field;
    match how {
        How::Count | How::Sum => field.clone(),
        How::Mean => text!("{en}, mean", "平均{zh}"),
        How::Min => text!("{en}, least", "最小{zh}"),
        How::Max => text!("{en}, greatest", "最大{zh}"),
        How::Median => text!("{en}, median", "{zh}中位数"),
        How::Percentile(at) => text!("{en}, P{at}", "{zh} P{at}"),
        How::Distinct => text!("{en}, different", "{zh}数"),
    }
}

/// Reports measures that read each other in a circle.
fn check_circles(measures: &IndexMap<Name, Measure>, out: &mut Diagnostics) {
    for measure in measures.values() {
        let mut open = reads(measure);
        let mut seen: Vec<Name> = Vec::new();
        while let Some(next) = open.pop() {
            if next == measure.name {
                let name = measure.name;
                let message = text!("`{name}` is computed from itself", "`{name}` 由自身计算得出");
                out.push(Diagnostic::error(code!("computed-cycle"), measure.span, message));
                break;
            }
            if !seen.contains(&next) {
                seen.push(next);
                open.extend(measures.get(&next).map(reads).unwrap_or_default());
            }
        }
    }
}

fn reads(measure: &Measure) -> Vec<Name> {
    match &measure.take {
        Take::Of(_) => Vec::new(),
        Take::Share(of) => vec![*of],
        Take::Value { reads, .. } => reads.clone(),
    }
}
