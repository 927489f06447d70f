//! Stages one below the other, of the first series, as wide as their numbers; between them what is left of the one
//! before.

use formwork_model::text;
use rust_decimal::Decimal;

use super::{Chart, Size, Unit, plane, words};
use crate::{
    number::full,
    scale::float,
    svg::{Anchor, Area, Svg, shortened, width},
};

/// Height of a stage, and of what is between two.
const HIGH: (f64, f64) = (34.0, 22.0);

pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size) -> f64 {
    let top = plane::above(svg, plane::caption(chart).as_deref(), 4.0);
    let values = chart.first();
    let largest = values.iter().map(|(_, value)| float(*value)).fold(0.0, f64::max);
    let room = size.wide() * if size == Size::Small { 0.32 } else { 0.22 };
    let widest = values.iter().map(|(at, _)| width(chart.heading(*at), 12.0)).fold(0.0, f64::max);
    let left = widest.min(room) + 14.0;
    // The bars stand around one middle; the number is inside where there is room, else on the right.
    let room = size.wide() - left - 10.0;
    let across = room.min(760.0);
    let left = left + (room - across) / 2.0;
    let middle = left + across / 2.0;
    let mut y = top;
    let mut before: Option<Decimal> = None;
    for (place, (at, value)) in values.iter().enumerate() {
        if let Some(before) = before {
            rate(svg, chart, (middle, y), before, *value);
            y += HIGH.1;
        }
        let wide = if largest > 0.0 { (across * float(*value) / largest).max(2.0) } else { 2.0 };
        let area = Area { x: middle - wide / 2.0, y, wide, high: HIGH.0 };
        svg.area(&format!("stage f{}", place.min(7)), area, &words::of_mark(chart, 0, *at, *value));
        let text = words::in_short(chart, 0, *at, *value);
        let line = y + HIGH.0 / 2.0 + 4.5;
        if width(&text, 13.0) + 14.0 < wide {
            svg.text("on", (middle, line), Anchor::Middle, &text, "");
        } else {
            svg.text("number", (middle + wide / 2.0 + 6.0, line), Anchor::Start, &text, "");
        }
        let name = chart.heading(*at);
        svg.text("", (left - 12.0, line), Anchor::End, &shortened(name, 12.0, left - 14.0), name);
        y += HIGH.0;
        before = Some(*value);
    }
    y + 8.0
}

/// What is left of the stage before.
fn rate(svg: &mut Svg, chart: &Chart, (x, y): (f64, f64), before: Decimal, value: Decimal) {
    let part = value.checked_div(before).and_then(|part| part.checked_mul(Decimal::ONE_HUNDRED));
    let Some(part) = part else { return };
    let rate = full(part, &Unit::Percent, chart.language);
    let said = text!("{rate} of the stage before", "上一阶段的 {rate}");
    svg.text("faint", (x, y + HIGH.1 / 2.0 + 4.0), Anchor::Middle, &format!("↓ {rate}"), said.get(chart.language));
}
