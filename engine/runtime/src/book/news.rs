//! What is new in a book, for pages that stay open: which records and whose lists each commit touched.
//!
//! It says that something was touched, not what: whoever hears it looks again, with their own eyes.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use formwork_model::{id::RecordId, name::Name};
use formwork_store::key::{KeyKind, KeyReader};

use crate::changes::Changes;

/// How many commits are remembered. Whoever has missed more looks again in any case.
const REMEMBERED: usize = 512;

/// What one commit touched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Records that changed, or that something was said about.
    pub records: Vec<(Name, RecordId)>,
    /// The logins whose messages or tasks changed.
    pub people: Vec<String>,
}

impl Touched {
    pub(super) fn by(changes: &Changes) -> Self {
        let mut touched = Self::default();
        let changed = changes.entry.changes.iter().map(|change| (change.object, change.id));
        for record in changed.chain(changes.entry.target) {
            if !touched.records.contains(&record) {
                touched.records.push(record);
            }
        }
        for (key, _) in &changes.writes {
            let whose = [KeyKind::Message, KeyKind::Task].into_iter().find_map(|kind| whose(key, kind));
            if let Some(login) = whose.filter(|login| !touched.people.contains(login)) {
                touched.people.push(login);
            }
        }
        touched
    }
}

/// The login that a key of this kind begins with.
fn whose(key: &[u8], kind: KeyKind) -> Option<String> {
    if key.first() != Some(&kind.number()) {
        return None;
    }
    KeyReader::new(key, kind).ok()?.text().ok()
}

/// What the last commits touched.
#[derive(Debug, Default)]
pub struct News(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The number of the last commit.
    last: u64,
    kept: VecDeque<Touched>,
    waiting: Vec<Waker>,
}

impl State {
    /// Whether a commit behind `after` is of this concern, or nobody knows any more.
    fn concerns(&self, after: u64, concern: &impl Fn(&Touched) -> bool) -> bool {
        let missed = usize::try_from(self.last.saturating_sub(after)).unwrap_or(usize::MAX);
        missed > self.kept.len() || self.kept.iter().rev().take(missed).any(concern)
    }
}

impl News {
    /// Where the news are now.
    pub fn last(&self) -> u64 {
        self.state().last
    }

    pub(super) fn add(&self, touched: Touched) {
        let waiting = {
            let mut state = self.state();
            state.last += 1;
            state.kept.push_back(touched);
            if state.kept.len() > REMEMBERED {
                state.kept.pop_front();
            }
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Waits, without holding a thread, for a commit behind `after` that is of this concern; answers where the news
    /// are then.
    pub async fn behind(&self, mut after: u64, concern: impl Fn(&Touched) -> bool) -> u64 {
        poll_fn(|context| {
            let mut state = self.state();
            if state.concerns(after, &concern) {
                return Poll::Ready(state.last);
            }
            // What was of no concern once is not looked at again.
            after = state.last;
            if !state.waiting.iter().any(|known| known.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context, Waker},
    };

    use super::*;

    fn of(login: &str) -> Touched {
        Touched { records: Vec::new(), people: vec![login.to_owned()] }
    }

    #[test]
    fn who_waits_hears_what_concerns_them_and_what_they_have_missed() {
        let news = News::default();
        let mine = |touched: &Touched| touched.people.iter().any(|login| login == "li");
        let mut context = Context::from_waker(Waker::noop());
        let mut heard = pin!(news.behind(0, mine));
        assert!(heard.as_mut().poll(&mut context).is_pending());
        news.add(of("wu"));
        assert!(heard.as_mut().poll(&mut context).is_pending());
        news.add(of("li"));
        assert_eq!(heard.as_mut().poll(&mut context), Poll::Ready(2));
        assert!(pin!(news.behind(2, mine)).poll(&mut context).is_pending());
        for _ in 0..=REMEMBERED {
            news.add(of("wu"));
        }
        assert!(pin!(news.behind(2, mine)).poll(&mut context).is_ready(), "too much was missed to know");
    }
}
