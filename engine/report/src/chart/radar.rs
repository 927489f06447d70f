//! Numbers around a centre, one way out for each heading. The ways have one scale, or each its own when each heading is
//! a measure of its own.

use std::f64::consts::TAU;

use rust_decimal::Decimal;

use super::{
    Chart, Size,
    legend::{self, Sample},
    line, words,
};
use crate::{
    number::{along, full},
    scale::{Scale, float},
    svg::{Anchor, Svg, short, shortened, width},
};

/// Size of the words.
const WORDS: f64 = 11.5;

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let top = legend::draw(svg, chart, size, Sample::Line);
    let count = chart.headings.len();
    let radius: f64 = match size {
        Size::Small => 92.0,
        Size::Medium => 125.0,
        Size::Large => 150.0,
    };
    let centre = (size.wide() / 2.0, top + radius + 30.0);
    let scales: Vec<Scale> = (0..count).map(|at| scale(chart, at)).collect();
    let place = |at: usize, part: f64| {
        let angle = at as f64 / count as f64 * TAU;
        (centre.0 + radius * part * angle.sin(), centre.1 - radius * part * angle.cos())
    };
    let around = |part: &dyn Fn(usize) -> f64| {
        let points = (0..count).map(|at| place(at, part(at)));
        let points: Vec<String> = points.map(|(x, y)| format!("{} {}", short(x), short(y))).collect();
        format!("M{}z", points.join("L"))
    };
    let rings = scales.first().map_or(4, |scale| scale.ticks.len().saturating_sub(1)).max(1);
    for ring in 1..=rings {
        svg.path("ring", &around(&|_| ring as f64 / rings as f64), "");
    }
    for at in 0..count {
        svg.line("rule", centre, place(at, 1.0));
        name(svg, chart, size, at, (place(at, 1.0 + 13.0 / radius), centre));
    }
    for (at, series) in chart.series.iter().enumerate() {
        let value = |place: usize| series.values.get(place).copied().flatten().unwrap_or_default();
        let part = |place: usize| scales.get(place).map_or(0.0, |scale| scale.part(float(value(place))));
        svg.path(&format!("{} web", line::class(at)), &around(&part), "");
        for heading in (0..count).filter(|heading| series.values.get(*heading).is_some_and(Option::is_some)) {
            let said = words::of_mark(chart, at, heading, value(heading));
            line::point(svg, at, place(heading, part(heading)), &said);
        }
    }
    if let (true, Some(scale)) = (chart.measures.is_empty(), scales.first()) {
        let unit = chart.unit(0, 0);
        for tick in scale.ticks.iter().skip(1) {
            let (x, y) = place(0, scale.part(float(*tick)));
            svg.text(
                "faint halo",
                (x - 5.0, y + 10.0),
                Anchor::End,
                &along(*tick, scale.largest(), &unit, chart.language),
                "",
            );
        }
    }
    centre.1 + radius + 34.0
}

/// One scale for all, or that of a heading.
fn scale(chart: &Chart, at: usize) -> Scale {
    if chart.measures.is_empty() {
        return Scale::from_zero(chart.all(), 4, chart.is_whole());
    }
    let values: Vec<Decimal> =
        chart.series.iter().filter_map(|series| series.values.get(at).copied().flatten()).collect();
    // The rings are shared, so the scale ends at the largest number and not at a round one.
    let (lowest, highest) = (values.iter().min(), values.iter().max());
    let lowest = lowest.copied().unwrap_or_default().min(Decimal::ZERO);
    let highest = highest.copied().unwrap_or_default().max(Decimal::ZERO);
    let quarter = highest.checked_sub(lowest).unwrap_or(highest).checked_div(Decimal::from(4)).unwrap_or_default();
    let ticks = (0..5).map(|n| lowest.saturating_add(quarter.saturating_mul(Decimal::from(n)))).collect();
    Scale { lowest: float(lowest), highest: float(highest), ticks }
}

/// The name of a heading outside, on the side where it is; with the largest number where each has its own scale.
fn name(svg: &mut Svg, chart: &Chart, size: Size, at: usize, ((x, y), centre): ((f64, f64), (f64, f64))) {
    let anchor = match x - centre.0 {
        off if off > 8.0 => Anchor::Start,
        off if off < -8.0 => Anchor::End,
        _ => Anchor::Middle,
    };
    let room = match anchor {
        Anchor::Start => size.wide() - x,
        Anchor::End => x,
        Anchor::Middle => size.wide() * 0.6,
    } - 4.0;
    let label = chart.heading(at);
    // Above the centre two lines grow upwards, below it downwards.
    let own = chart.measures.get(at).map(|unit| {
        let values = chart.series.iter().filter_map(|series| series.values.get(at).copied().flatten());
        full(values.max().unwrap_or_default(), unit, chart.language)
    });
    let y = if own.is_some() && y < centre.1 - 8.0 { y - 9.0 } else { y + 4.0 };
    svg.text("", (x, y), anchor, &shortened(label, WORDS, room), label);
    if let Some(own) = own.filter(|own| width(own, WORDS) <= room + 8.0) {
        svg.text("faint", (x, y + 13.0), anchor, &own, "");
    }
}
