//! The numbers along an axis: round ones, few, around everything that is shown.

use rust_decimal::{Decimal, prelude::ToPrimitive as _};

/// An axis of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
    pub(crate) ticks: Vec<Decimal>,
}

/// A number for a place on paper; what can't be one lies at zero.
pub(crate) fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

impl Scale {
    /// Around these numbers, in about so many steps. `whole` numbers are not cut into parts.
    pub(crate) fn around(lowest: Decimal, highest: Decimal, wanted: u32, whole: bool) -> Self {
        let (lowest, mut highest) = (lowest.min(highest), highest.max(lowest));
        if lowest == highest {
            highest = lowest.checked_add(Decimal::ONE).unwrap_or(highest);
        }
        let step = step(float(highest) - float(lowest), wanted, whole);
        let down = lowest.checked_div(step).unwrap_or_default().floor();
        let up = highest.checked_div(step).unwrap_or_default().ceil();
        let mut ticks = Vec::new();
        let mut at = down;
        while at <= up && ticks.len() < 40 {
            ticks.extend(at.checked_mul(step).map(|tick| tick.normalize()));
            at += Decimal::ONE;
        }
        let first = ticks.first().copied().unwrap_or(lowest);
        let last = ticks.last().copied().unwrap_or(highest);
        Self { lowest: float(first), highest: float(last), ticks }
    }

    /// Zero and these numbers.
    pub(crate) fn from_zero(values: impl Iterator<Item = Decimal> + Clone, wanted: u32, whole: bool) -> Self {
        let lowest = values.clone().min().unwrap_or_default().min(Decimal::ZERO);
        let highest = values.max().unwrap_or_default().max(Decimal::ZERO);
        Self::around(lowest, highest, wanted, whole)
    }

    /// Where a number lies between the lowest, 0, and the highest, 1.
    pub(crate) fn part(&self, value: f64) -> f64 {
        let length = self.highest - self.lowest;
        if length > 0.0 { ((value - self.lowest) / length).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// The number that decides in which steps all of them are written.
    pub(crate) fn largest(&self) -> Decimal {
        self.ticks.iter().map(Decimal::abs).max().unwrap_or_default()
    }
}

/// 1, 2, 2.5 or 5 times a power of ten.
fn step(length: f64, wanted: u32, whole: bool) -> Decimal {
    let rough = (length / f64::from(wanted.max(1))).max(1e-9);
    // A length of the axis has at most 28 digits before the point and 9 behind it.
    let mut power = Decimal::new(1, 9);
    while float(power) * 10.0 <= rough {
        let Some(next) = power.checked_mul(Decimal::TEN) else { break };
        power = next;
    }
    let one = Decimal::ONE;
    let round = [one, Decimal::TWO, Decimal::new(25, 1), Decimal::from(5), Decimal::TEN];
    let steps = round.iter().filter_map(|times| times.checked_mul(power));
    let mut steps = steps.filter(|step| !whole || (*step >= one && step.fract().is_zero()));
    let found = steps.find(|step| float(*step) >= rough * 0.999);
    found.unwrap_or(if whole { one.max(power) } else { power })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(lowest: &str, highest: &str, whole: bool) -> String {
        let scale = Scale::around(lowest.parse().unwrap(), highest.parse().unwrap(), 5, whole);
        scale.ticks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_numbers_of_an_axis_are_round_and_few() {
        assert_eq!(ticks("0", "97", false), "0 20 40 60 80 100");
        assert_eq!(ticks("0", "8460000", false), "0 2000000 4000000 6000000 8000000 10000000");
        assert_eq!(ticks("-37", "112", false), "-50 0 50 100 150");
        assert_eq!(ticks("0", "0.37", false), "0 0.1 0.2 0.3 0.4");
        assert_eq!(ticks("91.2", "98.4", false), "90 92 94 96 98 100");
    }

    #[test]
    fn counts_are_not_cut_and_one_number_has_an_axis_too() {
        assert_eq!(ticks("0", "3", true), "0 1 2 3");
        assert_eq!(ticks("0", "1", true), "0 1");
        assert_eq!(ticks("0", "0", true), "0 1");
        assert_eq!(ticks("0", "12", true), "0 5 10 15");
    }

    #[test]
    fn numbers_of_any_size_have_an_axis() {
        for text in ["79228162514264337593543950335", "0.0000000000000000000000000001"] {
            let scale = Scale::from_zero([text.parse().unwrap()].into_iter(), 5, false);
            assert!(scale.ticks.len() >= 2 && scale.highest > 0.0, "{text}: {scale:?}");
        }
    }
}
