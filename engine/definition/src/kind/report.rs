//! `report`: what is counted and summed of many records, by what.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::{
    expression::Expression,
    kind::form::SCALAR_OR_MAP,
    label::Label,
    list::Many,
    literal::Data,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// Measures over records, by dimensions, as rows and columns. `definitions/MODULE/NAME.report.yaml`.
///
/// A report has no rights of its own: everybody sees in it what they see of the records. A record counts for whoever
/// sees, by one grant, every field that the measure, its conditions and the chosen dimensions read; what is masked
/// counts as not seen. Through a reference, what is not seen is empty, as in lists. A dimension or measure of which
/// somebody can see no record is not there for them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The name of the report.
    pub report: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// What it tells, in a sentence.
    #[serde(default)]
    pub help: Option<Sp<Label>>,
    /// The roles it is for; for others it is not there. Without it, it is for whoever sees something in it.
    #[serde(rename = "for", default)]
    pub roles: Many<Sp<WrittenName>>,
    /// The object whose records are counted: short for `from` with one entry of this name.
    #[serde(default)]
    pub on: Option<Sp<WrittenName>>,
    /// `on`: a field with lines. Each line counts for itself, and dimensions and measures may be of lines:
    /// `lines.product`.
    ///
    /// `tasks` are lines of every record that nobody writes: whoever was asked in a step of an approval, and the work that
    /// lies in a queue now. Each has `kind` (`approval`, `work`), `flow`, `node` (`quote.review`), `step`
    /// (`quote.review.director`), `queue`, `holder` (who has or had it), `waits`, `began_at`; when it is over `decision`
    /// (`approved`, `rejected`, `returned`, `acted`, `transferred`, `escalated`, `expired`, `passed`, `superseded`,
    /// `cancelled`, `removed`), `by` (who decided), `ended_at`, `took` (by the clock) and `worked` (in the working time of
    /// the approval's calendar). Work that has left its queue is no task any more. Whoever sees a record sees its tasks;
    /// filters know them too: `{tasks: {any: {waits: true, holder: $me}}}`.
    #[serde(default)]
    pub lines: Option<Sp<WrittenName>>,
    /// `on`: which records count, as a filter.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
    /// `on`: the date or datetime that the period which its reader chooses is laid over.
    #[serde(default)]
    pub period: Option<Sp<String>>,
    /// Several kinds of records, side by side on the dimensions that they share.
    #[serde(default)]
    pub from: Map<ReportSource>,
    /// What can be chosen as rows and columns.
    #[serde(default)]
    pub dimensions: Map<ReportDimension>,
    /// What can be shown. At least one.
    pub measures: Map<ReportMeasure>,
    /// The dimensions that make the rows, until its reader chooses others.
    #[serde(default)]
    pub rows: Vec<Sp<WrittenName>>,
    /// The dimensions that make the columns.
    #[serde(default)]
    pub columns: Vec<Sp<WrittenName>>,
    /// The measures that are shown. Default: all of them.
    #[serde(default)]
    pub show: Vec<Sp<WrittenName>>,
    /// What is drawn. Without it, there is the table only.
    #[serde(default)]
    pub chart: Option<Sp<ReportChart>>,
}

/// One kind of records of a report.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportSource {
    /// The object.
    pub on: Sp<WrittenName>,
    /// A field with lines, or `tasks`: each line counts for itself.
    #[serde(default)]
    pub lines: Option<Sp<WrittenName>>,
    /// Which records count.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
    /// The date or datetime that the period is laid over. Without it the period does not limit these records.
    #[serde(default)]
    pub period: Option<Sp<String>>,
    /// For each dimension that these records have, the path of the field: `owner`, `customer.province`,
    /// `lines.product`. Default: what the dimension says. A measure over records that lack a chosen dimension is shown in totals only.
    #[serde(default)]
    pub by: Map<Sp<String>>,
}

/// What records are told apart by: the path of a field, or a mapping.
#[derive(Debug, Clone, Default)]
pub struct ReportDimension {
    /// The field.
    pub by: Option<Sp<String>>,
    /// The length of time that days are put together by.
    pub step: Option<Sp<Step>>,
    /// Where bands begin.
    pub bands: Option<Sp<Vec<Sp<String>>>>,
    /// What people read.
    pub label: Option<Sp<Label>>,
}

/// What records are told apart by.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FullReportDimension {
    /// The path of the field, also through references and of lines: `stage`, `customer.province`, `lines.product`. In a
    /// report with `from` it is for each source that says nothing else in its own `by`.
    #[serde(default)]
    by: Option<Sp<String>>,
    /// A date or datetime: the length of time that days are put together by. Default: `day`.
    #[serde(default)]
    step: Option<Sp<Step>>,
    /// A number: where each band begins, ascending. `[0, 30, 60]` is below 0, from 0, from 30, and from 60 on. A date or
    /// datetime is taken as the number of days that it is ago.
    #[serde(default)]
    bands: Option<Sp<Vec<Sp<String>>>>,
    /// What people read. Default: what the field is called.
    #[serde(default)]
    label: Option<Sp<Label>>,
}

/// A length of time that days are put together by, in the book's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ReportStep")]
pub enum Step {
    /// Each day.
    Day,
    /// Weeks from Monday.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Years.
    Year,
}

/// What is shown. Exactly one of `count`, `sum`, `mean`, `min`, `max`, `median`, `percentile`, `distinct`, `value`,
/// `share`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportMeasure {
    /// What people read. Default: what is taken and of what.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The number of records, or of lines: `true` (of all sources), or the source.
    #[serde(default)]
    pub count: Option<Sp<String>>,
    /// The sum of a number or a duration.
    #[serde(default)]
    pub sum: Option<Taken>,
    /// The mean.
    #[serde(default)]
    pub mean: Option<Taken>,
    /// The least value, also of dates.
    #[serde(default)]
    pub min: Option<Taken>,
    /// The greatest value, also of dates.
    #[serde(default)]
    pub max: Option<Taken>,
    /// The middle value.
    #[serde(default)]
    pub median: Option<Taken>,
    /// The value that so many of a hundred do not exceed.
    #[serde(default)]
    pub percentile: Option<Sp<Percentile>>,
    /// The number of different values of a field.
    #[serde(default)]
    pub distinct: Option<Sp<String>>,
    /// An expression over other measures by their names: `won / n`. It is computed for each cell and each total anew.
    /// `count`, `sum` and `distinct` of no records are 0; other measures are then `()`. What is divided by 0, or reads
    /// a measure that is not there, is not there.
    #[serde(default)]
    pub value: Option<Expression>,
    /// How much of the whole another measure is.
    #[serde(default)]
    pub share: Option<Sp<WrittenName>>,
    /// In a report with `from`: the source. Without it, the records of all sources are taken together; what is taken, and
    /// its `where`, then has to be the same field in each of them.
    #[serde(default)]
    pub of: Option<Sp<WrittenName>>,
    /// Which of the source's records count for this measure.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
    /// `value`: what it is. Default: `number`.
    #[serde(rename = "as", default)]
    pub format: Option<Sp<Shown>>,
    /// How many digits after the point are kept, rounded half up. Default: of money those of its currency, of counts
    /// none, else 2. Sums, least and greatest values and percentiles are never rounded.
    #[serde(default)]
    pub digits: Option<Sp<u32>>,
}

/// What a computed measure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ReportShown")]
pub enum Shown {
    /// A number.
    Number,
    /// A ratio, shown times a hundred: 0.25 is 25 %.
    Percent,
    /// An amount in the book's currency.
    Money,
    /// A number of seconds.
    Duration,
}

/// What is taken of each record: the path of a field, or the time between two.
#[derive(Debug, Clone)]
pub enum Taken {
    /// A field.
    Path(Sp<String>),
    /// The time from one date or datetime to another; to now when there is none.
    Between(Between),
}

/// The time between two dates or datetimes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReportBetween")]
pub struct Between {
    /// The path of a date or datetime. A record where it is empty does not count.
    pub from: Sp<String>,
    /// Another one. A record where it is empty does not count. Default: the instant at which somebody asks.
    #[serde(default)]
    pub to: Option<Sp<String>>,
}

/// The value that so many of a hundred do not exceed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ReportPercentile")]
pub struct Percentile {
    /// What is taken of each record.
    pub of: Taken,
    /// From 1 to 100.
    pub at: Sp<u32>,
}

/// What is drawn.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportChart {
    /// How.
    #[serde(rename = "as")]
    pub kind: Sp<ChartKind>,
    /// The measures that are drawn. Default: the first that is shown.
    #[serde(default)]
    pub show: Many<Sp<WrittenName>>,
}

/// A kind of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Bars, side by side for each column.
    Bar,
    /// Bars, one upon the other for each column.
    StackedBar,
    /// Lines, one for each column.
    Line,
    /// A circle cut by rows.
    Pie,
    /// Stages below each other, with the rate from one to the next: the rows, or, when `show` names several measures, these.
    Funnel,
    /// Bars from the greatest down, with the share of all so far.
    Pareto,
    /// Rows and columns, coloured by value.
    Heat,
    /// A polygon over the rows, one for each column or measure.
    Radar,
    /// The table only.
    Grid,
}

impl<'de> Deserialize<'de> for ReportDimension {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PathOrFull;
        impl<'de> Visitor<'de> for PathOrFull {
            type Value = ReportDimension;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the path of a field, or a mapping with `by`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ReportDimension, A::Error> {
                let FullReportDimension { by, step, bands, label } =
                    FullReportDimension::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ReportDimension { by, step, bands, label })
            }
            fn visit_newtype_struct<D2: Deserializer<'de>>(self, scalar: D2) -> Result<ReportDimension, D2::Error> {
                let by = Some(Sp::<String>::deserialize(scalar)?);
                Ok(ReportDimension { by, ..ReportDimension::default() })
            }
        }
        deserializer.deserialize_newtype_struct(SCALAR_OR_MAP, PathOrFull)
    }
}

impl JsonSchema for ReportDimension {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReportDimension".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<FullReportDimension>();
        json_schema!({
            "description": "What records are told apart by: the path of a field, or a mapping.",
            "anyOf": [{"type": "string"}, full],
        })
    }
}

impl<'de> Deserialize<'de> for Taken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PathOrBetween;
        impl<'de> Visitor<'de> for PathOrBetween {
            type Value = Taken;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the path of a field, or a mapping with `from`")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Taken, A::Error> {
                Between::deserialize(MapAccessDeserializer::new(map)).map(Taken::Between)
            }
            fn visit_newtype_struct<D2: Deserializer<'de>>(self, scalar: D2) -> Result<Taken, D2::Error> {
                Sp::<String>::deserialize(scalar).map(Taken::Path)
            }
        }
        deserializer.deserialize_newtype_struct(SCALAR_OR_MAP, PathOrBetween)
    }
}

impl JsonSchema for Taken {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReportTaken".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let between = generator.subschema_for::<Between>();
        json_schema!({
            "description": "What is taken of each record: the path of a field, or the time between two dates or datetimes.",
            "anyOf": [{"type": "string"}, between],
        })
    }
}
