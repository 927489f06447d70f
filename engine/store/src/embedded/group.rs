//! What a group of works has written so far, laid over the backend: the transaction its works see.

use std::{
    collections::BTreeMap,
    ops::{Bound, ControlFlow},
    panic::{AssertUnwindSafe, catch_unwind},
};

use crate::{
    backend::{Batch, panic_text},
    error::Error,
    store::{Each, Order, Transaction, View, Work},
};

/// The new value of a key; `None` where it is removed.
pub(super) type Written = Option<Vec<u8>>;
/// New values by key.
pub(super) type Writes = BTreeMap<Vec<u8>, Written>;

/// The writes of a group. The work that is running writes into them too; `undo` takes that back.
pub(super) struct Group<'a> {
    base: &'a dyn View,
    writes: Writes,
    /// What the running work found in `writes` where it wrote, oldest first.
    undo: Vec<(Vec<u8>, Option<Written>)>,
    bytes: usize,
}

impl<'a> Group<'a> {
    pub(super) fn new(base: &'a dyn View) -> Self {
        Self { base, writes: Writes::new(), undo: Vec::new(), bytes: 0 }
    }

    /// Runs one work. If it aborts or panics, nothing that it wrote remains.
    pub(super) fn run(&mut self, work: &mut dyn Work) -> Result<(), Error> {
        let result = catch_unwind(AssertUnwindSafe(|| work.run(self)));
        if !matches!(result, Ok(Ok(()))) {
            self.roll_back();
        }
        self.undo.clear();
        match result {
            Ok(_) => Ok(()),
            Err(panic) => Err(Error::Fault(format!("a command failed: {}", panic_text(&*panic)))),
        }
    }

    fn roll_back(&mut self) {
        for (key, before) in std::mem::take(&mut self.undo).into_iter().rev() {
            match before {
                Some(before) => self.writes.insert(key, before),
                None => self.writes.remove(&key),
            };
        }
    }

    fn write(&mut self, key: Vec<u8>, value: Written) {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        let before = self.writes.insert(key.clone(), value);
        self.undo.push((key, before));
    }

    /// About how many bytes were written.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All that was written, as one batch; `None` when nothing was.
    pub(super) fn into_batch(self) -> Option<Batch> {
        if self.writes.is_empty() { None } else { Some(Batch(self.writes)) }
    }
}

impl View for Group<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.writes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key),
        }
    }

    fn scan(&self, start: &[u8], end: &[u8], order: Order, each: Each<'_>) -> Result<(), Error> {
        scan_over(self.base, (start, end), order, &self.writes, each)
    }
}

/// Scans `base` with `writes` laid over it.
pub(super) fn scan_over(
    base: &dyn View,
    span: (&[u8], &[u8]),
    order: Order,
    writes: &Writes,
    each: Each<'_>,
) -> Result<(), Error> {
    if span.0 >= span.1 {
        return Ok(());
    }
    let own = writes.range::<[u8], _>((Bound::Included(span.0), Bound::Excluded(span.1)));
    match order {
        Order::Forward => merge(base, span, order, own, each),
        Order::Reverse => merge(base, span, order, own.rev(), each),
    }
}

/// Scans `base` with `own` laid over it; `own` comes in the scan's order.
fn merge<'a>(
    base: &dyn View,
    (start, end): (&[u8], &[u8]),
    order: Order,
    own: impl Iterator<Item = (&'a Vec<u8>, &'a Written)>,
    each: Each<'_>,
) -> Result<(), Error> {
    let mut own = own.peekable();
    let mut emit = |key: &[u8], value: Option<&[u8]>| value.map_or(ControlFlow::Continue(()), |value| each(key, value));
    let mut flow = ControlFlow::Continue(());
    base.scan(start, end, order, &mut |key, value| {
        let first = |own: &[u8]| if order == Order::Forward { own < key } else { own > key };
        while let Some((own_key, own_value)) = own.next_if(|(own_key, _)| first(own_key)) {
            flow = emit(own_key, own_value.as_deref());
            if flow.is_break() {
                return flow;
            }
        }
        flow = match own.next_if(|(own_key, _)| own_key.as_slice() == key) {
            Some((_, own_value)) => emit(key, own_value.as_deref()),
            None => emit(key, Some(value)),
        };
        flow
    })?;
    for (key, value) in own {
        if flow.is_break() {
            break;
        }
        flow = emit(key, value.as_deref());
    }
    Ok(())
}

impl Transaction for Group<'_> {
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.write(key, Some(value));
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.write(key, None);
    }

    fn view(&self) -> &dyn View {
        self
    }
}

#[cfg(test)]
mod tests;
