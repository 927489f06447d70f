//! The account sets of a server, for whoever operates it: what is served, what was put away, and who may change that.
//!
//! An operator is nobody of any book. Their key opens no book, and nobody of a book is an operator.

use std::fmt;

use formwork_account::token::Token;
use formwork_model::text::Text;

use crate::app::App;

/// How the key of an operator begins, so that scanners for leaked secrets find it.
pub const KEY_PREFIX: &str = "fwo_";

/// Why there is no such book here, although there was or should be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// It was put away, with its data.
    Archived,
    /// Its folder can't be served; the log says why.
    Broken,
}

/// A book to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// What it is called in every address.
    pub name: String,
    /// The book whose definitions it begins with.
    pub like: String,
    /// The login of its first administrator.
    pub administrator: String,
    /// The name people read of them.
    pub called: Option<String>,
    /// Which operator makes it.
    pub operator: String,
}

/// Why the account sets stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// There is no such book.
    Unknown(String),
    /// What was sent does not fit; the member, and why.
    Invalid(&'static str, Text),
    /// It can't be done as things are.
    Conflict(Text),
    /// The disk, or a check of the definitions, failed.
    Failed(Text),
}

/// What looks after the account sets. Its work takes its time and blocks.
pub trait Sites: fmt::Debug + Send + Sync {
    /// The operator whose key this is.
    fn operator(&self, key: &Token) -> Option<String>;

    /// Makes a book and serves it; the password of its first administrator.
    ///
    /// # Errors
    /// When there is one of the name, or it can't be made.
    fn create(&self, app: &App, new: &New) -> Result<String, Refused>;

    /// Ends what runs of a book and puts its folder away; where it lies then.
    ///
    /// # Errors
    /// When there is no such book, or it does not come to rest.
    fn archive(&self, app: &App, name: &str, operator: &str) -> Result<String, Refused>;

    /// Serves a book whose folder could not be served before.
    ///
    /// # Errors
    /// When there is no such folder, or it can't be served now either.
    fn open(&self, app: &App, name: &str) -> Result<(), Refused>;
}
