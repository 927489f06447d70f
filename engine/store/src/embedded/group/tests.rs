//! The overlay against a plain map: the same reads, whatever was written, removed or aborted.

use proptest::prelude::*;

use super::*;
use crate::{
    backend::{Backend, memory::Memory},
    store::Abort,
};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// What one work does, and whether it aborts or panics in the end.
#[derive(Debug, Clone)]
struct Steps {
    writes: Vec<(u8, Option<u8>)>,
    end: u8,
}

impl Work for Steps {
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        for (key, value) in &self.writes {
            match value {
                Some(value) => transaction.put(vec![*key], vec![*value]),
                None => transaction.delete(vec![*key]),
            }
        }
        assert!(self.end != 1, "a bug");
        if self.end == 2 { Err(Abort) } else { Ok(()) }
    }
    fn done(self: Box<Self>, _: Result<(), Error>) {}
}

fn steps() -> impl Strategy<Value = Steps> {
    let write = (0u8..20, prop::option::of(any::<u8>()));
    (prop::collection::vec(write, 0..8), 0u8..6).prop_map(|(writes, end)| Steps { writes, end })
}

fn seen(view: &dyn View, start: &[u8], end: &[u8], order: Order, limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut pairs = Vec::new();
    view.scan(start, end, order, &mut |key, value| {
        pairs.push((key.to_vec(), value.to_vec()));
        if pairs.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    pairs
}

fn expected(model: &Model, start: &[u8], end: &[u8], order: Order, limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let inside = model.iter().filter(|(key, _)| start <= key.as_slice() && key.as_slice() < end);
    let pairs = inside.map(|(key, value)| (key.clone(), value.clone()));
    match order {
        Order::Forward => pairs.take(limit).collect(),
        Order::Reverse => pairs.rev().take(limit).collect(),
    }
}

proptest! {
    #[test]
    fn the_overlay_reads_like_a_map(
        base in prop::collection::btree_map(prop::collection::vec(0u8..20, 1), prop::collection::vec(any::<u8>(), 1), 0..12),
        works in prop::collection::vec(steps(), 1..6),
        scans in prop::collection::vec((0u8..22, 0u8..22, any::<bool>(), 1usize..25), 8),
    ) {
        let memory = Memory::default();
        memory.apply(Batch(base.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect())).unwrap();
        let mut model = base;
        let mut group = Group::new(&memory);
        for mut work in works {
            let outcome = group.run(&mut work);
            prop_assert_eq!(outcome.is_err(), work.end == 1);
            if work.end != 1 && work.end != 2 {
                for (key, value) in &work.writes {
                    match value {
                        Some(value) => model.insert(vec![*key], vec![*value]),
                        None => model.remove(&vec![*key]),
                    };
                }
            }
            for (start, end, forward, limit) in &scans {
                let order = if *forward { Order::Forward } else { Order::Reverse };
                let (start, end) = ([*start], [*end]);
                prop_assert_eq!(seen(&group, &start, &end, order, *limit), expected(&model, &start, &end, order, *limit));
            }
            for key in 0u8..20 {
                prop_assert_eq!(group.get(&[key]).unwrap(), model.get(&vec![key]).cloned());
            }
        }
        if let Some(batch) = group.into_batch() {
            memory.apply(batch).unwrap();
        }
        prop_assert_eq!(seen(&memory, &[], &[255], Order::Forward, 99), expected(&model, &[], &[255], Order::Forward, 99));
    }
}
