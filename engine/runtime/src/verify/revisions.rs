//! The revision of every record against its history: a record that was put back as it once was, or taken away, is found.

use std::{collections::HashMap, ops::ControlFlow};

use formwork_model::{id::RecordId, name::Name, record::Record, text};
use formwork_store::{
    error::Error,
    key::{Key, KeyKind, KeyReader},
    store::{Order, View},
    table::{history, record},
};

use super::Verdict;

/// The revisions of the records of an object; `None` where one can't be read, which is told elsewhere.
#[derive(Debug, Default)]
pub(super) struct Revisions(HashMap<RecordId, Option<u64>>);

impl Revisions {
    pub(super) fn note(&mut self, record: &Record) {
        self.0.insert(record.id, Some(record.rev));
    }

    pub(super) fn note_unread(&mut self, key: &[u8]) {
        self.0.extend(record::id_of(key).ok().map(|id| (id, None)));
    }

    /// Compares them with what the last entry about each record left it at.
    pub(super) fn verify(
        mut self,
        view: &dyn View,
        object: Name,
        table: u16,
        verdict: &mut Verdict,
    ) -> Result<(), Error> {
        let mut last: Option<(RecordId, Option<u64>)> = None;
        let (start, end) = Key::new(KeyKind::RecordHistory).u16(table).into_range();
        view.scan(&start, &end, Order::Forward, &mut |key, value| {
            match id_of(key) {
                Ok(id) => {
                    if let Some(before) = last.filter(|(known, _)| *known != id) {
                        self.compare(object, before, verdict);
                    }
                    last = Some((id, history::rev_of(value)));
                }
                Err(error) => verdict.find(text!(
                    "the place of an entry about {object} can't be read: {error}",
                    "{object} 的一条历史索引无法读取：{error}"
                )),
            }
            ControlFlow::Continue(())
        })?;
        if let Some(last) = last {
            self.compare(object, last, verdict);
        }
        for id in self.0.into_keys() {
            verdict.find(text!("{object} {id} has no history", "{object} {id} 没有历史记录"));
        }
        Ok(())
    }

    fn compare(&mut self, object: Name, (id, left): (RecordId, Option<u64>), verdict: &mut Verdict) {
        let known = self.0.remove(&id);
        match (known, left) {
            (Some(Some(rev)), Some(left)) if rev != left => verdict.find(text!(
                "{object} {id} has revision {rev}, its history left it at {left}",
                "{object} {id} 的修订号为 {rev}，按历史应为 {left}"
            )),
            (None, Some(left)) if left > 0 => verdict.find(text!(
                "{object} {id} is gone, its history left it at revision {left}",
                "{object} {id} 已不存在，按历史应为修订号 {left}"
            )),
            _ => {}
        }
    }
}

fn id_of(key: &[u8]) -> Result<RecordId, Error> {
    let mut place = KeyReader::new(key, KeyKind::RecordHistory)?;
    place.u16()?;
    place.id()
}
