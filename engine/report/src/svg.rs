//! Shapes as text. Colours are classes, so that light, dark and paper differ in the style sheet alone; nothing has a
//! style of its own, which the policy of the pages would not show.

/// How wide a text is, about, at a size: a Chinese character is as wide as it is high.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | '\'' | '|' | ' ' => 0.3,
        'm' | 'w' | 'M' | 'W' | '%' => 0.88,
        'A'..='Z' => 0.66,
        c if c.is_ascii() => 0.56,
        'À'..='ʯ' | '¥' | '€' | '£' | '–' => 0.6,
        _ => 1.0,
    };
    text.chars().map(|c| of(c) * size).sum()
}

/// As much of a text as there is room for.
pub(crate) fn shortened(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if width(&out, size) + size * 0.9 > room {
            out.pop();
            break;
        }
    }
    format!("{}…", out.trim_end())
}

/// A text in one or two lines that fit, or none when it would be cut.
pub(crate) fn in_two(text: &str, size: f64, room: f64) -> Option<Vec<String>> {
    if width(text, size) <= room {
        return Some(vec![text.to_owned()]);
    }
    let places = text.char_indices().map(|(at, _)| at).skip(1).filter(|at| {
        let before = text.get(..*at).and_then(|part| part.chars().next_back());
        let after = text.get(*at..).and_then(|part| part.chars().next());
        // Words stay whole; between Chinese characters a line may end anywhere, but none begins with what closes and
        // none ends with what opens.
        let is_wide = |c: char| width(&c.to_string(), 1.0) >= 1.0;
        let ends = before.is_some_and(|c| matches!(c, ' ' | '-') || is_wide(c));
        let begins = after.is_some_and(|c| c == ' ' || is_wide(c));
        let joins =
            before.is_some_and(|c| "（【「《(".contains(c)) || after.is_some_and(|c| "）】」》，。、：；".contains(c));
        (ends || begins) && !joins
    });
    let fits = |at: usize| {
        let (first, second) = (text.get(..at)?.trim(), text.get(at..)?.trim());
        let longer = width(first, size).max(width(second, size));
        (longer <= room).then(|| (longer, vec![first.to_owned(), second.to_owned()]))
    };
    places.filter_map(fits).min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, lines)| lines)
}

/// A place with at most one digit behind the point.
pub(crate) fn short(place: f64) -> String {
    let text = format!("{place:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A text between tags or in an attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) wide: f64,
    pub(crate) high: f64,
}

/// On which side of its place a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// A drawing that grows.
#[derive(Debug)]
pub(crate) struct Svg {
    out: String,
    /// What the names inside begin with, so that several drawings of a page do not meet.
    id: String,
    /// The series that a pattern is needed for.
    patterns: Vec<usize>,
}

/// Colours before they begin again, and ways of hatching.
const COLOURS: usize = 8;

/// How an area of a series is hatched: no two of the first sixty look alike even without colour beside each other.
fn hatch(series: usize) -> Option<&'static str> {
    let kind = (series + series / COLOURS) % COLOURS;
    Some(match kind {
        0 => return None,
        1 => "M-2 2l4-4M0 8l8-8M6 10l4-4",
        2 => "M1 2h2M5 6h2",
        3 => "M-2 6l4 4M0 0l8 8M6-2l4 4",
        4 => "M0 4h8",
        5 => "M4 0v8",
        6 => "M0 8l8-8M0 0l8 8",
        _ => "M0 2h8M2 0v8",
    })
}

impl Svg {
    pub(crate) fn new(id: &str) -> Self {
        Self { out: String::new(), id: id.to_owned(), patterns: Vec::new() }
    }

    /// Class and fill of an area of a series.
    fn paint(&mut self, series: usize) -> String {
        if hatch(series).is_none() {
            return format!("class=\"c{}\"", series % COLOURS);
        }
        if !self.patterns.contains(&series) {
            self.patterns.push(series);
        }
        format!("fill=\"url(#{}-p{series})\"", self.id)
    }

    fn shape(&mut self, shape: &str, said: &str) {
        if said.is_empty() {
            self.out.push_str(&format!("<{shape}/>"));
            return;
        }
        let name = shape.split(' ').next().unwrap_or_default();
        self.out.push_str(&format!("<{shape}><title>{}</title></{name}>", escaped(said)));
    }

    /// An area of a series; `said` is what a pointer over it is told.
    pub(crate) fn mark(&mut self, series: usize, area: Area, said: &str) {
        let paint = self.paint(series);
        self.shape(&format!("rect {paint} {} rx=\"1.5\"", places(area)), said);
    }

    /// A box of a class.
    pub(crate) fn area(&mut self, class: &str, area: Area, said: &str) {
        self.shape(&format!("rect class=\"{class}\" {}", places(area)), said);
    }

    /// A shape of a series.
    pub(crate) fn slice(&mut self, series: usize, path: &str, said: &str) {
        let paint = self.paint(series);
        self.shape(&format!("path {paint} d=\"{path}\""), said);
    }

    /// A shape of a class.
    pub(crate) fn path(&mut self, class: &str, path: &str, said: &str) {
        self.shape(&format!("path class=\"{class}\" d=\"{path}\""), said);
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let path = format!("M{} {}L{} {}", short(from.0), short(from.1), short(to.0), short(to.1));
        self.path(class, &path, "");
    }

    /// A text; `whole` is told to a pointer when the text had to be cut.
    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str, whole: &str) {
        let title = if whole == text || whole.is_empty() {
            String::new()
        } else {
            format!("<title>{}</title>", escaped(whole))
        };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        self.out.push_str(&format!(
            "<text{class} x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}{title}</text>",
            short(x),
            short(y),
            anchor.word(),
            escaped(text)
        ));
    }

    /// The whole drawing, of a class, with its name and what it shows in words.
    pub(crate) fn finish(self, class: &str, (wide, high): (f64, f64), title: &str, words: &str) -> String {
        let id = &self.id;
        let patterns = self.patterns.iter().filter_map(|series| {
            let path = hatch(*series)?;
            let colour = series % COLOURS;
            Some(format!(
                "<pattern id=\"{id}-p{series}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">\
                 <path class=\"c{colour}\" d=\"M0 0h8v8H0z\"/><path class=\"hatch\" d=\"{path}\"/></pattern>"
            ))
        });
        let patterns: String = patterns.collect();
        let defs = if patterns.is_empty() { String::new() } else { format!("<defs>{patterns}</defs>") };
        format!(
            "<svg class=\"plot {class}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
             <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>{defs}{}</svg>",
            short(wide),
            short(high),
            escaped(title),
            escaped(words),
            self.out
        )
    }
}

fn places(area: Area) -> String {
    let size = |length: f64| short(length.max(0.0));
    format!(
        "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
        short(area.x),
        short(area.y),
        size(area.wide),
        size(area.high)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_there_is_no_room_and_broken_where_they_may_be() {
        assert_eq!(shortened("华东大区销售一部", 12.0, 60.0), "华东大区…");
        assert_eq!(shortened("East", 12.0, 60.0), "East");
        assert_eq!(in_two("华东大区销售一部", 12.0, 50.0), Some(vec!["华东大区".into(), "销售一部".into()]));
        assert_eq!(in_two("North America", 12.0, 50.0), Some(vec!["North".into(), "America".into()]));
        assert_eq!(in_two("2026-01", 12.0, 36.0), Some(vec!["2026-".into(), "01".into()]));
        assert_eq!(in_two("销售（西南）", 12.0, 50.0), Some(vec!["销售".into(), "（西南）".into()]));
        assert_eq!(in_two("Incomprehensible", 12.0, 50.0), None);
    }

    #[test]
    fn what_people_typed_is_no_markup() {
        let mut svg = Svg::new("x");
        svg.text("", (0.0, 0.0), Anchor::Start, "<b>&\"", "");
        assert!(svg.finish("s", (1.0, 1.0), "<i>", "\"").contains("&lt;b&gt;&amp;&quot;"));
    }

    #[test]
    fn neighbouring_series_differ_without_colour() {
        for series in 0..60 {
            assert_ne!(hatch(series), hatch(series + 1), "{series}");
        }
    }
}
