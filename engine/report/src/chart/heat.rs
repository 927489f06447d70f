//! Numbers as shades: headings below each other, series beside each other. What is below zero has a colour of its own.

use super::{Chart, Size, plane, words};
use crate::{
    scale::float,
    svg::{Anchor, Area, Svg, in_two, shortened, width},
};

/// Height of a row.
const ROW: f64 = 26.0;
/// Size of the words.
const WORDS: f64 = 11.5;

/// The class of a shade: `h0` the lightest to `h6` the darkest, `n1` to `n3` below zero.
#[must_use]
pub fn shade(value: f64, (lowest, highest): (f64, f64)) -> String {
    if value < 0.0 {
        let part = if lowest < 0.0 { value / lowest } else { 0.0 };
        return format!("n{}", step(part, 1.0, 3.0));
    }
    // Numbers that are all far from zero are told apart from the lowest of them.
    let from = if lowest > 0.0 && lowest > highest * 0.5 { lowest * 0.9 } else { 0.0 };
    let part = if highest > from { (value - from) / (highest - from) } else { 0.0 };
    if value == 0.0 { "h0".to_owned() } else { format!("h{}", step(part, 1.0, 6.0)) }
}

fn step(part: f64, least: f64, most: f64) -> f64 {
    (part * most).ceil().clamp(least, most)
}

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let columns = chart.series.len().max(1) as f64;
    let room = size.wide() * if size == Size::Small { 0.3 } else { 0.2 };
    let left = chart.headings.iter().map(|name| width(name, WORDS)).fold(0.0, f64::max).min(room) + 10.0;
    let top = if chart.series.len() > 1 { 6.0 } else { plane::above(svg, plane::caption(chart).as_deref(), 4.0) };
    let wide = ((size.wide() - left - 4.0) / columns).min(150.0);
    let mut lines = 0;
    if chart.series.len() > 1 {
        for (at, series) in chart.series.iter().enumerate() {
            let name = in_two(&series.label, WORDS, wide - 4.0)
                .unwrap_or_else(|| vec![shortened(&series.label, WORDS, wide - 4.0)]);
            let x = left + wide * (at as f64 + 0.5);
            for (line, text) in name.iter().enumerate() {
                svg.text("", (x, top + 10.0 + 13.0 * line as f64), Anchor::Middle, text, &series.label);
            }
            lines = lines.max(name.len());
        }
    }
    let top = top + 13.0 * lines as f64 + 6.0;
    let lowest = chart.all().map(float).fold(f64::MAX, f64::min);
    let highest = chart.all().map(float).fold(f64::MIN, f64::max);
    for (place, name) in chart.headings.iter().enumerate() {
        let y = top + ROW * place as f64;
        svg.text("", (left - 8.0, y + ROW / 2.0 + 4.0), Anchor::End, &shortened(name, WORDS, left - 10.0), name);
        for (at, series) in chart.series.iter().enumerate() {
            let area = Area { x: left + wide * at as f64 + 1.0, y: y + 1.0, wide: wide - 2.0, high: ROW - 2.0 };
            let Some(value) = series.values.get(place).copied().flatten() else {
                svg.area("void", area, "");
                continue;
            };
            let shade = shade(float(value), (lowest, highest));
            svg.area(&shade, area, &words::of_mark(chart, at, place, value));
            let text = words::in_short(chart, at, place, value);
            if width(&text, 11.0) < wide - 3.0 {
                let class = format!("t{shade}");
                svg.text(&class, (area.x + area.wide / 2.0, y + ROW / 2.0 + 4.0), Anchor::Middle, &text, "");
            }
        }
    }
    top + ROW * chart.headings.len() as f64 + 4.0
}
