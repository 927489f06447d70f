//! What the command line can do: one file a subcommand, with its arguments and its `run`.

pub(crate) mod access;
pub(crate) mod backup;
pub(crate) mod bench;
pub(crate) mod books;
pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod erase;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod impact;
pub(crate) mod import;
pub(crate) mod incidents;
pub(crate) mod keys;
pub(crate) mod new;
pub(crate) mod plan;
pub(crate) mod reference;
pub(crate) mod releases;
pub(crate) mod restore;
pub(crate) mod rollback;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod test;
pub(crate) mod transfer;
pub(crate) mod user;
pub(crate) mod verify;
