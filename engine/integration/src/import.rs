//! Importing a data file: every row is one command, decided by rules and flows like any other.
//!
//! Rows are read here while earlier ones are decided and written, so that the book can commit them in groups.

mod flight;
mod plan_row;
mod refused;
mod resume;

use std::{collections::BTreeMap, path::PathBuf};

use formwork_model::{code::Code, id::CommandId};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Imported, Request},
    rejection::Refusal,
};

use self::{
    flight::Flight,
    plan_row::{Pass, RowPlan},
    refused::{Refused, RefusedFile},
    resume::State,
};
use crate::{error::Error, mapping::Mapping};

/// How an import is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who the records are created by.
    pub actor: Actor,
    /// Decides every row and writes nothing. Rows see the book as it is, not the rows before them.
    pub dry_run: bool,
    /// Where refused rows go, with the reasons; a CSV that can be corrected and imported again.
    pub errors: Option<PathBuf>,
    /// Where it is kept how far the import came, so that it can be taken up again after a crash.
    pub resume: Option<PathBuf>,
    /// How many rows are on their way to the book at once.
    pub in_flight: usize,
}

impl Options {
    /// The usual: rows as `actor`, 512 on their way, no files.
    pub fn new(actor: Actor) -> Self {
        Self { actor, dry_run: false, errors: None, resume: None, in_flight: 512 }
    }
}

/// What came of an import, also while it goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows that were read.
    pub read: u64,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// Rows whose record was left alone.
    pub skipped: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Rows that an earlier run had done.
    pub resumed: u64,
    /// Fields set in the second pass.
    pub later: u64,
    /// Refused rows by code.
    pub codes: BTreeMap<Code, u64>,
    /// The first refusals, with their rows, for people.
    pub examples: Vec<Refused>,
    /// How much of the file was read, in thousandths; `None` when that is not known.
    pub part: Option<u16>,
}

/// How many refusals a report keeps as examples.
const EXAMPLES: usize = 20;

impl Report {
    fn refuse(&mut self, refused: Refused) {
        self.refused += 1;
        *self.codes.entry(refused.code).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(refused);
        }
    }
}

/// Imports a data file through its mapping. `progress` is called now and then.
///
/// # Errors
/// When a file can't be read or written, or the store fails. Refused rows are in the report.
pub fn run(
    book: &Book,
    mapping: &Mapping,
    options: &Options,
    progress: &mut dyn FnMut(&Report),
) -> Result<Report, Error> {
    let catalog = book.catalog();
    let plan = RowPlan::new(book, &catalog, mapping, &options.actor);
    let mut run = Run {
        book,
        options,
        state: State::open(options.resume.as_deref(), mapping)?,
        refused: RefusedFile::new(options.errors.clone()),
        report: Report::default(),
        flight: Flight::new(options.in_flight),
    };
    run.pass(&plan, mapping, Pass::First, progress)?;
    if mapping.columns.iter().any(|column| column.later) && !options.dry_run {
        run.pass(&plan, mapping, Pass::Later, progress)?;
    }
    run.refused.finish()?;
    run.state.finish()?;
    progress(&run.report);
    Ok(run.report)
}

struct Run<'a> {
    book: &'a Book,
    options: &'a Options,
    state: State,
    refused: RefusedFile,
    report: Report,
    flight: Flight,
}

impl Run<'_> {
    fn pass(
        &mut self,
        plan: &RowPlan<'_>,
        mapping: &Mapping,
        pass: Pass,
        progress: &mut dyn FnMut(&Report),
    ) -> Result<(), Error> {
        let mut rows = mapping.rows()?;
        self.refused.header(rows.header());
        let mut cells = Vec::new();
        let mut row = 0;
        while rows.next(&mut cells)? {
            row += 1;
            if pass == Pass::First {
                self.report.read += 1;
            }
            if self.state.is_done(pass, row) {
                self.report.resumed += u64::from(pass == Pass::First);
                continue;
            }
            match plan.plan(&cells, pass) {
                Ok(None) => self.state.done(pass, row),
                Ok(Some(_)) if pass == Pass::Later && !self.state.may_be_set(row) => self.state.done(pass, row),
                Ok(Some(import)) => self.command(pass, row, Request::Import(import), std::mem::take(&mut cells))?,
                Err(refused) => {
                    self.state.done(pass, row);
                    self.refuse(row, &cells, refused)?;
                }
            }
            while let Some((row, cells, result)) = self.flight.landed(false) {
                self.take(pass, row, &cells, result)?;
            }
            if row % 256 == 0 {
                self.report.part = rows.progress();
                self.state.save(self.flight.oldest())?;
                progress(&self.report);
            }
        }
        while let Some((row, cells, result)) = self.flight.landed(true) {
            self.take(pass, row, &cells, result)?;
        }
        self.state.pass_over(pass)?;
        Ok(())
    }

    fn command(&mut self, pass: Pass, row: u64, request: Request, cells: Vec<String>) -> Result<(), Error> {
        let mut command = Command::new(self.options.actor.clone(), request);
        if let Some((id, idempotency)) = self.state.identity(pass, row, &cells) {
            command.id = CommandId::from_bytes(id);
            command.idempotency = Some(idempotency);
        }
        if self.options.dry_run {
            let result = self.book.dry_run(&command).map(|changes| changes.outcome);
            return self.take(pass, row, &cells, result);
        }
        while self.flight.is_full() {
            if let Some((row, cells, result)) = self.flight.landed(true) {
                self.take(pass, row, &cells, result)?;
            }
        }
        self.flight.submit(self.book, row, cells, command);
        Ok(())
    }

    fn take(
        &mut self,
        pass: Pass,
        row: u64,
        cells: &[String],
        result: Result<formwork_runtime::command::Outcome, Refusal>,
    ) -> Result<(), Error> {
        match result {
            Ok(outcome) => {
                let created = outcome.import == Some(Imported::Created);
                match (pass, outcome.import) {
                    (Pass::Later, _) => self.report.later += 1,
                    (_, Some(Imported::Updated)) => self.report.updated += 1,
                    (_, Some(Imported::Skipped)) => self.report.skipped += 1,
                    // A row done again after a crash was created then.
                    (_, Some(Imported::Created) | None) => self.report.created += 1,
                }
                if pass == Pass::First && (created || outcome.replayed) {
                    self.state.created(row);
                }
            }
            Err(Refusal::Rejected(rejection)) => {
                self.refuse(row, cells, Refused::of(row, &rejection))?;
            }
            Err(refusal) => return Err(refusal.into()),
        }
        self.state.done(pass, row);
        Ok(())
    }

    fn refuse(&mut self, row: u64, cells: &[String], mut refused: Refused) -> Result<(), Error> {
        refused.row = row;
        self.refused.write(cells, &refused)?;
        self.report.refuse(refused);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
