//! Numbers as a chart writes them: in full beside a mark, short along an axis.

use formwork_catalog::report::{Format, Measure};
use formwork_model::{field_type::Currency, locale, text::Language};
use rust_decimal::{Decimal, RoundingStrategy};

/// What a number is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Unit {
    /// A plain number, such as a count.
    #[default]
    Number,
    /// An amount of money.
    Money(Currency),
    /// Per cent: 25 is 25%.
    Percent,
    /// Seconds.
    Duration,
    /// A number of something that has a word of its own.
    Named(String),
}

impl Unit {
    /// What the numbers of a measure are of; none of days, which are no numbers.
    pub fn of(measure: &Measure) -> Option<Self> {
        match measure.format {
            Format::Number => Some(Self::Number),
            Format::Percent => Some(Self::Percent),
            Format::Money(currency) => Some(Self::Money(currency)),
            Format::Duration => Some(Self::Duration),
            Format::Date | Format::DateTime => None,
        }
    }

    /// What stands behind the name of a measure: `¥`, `%`, a word.
    pub(crate) fn sign(&self) -> Option<String> {
        match self {
            Self::Number | Self::Duration => None,
            Self::Money(currency) => Some(sign(*currency).trim().to_owned()),
            Self::Percent => Some("%".to_owned()),
            Self::Named(word) => Some(word.clone()),
        }
    }
}

/// What stands before an amount: `¥`, `JPY `.
fn sign(currency: Currency) -> String {
    locale::money(Decimal::ZERO, currency).chars().take_while(|c| !c.is_ascii_digit()).collect()
}

/// A number as it is said where there is room for all of it.
pub(crate) fn full(value: Decimal, unit: &Unit, language: Language) -> String {
    match unit {
        Unit::Number => rounded(value, 2),
        Unit::Money(currency) => locale::money(value, *currency),
        Unit::Percent => format!("{}%", rounded(value, 1)),
        Unit::Duration => locale::duration(whole(value), language),
        Unit::Named(word) => format!("{} {word}", rounded(value, 1)),
    }
}

/// A number in few characters: `1.2万`, `3.4亿`, `12.5k`, `7M`.
pub(crate) fn short(value: Decimal, unit: &Unit, language: Language) -> String {
    let text = in_steps(value, step_of(value, language), 3);
    if *unit == Unit::Percent { format!("{text}%") } else { text }
}

/// A number that stands for itself: short, with the sign of its currency.
pub fn brief(value: Decimal, unit: &Unit, language: Language) -> String {
    match unit {
        Unit::Money(currency) => {
            let (sign, text) = (sign(*currency), short(value.abs(), unit, language));
            format!("{}{sign}{text}", if value.is_sign_negative() && !value.is_zero() { "-" } else { "" })
        }
        Unit::Duration | Unit::Named(_) => full(value, unit, language),
        Unit::Number | Unit::Percent => short(value, unit, language),
    }
}

/// A number of an axis, in the steps of its largest, so that all of them are read alike.
pub(crate) fn along(value: Decimal, largest: Decimal, unit: &Unit, language: Language) -> String {
    if value.is_zero() {
        return if *unit == Unit::Percent { "0%".to_owned() } else { "0".to_owned() };
    }
    let text = in_steps(value, step_of(largest, language), 12);
    if *unit == Unit::Percent { format!("{text}%") } else { text }
}

/// By what a number is divided to be short, and the word for it.
fn step_of(value: Decimal, language: Language) -> Option<(Decimal, &'static str)> {
    let steps: &[(i64, i64, &str)] = match language {
        Language::Zh => &[(100_000_000, 100_000_000, "亿"), (10_000, 10_000, "万")],
        Language::En => &[(1_000_000_000, 1_000_000_000, "B"), (1_000_000, 1_000_000, "M"), (10_000, 1_000, "k")],
    };
    let found = steps.iter().find(|(from, ..)| value.abs() >= Decimal::from(*from));
    found.map(|(_, by, word)| (Decimal::from(*by), *word))
}

/// `most` is how many digits count.
fn in_steps(value: Decimal, step: Option<(Decimal, &str)>, most: u32) -> String {
    let (value, word) = match step {
        Some((by, word)) => (value.checked_div(by).unwrap_or(value), word),
        None => (value, ""),
    };
    let before = if value.abs() >= Decimal::ONE_HUNDRED {
        3
    } else if value.abs() >= Decimal::TEN {
        2
    } else {
        1
    };
    format!("{}{word}", rounded(value, most.saturating_sub(before)))
}

/// At most so many digits after the point, and none that say nothing.
fn rounded(value: Decimal, digits: u32) -> String {
    locale::number(value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero), None)
}

fn whole(value: Decimal) -> i64 {
    i64::try_from(value.round()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn large_numbers_are_short_in_the_words_of_the_language() {
        let said = |text: &str, language| short(decimal(text), &Unit::Number, language);
        assert_eq!(said("123456789", Language::Zh), "1.23亿");
        assert_eq!(said("-84600", Language::Zh), "-8.46万");
        assert_eq!(said("9999", Language::Zh), "9,999");
        assert_eq!(said("84600", Language::En), "84.6k");
        assert_eq!(said("9999.5", Language::En), "10,000");
        assert_eq!(said("1500000", Language::En), "1.5M");
        assert_eq!(said("2000000000", Language::En), "2B");
        assert_eq!(short(decimal("33.333"), &Unit::Percent, Language::En), "33.3%");
    }

    #[test]
    fn a_number_for_itself_keeps_the_sign_of_its_currency() {
        let said = |text: &str| brief(decimal(text), &Unit::Money(Currency::CNY), Language::Zh);
        assert_eq!(
            (said("-84600"), said("8460000"), said("12.5")),
            ("-¥8.46万".into(), "¥846万".into(), "¥12.5".into())
        );
        assert_eq!(brief(decimal("7500"), &Unit::Duration, Language::En), "2 h 5 min");
    }

    #[test]
    fn an_axis_is_read_in_the_steps_of_its_largest_number() {
        let said = |text: &str| along(decimal(text), decimal("20000"), &Unit::Number, Language::Zh);
        assert_eq!(["0", "5000", "10000", "20000"].map(said), ["0", "0.5万", "1万", "2万"]);
        assert_eq!(along(decimal("2500000"), decimal("5000000"), &Unit::Number, Language::En), "2.5M");
    }
}
