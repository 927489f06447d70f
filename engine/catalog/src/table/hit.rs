//! The hit policies: what the rows that were met answer together.

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use formwork_model::{field_type::FieldType, name::Name, text, text::Text, value::Value};

use super::{Hit, Output, Table};

/// What a table answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The rows that the answer comes from, in the order of the answer. Empty when the defaults answer.
    pub rows: Vec<u32>,
    /// The answer itself.
    pub outputs: Outputs,
}

/// One value an output column, once or for every row.
#[derive(Debug, Clone, PartialEq)]
pub enum Outputs {
    /// `U`, `A`, `P`, `F`: of one row. `C+`, `C<`, `C>`, `C#`: of all together.
    One(Vec<Value>),
    /// `R`, `O`, `C`: one list a row.
    List(Vec<Vec<Value>>),
}

/// Why a table answers nothing. Rows count from 0, in file order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// No row is met, and an output has no default.
    NoRow,
    /// `U`: both of these rows are met.
    Several(u32, u32),
    /// `A`: both are met, and this output differs.
    Disagree(u32, u32, Name),
    /// `C+`: this output is no number, or the sum is too great.
    Sum(Name),
}

impl Broken {
    /// The two rows that contradict each other.
    pub fn rows(&self) -> Option<(u32, u32)> {
        match self {
            Self::Several(a, b) | Self::Disagree(a, b, _) => Some((*a, *b)),
            Self::NoRow | Self::Sum(_) => None,
        }
    }

    /// For people. Rows are counted from 1 there.
    pub fn message(&self, table: Name) -> Text {
        let counted = |row: &u32| row.saturating_add(1);
        match self {
            Self::NoRow => text!("no row of table `{table}` covers this", "决策表 `{table}` 没有覆盖此情况的行"),
            Self::Several(a, b) => {
                let (a, b) = (counted(a), counted(b));
                text!(
                    "rows {a} and {b} of table `{table}` both hold",
                    "决策表 `{table}` 的第 {a} 行和第 {b} 行同时命中"
                )
            }
            Self::Disagree(a, b, output) => {
                let (a, b) = (counted(a), counted(b));
                text!(
                    "rows {a} and {b} of table `{table}` disagree about `{output}`",
                    "决策表 `{table}` 的第 {a} 行和第 {b} 行对 `{output}` 给出不同结果"
                )
            }
            Self::Sum(output) => {
                text!("`{output}` of table `{table}` can't be summed", "决策表 `{table}` 的 `{output}` 无法求和")
            }
        }
    }
}

impl Table {
    /// Whether inputs that no row covers are answered: every output has a default, or the policy is a fold or a
    /// list, for which nothing is an answer too.
    pub fn answers_without_rows(&self) -> bool {
        !self.hit.needs_cover() || self.outputs.iter().all(|output| output.default.is_some())
    }

    /// The answer of the rows that were met. `outputs` has one value an output column for each of `rows`.
    ///
    /// When no row is met: the defaults; an output without a default breaks `U`, `A`, `P` and `F`, is 0 for `C+`
    /// and null for `C<` and `C>`. A list is empty unless every output has a default. `C#` is always a number.
    /// `P` and `O` go by the first output, then the second, …: options by their order, the first is highest;
    /// anything else the greater the higher; null is lowest; equal rows stay in file order.
    ///
    /// # Errors
    /// When the rows contradict the policy.
    pub fn answer(&self, rows: &[u32], outputs: Vec<Vec<Value>>) -> Result<Answer, Broken> {
        if rows.is_empty() && self.hit != Hit::Count {
            return self.nothing();
        }
        match self.hit {
            Hit::Unique | Hit::Any | Hit::First => self.single(rows, outputs),
            Hit::Priority => {
                let (rows, mut outputs) = self.ranked(rows, outputs);
                outputs.truncate(1);
                self.single(rows.get(..1).unwrap_or_default(), outputs)
            }
            Hit::RuleOrder | Hit::Collect => Ok(Answer { rows: rows.to_vec(), outputs: Outputs::List(outputs) }),
            Hit::OutputOrder => {
                let (rows, outputs) = self.ranked(rows, outputs);
                Ok(Answer { rows, outputs: Outputs::List(outputs) })
            }
            Hit::Sum | Hit::Least | Hit::Greatest => self.folded(rows, &outputs),
            Hit::Count => {
                let count = Value::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX));
                let outputs = Outputs::One(vec![count; self.outputs.len()]);
                Ok(Answer { rows: rows.to_vec(), outputs })
            }
        }
    }

    fn nothing(&self) -> Result<Answer, Broken> {
        let defaults: Option<Vec<Value>> = self.outputs.iter().map(|output| output.default.clone()).collect();
        let or = |missing: &dyn Fn(&Output) -> Value| {
            let value = |output: &Output| output.default.clone().unwrap_or_else(|| missing(output));
            Outputs::One(self.outputs.iter().map(value).collect())
        };
        let outputs = match self.hit {
            Hit::RuleOrder | Hit::OutputOrder | Hit::Collect => Outputs::List(defaults.into_iter().collect()),
            Hit::Sum => or(&|output| zero(&output.kind)),
            Hit::Least | Hit::Greatest => or(&|_| Value::Null),
            _ => Outputs::One(defaults.ok_or(Broken::NoRow)?),
        };
        Ok(Answer { rows: Vec::new(), outputs })
    }

    /// One row, or several of which the first stands for all.
    fn single(&self, rows: &[u32], outputs: Vec<Vec<Value>>) -> Result<Answer, Broken> {
        if let (Hit::Unique, [a, b, ..]) = (self.hit, rows) {
            return Err(Broken::Several(*a, *b));
        }
        let mut pairs = rows.iter().zip(outputs);
        let Some((first, answer)) = pairs.next() else { return self.nothing() };
        if self.hit == Hit::Any {
            for (row, other) in pairs {
                let differs = |(_, (a, b)): &(&Output, (&Value, &Value))| !a.same(b);
                if let Some((output, _)) = self.outputs.iter().zip(answer.iter().zip(&other)).find(differs) {
                    return Err(Broken::Disagree(*first, *row, output.name));
                }
            }
            return Ok(Answer { rows: rows.to_vec(), outputs: Outputs::One(answer) });
        }
        Ok(Answer { rows: vec![*first], outputs: Outputs::One(answer) })
    }

    /// Highest first.
    fn ranked(&self, rows: &[u32], outputs: Vec<Vec<Value>>) -> (Vec<u32>, Vec<Vec<Value>>) {
        let mut pairs: Vec<(u32, Vec<Value>)> = rows.iter().copied().zip(outputs).collect();
        pairs.sort_by(|(_, a), (_, b)| {
            let order = |(output, (a, b)): (&Output, (&Value, &Value))| higher_first(&output.kind, a, b);
            self.outputs.iter().zip(a.iter().zip(b)).map(order).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        });
        pairs.into_iter().unzip()
    }

    fn folded(&self, rows: &[u32], outputs: &[Vec<Value>]) -> Result<Answer, Broken> {
        let mut totals = Vec::with_capacity(self.outputs.len());
        for (at, output) in self.outputs.iter().enumerate() {
            let values = outputs.iter().filter_map(|row| row.get(at)).filter(|value| **value != Value::Null);
            totals.push(match self.hit {
                Hit::Sum => {
                    let sum = values.into_iter().try_fold(zero(&output.kind), |sum, value| add(&sum, value));
                    sum.ok_or(Broken::Sum(output.name))?
                }
                Hit::Least => least(values, |order| order.is_lt()),
                _ => least(values, |order| order.is_gt()),
            });
        }
        Ok(Answer { rows: rows.to_vec(), outputs: Outputs::One(totals) })
    }
}

/// The one that comes before (by `better`) every other; the first of equal ones.
fn least<'v>(values: impl Iterator<Item = &'v Value>, better: impl Fn(Ordering) -> bool) -> Value {
    let best = values.reduce(|best, value| if value.compare(best).is_some_and(&better) { value } else { best });
    best.cloned().unwrap_or_default()
}

fn zero(kind: &FieldType) -> Value {
    match kind {
        FieldType::Duration => Value::Seconds(0),
        FieldType::Integer => Value::Int(0),
        FieldType::Money { currency } => Value::Decimal(rust_decimal::Decimal::new(0, currency.digits())),
        _ => Value::Decimal(rust_decimal::Decimal::ZERO),
    }
}

fn add(sum: &Value, value: &Value) -> Option<Value> {
    match (sum, value) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map(Value::Int),
        (Value::Seconds(a), Value::Seconds(b)) => a.checked_add(*b).map(Value::Seconds),
        _ => sum.as_decimal()?.checked_add(value.as_decimal()?).map(Value::Decimal),
    }
}

fn higher_first(kind: &FieldType, a: &Value, b: &Value) -> Ordering {
    let place = |value: &Value| {
        let options = kind.choices().unwrap_or_default();
        let word = value.as_text().unwrap_or_default();
        options.iter().position(|option| option.name == word).unwrap_or(usize::MAX)
    };
    match kind.choices() {
        Some(_) => place(a).cmp(&place(b)),
        None => b.compare(a).unwrap_or(Ordering::Equal),
    }
}
