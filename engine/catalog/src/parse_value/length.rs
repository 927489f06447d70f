//! Lengths of time: `4 working hours`, `3 working days`, or clock time such as `1h30m`.

use formwork_model::{length::Length, nearest::nearest, text};

use super::{BadValue, parse_duration, shown};

/// More working hours or days than anybody means.
const MOST: i64 = 100_000;
const UNITS: [&str; 3] = ["working hours", "working days", "working minutes"];

/// Reads `4 working hours`, `30 working minutes`, `3 working days`, or a duration of the clock: `30m`, `4h`, `3d`.
/// `N working days` end with the work of the N-th working day after the day on which they begin.
///
/// # Errors
/// When the text is neither, or nothing of either.
pub fn parse_length(text: &str) -> Result<Length, BadValue> {
    let text = text.trim();
    let length = if text.contains("work") { working(text) } else { Some(Length::seconds(parse_duration(text)?)) };
    length.filter(|length| length.amount > 0).ok_or_else(|| {
        let found = shown(text);
        let mut bad = BadValue::malformed(text!(
            "`{found}` is no length of time; write `4 working hours`, `3 working days` or clock time such as `30m`",
            "`{found}` 不是时长，请写成 `4 working hours`、`3 working days` 或钟表时间如 `30m`"
        ));
        let count: String = text.chars().take_while(|c| c.is_ascii_digit()).collect();
        bad.near = nearest(text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '), UNITS)
            .filter(|_| !count.is_empty() && length.is_none())
            .map(|unit| format!("{count} {unit}"));
        bad
    })
}

fn working(text: &str) -> Option<Length> {
    let mut words = text.split_whitespace();
    let amount: i64 = words.next()?.parse().ok().filter(|amount| (1..=MOST).contains(amount))?;
    if words.next()? != "working" {
        return None;
    }
    let length = match words.next()? {
        "minutes" | "minute" => Length::working_seconds(amount * 60),
        "hours" | "hour" => Length::working_seconds(amount * 3_600),
        "days" | "day" => Length::working_days(amount),
        _ => return None,
    };
    words.next().is_none().then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_units_and_clock_time_are_read() {
        let cases = [
            ("4 working hours", Length::working_seconds(14_400)),
            ("1 working hour", Length::working_seconds(3_600)),
            (" 30  working minutes ", Length::working_seconds(1_800)),
            ("3 working days", Length::working_days(3)),
            ("30m", Length::seconds(1_800)),
            ("1h30m", Length::seconds(5_400)),
            ("3d", Length::seconds(259_200)),
        ];
        for (text, length) in cases {
            assert_eq!(parse_length(text), Ok(length), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_is_refused_with_what_was_probably_meant() {
        for text in ["", "0h", "-3h", "0 working days", "4 working", "working hours", "4 workdays", "1.5 working hours"]
        {
            assert!(parse_length(text).is_err(), "{text}");
        }
        let near = |text: &str| parse_length(text).unwrap_err().near;
        assert_eq!(near("4 workin hours").as_deref(), Some("4 working hours"));
        assert_eq!(near("3 working dayz").as_deref(), Some("3 working days"));
    }
}
