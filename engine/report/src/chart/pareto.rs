//! The numbers of the first series from the largest to the smallest, and a line of how much of the whole they come to:
//! the few that make up most of it stand before the line of 80%.

use formwork_model::text;
use rust_decimal::Decimal;

use super::{
    Chart, Series, Size, Unit, legend,
    plane::{self, Plane, Wish},
    words,
};
use crate::{
    number::full,
    scale::{Scale, float},
    svg::{Anchor, Svg, short},
};

/// Bars that are drawn; the rest is one more.
const MOST: usize = 40;
/// The line looks like that of this series.
const LINE: usize = 2;
/// How much of the whole the few are asked to make up.
const MARK: f64 = 80.0;

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let sorted = &sorted(chart);
    let values: Vec<(usize, Decimal)> = sorted.first();
    let whole = values.iter().fold(Decimal::ZERO, |sum, (_, value)| sum.saturating_add(*value));
    let share = text!("Share of all, cumulative", "累计占比").get(chart.language).to_owned();
    let names = [sorted.series.first().map_or("", |series| series.label.as_str()), share.as_str()];
    let top = legend_of(svg, size, names);
    let order: Vec<usize> = (0..sorted.headings.len()).collect();
    let wish = Wish {
        order: &order,
        scale: Scale::from_zero(sorted.all(), 5, sorted.is_whole()),
        beside: 1,
        number: plane::widest(sorted),
        right: 40.0,
        top,
        // The legend names the bars.
        caption: sorted.unit(0, 0).sign(),
    };
    let plane = Plane::draw(svg, sorted, size, wish);
    let mut sum = Decimal::ZERO;
    let (mut points, mut numbers) = (Vec::new(), Vec::new());
    for (place, value) in values {
        let middle = place as f64 + 0.5;
        let half = (0.37_f64).min(32.0 / plane.slot());
        let area = plane.bar((middle - half, middle + half), (0.0, float(value)));
        svg.mark(0, area, &words::of_mark(sorted, 0, place, value));
        numbers.push((area, words::in_short(sorted, 0, place, value)));
        sum = sum.saturating_add(value);
        let part = sum.checked_div(whole).and_then(|part| part.checked_mul(Decimal::ONE_HUNDRED)).unwrap_or_default();
        points.push((of_whole(&plane, middle, float(part)), place, part));
    }
    marks(svg, &plane);
    let path: Vec<String> = points.iter().map(|((x, y), ..)| format!("{} {}", short(*x), short(*y))).collect();
    let path = format!("M{}", path.join("L"));
    // A line of paper below it, so that it is seen on the bars too.
    svg.path("under", &path, "");
    svg.path(&super::line::class(LINE), &path, "");
    for (place, at, part) in points {
        let said = format!("{} · {share}: {}", sorted.heading(at), full(part, &Unit::Percent, chart.language));
        super::line::point(svg, LINE, place, &said);
    }
    for (area, text) in numbers.iter().filter(|_| plane.numbers) {
        plane::number(svg, &plane, *area, text, false);
    }
    plane.end()
}

/// The bars have a box in the legend, the line a line.
fn legend_of(svg: &mut Svg, size: Size, [bars, line]: [&str; 2]) -> f64 {
    let top = legend::rows(svg, size, legend::Sample::Box, [bars].into_iter());
    let x = 50.0 + crate::svg::width(bars, legend::WORDS);
    super::line::point(svg, LINE, (x + 6.5, 8.5), "");
    svg.line(&super::line::class(LINE), (x - 2.0, 8.5), (x + 15.0, 8.5));
    svg.text("", (x + 21.0, 13.0), Anchor::Start, line, "");
    top
}

/// Where a part of the whole lies: 0 to 100 along the same length as the numbers.
fn of_whole(plane: &Plane, at: f64, percent: f64) -> (f64, f64) {
    let area = plane.area();
    let (x, y) = plane.point(at, 0.0);
    let part = percent / 100.0;
    if plane.lying { (area.x + area.wide * part, y) } else { (x, area.y + area.high * (1.0 - part)) }
}

/// The other axis, of the parts.
fn marks(svg: &mut Svg, plane: &Plane) {
    let area = plane.area();
    for percent in [0.0, 20.0, 40.0, 60.0, MARK, 100.0] {
        let text = format!("{percent}%");
        let (x, y) = of_whole(plane, 0.0, percent);
        match (plane.lying, percent == MARK) {
            (true, true) => svg.line("mark", (x, area.y), (x, area.y + area.high)),
            (false, true) => svg.line("mark", (area.x, y), (area.x + area.wide, y)),
            _ => {}
        }
        if !plane.lying {
            svg.text("faint", (area.x + area.wide + 6.0, y + 4.0), Anchor::Start, &text, "");
        } else if percent == MARK {
            svg.text("faint", (x, area.y - 3.0), Anchor::Middle, &text, "");
        }
    }
}

/// The chart from the largest number to the smallest; nothing that takes away from the whole is part of it, and what is
/// too much is one heading at the end.
fn sorted(chart: &Chart) -> Chart {
    let mut all: Vec<(usize, Decimal)> = chart.first();
    all.retain(|(_, value)| *value > Decimal::ZERO);
    all.sort_by_key(|(at, value)| (std::cmp::Reverse(*value), *at));
    let rest = if all.len() > MOST { all.split_off(MOST - 1) } else { Vec::new() };
    let mut headings: Vec<String> = all.iter().map(|(at, _)| chart.heading(*at).to_owned()).collect();
    let mut values: Vec<Option<Decimal>> = all.iter().map(|(_, value)| Some(*value)).collect();
    if !rest.is_empty() {
        let n = rest.len();
        headings.push(text!("{n} others", "其余 {n} 项").get(chart.language).to_owned());
        values.push(Some(rest.iter().fold(Decimal::ZERO, |sum, (_, value)| sum.saturating_add(*value))));
    }
    let series = chart.series.first();
    let series = series.map(|series| Series { values, ..series.clone() }).into_iter().collect();
    Chart { headings, series, in_time: false, measures: Vec::new(), ..chart.clone() }
}
