//! Charts: a pure function of headings and series of numbers. Each is drawn for three widths, of which the style sheet
//! shows the one that fits, so that words stay as large as the page's on a phone too.

mod bar;
mod funnel;
mod heat;
mod legend;
mod line;
mod pareto;
mod pie;
mod plane;
mod radar;
mod stacked_bar;
mod words;

use std::cmp::Reverse;

use formwork_model::text::Language;
use rust_decimal::Decimal;

pub use self::heat::shade;
pub use crate::number::Unit;
use crate::svg::Svg;

/// Headings and series that are drawn; the rest is said to be in the table.
const MOST: (usize, usize) = (60, 12);

/// How numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bars beside each other: standing, or lying where their names need the room.
    Bar,
    /// Bars on top of each other.
    StackedBar,
    /// A line a series.
    Line,
    /// Parts of a whole, of the first series.
    Pie,
    /// Stages one after the other, of the first series, with what is left from each to the next.
    Funnel,
    /// The first series from the largest to the smallest, and how much of the whole that comes to.
    Pareto,
    /// Numbers as shades in a grid.
    Heat,
    /// Numbers around a centre.
    Radar,
}

/// Numbers of one kind, one for each heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What it is called.
    pub label: String,
    /// `None` where there is no number.
    pub values: Vec<Option<Decimal>>,
    /// What the numbers are of.
    pub unit: Unit,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// How.
    pub kind: Kind,
    /// What it is called, for those who can't see it.
    pub title: String,
    /// What the numbers are along.
    pub headings: Vec<String>,
    /// The numbers.
    pub series: Vec<Series>,
    /// The headings are days, months, …: they stand in this order from left to right, and some of their names may be
    /// left out.
    pub in_time: bool,
    /// The units of the headings, when each heading is a measure of its own with its own scale; for a radar.
    pub measures: Vec<Unit>,
    /// The language of the numbers and of what is said.
    pub language: Language,
}

/// How wide a drawing is meant to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Medium,
    Large,
}

impl Size {
    const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The class by which the style sheet knows it.
    fn class(self) -> &'static str {
        match self {
            Self::Small => "s",
            Self::Medium => "m",
            Self::Large => "l",
        }
    }

    /// In units of the drawing, which are about pixels.
    pub(crate) fn wide(self) -> f64 {
        match self {
            Self::Small => 340.0,
            Self::Medium => 620.0,
            Self::Large => 1080.0,
        }
    }

    /// How high a standing drawing is, without legend and names.
    pub(crate) fn high(self) -> f64 {
        match self {
            Self::Small => 190.0,
            Self::Medium => 220.0,
            Self::Large => 260.0,
        }
    }

    /// About how many numbers an axis that lies has.
    pub(crate) fn steps(self) -> u32 {
        match self {
            Self::Small => 4,
            Self::Medium => 5,
            Self::Large => 8,
        }
    }
}

/// The chart as SVG for a page, in three widths; nothing when it has no number. `id` is unlike that of other charts of
/// the page.
pub fn draw(chart: &Chart, id: &str) -> Option<String> {
    let (chart, left) = prepared(chart);
    let is_shown = match chart.kind {
        // Parts of nothing are no picture.
        Kind::Pie | Kind::Funnel | Kind::Pareto => chart.first().iter().any(|(_, value)| *value > Decimal::ZERO),
        _ => chart.all().next().is_some(),
    };
    if !is_shown {
        return None;
    }
    let said = words::described(&chart);
    let draw = |size: Size| {
        let mut svg = Svg::new(&format!("{id}-{}", size.class()));
        let high = match chart.kind {
            Kind::Bar => bar::draw(&mut svg, &chart, size),
            Kind::StackedBar => stacked_bar::draw(&mut svg, &chart, size),
            Kind::Line => line::draw(&mut svg, &chart, size),
            Kind::Pie => pie::draw(&mut svg, &chart, size),
            Kind::Funnel => funnel::draw(&mut svg, &chart, size),
            Kind::Pareto => pareto::draw(&mut svg, &chart, size),
            Kind::Heat => heat::draw(&mut svg, &chart, size),
            Kind::Radar => radar::draw(&mut svg, &chart, size),
        };
        let high = words::left_out(&mut svg, left, high, chart.language);
        svg.finish(size.class(), (size.wide(), high), &chart.title, &said)
    };
    Some(Size::ALL.map(draw).concat())
}

/// What is drawn of a chart: as many headings and series as can be read, durations in one unit, a radar only around
/// three headings or more. And how many headings and series were left out.
fn prepared(chart: &Chart) -> (Chart, (usize, usize)) {
    let mut chart = chart.clone();
    let count = chart.headings.len();
    for series in &mut chart.series {
        series.values.resize(count, None);
    }
    if chart.kind == Kind::Radar && count < 3 {
        chart.kind = Kind::Bar;
    }
    // These look at one series, and fold what is too much of it themselves.
    let folds = matches!(chart.kind, Kind::Pie | Kind::Pareto);
    let left = (if folds { 0 } else { count.saturating_sub(MOST.0) }, chart.series.len().saturating_sub(MOST.1));
    if !folds {
        chart.headings.truncate(MOST.0);
        chart.measures.truncate(MOST.0);
        chart.series.iter_mut().for_each(|series| series.values.truncate(MOST.0));
    }
    chart.series.truncate(MOST.1);
    in_one_unit(&mut chart);
    (chart, left)
}

/// Seconds become days, hours or minutes, whichever is round along an axis.
fn in_one_unit(chart: &mut Chart) {
    if chart.series.iter().any(|series| series.unit != Unit::Duration) {
        return;
    }
    let largest = chart.all().map(|value| value.abs()).max().unwrap_or_default();
    let zh = chart.language == Language::Zh;
    let units = [(86_400, "d", "天"), (3_600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒")];
    let fits = |(length, ..): &&(i64, _, _)| largest >= Decimal::from(*length) * Decimal::TWO;
    let (length, en, word) = units.iter().find(fits).copied().unwrap_or((1, "s", "秒"));
    for series in &mut chart.series {
        series.unit = Unit::Named(if zh { word } else { en }.to_owned());
        for value in series.values.iter_mut().flatten() {
            *value = value.checked_div(Decimal::from(length)).unwrap_or(*value);
        }
    }
}

impl Chart {
    /// The chart with the `most` headings whose numbers come to the most, from the largest to the smallest, and how many
    /// headings it is without. What stands in an order of its own keeps all: time, the stages of a funnel, measures
    /// around a centre; and so does what folds the rest of it itself.
    #[must_use]
    pub fn largest(mut self, most: usize) -> (Self, usize) {
        let count = self.headings.len();
        let is_kept = self.in_time
            || !self.measures.is_empty()
            || matches!(self.kind, Kind::Funnel | Kind::Pie | Kind::Pareto)
            || count <= most;
        if is_kept {
            return (self, 0);
        }
        let size = |at: usize| -> Decimal {
            let numbers = self.series.iter().filter_map(|series| series.values.get(at).copied().flatten());
            numbers.map(|number| number.abs()).fold(Decimal::ZERO, Decimal::saturating_add)
        };
        let mut places: Vec<(usize, Decimal)> = (0..count).map(|at| (at, size(at))).collect();
        places.sort_by_key(|(at, size)| (Reverse(*size), *at));
        places.truncate(most);
        self.headings = places.iter().map(|(at, _)| self.heading(*at).to_owned()).collect();
        for series in &mut self.series {
            series.values = places.iter().map(|(at, _)| series.values.get(*at).copied().flatten()).collect();
        }
        (self, count - most)
    }

    /// Every number that is there.
    fn all(&self) -> impl Iterator<Item = Decimal> + Clone {
        self.series.iter().flat_map(|series| series.values.iter().flatten().copied())
    }

    /// The numbers of the first series that are there, each with the place of its heading.
    fn first(&self) -> Vec<(usize, Decimal)> {
        let values = self.series.iter().take(1).flat_map(|series| series.values.iter().enumerate());
        values.filter_map(|(at, value)| Some((at, (*value)?))).collect()
    }

    fn heading(&self, at: usize) -> &str {
        self.headings.get(at).map_or("", String::as_str)
    }

    /// The unit of a number: of its heading, where each has one, else of its series.
    fn unit(&self, series: usize, at: usize) -> Unit {
        let own = self.measures.get(at).or_else(|| self.series.get(series).map(|series| &series.unit));
        own.cloned().unwrap_or_default()
    }

    /// Whether every number is a whole one.
    fn is_whole(&self) -> bool {
        self.all().all(|value| value.fract().is_zero())
    }
}

#[cfg(test)]
mod tests;
