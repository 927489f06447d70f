//! Finding the rows that an input meets without looking at every row.
//!
//! Every column turns its input into a small number, the *rank*: for options and texts by hash, for ordered
//! values by binary search among the bounds that occur in the column (even ranks are the spaces between two
//! bounds, odd ranks the bounds themselves). Which rows a rank meets is kept in a segment tree over the ranks:
//! a row's range is cut into at most 2·log n nodes, so memory grows with n·log n and not with n², and the rows of
//! a rank are the union of the nodes on the path from its leaf to the root. A node with few rows is a list, one
//! with many a bitset. The most selective column decides: when few rows remain the others are compared by rank,
//! else whole bitsets are intersected.
//!
//! Tables of at most [`SMALL`] rows are simply compared from top to bottom.

mod bits;
mod column;
mod ranks;
#[cfg(test)]
mod tests;

use formwork_model::{name::Name, value::Value};
use jiff::civil::Date;

use super::{Cell, Hit, Row, Table};
use crate::source::Program;
pub(in crate::table) use bits::Bits;
use column::{Column, Path};

/// Up to so many rows no index is built: comparing them is faster than hashing.
const SMALL: usize = 16;

/// The index of a table. The empty one, which [`Default`] gives, is valid for every table and looks at every row.
#[derive(Debug, Default)]
pub struct Index {
    columns: Vec<Column>,
    /// How many rows it was built for.
    rows: usize,
    /// Rows with a cell that ranks can't decide: an expression or `not(…)`.
    inexact: Bits,
}

/// Why a row did not hit: the first column that it failed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// The input did not meet the cell.
    Input(Name),
    /// The day lies outside the row's `from` and `to`.
    Date,
}

impl Row {
    fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

impl Table {
    /// Builds the index; to be called once the rows are complete.
    pub fn build_index(&mut self) {
        self.index = Index::default();
        if self.rows.len() <= SMALL {
            return;
        }
        let mut inexact = Bits::new(self.rows.len());
        let mut columns = Vec::new();
        for at in 0..self.inputs.len() {
            columns.extend(Column::of_input(&self.rows, at));
            for (row, _) in self
                .rows
                .iter()
                .enumerate()
                .filter(|(_, row)| matches!(row.cells.get(at), Some(Cell::Program(_) | Cell::NoneOf(_))))
            {
                inexact.set(row);
            }
        }
        columns.extend(Column::of_dates(&self.rows, self.inputs.len()));
        self.index = Index { columns, rows: self.rows.len(), inexact };
    }

    /// The rows that `inputs` (one an input column) meet on `day`, in file order. `test` runs the expression of
    /// a cell over an input. With policy `F` the search stops at the first row, with `U` at the second.
    ///
    /// # Errors
    /// The first error of `test`.
    pub fn hits<E>(
        &self,
        inputs: &[Value],
        day: Date,
        test: &mut dyn FnMut(&Program, &Value) -> Result<bool, E>,
    ) -> Result<Vec<u32>, E> {
        let limit = match self.hit {
            Hit::First => 1,
            Hit::Unique => 2,
            _ => usize::MAX,
        };
        let mut found = Found { table: self, inputs, day, test, limit, rows: Vec::new() };
        // A column without any bound, and a missing index, leave every row to be compared.
        if self.index.columns.is_empty() || self.index.rows != self.rows.len() {
            found.linear()?;
        } else {
            found.indexed()?;
        }
        Ok(found.rows)
    }

    /// Why `row` does not hit: its first failing column, or `None` when it does hit.
    ///
    /// # Errors
    /// The first error of `test`.
    pub fn why_not<E>(
        &self,
        row: u32,
        inputs: &[Value],
        day: Date,
        test: &mut dyn FnMut(&Program, &Value) -> Result<bool, E>,
    ) -> Result<Option<Miss>, E> {
        let Some(row) = self.rows.get(row as usize) else { return Ok(None) };
        for ((cell, input), column) in row.cells.iter().zip(inputs).zip(&self.inputs) {
            if !met(cell, input, test)? {
                return Ok(Some(Miss::Input(column.name)));
            }
        }
        Ok((!row.holds_on(day)).then_some(Miss::Date))
    }
}

fn met<E>(cell: &Cell, input: &Value, test: &mut dyn FnMut(&Program, &Value) -> Result<bool, E>) -> Result<bool, E> {
    match cell {
        Cell::Program(program) => test(program, input),
        cell => Ok(cell.meets(input).unwrap_or(false)),
    }
}

/// One search.
struct Found<'a, 't, E> {
    table: &'a Table,
    inputs: &'a [Value],
    day: Date,
    test: &'t mut dyn FnMut(&Program, &Value) -> Result<bool, E>,
    limit: usize,
    rows: Vec<u32>,
}

impl<E> Found<'_, '_, E> {
    fn full(&self) -> bool {
        self.rows.len() >= self.limit
    }

    fn linear(&mut self) -> Result<(), E> {
        for row in 0..self.table.rows.len() {
            self.compare(row)?;
            if self.full() {
                break;
            }
        }
        Ok(())
    }

    /// Takes `row` if its every cell is met. Expressions run last, and only when all else is met.
    fn compare(&mut self, row: usize) -> Result<(), E> {
        let Some(found) = self.table.rows.get(row) else { return Ok(()) };
        let plain = |(cell, input): (&Cell, &Value)| cell.meets(input) != Some(false);
        if !found.cells.iter().zip(self.inputs).all(plain) || !found.holds_on(self.day) {
            return Ok(());
        }
        for (cell, input) in found.cells.iter().zip(self.inputs) {
            if let Cell::Program(program) = cell
                && !(self.test)(program, input)?
            {
                return Ok(());
            }
        }
        self.rows.push(row as u32);
        Ok(())
    }

    fn indexed(&mut self) -> Result<(), E> {
        let index = &self.table.index;
        let mut paths: Vec<Path<'_>> = Vec::with_capacity(index.columns.len());
        for column in &index.columns {
            let path = column.path(self.inputs, self.day);
            if path.count == 0 {
                return Ok(());
            }
            paths.push(path);
        }
        let Some(best) = (0..paths.len()).min_by_key(|at| paths.get(*at).map(|path| path.count)) else {
            return self.linear();
        };
        paths.swap(0, best);
        let Some((first, others)) = paths.split_first() else { return Ok(()) };
        // Comparing a row costs about as much as intersecting four words.
        if first.count <= (index.rows / 256).max(4) {
            let mut candidates = Vec::with_capacity(first.count);
            first.collect(&mut candidates);
            candidates.sort_unstable();
            candidates.dedup();
            candidates.retain(|row| others.iter().all(|path| path.may_meet(*row)));
            return candidates.into_iter().try_for_each(|row| self.take(row as usize));
        }
        let mut rows = Bits::new(index.rows);
        first.union(&mut rows);
        let mut other = Bits::new(index.rows);
        for path in others.iter().filter(|path| path.count < index.rows) {
            other.clear();
            path.union(&mut other);
            rows.intersect(&other);
        }
        rows.iter().try_for_each(|row| self.take(row))
    }

    /// A row that every rank meets: only inexact ones have to be compared again.
    fn take(&mut self, row: usize) -> Result<(), E> {
        if self.full() {
            return Ok(());
        }
        if self.table.index.inexact.get(row) {
            return self.compare(row);
        }
        self.rows.push(row as u32);
        Ok(())
    }
}
