//! In-app messages.

use std::ops::ControlFlow;

use formwork_store::{
    error::Error,
    key::{KeyKind, KeyReader},
    store::{self, Order},
    table::message::{self, Message},
};

use super::news::Touched;
use crate::{book::Book, rejection::Refusal};

/// Where a message lies: the history entry that sent it, and its place among that entry's messages.
pub type Place = (u64, u32);

impl Book {
    /// The newest messages of a user, newest first, each with its place for [`Book::read_message`].
    ///
    /// # Errors
    /// When the store fails.
    pub fn messages(&self, login: &str, limit: usize) -> Result<Vec<(Place, Message)>, Refusal> {
        let release = self.release();
        let (start, end) = message::range(login);
        let mut messages = Vec::new();
        let mut failure = None;
        self.read(|view| {
            view.scan(&start, &end, Order::Reverse, &mut |key, bytes| {
                match place(key).and_then(|place| Ok((place, message::decode(bytes, &release.symbols)?))) {
                    Ok(found) => messages.push(found),
                    Err(error) => failure = Some(error),
                }
                if failure.is_some() || messages.len() >= limit {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .map_err(Refusal::from)
        })?;
        failure.map_or(Ok(messages), |error| Err(error.into()))
    }

    /// Marks a message as read; one that does not exist is left alone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn read_message(&self, login: &str, (seq, n): Place) -> Result<(), Refusal> {
        let symbols = self.release().symbols.clone();
        let key = message::key(login, seq, n);
        let done = store::transact(&**self.store(), move |transaction| {
            let Some(bytes) = transaction.get(&key)? else { return Ok(()) };
            let read = Message { read: true, ..message::decode(&bytes, &symbols)? };
            transaction.put(key.clone(), message::encode(&read, &symbols)?);
            Ok::<(), Error>(())
        })?;
        done?;
        self.news().add(Touched { records: Vec::new(), people: vec![login.to_owned()] });
        Ok(())
    }
}

fn place(key: &[u8]) -> Result<Place, Error> {
    let mut reader = KeyReader::new(key, KeyKind::Message)?;
    let _login = reader.text()?;
    Ok((reader.u64()?, reader.u32()?))
}
