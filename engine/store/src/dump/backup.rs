//! Writes a book to a stream.

use std::{
    io::{self, Write},
    ops::ControlFlow,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use jiff::Timestamp;

use super::{Summary, stream::Sink};
use crate::{
    backend::Kind,
    error::Error,
    store::{Abort, Order, Store, Transaction, View, Work},
};

/// About how many bytes travel at once from the reading thread to the writing one.
const PAGE: usize = 256 * 1024;

type Page = Vec<(Vec<u8>, Vec<u8>)>;

/// Writes the whole book to `output`, as it is at one moment. `created` is noted in the backup.
///
/// fjall has snapshots, so there the backup disturbs nobody. The others have none: there the backup is one
/// work of the writer, so that commands wait until it is through and readers don't.
///
/// # Errors
/// When the store or `output` fails; what was written then has no end and can't be restored.
pub fn backup(store: &dyn Store, created: Timestamp, output: &mut dyn Write) -> Result<Summary, Error> {
    let mut sink = Sink::new(output, created)?;
    let (pages, received) = sync_channel(4);
    let (outcome, told) = sync_channel(1);
    let mut reading = Reading { pages: Some(pages), outcome, problem: None };
    if store.kind() == Kind::Fjall.name() {
        thread::scope(|scope| {
            scope.spawn(move || {
                let opened = store.read(&mut |view| reading.send_all(view));
                Box::new(reading).done(opened);
            });
            write_pages(&mut sink, received)
        })?;
    } else {
        store.submit_stored(Box::new(reading));
        write_pages(&mut sink, received)?;
    }
    told.recv().unwrap_or(Err(Error::Closed))?;
    Ok(sink.end()?.0)
}

/// Writes what arrives. Gives up the channel at the end, also after an error, so that the sender is not stuck.
fn write_pages(sink: &mut Sink<&mut dyn Write>, received: Receiver<Page>) -> io::Result<()> {
    for page in received {
        for (key, value) in page {
            sink.pair(&key, &value)?;
        }
    }
    Ok(())
}

/// The reading half: sends every pair and closes the channel.
struct Reading {
    pages: Option<SyncSender<Page>>,
    outcome: SyncSender<Result<(), Error>>,
    problem: Option<Error>,
}

impl Reading {
    fn send_all(&mut self, view: &dyn View) {
        let Some(pages) = self.pages.take() else { return };
        let mut page = Page::new();
        let mut bytes = 0;
        let scanned = view.scan(&[], &[u8::MAX], Order::Forward, &mut |key, value| {
            bytes += key.len() + value.len();
            page.push((key.to_vec(), value.to_vec()));
            if bytes < PAGE {
                return ControlFlow::Continue(());
            }
            bytes = 0;
            // The receiver is gone when the output failed, and has that error.
            if pages.send(std::mem::take(&mut page)).is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        match scanned {
            Ok(()) => drop(pages.send(page)),
            Err(error) => self.problem = Some(error),
        }
    }
}

impl Work for Reading {
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        self.send_all(transaction.view());
        Err(Abort)
    }

    fn done(mut self: Box<Self>, outcome: Result<(), Error>) {
        self.pages = None;
        let _gone = self.outcome.send(outcome.and(self.problem.map_or(Ok(()), Err)));
    }
}
