//! Parts of a whole, of the first series: the largest few and the rest, each with its name and share beside it.

use std::f64::consts::TAU;

use formwork_model::text;
use rust_decimal::Decimal;

use super::{Chart, Size, Unit, plane};
use crate::{
    number::{full, short as in_few},
    scale::float,
    svg::{Anchor, Area, Svg, short, shortened, width},
};

/// Parts that have a place of their own.
const MOST: usize = 9;
/// Height of a row of the list beside.
const ROW: f64 = 23.0;

/// A part, with its name.
struct Part {
    name: String,
    value: Decimal,
}

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let (parts, negative) = parts(chart);
    let whole = parts.iter().fold(Decimal::ZERO, |sum, part| sum.saturating_add(part.value));
    let top = plane::above(svg, plane::caption(chart).as_deref(), 4.0);
    let radius: f64 = if size == Size::Small { 84.0 } else { 104.0 };
    let list = parts.len() as f64 * ROW;
    let beside = size != Size::Small;
    let high = if beside { (radius * 2.0 + 12.0).max(list + 8.0) } else { radius * 2.0 + 14.0 + list };
    // As wide as the longest name needs, so that a number is found beside it.
    let widest = parts.iter().map(|part| width(&part.name, 12.0)).fold(0.0, f64::max);
    let across = (radius * 2.0 + widest + 220.0).min(size.wide());
    let left = (size.wide() - across) / 2.0;
    let (x, y) =
        if beside { (left + radius + 16.0, top + high / 2.0) } else { (size.wide() / 2.0, top + radius + 2.0) };
    let mut from = 0.0;
    for (at, part) in parts.iter().enumerate() {
        let share = float(part.value) / float(whole);
        svg.slice(at, &sector((x, y), radius, (from, from + share)), &said(chart, part, whole));
        from += share;
    }
    if parts.len() > 1 {
        let edges = parts.iter().scan(0.0, |sum: &mut f64, part| {
            *sum += float(part.value) / float(whole);
            Some(*sum)
        });
        for edge in edges {
            svg.line("edge", (x, y), on_circle((x, y), radius, edge));
        }
    }
    let unit = chart.unit(0, 0);
    let text = in_few(whole, &unit, chart.language);
    svg.path("hole", &sector((x, y), radius * 0.56, (0.0, 1.0)), "");
    svg.text("total", (x, y + 7.0), Anchor::Middle, &text, &full(whole, &unit, chart.language));
    let start = if beside { (x + radius + 34.0, y - list / 2.0) } else { (8.0, y + radius + 14.0) };
    let end = if beside { left + across - 8.0 } else { size.wide() - 8.0 };
    rows(svg, chart, &parts, whole, (start, end));
    let high = top + high + 4.0;
    if negative == 0 {
        return high;
    }
    let note = text!("{negative} below zero left out", "未计入 {negative} 项负数");
    svg.text("faint", (4.0, high + 12.0), Anchor::Start, note.get(chart.language), "");
    high + 18.0
}

/// The list of the parts: name, number, share.
fn rows(svg: &mut Svg, chart: &Chart, parts: &[Part], whole: Decimal, ((x, y), end): ((f64, f64), f64)) {
    let numbers: Vec<String> = parts.iter().map(|part| in_few(part.value, &chart.unit(0, 0), chart.language)).collect();
    let widest = numbers.iter().map(|text| width(text, 12.0)).fold(0.0, f64::max);
    for (at, (part, number)) in parts.iter().zip(&numbers).enumerate() {
        let y = y + ROW * at as f64 + 4.0;
        svg.mark(at, Area { x, y, wide: 13.0, high: 13.0 }, "");
        let room = end - x - 20.0 - widest - 58.0;
        svg.text("", (x + 20.0, y + 11.0), Anchor::Start, &shortened(&part.name, 12.0, room), &part.name);
        svg.text("faint", (end - 52.0, y + 11.0), Anchor::End, number, "");
        svg.text("number", (end, y + 11.0), Anchor::End, &share(chart, part, whole), "");
    }
}

fn share(chart: &Chart, part: &Part, whole: Decimal) -> String {
    let part = part.value.checked_div(whole).and_then(|part| part.checked_mul(Decimal::ONE_HUNDRED));
    full(part.unwrap_or_default(), &Unit::Percent, chart.language)
}

fn said(chart: &Chart, part: &Part, whole: Decimal) -> String {
    let number = full(part.value, &chart.unit(0, 0), chart.language);
    format!("{} · {number} · {}", part.name, share(chart, part, whole))
}

/// The largest parts from the largest to the smallest and the rest in one; and how many are below zero.
fn parts(chart: &Chart) -> (Vec<Part>, usize) {
    let mut all = chart.first();
    let negative = all.iter().filter(|(_, value)| value.is_sign_negative() && !value.is_zero()).count();
    all.retain(|(_, value)| *value > Decimal::ZERO);
    all.sort_by_key(|(at, value)| (std::cmp::Reverse(*value), *at));
    let rest = if all.len() > MOST { all.split_off(MOST - 1) } else { Vec::new() };
    let mut parts: Vec<Part> =
        all.into_iter().map(|(at, value)| Part { name: chart.heading(at).to_owned(), value }).collect();
    if !rest.is_empty() {
        let n = rest.len();
        let name = text!("{n} others", "其余 {n} 项").get(chart.language).to_owned();
        parts.push(Part { name, value: rest.iter().fold(Decimal::ZERO, |sum, (_, value)| sum.saturating_add(*value)) });
    }
    (parts, negative)
}

/// A point of a circle, from the top with the clock; 1 is once around.
fn on_circle((x, y): (f64, f64), radius: f64, part: f64) -> (f64, f64) {
    let angle = part * TAU;
    (x + radius * angle.sin(), y - radius * angle.cos())
}

/// A piece of a disc between two parts of the way around.
fn sector(centre: (f64, f64), radius: f64, (from, to): (f64, f64)) -> String {
    let r = short(radius);
    let arc = |part: f64, large: bool| {
        let (x, y) = on_circle(centre, radius, part);
        format!("A{r} {r} 0 {} 1 {} {}", i32::from(large), short(x), short(y))
    };
    let (x, y) = on_circle(centre, radius, from);
    if to - from > 0.9995 {
        // An arc that ends where it begins is none.
        return format!("M{} {}{}{}z", short(x), short(y), arc(from + 0.5, false), arc(from + 1.0, false));
    }
    let (cx, cy) = (short(centre.0), short(centre.1));
    format!("M{cx} {cy}L{} {}{}z", short(x), short(y), arc(to, to - from > 0.5))
}
