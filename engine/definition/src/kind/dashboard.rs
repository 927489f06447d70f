//! `dashboard`: several reports and lists on one page.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{kind::report::ReportChart, label::Label, list::Many, literal::Data, map::WrittenName, spanned::Sp};

/// Several reports and lists on one page. `definitions/MODULE/NAME.dashboard.yaml`. A tile of which somebody sees
/// nothing is not there for them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// The name of the dashboard.
    pub dashboard: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// The roles it is for; for others it is not there. Without it, it is for whoever sees something on it.
    #[serde(rename = "for", default)]
    pub roles: Many<Sp<WrittenName>>,
    /// What is on it, in order.
    pub tiles: Vec<Tile>,
}

/// A part of a dashboard: a report, one number of it, or a list. Exactly one of `report`, `list`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// What people read above it. Default: what the report or the object is called.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// A report.
    #[serde(default)]
    pub report: Option<Sp<WrittenName>>,
    /// `report`: only the total of this measure.
    #[serde(default)]
    pub number: Option<Sp<WrittenName>>,
    /// `report`: the dimensions that make the rows. Default: those of the report.
    #[serde(default)]
    pub rows: Option<Sp<Vec<Sp<WrittenName>>>>,
    /// `report`: the dimensions that make the columns. Default: those of the report; none when `rows` is given.
    #[serde(default)]
    pub columns: Option<Sp<Vec<Sp<WrittenName>>>>,
    /// `report`: the measures that are shown. Default: those of the report.
    #[serde(default)]
    pub show: Option<Sp<Vec<Sp<WrittenName>>>>,
    /// `report`: what is drawn. Default: what the report draws.
    #[serde(default)]
    pub chart: Option<Sp<ReportChart>>,
    /// A list of records of this object.
    #[serde(default)]
    pub list: Option<Sp<WrittenName>>,
    /// `list`: the columns. Default: those of the object's list.
    #[serde(default)]
    pub fields: Vec<Sp<WrittenName>>,
    /// `list`: the fields to sort by; a leading `-` reverses. Default: newest first.
    #[serde(default)]
    pub sort: Many<Sp<String>>,
    /// `list`: how many at most, up to 50. Default: 5.
    #[serde(default)]
    pub limit: Option<Sp<u32>>,
    /// Which records count, or are listed, as a filter. Of a report with `from`: a filter for each source.
    #[serde(rename = "where", default)]
    pub filter: Option<Sp<Data>>,
    /// How many of three columns it takes: 1 (the default), 2 or 3.
    #[serde(default)]
    pub width: Option<Sp<u32>>,
}
