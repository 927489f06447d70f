//! Numbers, days and instants as people of a language write them.

use crate::{field_type::Currency, text::Language};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_decimal::{Decimal, RoundingStrategy};

/// `1,234,567.80`: groups of three, as in both languages; `digits` after the point, or as many as there are.
pub fn number(number: Decimal, digits: Option<u32>) -> String {
    let rounded = digits.map_or(number.normalize(), |digits| {
        let mut rounded = number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
        rounded.rescale(digits);
        rounded
    });
    let text = rounded.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (whole, rest) = text.split_once('.').map_or((text, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// A whole number; one of four digits may be a year, and is not grouped.
pub fn whole(n: i64) -> String {
    if n.unsigned_abs() < 10_000 { n.to_string() } else { number(Decimal::from(n), None) }
}

/// `¥1,234.00`, `JPY 1,234`.
pub fn money(amount: Decimal, currency: Currency) -> String {
    let text = number(amount, Some(currency.digits()));
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    match currency.code() {
        "CNY" => format!("{sign}¥{text}"),
        "EUR" => format!("{sign}€{text}"),
        "GBP" => format!("{sign}£{text}"),
        "USD" => format!("{sign}US${text}"),
        code => format!("{sign}{code} {text}"),
    }
}

/// `2026年3月1日`, `1 Mar 2026`.
pub fn date(day: Date, language: Language) -> String {
    match language {
        Language::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Language::En => day.strftime("%-d %b %Y").to_string(),
    }
}

/// A day with its weekday.
pub fn long_date(day: Date, language: Language) -> String {
    let at = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    match language {
        Language::Zh => {
            let name = ["一", "二", "三", "四", "五", "六", "日"].get(at).copied().unwrap_or_default();
            format!("{} 星期{name}", date(day, language))
        }
        Language::En => day.strftime("%A, %-d %B %Y").to_string(),
    }
}

/// A day and a time.
pub fn instant(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    let local = at.to_zoned(zone.clone());
    format!("{} {}", date(local.date(), language), local.strftime("%H:%M"))
}

/// How long ago, or until when, in few words; the day where that says more.
pub fn ago(at: Timestamp, now: Timestamp, zone: &TimeZone, language: Language) -> String {
    let seconds = now.as_second() - at.as_second();
    let (then, today) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let time = then.strftime("%H:%M").to_string();
    let zh = language == Language::Zh;
    match seconds {
        0..60 => (if zh { "刚刚" } else { "just now" }).to_owned(),
        60..3600 if zh => format!("{} 分钟前", seconds / 60),
        60..3600 => format!("{} min ago", seconds / 60),
        _ if then.date() == today.date() && zh => format!("今天 {time}"),
        _ if then.date() == today.date() => format!("today {time}"),
        _ if then.date().tomorrow().is_ok_and(|day| day == today.date()) && zh => format!("昨天 {time}"),
        _ if then.date().tomorrow().is_ok_and(|day| day == today.date()) => format!("yesterday {time}"),
        _ if then.date().yesterday().is_ok_and(|day| day == today.date()) && zh => format!("明天 {time}"),
        _ if then.date().yesterday().is_ok_and(|day| day == today.date()) => format!("tomorrow {time}"),
        _ if then.year() == today.year() && zh => format!("{}月{}日 {time}", then.month(), then.day()),
        _ if then.year() == today.year() => then.strftime("%-d %b %H:%M").to_string(),
        _ => instant(at, zone, language),
    }
}

/// An amount of clock time: `2 h 5 min`.
pub fn duration(seconds: i64, language: Language) -> String {
    let units: [(i64, &str, &str); 4] = [(86_400, "d", "天"), (3600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒")];
    let mut left = seconds.abs();
    let mut parts = Vec::new();
    for (length, en, zh) in units {
        let n = left / length;
        left %= length;
        if n > 0 && parts.len() < 2 {
            parts.push(format!("{n} {}", if language == Language::Zh { zh } else { en }));
        }
    }
    let text = if parts.is_empty() {
        format!("0 {}", if language == Language::Zh { "秒" } else { "s" })
    } else {
        parts.join(" ")
    };
    if seconds < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        let amount: Decimal = "-1234567.5".parse().unwrap();
        assert_eq!(money(amount, Currency::CNY), "-¥1,234,567.50");
        assert_eq!(money(amount, Currency::new("JPY").unwrap()), "-JPY 1,234,568");
        assert_eq!((whole(1985).as_str(), whole(19_850).as_str()), ("1985", "19,850"));
        assert_eq!(duration(7_500, Language::En), "2 h 5 min");
    }

    #[test]
    fn what_is_near_is_said_in_few_words() {
        let now: Timestamp = "2026-03-02T09:00:00Z".parse().unwrap();
        let at = |text: &str| ago(text.parse().unwrap(), now, &TimeZone::UTC, Language::En);
        assert_eq!(at("2026-03-02T08:55:00Z"), "5 min ago");
        assert_eq!(at("2026-03-02T01:00:00Z"), "today 01:00");
        assert_eq!(at("2026-03-01T23:00:00Z"), "yesterday 23:00");
        assert_eq!(at("2026-03-03T23:00:00Z"), "tomorrow 23:00");
        assert_eq!(at("2025-03-03T23:00:00Z"), "3 Mar 2025 23:00");
    }
}
