//! How often somebody may ask: by address, by user, and how often an address may try to sign in.

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::http::StatusCode;
use formwork_model::{code, text};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};

use crate::{error::Problem, peer::counted};

/// A rate: so many at once, then one more after each `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: NonZeroU32,
    /// How long until one more is possible.
    pub every: Duration,
}

/// The rates that requests are held to. A `--dev` server holds nobody to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of one address: an office behind one address must fit.
    pub address: Rate,
    /// Requests of one user.
    pub user: Rate,
    /// Attempts of one address to sign in: each costs tens of milliseconds of a core.
    pub sign_in: Rate,
}

const fn rate(burst: u32, every: Duration) -> Rate {
    let burst = match NonZeroU32::new(burst) {
        Some(burst) => burst,
        None => NonZeroU32::MIN,
    };
    Rate { burst, every }
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            address: rate(2_000, Duration::from_millis(2)),
            user: rate(1_000, Duration::from_millis(5)),
            sign_in: rate(60, Duration::from_secs(2)),
        }
    }
}

/// How many requests pass between two looks for what is no longer needed.
const SWEEP: u32 = 4096;

/// Counts for each of many.
#[derive(Debug)]
struct Each<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    passed: AtomicU32,
}

impl<K: Hash + Eq + Clone> Each<K> {
    fn new(rate: Rate) -> Self {
        let every = Quota::with_period(rate.every).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self { limiter: RateLimiter::keyed(every.allow_burst(rate.burst)), passed: AtomicU32::new(0) }
    }

    fn pass(&self, key: &K) -> Result<(), Problem> {
        if self.passed.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.limiter.clock().now());
            let message = text!("too many requests; try again later", "请求过于频繁；请稍后再试");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, code!("too-many-requests"), message)
                .retry_after(wait.as_secs().saturating_add(1))
        })
    }
}

/// What counts.
#[derive(Debug)]
pub(crate) struct Counters {
    address: Each<IpAddr>,
    user: Each<Arc<str>>,
    sign_in: Each<IpAddr>,
}

impl Counters {
    pub(crate) fn new(rates: &Rates) -> Self {
        Self { address: Each::new(rates.address), user: Each::new(rates.user), sign_in: Each::new(rates.sign_in) }
    }

    /// Counts a request of an address.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), Problem> {
        self.address.pass(&counted(address))
    }

    /// Counts a request of a user.
    pub(crate) fn user(&self, login: &Arc<str>) -> Result<(), Problem> {
        self.user.pass(login)
    }

    /// Counts an attempt to sign in.
    pub(crate) fn sign_in(&self, address: IpAddr) -> Result<(), Problem> {
        self.sign_in.pass(&counted(address))
    }
}
