//! `formwork verify`: whether the book is what its commands made it.

mod beside;
mod files;
mod incidents;
mod ledgers;
mod outbox;
mod queues;
mod records;
mod tasks;
mod timers;

use formwork_model::{text, text::Text};
use formwork_store::{
    error::Error,
    table::{audit, history},
};

use crate::{book::Book, rejection::Refusal, remark::files_of};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What is wrong, and where.
    pub what: Text,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// History entries whose place in the chain was checked.
    pub entries: u64,
    /// Entries of the audit log whose place in the chain was checked.
    pub audited: u64,
    /// Records that were read.
    pub records: u64,
    /// Index and unique-key entries that were compared.
    pub keys: u64,
    /// Pieces of work in queues whose entries were compared.
    pub works: u64,
    /// Ledger balances that were summed up again.
    pub balances: u64,
    /// Bytes of keys and values.
    pub data: u64,
    /// Bytes on disk.
    pub disk: u64,
    /// What is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

/// No more findings than this are listed.
const MOST: usize = 1000;

impl Verdict {
    fn find(&mut self, what: Text) {
        if self.findings.len() < MOST {
            self.findings.push(Finding { what });
        }
    }
}

/// What was read, when whoever reads it damaged finds `otherwise`: the damage itself is told where it lies.
fn told_there<T>(read: Result<T, Refusal>, otherwise: T) -> Result<T, Refusal> {
    match read {
        Err(Refusal::Store(Error::Damaged(_) | Error::Newer { .. })) => Ok(otherwise),
        read => read,
    }
}

/// Checks the history's chain, that of the audit log, every record, index, unique key, timer, task, reference, roll-up and
/// ledger sum, message and file.
///
/// # Errors
/// When the store fails; damaged data is a finding, not an error.
pub fn verify(book: &Book) -> Result<Verdict, Refusal> {
    let release = book.release();
    let mut verdict = Verdict { disk: book.store().size_on_disk(), ..Verdict::default() };
    book.inspect(|view| {
        let mut broken = Vec::new();
        let mut said = Vec::new();
        let mut each = |entry: &history::Entry| {
            said.extend(
                entry.target.into_iter().flat_map(|key| files_of(entry).into_iter().map(move |file| (key, file))),
            );
        };
        verdict.entries =
            history::verify(view, &release.symbols, &mut each, &mut |seq, what| broken.push((seq, what)))?;
        for (key, file) in &said {
            files::verify_one(view, *key, file, &mut verdict)?;
        }
        for (seq, what) in broken {
            verdict.find(text!("history entry {seq}: {what}", "历史条目 {seq}：{what}"));
        }
        let mut broken = Vec::new();
        verdict.audited = audit::verify(view, &mut |seq, what| broken.push((seq, what)))?;
        for (seq, what) in broken {
            verdict.find(text!("audit entry {seq}: {what}", "审计条目 {seq}：{what}"));
        }
        for object in release.catalog.objects.values() {
            records::verify(view, &release, object, &mut verdict)?;
        }
        timers::verify(view, &release, &mut verdict)?;
        tasks::verify(view, &release, &mut verdict)?;
        queues::verify(view, &mut verdict)?;
        for ledger in release.catalog.ledgers.values() {
            ledgers::verify(view, &release, ledger, &mut verdict)?;
        }
        incidents::verify(view, &release, &mut verdict)?;
        outbox::verify(view, &release, &mut verdict)?;
        beside::verify(view, &release, &mut verdict)?;
        files::verify(view, &mut verdict)?;
        view.scan(&[], &[0xFF; 64], formwork_store::store::Order::Forward, &mut |key, value| {
            verdict.data += (key.len() + value.len()) as u64;
            std::ops::ControlFlow::Continue(())
        })?;
        Ok(())
    })?;
    Ok(verdict)
}
