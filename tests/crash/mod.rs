//! `kill -9` of the real binary under load, on every store: it always opens again, nothing acknowledged is lost,
//! no command is half applied.
//!
//! `FORMWORK_SEED=N` repeats the choices of a run (not the moments: those are the machine's).

mod approvals;
mod downtime;
mod load;
mod opening;
mod round;
mod timers;

use std::hash::{BuildHasher, Hasher, RandomState};

/// Kills of one store under load, and during the first opening of a new folder.
const KILLS: (usize, usize) = (100, 40);
/// Kills while people decide.
const DECISIONS: usize = 30;
/// Kills of one store while timers fire.
const RINGS: usize = 40;
/// Kills of one store while it catches up with weeks.
const CATCHING_UP: usize = 3;

#[test]
fn sled_survives_kills_under_load() {
    load::survives("sled", KILLS.0);
}

#[test]
fn fjall_survives_kills_under_load() {
    load::survives("fjall", KILLS.0);
}

#[test]
fn sled_survives_kills_while_a_new_folder_is_opened() {
    opening::survives("sled", KILLS.1);
}

#[test]
fn fjall_survives_kills_while_a_new_folder_is_opened() {
    opening::survives("fjall", KILLS.1);
}

#[test]
fn sled_rings_once_whatever_is_killed() {
    timers::ring_once("sled", RINGS);
}

#[test]
fn fjall_rings_once_whatever_is_killed() {
    timers::ring_once("fjall", RINGS);
}

#[test]
fn sled_fires_what_weeks_without_a_server_left_once_and_in_due_order() {
    downtime::catches_up("sled", CATCHING_UP);
}

#[test]
fn fjall_fires_what_weeks_without_a_server_left_once_and_in_due_order() {
    downtime::catches_up("fjall", CATCHING_UP);
}

#[test]
fn sled_keeps_every_decision_whatever_is_killed() {
    approvals::decide_once("sled", DECISIONS);
}

#[test]
fn fjall_keeps_every_decision_whatever_is_killed() {
    approvals::decide_once("fjall", DECISIONS);
}

/// The seed of this run; printed, so that it can be given again.
fn seed(test: &str) -> Random {
    let given = std::env::var("FORMWORK_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("{test}: FORMWORK_SEED={seed}");
    Random(seed | 1)
}

/// xorshift64*: the same seed, the same choices.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}
