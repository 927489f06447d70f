//! `formwork bench`: the engine's speed on this machine, always beside what it is compared with.

mod access;
mod approval;
mod bare;
mod business;
mod client;
mod fill;
mod http;
mod impact;
mod million;
mod pages;
mod timers;
mod wide_flow;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args as Arguments, Subcommand};

/// What to measure.
#[derive(Debug, Arguments)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Durable jobs (a create and three actions) a second through HTTP, and what the bare store reaches with
    /// the same bytes.
    Http {
        /// `sled` or `fjall`.
        #[arg(long, default_value = "sled")]
        store: String,
        /// How long to measure each of the two.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Keep-alive connections.
        #[arg(long, default_value_t = 32)]
        clients: usize,
        /// Measures also a book in which roles say who may do what.
        #[arg(long)]
        roles: bool,
        /// Measures also a book that is encrypted on the disk.
        #[arg(long)]
        encrypted: bool,
    },
    /// Lists of somebody who may see a few records out of many, beside those of somebody in whose book there are no others.
    Access {
        /// `sled` or `fjall`.
        #[arg(long, default_value = "sled")]
        store: String,
        /// How many records there are.
        #[arg(long, default_value_t = 1_000_000)]
        records: u64,
        /// How many of them are theirs.
        #[arg(long, default_value_t = 500)]
        own: u64,
        /// Where; emptied first. Default: a folder of its own below the system's temporary one.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Durable approvals a second through HTTP: a create, a submission, two approvals by two people, with their
    /// timers and messages.
    Approval {
        /// `sled` or `fjall`.
        #[arg(long, default_value = "sled")]
        store: String,
        /// How long to measure.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Keep-alive connections.
        #[arg(long, default_value_t = 32)]
        clients: usize,
        /// How many approvals wait in the book meanwhile, each with its timers; an empty book takes turns with it.
        #[arg(long, default_value_t = 0)]
        parked: u64,
        /// Where; emptied first. Default: a folder of its own below the system's temporary one.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Fires timers that are due beside timers that wait.
    Timers {
        /// `sled` or `fjall`.
        #[arg(long, default_value = "sled")]
        store: String,
        /// How many wait.
        #[arg(long, default_value_t = 1_000_000)]
        waiting: u64,
        /// How many become due at once.
        #[arg(long, default_value_t = 50_000)]
        due: u64,
        /// Where; emptied first. Default: a folder of its own below the system's temporary one.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Decides recorded commands again, under the release that was live and under another one.
    Impact {
        /// `sled` or `fjall`.
        #[arg(long, default_value = "sled")]
        store: String,
        /// How many commands.
        #[arg(long, default_value_t = 100_000)]
        commands: u64,
        /// Where; emptied first. Default: a folder of its own below the system's temporary one.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// How long the server takes for pages, a record of 200 fields and a list out of many, and how much they weigh.
    Pages {
        /// `sled` or `fjall`.
        #[arg(long, default_value = "sled")]
        store: String,
        /// How many records the list is out of.
        #[arg(long, default_value_t = 1_000_000)]
        records: u64,
        /// Where; emptied first. Default: a folder of its own below the system's temporary one.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// How long it takes to decide whether a flow of 100 nodes with ten branches at once is sound.
    WideFlow,
    /// Imports records through rules, lists them, and opens the book again after a kill.
    Million {
        /// `sled` or `fjall`.
        #[arg(long, default_value = "sled")]
        store: String,
        /// How many records.
        #[arg(long, default_value_t = 1_000_000)]
        records: u64,
        /// Where; emptied first. Default: a folder of its own below the system's temporary one.
        #[arg(long)]
        data: Option<PathBuf>,
        /// Fills and ends without closing: what the command does in a process of its own.
        #[arg(long, hide = true)]
        fill: bool,
    },
}

/// Measures and prints.
pub(crate) fn run(args: Args) -> ExitCode {
    let result = match args.what {
        What::Http { store, seconds, clients, roles, encrypted } => {
            http::run(&store, seconds, clients, (roles, encrypted))
        }
        What::Access { store, records, own, data } => {
            let data = data.unwrap_or_else(|| std::env::temp_dir().join(format!("formwork-bench-access-{store}")));
            access::run(&store, records, own, &data)
        }
        What::Approval { store, seconds, clients, parked, data } => {
            let data = data.unwrap_or_else(|| std::env::temp_dir().join(format!("formwork-bench-approval-{store}")));
            approval::run(&store, parked, (seconds, clients), &data)
        }
        What::Timers { store, waiting, due, data } => {
            let data = data.unwrap_or_else(|| std::env::temp_dir().join(format!("formwork-bench-timers-{store}")));
            timers::run(&store, waiting, due, &data)
        }
        What::Impact { store, commands, data } => {
            let data = data.unwrap_or_else(|| std::env::temp_dir().join(format!("formwork-bench-impact-{store}")));
            impact::run(&store, commands, &data)
        }
        What::Pages { store, records, data } => {
            let data = data.unwrap_or_else(|| std::env::temp_dir().join(format!("formwork-bench-pages-{store}")));
            pages::run(&store, records, &data)
        }
        What::WideFlow => {
            wide_flow::run();
            Ok(())
        }
        What::Million { store, records, data, fill } => {
            let data = data.unwrap_or_else(|| std::env::temp_dir().join(format!("formwork-bench-{store}")));
            if fill { million::fill(&store, records, &data) } else { million::run(&store, records, &data) }
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("bench: {what}");
            ExitCode::from(3)
        }
    }
}

/// A store of this kind in an empty folder.
fn fresh(store: &str, folder: &std::path::Path) -> Result<formwork_store::embedded::Embedded, String> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    open(store, folder)
}

fn open(store: &str, folder: &std::path::Path) -> Result<formwork_store::embedded::Embedded, String> {
    use formwork_store::backend::Kind;
    let kind = match store {
        "sled" => Kind::Sled,
        "fjall" => Kind::Fjall,
        other => return Err(format!("there is no store `{other}`; there are sled and fjall")),
    };
    formwork_store::embedded::Embedded::open(folder, Some(kind)).map_err(|error| error.to_string())
}
