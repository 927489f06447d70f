//! A period in words: which days it is today.

use formwork_model::{locale, text, text::Text};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value as Json, json};

use crate::page::{typed::Typed, view::View};

/// What can be chosen beside two days.
const WORDS: &[(&str, &str, &str)] = &[
    ("today", "Today", "今天"),
    ("this_week", "This week", "本周"),
    ("last_week", "Last week", "上周"),
    ("this_month", "This month", "本月"),
    ("last_month", "Last month", "上月"),
    ("this_quarter", "This quarter", "本季度"),
    ("last_quarter", "Last quarter", "上季度"),
    ("this_year", "This year", "今年"),
    ("last_year", "Last year", "去年"),
    ("last_30_days", "Last 30 days", "近 30 天"),
    ("last_12_months", "Last 12 months", "近 12 个月"),
];

/// The word for two days of one's own.
const BETWEEN: &str = "between";

/// A period that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Period {
    /// Its word; empty for all time.
    word: String,
    /// Its first day.
    pub(crate) from: Option<Date>,
    /// Its last day.
    pub(crate) to: Option<Date>,
}

impl Period {
    /// Reads `period`, and `from` and `to` of one's own.
    pub(crate) fn read(view: &View, typed: &Typed) -> Self {
        let today = view.now.to_zoned(view.zone().clone()).date();
        let word = typed.filled("period").unwrap_or_default();
        if let Some((from, to)) = days(word, today) {
            return Self { word: word.to_owned(), from: Some(from), to: Some(to) };
        }
        let day = |name: &str| typed.filled(name).and_then(|text| text.parse::<Date>().ok());
        if word == BETWEEN { Self { word: word.to_owned(), from: day("from"), to: day("to") } } else { Self::default() }
    }

    /// The period as people say it, with its days.
    pub(crate) fn said(&self, view: &View) -> String {
        let word = WORDS.iter().find(|(word, ..)| *word == self.word);
        let days = self.days(view);
        match word {
            Some((_, en, zh)) => {
                let word = view.say(&Text { en: (*en).to_owned(), zh: (*zh).to_owned() }).to_owned();
                view.say(&text!("{word} ({days})", "{word}（{days}）")).to_owned()
            }
            None => days,
        }
    }

    fn days(&self, view: &View) -> String {
        let day = |day: Date| locale::date(day, view.language);
        let said = match (self.from, self.to) {
            (None, None) => return view.word("all_time").to_owned(),
            (Some(from), Some(to)) if from == to => return day(from),
            (Some(from), Some(to)) => {
                let (from, to) = (day(from), day(to));
                text!("{from} – {to}", "{from} – {to}")
            }
            (Some(from), None) => {
                let from = day(from);
                text!("from {from}", "{from} 起")
            }
            (None, Some(to)) => {
                let to = day(to);
                text!("until {to}", "截至 {to}")
            }
        };
        view.say(&said).to_owned()
    }

    /// The choice of a period for a form: `words`, and the two days.
    pub(crate) fn choice(&self, view: &View) -> Json {
        let all = [("", "All time", "全部时间")];
        let own = [(BETWEEN, "Between two days…", "自定义日期…")];
        let words = all.iter().chain(WORDS).chain(&own).map(|(word, en, zh)| {
            let label = Text { en: (*en).to_owned(), zh: (*zh).to_owned() };
            json!({"value": word, "label": view.say(&label), "selected": *word == self.word})
        });
        let day = |day: Option<Date>| day.filter(|_| self.word == BETWEEN).map(|day| day.to_string());
        json!({"words": words.collect::<Vec<_>>(), "from": day(self.from), "to": day(self.to)})
    }
}

/// The first and the last day of a period by its word.
fn days(word: &str, today: Date) -> Option<(Date, Date)> {
    let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
    let month = today.first_of_month();
    let quarter = Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).ok()?;
    let year = today.first_of_year();
    // From a first day, for so long; both ends are part of it.
    let long = |first: Date, length: jiff::Span| Some((first, first.checked_add(length).ok()?.yesterday().ok()?));
    match word {
        "today" => Some((today, today)),
        "this_week" => long(monday, 7.days()),
        "last_week" => long(monday.checked_sub(7.days()).ok()?, 7.days()),
        "this_month" => long(month, 1.month()),
        "last_month" => long(month.checked_sub(1.month()).ok()?, 1.month()),
        "this_quarter" => long(quarter, 3.months()),
        "last_quarter" => long(quarter.checked_sub(3.months()).ok()?, 3.months()),
        "this_year" => long(year, 1.year()),
        "last_year" => long(year.checked_sub(1.year()).ok()?, 1.year()),
        "last_30_days" => Some((today.checked_sub(29.days()).ok()?, today)),
        "last_12_months" => long(month.checked_sub(11.months()).ok()?, 12.months()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(word: &str, today: &str) -> String {
        days(word, today.parse().unwrap()).map_or_else(String::new, |(from, to)| format!("{from} {to}"))
    }

    #[test]
    fn periods_begin_and_end_with_their_first_and_last_day() {
        assert_eq!(said("this_week", "2026-03-01"), "2026-02-23 2026-03-01");
        assert_eq!(said("last_week", "2026-03-02"), "2026-02-23 2026-03-01");
        assert_eq!(said("last_month", "2024-03-31"), "2024-02-01 2024-02-29");
        assert_eq!(said("this_quarter", "2026-11-27"), "2026-10-01 2026-12-31");
        assert_eq!(said("last_quarter", "2026-02-10"), "2025-10-01 2025-12-31");
        assert_eq!(said("last_year", "2026-02-10"), "2025-01-01 2025-12-31");
        assert_eq!(said("last_30_days", "2026-03-01"), "2026-01-31 2026-03-01");
        assert_eq!(said("last_12_months", "2026-03-15"), "2025-04-01 2026-03-31");
        assert_eq!(said("some_day", "2026-03-15"), "");
    }
}
