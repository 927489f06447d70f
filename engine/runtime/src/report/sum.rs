//! How the values of many records become one.

use std::collections::HashSet;

use formwork_catalog::report::How;
use formwork_model::{code, text, value::Value};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::mark::Mark;
use crate::rejection::{Kind, Refusal, Rejection};

/// What was gathered of one measure in one cell.
#[derive(Debug, Clone)]
pub(super) enum Sum {
    /// How many.
    Count(u64),
    /// Their sum, and how many have a value.
    Total(Decimal, u64),
    /// The least or the greatest.
    Extreme(Option<Value>),
    /// Each of them.
    Each(Vec<Decimal>),
    /// The different ones.
    Different(HashSet<Mark>),
}

impl Sum {
    /// Of nothing yet.
    pub(super) fn new(how: How) -> Self {
        match how {
            How::Count => Self::Count(0),
            How::Sum | How::Mean => Self::Total(Decimal::ZERO, 0),
            How::Min | How::Max => Self::Extreme(None),
            How::Median | How::Percentile(_) => Self::Each(Vec::new()),
            How::Distinct => Self::Different(HashSet::new()),
        }
    }

    /// One record more, with what is taken of it.
    pub(super) fn add(&mut self, how: How, taken: &Value) -> Result<(), Refusal> {
        let number = match taken {
            Value::Seconds(n) => Some(Decimal::from(*n)),
            other => other.as_decimal(),
        };
        match self {
            Self::Count(n) => *n += 1,
            Self::Total(sum, n) => {
                if let Some(number) = number {
                    *sum = sum.checked_add(number).ok_or_else(too_great)?;
                    *n += 1;
                }
            }
            Self::Extreme(best) => {
                let taken = number.map_or_else(|| taken.clone(), Value::Decimal);
                let better = |best: &Value| {
                    let order = taken.compare(best);
                    order.is_some_and(|order| if how == How::Min { order.is_lt() } else { order.is_gt() })
                };
                if !taken.is_empty() && best.as_ref().is_none_or(better) {
                    *best = Some(taken);
                }
            }
            Self::Each(values) => values.extend(number),
            Self::Different(marks) => match taken {
                Value::List(items) => marks.extend(items.iter().map(Mark::each)),
                value if value.is_empty() => {}
                value => {
                    marks.insert(Mark::each(value));
                }
            },
        }
        Ok(())
    }

    /// What was gathered of other records, too.
    pub(super) fn join(&mut self, how: How, other: Self) -> Result<(), Refusal> {
        match (self, other) {
            (Self::Count(n), Self::Count(more)) => *n += more,
            (Self::Total(sum, n), Self::Total(more, of)) => {
                *sum = sum.checked_add(more).ok_or_else(too_great)?;
                *n += of;
            }
            (one @ Self::Extreme(_), Self::Extreme(Some(best))) => one.add(how, &best)?,
            (Self::Each(values), Self::Each(more)) => values.extend(more),
            (Self::Different(marks), Self::Different(more)) => marks.extend(more),
            // All of one measure are of one kind.
            _ => {}
        }
        Ok(())
    }

    /// What they come to, not rounded; `None` of nothing.
    pub(super) fn end(&mut self, how: How) -> Option<Value> {
        match self {
            Self::Count(n) => Some(Value::Decimal(Decimal::from(*n))),
            Self::Total(sum, n) if how == How::Mean => sum.checked_div(Decimal::from(*n)).map(Value::Decimal),
            Self::Total(sum, _) => Some(Value::Decimal(*sum)),
            Self::Extreme(best) => best.take(),
            Self::Each(values) => {
                values.sort_unstable();
                match how {
                    How::Percentile(at) => percentile(values, at),
                    _ => median(values),
                }
                .map(Value::Decimal)
            }
            Self::Different(marks) => Some(Value::Decimal(Decimal::from(marks.len()))),
        }
    }
}

/// Whether it is 0, not nothing, where there is no record.
pub(super) fn of_none(how: How) -> Option<Value> {
    matches!(how, How::Count | How::Sum | How::Distinct).then_some(Value::Decimal(Decimal::ZERO))
}

fn median(sorted: &[Decimal]) -> Option<Decimal> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get(sorted.len() / 2 - 1)?;
    lower.checked_add(upper)?.checked_div(Decimal::TWO)
}

/// The least value that so many of a hundred do not exceed.
fn percentile(sorted: &[Decimal], at: u32) -> Option<Decimal> {
    let rank = (Decimal::from(sorted.len()) * Decimal::from(at) / Decimal::ONE_HUNDRED).ceil().to_usize()?;
    sorted.get(rank.max(1) - 1).copied()
}

/// More than a number can hold.
pub(super) fn too_great() -> Refusal {
    let message = text!("a sum of this report is greater than any number can be", "报表中的合计超出数值范围");
    Rejection::new(Kind::Invalid, code!("out-of-range"), message).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(how: How, values: &[i64]) -> Option<Decimal> {
        let mut sum = Sum::new(how);
        values.iter().for_each(|n| sum.add(how, &Value::Int(*n)).unwrap());
        sum.end(how).and_then(|value| value.as_decimal())
    }

    #[test]
    fn middles_and_percentiles_are_values_by_rank() {
        assert_eq!(end(How::Median, &[3, 1, 2]), Some(2.into()));
        assert_eq!(end(How::Median, &[4, 1, 2, 3]), Some(Decimal::new(25, 1)));
        assert_eq!(end(How::Median, &[]), None);
        let ten: Vec<i64> = (1..=10).collect();
        for (at, value) in [(1, 1), (10, 1), (11, 2), (50, 5), (90, 9), (91, 10), (100, 10)] {
            assert_eq!(end(How::Percentile(at), &ten), Some(value.into()), "P{at}");
        }
        assert_eq!(end(How::Percentile(90), &[7]), Some(7.into()));
    }

    #[test]
    fn what_has_no_value_counts_only_where_records_are_counted() {
        let nulls = |how| {
            let mut sum = Sum::new(how);
            sum.add(how, &Value::Null).unwrap();
            sum.add(how, &Value::Int(4)).unwrap();
            sum.end(how).and_then(|value| value.as_decimal())
        };
        assert_eq!(nulls(How::Count), Some(2.into()));
        for how in [How::Sum, How::Mean, How::Min, How::Max, How::Median] {
            assert_eq!(nulls(how), Some(4.into()), "{how:?}");
        }
        assert_eq!(nulls(How::Distinct), Some(1.into()));
        assert_eq!((end(How::Mean, &[]), end(How::Sum, &[])), (None, Some(0.into())));
    }

    #[test]
    fn a_sum_that_no_number_holds_is_refused() {
        let mut sum = Sum::new(How::Sum);
        sum.add(How::Sum, &Value::Decimal(Decimal::MAX)).unwrap();
        assert!(sum.add(How::Sum, &Value::Decimal(Decimal::MAX)).is_err());
    }
}
