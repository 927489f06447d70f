//! Which series looks how.

use super::{Chart, Size};
use crate::svg::{Anchor, Area, Svg, shortened, width};

/// Height of a row.
const ROW: f64 = 19.0;
/// Size of its words.
pub(super) const WORDS: f64 = 12.0;

/// How a series is shown in the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    /// A box filled as its areas are.
    Box,
    /// A piece of its line.
    Line,
}

/// Names every series in rows from the top, when there are several, and says where the rows end.
pub(super) fn draw(svg: &mut Svg, chart: &Chart, size: Size, sample: Sample) -> f64 {
    if chart.series.len() < 2 {
        return 4.0;
    }
    let names = chart.series.iter().map(|series| series.label.as_str());
    rows(svg, size, sample, names)
}

/// As [`draw`], of these names.
pub(super) fn rows<'n>(svg: &mut Svg, size: Size, sample: Sample, names: impl Iterator<Item = &'n str>) -> f64 {
    let (mut x, mut y) = (4.0, 2.0);
    let room = (size.wide() - 40.0).min(200.0);
    for (at, name) in names.enumerate() {
        let text = shortened(name, WORDS, room);
        let taken = 24.0 + width(&text, WORDS);
        if x > 4.0 && x + taken > size.wide() - 4.0 {
            (x, y) = (4.0, y + ROW);
        }
        match sample {
            Sample::Box => svg.mark(at, Area { x, y, wide: 13.0, high: 13.0 }, ""),
            Sample::Line => {
                svg.line(&super::line::class(at), (x - 2.0, y + 6.5), (x + 15.0, y + 6.5));
                super::line::point(svg, at, (x + 6.5, y + 6.5), "");
            }
        }
        svg.text("", (x + 19.0, y + 11.0), Anchor::Start, &text, name);
        x += taken + 14.0;
    }
    y + ROW + 5.0
}
