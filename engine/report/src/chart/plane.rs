//! The plane that bars and lines lie on: headings along one side, numbers along the other. It stands, headings below,
//! or lies, headings on the left, when their names would not fit below.

use super::{Chart, Size, words};
use crate::{
    number::along,
    scale::{Scale, float},
    svg::{Anchor, Area, Svg, in_two, shortened, width},
};

/// Size of the words along the sides.
const WORDS: f64 = 11.5;
/// Height of a line of them.
const LINE: f64 = 14.0;

/// What a plane is made for.
#[derive(Debug)]
pub(super) struct Wish<'w> {
    /// The headings in the order in which they are drawn.
    pub(super) order: &'w [usize],
    /// The lowest and highest number.
    pub(super) scale: Scale,
    /// Bars beside each other at a heading; 0 for lines, which always stand.
    pub(super) beside: usize,
    /// The widest number that is written at the end of a bar; 0 when none is.
    pub(super) number: f64,
    /// Room that is kept free on the right.
    pub(super) right: f64,
    /// Where the drawing begins.
    pub(super) top: f64,
    /// What the numbers are of, in words above them.
    pub(super) caption: Option<String>,
}

/// A plane with its places.
#[derive(Debug)]
pub(super) struct Plane {
    area: Area,
    pub(super) lying: bool,
    /// Whether there is room for a number at each bar.
    pub(super) numbers: bool,
    slots: f64,
    scale: Scale,
    /// Height of the names or numbers below.
    below: f64,
}

impl Plane {
    /// Draws the sides, and says where everything is.
    pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size, wish: Wish<'_>) -> Self {
        let count = wish.order.len().max(1) as f64;
        let unit = chart.series.first().map(|series| series.unit.clone()).unwrap_or_default();
        let largest = wish.scale.largest();
        let ticks: Vec<(f64, String)> = (wish.scale.ticks.iter())
            .map(|tick| (float(*tick), along(*tick, largest, &unit, chart.language)))
            .collect();
        let left = ticks.iter().map(|(_, text)| width(text, WORDS)).fold(0.0, f64::max) + 12.0;
        let slot = (size.wide() - left - wish.right - 6.0) / count;
        let names: Vec<&str> = wish.order.iter().map(|at| chart.heading(*at)).collect();
        let fitting: Option<Vec<Vec<String>>> = names.iter().map(|name| in_two(name, WORDS, slot - 5.0)).collect();
        let bar = slot * 0.74 / wish.beside.max(1) as f64;
        let lying = wish.beside > 0 && !chart.in_time && (fitting.is_none() || bar < 4.0);
        let top = above(svg, wish.caption.as_deref(), wish.top);
        if lying {
            return Self::lie(svg, size, &names, &ticks, wish, top);
        }
        let lines = fitting.as_ref().map_or(1, |lines| lines.iter().map(Vec::len).max().unwrap_or(1));
        let area = Area { x: left, y: top + 8.0, wide: size.wide() - left - wish.right - 6.0, high: size.high() };
        let numbers = wish.number > 0.0 && wish.number + 4.0 <= slot;
        let plane = Self { area, lying: false, numbers, slots: count, scale: wish.scale, below: 0.0 };
        for (tick, text) in &ticks {
            let (_, y) = plane.point(0.0, *tick);
            let class = if *tick == 0.0 { "zero" } else { "rule" };
            svg.line(class, (area.x, y), (area.x + area.wide, y));
            svg.text("faint", (area.x - 7.0, y + 4.0), Anchor::End, text, "");
        }
        // The number of a bar that hangs down to the end of the plane stands between it and the names.
        let hanging = if numbers && plane.scale.lowest < 0.0 { LINE } else { 0.0 };
        let below = area.y + area.high + hanging + LINE;
        match fitting {
            Some(lines) => {
                for (at, lines) in lines.iter().enumerate() {
                    let (x, _) = plane.point(at as f64 + 0.5, 0.0);
                    for (line, text) in lines.iter().enumerate() {
                        svg.text("", (x, below + LINE * line as f64), Anchor::Middle, text, "");
                    }
                }
            }
            None => plane.some_names(svg, &names, below),
        }
        Self { below: hanging + LINE * lines as f64 + 8.0, ..plane }
    }

    /// Every second, third, … name, so that they do not meet.
    fn some_names(&self, svg: &mut Svg, names: &[&str], y: f64) {
        let slot = self.area.wide / self.slots;
        let room = (self.area.wide / 3.0).min(110.0);
        let widest = names.iter().map(|name| width(name, WORDS).min(room)).fold(0.0, f64::max) + 10.0;
        let each = (widest / slot).ceil().max(1.0) as usize;
        for (at, name) in names.iter().enumerate().filter(|(at, _)| at.is_multiple_of(each)) {
            let (x, _) = self.point(at as f64 + 0.5, 0.0);
            let text = shortened(name, WORDS, room);
            // The first and the last stay inside.
            let half = width(&text, WORDS) / 2.0;
            let x = x.clamp(half + 2.0, (self.area.x + self.area.wide + 4.0 - half).max(half + 2.0));
            svg.text("", (x, y), Anchor::Middle, &text, name);
        }
    }

    /// The plane with headings on the left, as high as they need.
    fn lie(svg: &mut Svg, size: Size, names: &[&str], ticks: &[(f64, String)], wish: Wish<'_>, top: f64) -> Self {
        let room = size.wide() * if size == Size::Small { 0.34 } else { 0.26 };
        let left = names.iter().map(|name| width(name, WORDS)).fold(0.0, f64::max).min(room) + 10.0;
        let number = if wish.number > 0.0 { wish.number + 8.0 } else { 8.0 };
        let before = if wish.scale.lowest < 0.0 && wish.number > 0.0 { number } else { 0.0 };
        let slot = if wish.beside < 2 { 24.0 } else { wish.beside as f64 * 9.0 + 10.0 };
        let area = Area {
            x: left + before,
            y: top + 4.0,
            wide: size.wide() - left - before - number.max(wish.right),
            high: slot * wish.order.len() as f64,
        };
        let slots = wish.order.len() as f64;
        let plane = Self { area, lying: true, numbers: wish.number > 0.0, slots, scale: wish.scale, below: LINE + 8.0 };
        let mut last = f64::MIN;
        for (tick, text) in ticks {
            let (x, _) = plane.point(0.0, *tick);
            let class = if *tick == 0.0 { "zero" } else { "rule" };
            svg.line(class, (x, area.y), (x, area.y + area.high));
            let half = width(text, WORDS) / 2.0;
            if x - half > last {
                let x = x.min(size.wide() - half);
                svg.text("faint", (x, area.y + area.high + LINE), Anchor::Middle, text, "");
                last = x + half + 8.0;
            }
        }
        for (at, name) in names.iter().enumerate() {
            let y = area.y + slot * (at as f64 + 0.5) + 4.0;
            svg.text("", (left - 8.0, y), Anchor::End, &shortened(name, WORDS, left - 10.0), name);
        }
        plane
    }

    /// Where the drawing ends.
    pub(super) fn end(&self) -> f64 {
        self.area.y + self.area.high + self.below
    }

    /// Where a number lies at a place along the headings, in headings.
    pub(super) fn point(&self, at: f64, value: f64) -> (f64, f64) {
        let (area, part) = (self.area, self.scale.part(value));
        if self.lying {
            (area.x + area.wide * part, area.y + area.high * at / self.slots)
        } else {
            (area.x + area.wide * at / self.slots, area.y + area.high * (1.0 - part))
        }
    }

    /// The area of a bar between two places along the headings and two numbers.
    pub(super) fn bar(&self, places: (f64, f64), values: (f64, f64)) -> Area {
        let (one, other) = (self.point(places.0, values.0), self.point(places.1, values.1));
        Area {
            x: one.0.min(other.0),
            y: one.1.min(other.1),
            wide: (one.0 - other.0).abs(),
            high: (one.1 - other.1).abs(),
        }
    }

    /// How wide a heading is, in units of the drawing.
    pub(super) fn slot(&self) -> f64 {
        (if self.lying { self.area.high } else { self.area.wide }) / self.slots
    }

    pub(super) fn area(&self) -> Area {
        self.area
    }
}

/// What the numbers of a chart are of: the measure with its unit, or the unit of all where a legend has their names.
pub(super) fn caption(chart: &Chart) -> Option<String> {
    let first = chart.series.first()?;
    match chart.series.len() {
        1 => Some(words::with_unit(&first.label, &first.unit)),
        _ => first.unit.sign().filter(|_| chart.series.iter().all(|series| series.unit == first.unit)),
    }
}

/// Writes what the numbers are of; gives where what follows begins.
pub(super) fn above(svg: &mut Svg, said: Option<&str>, top: f64) -> f64 {
    let Some(said) = said else { return top };
    svg.text("faint", (4.0, top + 9.0), Anchor::Start, said, "");
    top + 18.0
}

/// The widest of the numbers of the first series, as they are written at the ends of bars.
pub(super) fn widest(chart: &Chart) -> f64 {
    let numbers = chart.first().into_iter().map(|(at, value)| words::in_short(chart, 0, at, value));
    numbers.map(|text| width(&text, WORDS)).fold(0.0, f64::max)
}

/// Writes a number at the end of a bar.
pub(super) fn number(svg: &mut Svg, plane: &Plane, area: Area, text: &str, is_negative: bool) {
    let place = match (plane.lying, is_negative) {
        (true, false) => ((area.x + area.wide + 5.0, area.y + area.high / 2.0 + 4.0), Anchor::Start),
        (true, true) => ((area.x - 5.0, area.y + area.high / 2.0 + 4.0), Anchor::End),
        (false, false) => ((area.x + area.wide / 2.0, area.y - 5.0), Anchor::Middle),
        (false, true) => ((area.x + area.wide / 2.0, area.y + area.high + 12.0), Anchor::Middle),
    };
    svg.text("number", place.0, place.1, text, "");
}
