//! The log: to stderr, filtered by `FORMWORK_LOG`. It holds names, codes and durations, never a record's data.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;

/// The variable that says what is logged, such as `debug` or `formwork_web=debug`.
const VARIABLE: &str = "FORMWORK_LOG";

/// Starts logging; a second call changes nothing.
pub(crate) fn start() {
    let filter =
        EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info,sled=warn,fjall=warn,lsm_tree=warn"));
    let _already = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .with_target(false)
        .try_init();
}
