//! Bars beside each other, one a series at each heading.

use super::{
    Chart, Size,
    legend::{self, Sample},
    plane::{self, Plane, Wish},
    words,
};
use crate::{
    scale::{Scale, float},
    svg::Svg,
};

/// How wide a bar may be, so that one alone is not a wall.
const WIDEST: f64 = 64.0;

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let top = legend::draw(svg, chart, size, Sample::Box);
    let beside = chart.series.len().max(1);
    let order: Vec<usize> = (0..chart.headings.len()).collect();
    let wish = Wish {
        order: &order,
        scale: Scale::from_zero(chart.all(), size.steps().min(5), chart.is_whole()),
        beside,
        number: if beside == 1 { plane::widest(chart) } else { 0.0 },
        right: 0.0,
        top,
        caption: plane::caption(chart),
    };
    let plane = Plane::draw(svg, chart, size, wish);
    let part = (0.74_f64).min(WIDEST * beside as f64 / plane.slot()) / beside as f64;
    for (at, series) in chart.series.iter().enumerate() {
        for (place, value) in series.values.iter().enumerate() {
            let Some(value) = value else { continue };
            let from = place as f64 + 0.5 + part * (at as f64 - beside as f64 / 2.0);
            let area = plane.bar((from, from + part * 0.96), (0.0, float(*value)));
            svg.mark(at, area, &words::of_mark(chart, at, place, *value));
            if plane.numbers && beside == 1 {
                let text = words::in_short(chart, at, place, *value);
                plane::number(svg, &plane, area, &text, value.is_sign_negative());
            }
        }
    }
    plane.end()
}
