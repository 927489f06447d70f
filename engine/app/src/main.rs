//! The `formwork` binary.

use std::process::ExitCode;

/// A book that has grown frees pages of every size in every order. The C library's allocator then searches long lists
/// for each piece and hands little back: with 100,000 approvals that wait it took more than a third of the time of
/// sled's writer (`formwork bench approval --parked 100000`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    formwork_app::run(std::env::args_os().collect())
}
