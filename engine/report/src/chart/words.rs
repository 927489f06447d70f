//! What is said about a chart: to those who can't see it, to a pointer above a mark, and about what was left out.

use formwork_model::{text, text::Language};
use rust_decimal::Decimal;

use super::{Chart, Kind};
use crate::{
    number::{Unit, full, short},
    svg::{Anchor, Svg},
};

/// `East · Amount: ¥1,200.00`.
pub(super) fn of_mark(chart: &Chart, series: usize, at: usize, value: Decimal) -> String {
    let number = full(value, &chart.unit(series, at), chart.language);
    let heading = chart.heading(at);
    match chart.series.get(series) {
        Some(series) => format!("{heading} · {}: {number}", series.label),
        None => format!("{heading}: {number}"),
    }
}

/// A number of a series where there is little room.
pub(super) fn in_short(chart: &Chart, series: usize, at: usize, value: Decimal) -> String {
    short(value, &chart.unit(series, at), chart.language)
}

/// The name of a measure with the unit of its numbers.
pub(super) fn with_unit(label: &str, unit: &Unit) -> String {
    match unit.sign().filter(|sign| !label.contains(sign.as_str())) {
        Some(sign) => format!("{label} ({sign})"),
        None => label.to_owned(),
    }
}

/// A chart in a sentence or two.
pub(super) fn described(chart: &Chart) -> String {
    let kind = match chart.kind {
        Kind::Bar => text!("Bar chart", "柱状图"),
        Kind::StackedBar => text!("Stacked bar chart", "堆叠柱状图"),
        Kind::Line => text!("Line chart", "折线图"),
        Kind::Pie => text!("Pie chart", "饼图"),
        Kind::Funnel => text!("Funnel", "漏斗图"),
        Kind::Pareto => text!("Pareto chart", "帕累托图"),
        Kind::Heat => text!("Heat map", "热力图"),
        Kind::Radar => text!("Radar chart", "雷达图"),
    };
    let (kind, n, of) = (kind.get(chart.language).to_owned(), chart.headings.len(), chart.series.len());
    let mut said =
        text!("{kind}: {n} headings, {of} series.", "{kind}：{n} 项，{of} 个系列。").get(chart.language).to_owned();
    for (at, series) in chart.series.iter().enumerate().take(4) {
        let there = series.values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?)));
        let highest = there.clone().max_by_key(|(place, value)| (*value, std::cmp::Reverse(*place)));
        let lowest = there.min_by_key(|(_, value)| *value);
        let (Some(highest), Some(lowest)) = (highest, lowest) else { continue };
        let name = &series.label;
        let number = |(place, value): (usize, Decimal)| full(value, &chart.unit(at, place), chart.language);
        let (top, top_number) = (chart.heading(highest.0), number(highest));
        let (low, low_number) = (chart.heading(lowest.0), number(lowest));
        let more = if highest.0 == lowest.0 {
            text!(" {name}: {top} {top_number}.", "{name}：{top} {top_number}。")
        } else {
            text!(
                " {name}: highest {top} {top_number}, lowest {low} {low_number}.",
                "{name}：最高 {top} {top_number}，最低 {low} {low_number}。"
            )
        };
        said.push_str(more.get(chart.language));
    }
    said
}

/// Says at the bottom how many headings and series are only in the table; gives the height of the drawing with it.
pub(super) fn left_out(svg: &mut Svg, (headings, series): (usize, usize), high: f64, language: Language) -> f64 {
    let said = match (headings, series) {
        (0, 0) => return high,
        (n, 0) => text!("{n} more in the table", "另有 {n} 项见表格"),
        (0, n) => text!("{n} more series in the table", "另有 {n} 个系列见表格"),
        (n, of) => text!("{n} more and {of} more series in the table", "另有 {n} 项、{of} 个系列见表格"),
    };
    svg.text("faint", (4.0, high + 12.0), Anchor::Start, said.get(language), "");
    high + 18.0
}
