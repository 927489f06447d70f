//! Decision tables: cells, an index over them, and the hit policies of DMN 1.5.

pub mod analysis;
mod cell;
mod domain;
mod hit;
mod index;
pub mod rows;
#[cfg(test)]
mod sample;

pub use cell::{Cell, parse_cell, parse_cell_list};
pub use hit::{Answer, Broken, Outputs};
pub use index::{Index, Miss};

use formwork_model::{field_type::FieldType, name::Name, source::Span, text::Text, value::Value};
use jiff::civil::Date;

use crate::source::{Program, Source};

/// A decision table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// The module folder.
    pub module: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// The object that `this` is.
    pub object: Option<Name>,
    /// The role whose holders keep the rows, when business people do.
    pub owner: Option<Name>,
    /// Which rows count.
    pub hit: Hit,
    /// The columns that are compared.
    pub inputs: Vec<Input>,
    /// The columns that are answered.
    pub outputs: Vec<Output>,
    /// The day that dated rows are compared with; default today.
    pub date: Option<Program>,
    /// The rows, in file order.
    pub rows: Vec<Row>,
    /// The index over the rows; built by [`Table::build_index`].
    pub index: index::Index,
}

/// Which rows count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// `U`: at most one hits.
    Unique,
    /// `A`: several may hit, with equal outputs.
    Any,
    /// `P`: the one with the highest output, by the order of the options.
    Priority,
    /// `F`: the first.
    First,
    /// `R`: all, in file order.
    RuleOrder,
    /// `O`: all, highest output first.
    OutputOrder,
    /// `C`: all.
    Collect,
    /// `C+`: the sum of each output.
    Sum,
    /// `C<`: the least of each output.
    Least,
    /// `C>`: the greatest of each output.
    Greatest,
    /// `C#`: how many hit.
    Count,
}

impl Hit {
    /// Reads `U A P F R O C C+ C< C> C#`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "U" => Self::Unique,
            "A" => Self::Any,
            "P" => Self::Priority,
            "F" => Self::First,
            "R" => Self::RuleOrder,
            "O" => Self::OutputOrder,
            "C" => Self::Collect,
            "C+" => Self::Sum,
            "C<" => Self::Least,
            "C>" => Self::Greatest,
            "C#" => Self::Count,
            _ => return None,
        })
    }

    /// Whether the answer is a list of outputs.
    pub fn is_list(self) -> bool {
        matches!(self, Self::RuleOrder | Self::OutputOrder | Self::Collect)
    }

    /// Whether inputs that no row covers are a gap: policies that answer exactly one row.
    pub fn needs_cover(self) -> bool {
        matches!(self, Self::Unique | Self::Any | Self::Priority | Self::First)
    }
}

/// A column that is compared.
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Its type.
    pub kind: FieldType,
    /// What is compared; `None` when it must be given by the caller.
    pub value: Option<Program>,
    /// Least value that can occur.
    pub min: Option<Value>,
    /// Greatest value that can occur.
    pub max: Option<Value>,
}

/// A column that is answered.
#[derive(Debug)]
pub struct Output {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Its type.
    pub kind: FieldType,
    /// The answer when no row hits.
    pub default: Option<Value>,
}

/// A row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Where it was written.
    pub span: Span,
    /// What it is called, when it has a name.
    pub name: Option<Name>,
    /// One cell an input.
    pub cells: Vec<Cell>,
    /// One value an output.
    pub outputs: Vec<Source>,
    /// First day on which it holds.
    pub from: Option<Date>,
    /// Last day on which it holds.
    pub to: Option<Date>,
}
