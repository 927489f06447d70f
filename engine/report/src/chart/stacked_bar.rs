//! Bars on top of each other: what a heading comes to, and of what. What is negative hangs below.

use rust_decimal::Decimal;

use super::{
    Chart, Size,
    legend::{self, Sample},
    plane::{self, Plane, Wish},
    words,
};
use crate::{
    number::short,
    scale::{Scale, float},
    svg::{Svg, width},
};

/// How wide a bar may be.
const WIDEST: f64 = 72.0;

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let top = legend::draw(svg, chart, size, Sample::Box);
    let order: Vec<usize> = (0..chart.headings.len()).collect();
    let sums: Vec<(Decimal, Decimal)> = order.iter().map(|at| sums(chart, *at)).collect();
    let ends = sums.iter().flat_map(|(below, above)| [*below, *above]);
    let unit = chart.unit(0, 0);
    let total = |(below, above): (Decimal, Decimal)| short(below.saturating_add(above), &unit, chart.language);
    // A total above a bar that also hangs below would be the length of nothing that is seen.
    let totals = sums.iter().all(|(below, _)| below.is_zero());
    let widest = sums.iter().map(|sum| width(&total(*sum), 11.5)).fold(0.0, f64::max);
    let wish = Wish {
        order: &order,
        scale: Scale::from_zero(ends, size.steps().min(5), chart.is_whole()),
        beside: 1,
        number: if totals { widest } else { 0.0 },
        right: 0.0,
        top,
        caption: plane::caption(chart),
    };
    let plane = Plane::draw(svg, chart, size, wish);
    let half = (0.74_f64).min(WIDEST / plane.slot()) / 2.0;
    for place in order {
        let middle = place as f64 + 0.5;
        let (mut below, mut above) = (Decimal::ZERO, Decimal::ZERO);
        for (at, series) in chart.series.iter().enumerate() {
            let Some(value) = series.values.get(place).copied().flatten().filter(|value| !value.is_zero()) else {
                continue;
            };
            let from = if value.is_sign_negative() { &mut below } else { &mut above };
            let to = from.saturating_add(value);
            let area = plane.bar((middle - half, middle + half), (float(*from), float(to)));
            svg.mark(at, area, &words::of_mark(chart, at, place, value));
            *from = to;
        }
        if plane.numbers && above > Decimal::ZERO {
            let area = plane.bar((middle - half, middle + half), (0.0, float(above)));
            plane::number(svg, &plane, area, &total((below, above)), false);
        }
    }
    plane.end()
}

/// What the negative and the positive numbers of a heading come to.
fn sums(chart: &Chart, at: usize) -> (Decimal, Decimal) {
    let values = chart.series.iter().filter_map(|series| series.values.get(at).copied().flatten());
    values.fold((Decimal::ZERO, Decimal::ZERO), |(below, above), value| {
        if value.is_sign_negative() {
            (below.saturating_add(value), above)
        } else {
            (below, above.saturating_add(value))
        }
    })
}
