//! The bare store under the same bytes: as many keys and bytes a command as the engine writes.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use formwork_store::store::{Store, transact};

/// The sizes of the keys and values that one command writes.
pub(super) type Shape = Vec<(usize, usize)>;

/// Commands a second with `callers` callers, each command writing new keys of these sizes.
pub(super) fn commands(
    store: &str,
    folder: &Path,
    shapes: &[Shape],
    callers: usize,
    seconds: u64,
) -> Result<f64, String> {
    let store: Arc<dyn Store> = Arc::new(super::fresh(store, folder)?);
    let done = AtomicU64::new(0);
    let next = AtomicU64::new(1);
    let started = Instant::now();
    let end = Duration::from_secs(seconds);
    std::thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| {
                while started.elapsed() < end {
                    for shape in shapes {
                        let (shape, number) = (shape.clone(), next.fetch_add(1, Ordering::Relaxed));
                        let written = transact(&*store, move |transaction| {
                            for (n, (key, value)) in shape.iter().enumerate() {
                                let mut key = bytes(number, n as u64, *key);
                                // The first byte of a key is its kind; stores keep some of them for themselves.
                                key.first_mut().into_iter().for_each(|kind| *kind = 3);
                                transaction.put(key, bytes(number, n as u64 + 100, *value));
                            }
                            Ok::<(), ()>(())
                        });
                        if written.is_ok() {
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    Ok(done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

/// `length` bytes that look random and differ for each pair.
fn bytes(a: u64, b: u64, length: usize) -> Vec<u8> {
    let mut state = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xD1B5_4A32_D192_ED03);
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}
