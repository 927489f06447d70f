//! A line a series. A heading without a number is a gap; a line is known by its dashes and the shape of its points too.

use rust_decimal::Decimal;

use super::{
    Chart, Size,
    legend::{self, Sample},
    plane::{self, Plane, Wish},
    words,
};
use crate::{
    scale::{Scale, float},
    svg::{Svg, short},
};

/// The class of the line of a series.
pub(super) fn class(series: usize) -> String {
    format!("stroke c{} d{}", series % 8, series % 5)
}

/// A point of a series.
pub(super) fn point(svg: &mut Svg, series: usize, (x, y): (f64, f64), said: &str) {
    let corners: &[(f64, f64)] = match series % 4 {
        0 => &[(-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0)],
        1 => &[(0.0, -4.3), (4.0, 3.2), (-4.0, 3.2)],
        2 => &[(0.0, -4.4), (4.4, 0.0), (0.0, 4.4), (-4.4, 0.0)],
        _ => &[(-4.0, -3.2), (4.0, -3.2), (0.0, 4.3)],
    };
    let path: Vec<String> = corners.iter().map(|(dx, dy)| format!("{} {}", short(x + dx), short(y + dy))).collect();
    svg.path(&format!("point c{}", series % 8), &format!("M{}z", path.join("L")), said);
}

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let top = legend::draw(svg, chart, size, Sample::Line);
    let order: Vec<usize> = (0..chart.headings.len()).collect();
    let caption = plane::caption(chart);
    let wish = Wish { order: &order, scale: scale(chart, size), beside: 0, number: 0.0, right: 0.0, top, caption };
    let plane = Plane::draw(svg, chart, size, wish);
    for (at, series) in chart.series.iter().enumerate() {
        let points: Vec<(usize, Option<(f64, f64)>)> = (series.values.iter().enumerate())
            .map(|(place, value)| (place, value.map(|value| plane.point(place as f64 + 0.5, float(value)))))
            .collect();
        let mut path = String::new();
        let mut goes_on = false;
        for (_, point) in &points {
            let Some((x, y)) = point else {
                goes_on = false;
                continue;
            };
            path.push_str(&format!("{}{} {}", if goes_on { 'L' } else { 'M' }, short(*x), short(*y)));
            goes_on = true;
        }
        svg.path(&class(at), &path, "");
        for ((place, there), value) in points.iter().zip(&series.values) {
            if let (Some(there), Some(value)) = (there, value) {
                point(svg, at, *there, &words::of_mark(chart, at, *place, *value));
            }
        }
    }
    plane.end()
}

/// From zero, unless all numbers are so far from it that their differences would not be seen.
fn scale(chart: &Chart, size: Size) -> Scale {
    let (lowest, highest) = (chart.all().min().unwrap_or_default(), chart.all().max().unwrap_or_default());
    let steps = size.steps().min(5);
    let far = lowest > Decimal::ZERO && lowest != highest && float(lowest) > 0.7 * float(highest);
    if far {
        Scale::around(lowest, highest, steps, chart.is_whole())
    } else {
        Scale::from_zero(chart.all(), steps, chart.is_whole())
    }
}
