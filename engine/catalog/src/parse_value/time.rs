//! Dates, instants and durations.

use formwork_model::{field_type::FieldType, text};
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
};

use super::{BadValue, ParseContext, shown};

/// Reads `2026-03-01`, `2026/3/1` or `20260301`.
///
/// # Errors
/// When the text is no day of the calendar.
pub fn parse_date(text: &str) -> Result<Date, BadValue> {
    date(text.trim()).ok_or_else(|| {
        let found = shown(text);
        BadValue::malformed(text!(
            "`{found}` is no date; write `2026-03-01`",
            "`{found}` 不是日期，请写成 `2026-03-01`"
        ))
    })
}

fn date(text: &str) -> Option<Date> {
    let number = |part: &str, most: usize| {
        (!part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i16>().ok())
            .flatten()
    };
    let (year, month, day) = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        (text.get(..4)?, text.get(4..6)?, text.get(6..)?)
    } else {
        let separator = if text.contains('/') { '/' } else { '-' };
        let mut parts = text.split(separator);
        let found = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || found.0.len() != 4 {
            return None;
        }
        found
    };
    let year = number(year, 4).filter(|year| *year > 0)?;
    Date::new(year, number(month, 2)?.try_into().ok()?, number(day, 2)?.try_into().ok()?).ok()
}

/// RFC 3339, or a day and time in the book's zone, or a day: its first moment there. Kept to the millisecond.
pub(super) fn instant(text: &str, context: &ParseContext) -> Result<Timestamp, BadValue> {
    let malformed = || {
        let found = shown(text);
        BadValue::malformed(text!(
            "`{found}` is no date and time; write `2026-03-01T09:00` or `2026-03-01T09:00:00+08:00`",
            "`{found}` 不是日期时间，请写成 `2026-03-01T09:00` 或 `2026-03-01T09:00:00+08:00`"
        ))
    };
    if text.len() > 64 {
        return Err(malformed());
    }
    let found = match text.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => {
            let civil = civil(text).ok_or_else(malformed)?;
            context.zone.to_timestamp(civil).map_err(|_| malformed())?
        }
    };
    Timestamp::from_millisecond(found.as_millisecond()).map_err(|_| malformed())
}

fn civil(text: &str) -> Option<DateTime> {
    let Some((day, time)) = text.split_once(['T', 't', ' ']) else {
        return Some(date(text)?.to_datetime(Time::midnight()));
    };
    Some(date(day)?.to_datetime(time.trim().parse::<Time>().ok()?))
}

/// Reads `1h30m`, `90s`, `2d` (48 hours of clock time), `1w` or ISO 8601 `PT4H`, as seconds.
///
/// # Errors
/// When the text is no duration, or longer than about 300,000 years.
pub fn parse_duration(text: &str) -> Result<i64, BadValue> {
    let text = text.trim();
    seconds(text).ok_or_else(|| {
        let mut bad = BadValue::expected(&FieldType::Duration, text);
        if !text.is_empty() && text.len() < 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            bad.near = Some(format!("{text}s"));
        }
        bad
    })
}

fn seconds(text: &str) -> Option<i64> {
    const MOST: i64 = 10_000_000_000_000;
    let lower = text.to_ascii_lowercase();
    let (negative, unsigned) = lower.strip_prefix('-').map_or((false, lower.as_str()), |rest| (true, rest));
    let iso = unsigned.strip_prefix('p');
    let mut rest = iso.unwrap_or(unsigned);
    let mut in_time = iso.is_none();
    let (mut total, mut last) = (0i64, i64::MAX);
    while !rest.is_empty() {
        rest = rest.trim_start();
        if iso.is_some() && !in_time && rest.starts_with('t') {
            in_time = true;
            rest = rest.get(1..)?;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let unit = match rest.chars().next()? {
            'w' if iso.is_none() || !in_time => 604_800,
            'd' if iso.is_none() || !in_time => 86_400,
            'h' if in_time => 3_600,
            'm' if in_time => 60,
            's' if in_time => 1,
            _ => return None,
        };
        // Units go from great to small, each once: `30m1h` is more likely a mistake.
        if unit >= last {
            return None;
        }
        last = unit;
        rest = rest.get(1..)?;
        total = total.checked_add(count.checked_mul(unit)?).filter(|total| *total <= MOST)?;
    }
    (last != i64::MAX).then_some(if negative { -total } else { total })
}
