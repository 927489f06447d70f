//! A bell of a book: whoever waits for what is due next hears when something earlier is committed. One listener a bell.

use std::{
    future::poll_fn,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::Duration,
};

use jiff::Timestamp;

/// The earliest time anybody has committed since it was listened to.
#[derive(Debug, Default)]
pub struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct State {
    earliest: Option<Timestamp>,
    /// Who listens without a thread of its own.
    waker: Option<Waker>,
}

impl State {
    fn is_before(&self, until: Timestamp) -> bool {
        self.earliest.is_some_and(|at| at < until)
    }
}

impl Bell {
    /// Something is due at `at`.
    pub fn ring(&self, at: Timestamp) {
        let mut state = self.state();
        state.earliest = Some(state.earliest.map_or(at, |known| known.min(at)));
        self.rung.notify_all();
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Waits so long at most, or until something is committed that is due before `until`.
    pub fn wait(&self, most: Duration, until: Timestamp) {
        let waited = self.rung.wait_timeout_while(self.state(), most, |state| !state.is_before(until));
        waited.unwrap_or_else(PoisonError::into_inner).0.earliest = None;
    }

    /// Waits, without holding a thread, until something is committed that is due before `until`.
    pub async fn rung(&self, until: Timestamp) {
        poll_fn(|context| {
            let mut state = self.state();
            if state.is_before(until) {
                state.earliest = None;
                Poll::Ready(())
            } else {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        })
        .await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Context, Wake},
    };

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn who_listens_is_woken_by_what_is_earlier_and_not_by_what_is_later() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let bell = Bell::default();
        let woken = Arc::new(Woken::default());
        let waker = woken.clone().into();
        let mut context = Context::from_waker(&waker);
        let mut rung = pin!(bell.rung(at(10)));
        assert!(rung.as_mut().poll(&mut context).is_pending());
        bell.ring(at(20));
        assert!(rung.as_mut().poll(&mut context).is_pending());
        bell.ring(at(5));
        assert_eq!(woken.0.load(Ordering::SeqCst), 2);
        assert!(rung.as_mut().poll(&mut context).is_ready());
        // What rang while nobody listened is heard afterwards, once.
        bell.ring(at(5));
        assert!(pin!(bell.rung(at(10))).poll(&mut context).is_ready());
        assert!(pin!(bell.rung(at(10))).poll(&mut context).is_pending());
    }
}
