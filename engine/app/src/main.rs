//! The `formwork` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    formwork_app::run(std::env::args_os().collect())
}
