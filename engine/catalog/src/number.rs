//! Numbers people use: `OP{yyyy}{mm}-{seq:5}`.

use jiff::civil::Date;

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPattern(pub Vec<Part>);

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Literal(String),
    /// Four digits.
    Year,
    /// Two digits.
    ShortYear,
    /// Two digits.
    Month,
    /// Two digits.
    Day,
    /// The counter, padded to this width.
    Sequence(usize),
}

impl NumberPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A byte offset and what is wrong there: unknown part, no or several `{seq:n}`, unclosed brace.
    pub fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let at = text.len() - rest.len() + open;
            if open > 0 {
                parts.push(Part::Literal(rest[..open].to_owned()));
            }
            let close = rest[open..].find('}').ok_or((at, "`{` without `}`"))?;
            let word = &rest[open + 1..open + close];
            parts.push(match word {
                "yyyy" => Part::Year,
                "yy" => Part::ShortYear,
                "mm" => Part::Month,
                "dd" => Part::Day,
                "seq" => Part::Sequence(1),
                _ => match word.strip_prefix("seq:").and_then(|width| width.parse().ok()) {
                    Some(width @ 1..=18) => Part::Sequence(width),
                    _ => return Err((at, "unknown part; known are yyyy, yy, mm, dd, seq:N")),
                },
            });
            rest = &rest[open + close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        match parts.iter().filter(|part| matches!(part, Part::Sequence(_))).count() {
            1 => Ok(Self(parts)),
            0 => Err((0, "no `{seq:N}`: every record would have the same number")),
            _ => Err((0, "more than one `{seq:N}`")),
        }
    }

    /// The period that `day` falls into: the counter starts again in each.
    pub fn period(&self, day: Date) -> String {
        self.write(day, None)
    }

    /// The number with counter `n` on `day`.
    pub fn format(&self, day: Date, n: u64) -> String {
        self.write(day, Some(n))
    }

    fn write(&self, day: Date, n: Option<u64>) -> String {
        use std::fmt::Write as _;
        let mut out = String::new();
        for part in &self.0 {
            // Writing to a `String` can't fail.
            let _written = match part {
                Part::Literal(text) => write!(out, "{text}"),
                Part::Year => write!(out, "{:04}", day.year()),
                Part::ShortYear => write!(out, "{:02}", day.year() % 100),
                Part::Month => write!(out, "{:02}", day.month()),
                Part::Day => write!(out, "{:02}", day.day()),
                Part::Sequence(width) => match n {
                    Some(n) => write!(out, "{n:0width$}"),
                    None => Ok(()),
                },
            };
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_per_period() {
        let pattern = NumberPattern::parse("OP{yyyy}{mm}-{seq:5}").unwrap();
        let day = jiff::civil::date(2026, 11, 3);
        assert_eq!(pattern.format(day, 42), "OP202611-00042");
        assert_eq!(pattern.period(day), "OP202611-");
        assert!(NumberPattern::parse("OP{yyyy}").is_err());
        assert!(NumberPattern::parse("{week}{seq:2}").is_err());
        assert!(NumberPattern::parse("{seq:2").is_err());
    }
}
