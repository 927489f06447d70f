//! Balances and entries of a book's ledgers.

use formwork_model::{code, name::Name, record::Fields, text};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Book;
use crate::{
    command::{Actor, Input, post},
    ledger::{self, Line},
    rejection::{Kind, Refusal, Rejection},
};

impl Book {
    /// A balance over the dimensions that are given.
    ///
    /// # Errors
    /// When the ledger does not exist, or the store fails.
    pub fn balance(&self, name: Name, dimensions: &Fields, at: Option<Date>) -> Result<Decimal, Refusal> {
        self.ask(&Actor::system(), |decider| decider.ledger_balance(name, dimensions, at))
    }

    /// The entries of a ledger over the dimensions that are given.
    ///
    /// # Errors
    /// When the ledger does not exist, or the store fails.
    pub fn statement(&self, name: Name, dimensions: &Fields, until: Option<Date>) -> Result<Vec<Line>, Refusal> {
        let release = self.release();
        let Some(known) = release.catalog.ledgers.get(&name) else {
            return Err(Rejection::new(
                Kind::NotFound,
                code!("unknown-ledger"),
                text!("there is no ledger `{name}`", "没有账本 `{name}`"),
            )
            .into());
        };
        let wanted: Vec<_> = known.dimensions.iter().map(|dimension| dimensions.get(dimension.name).clone()).collect();
        self.read(|view| Ok(ledger::statement(view, &release, known, &wanted, until)?))
    }

    /// Reads ledger dimensions from outside.
    ///
    /// # Errors
    /// When a dimension does not exist or its value does not fit.
    pub fn read_dimensions(&self, name: Name, values: &Input) -> Result<Fields, Refusal> {
        self.ask(&Actor::system(), |decider| post::read_dimensions(decider, name, values))
    }
}
