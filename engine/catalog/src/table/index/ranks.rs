//! How the values of a column become small numbers that keep their order.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use formwork_model::value::Value;

/// The rank of null, and of a value that can't be compared with the column: only `-` cells are met.
pub(super) const NOWHERE: u32 = u32::MAX;

/// How an input becomes a rank.
#[derive(Debug)]
pub(super) enum Ranks {
    /// Texts and options, from 1; any other is 0.
    Words(HashMap<Arc<str>, u32>),
    /// Numbers, as multiples of 10^-scale.
    Numbers { scale: u32, bounds: Vec<i64> },
    /// Everything else with an order.
    Ordered(Vec<Value>),
}

type Bound<'a> = Option<(&'a Value, bool)>;

impl Ranks {
    /// How the values of a column are ranked; `None` when there are none.
    pub(super) fn new(values: &[&Value], ordered: bool) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        if !ordered && values.iter().all(|value| matches!(value, Value::Text(_))) {
            let mut words = HashMap::new();
            for value in values {
                if let Value::Text(word) = value {
                    let next = words.len() as u32 + 1;
                    words.entry(word.clone()).or_insert(next);
                }
            }
            return Some(Self::Words(words));
        }
        let scale = values.iter().filter_map(|value| value.as_decimal()).map(|n| n.normalize().scale()).max();
        if let Some(scale) = scale {
            let fixed: Option<Vec<i64>> = values
                .iter()
                .map(|value| match fixed(value, scale) {
                    Some(Fixed::Exactly(n)) => Some(n),
                    _ => None,
                })
                .collect();
            if let Some(mut bounds) = fixed {
                bounds.sort_unstable();
                bounds.dedup();
                return Some(Self::Numbers { scale, bounds });
            }
        }
        let mut ordered: Vec<Value> = values.iter().map(|value| (*value).clone()).collect();
        ordered.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
        ordered.dedup_by(|a, b| a.same(b));
        Some(Self::Ordered(ordered))
    }

    /// How many ranks there are.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Words(words) => words.len() + 1,
            Self::Numbers { bounds, .. } => 2 * bounds.len() + 1,
            Self::Ordered(bounds) => 2 * bounds.len() + 1,
        }
    }

    pub(super) fn rank(&self, value: &Value) -> u32 {
        match self {
            Self::Words(words) => match value {
                Value::Text(word) => words.get(word).copied().unwrap_or(0),
                _ => NOWHERE,
            },
            Self::Numbers { scale, bounds } => match fixed(value, *scale) {
                Some(Fixed::Exactly(n)) => match bounds.binary_search(&n) {
                    Ok(at) => 2 * at as u32 + 1,
                    Err(at) => 2 * at as u32,
                },
                Some(Fixed::Above(n)) => 2 * bounds.partition_point(|bound| *bound <= n) as u32,
                Some(Fixed::TooSmall) => 0,
                Some(Fixed::TooGreat) => 2 * bounds.len() as u32,
                None => NOWHERE,
            },
            Self::Ordered(bounds) => {
                let order = |bound: &Value| bound.compare(value);
                if *value == Value::Null || bounds.first().and_then(order).is_none() {
                    return NOWHERE;
                }
                match bounds.binary_search_by(|bound| order(bound).unwrap_or(Ordering::Equal)) {
                    Ok(at) => 2 * at as u32 + 1,
                    Err(at) => 2 * at as u32,
                }
            }
        }
    }

    /// The ranks within bounds that occur in the column.
    pub(super) fn span(&self, low: Bound<'_>, high: Bound<'_>) -> (u32, u32) {
        let from = low.map_or(0, |(value, closed)| self.rank(value).saturating_add(u32::from(!closed)));
        let last = self.count() as u32 - 1;
        let to = high.map_or(last, |(value, closed)| self.rank(value).saturating_sub(u32::from(!closed)));
        (from, to)
    }
}

/// A number as a multiple of 10^-scale.
enum Fixed {
    Exactly(i64),
    /// Between this and the next one.
    Above(i64),
    TooSmall,
    TooGreat,
}

fn fixed(value: &Value, scale: u32) -> Option<Fixed> {
    let (mantissa, digits) = match value {
        Value::Int(n) => (i128::from(*n), 0),
        Value::Decimal(d) => (d.mantissa(), d.scale()),
        _ => return None,
    };
    // 10^28 times 2^96 does not fit, but then neither does the result: `checked_mul` and `TooGreat` agree.
    let (number, exact) = if digits <= scale {
        (mantissa.checked_mul(10i128.pow((scale - digits).min(38))), true)
    } else {
        let unit = 10i128.pow((digits - scale).min(38));
        (Some(mantissa.div_euclid(unit)), mantissa.rem_euclid(unit) == 0)
    };
    let beyond = if mantissa < 0 { Fixed::TooSmall } else { Fixed::TooGreat };
    Some(match number.map(i64::try_from) {
        Some(Ok(n)) if exact => Fixed::Exactly(n),
        Some(Ok(n)) => Fixed::Above(n),
        _ => beyond,
    })
}
