//! The formwork binary: command line, hot reload, wiring.
//!
//! [`run`] reads the command line and calls one file of `command` a subcommand. What a command answers goes to
//! stdout, everything else to stderr, in the language of `--lang` or of the environment.

mod audit_log;
mod cli;
mod clockwork;
mod command;
mod console;
mod credentials;
mod data_key;
mod definitions;
mod failure;
mod log;
mod operators;
mod other;
mod place;
mod reload;
mod seal_key;
mod sets;
mod usage;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, FromArgMatches};

use crate::{cli::Cli, console::Console};

/// Carries out a command line; the first argument is the program's own name.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let mut console = Console::new(cli::language(&arguments));
    let command = usage::translate(Cli::command(), console.language);
    let parsed = command.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches));
    let outcome = match parsed {
        Ok(cli) => {
            console.data_key = cli.data_key;
            cli.command.run(&console)
        }
        Err(error) => return usage::explain(&error, &console).into(),
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => {
            console.error(&failure.message);
            failure.exit.into()
        }
    }
}
