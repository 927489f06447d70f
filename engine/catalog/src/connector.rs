//! Connectors: other systems, resolved.

use formwork_model::{incident::Owner, name::Name, source::Span, text::Text};
use indexmap::IndexMap;

use crate::source::{Program, Source};

/// Another system that speaks HTTP.
#[derive(Debug)]
pub struct Connector {
    /// Its name.
    pub name: Name,
    /// What people read.
    pub label: Text,
    /// Where its name was written.
    pub span: Span,
    /// Where it is.
    pub url: Source,
    /// Whether it lies in a private network.
    pub internal: bool,
    /// The environment variable with the secret both sides sign with.
    pub secret: Option<String>,
    /// The environment variable with a bearer token.
    pub token: Option<String>,
    /// How long it may take to answer, in seconds.
    pub timeout: u64,
    /// How often a request is tried.
    pub tries: u32,
    /// The wait before the second try, in seconds.
    pub backoff: i64,
    /// Who looks at what fails; `None` is whom the book names.
    pub owner: Option<Owner>,
    /// What it can be asked.
    pub requests: IndexMap<Name, Request>,
    /// What it sends.
    pub hooks: IndexMap<Name, Hook>,
}

/// A message that the other system sends. Its expressions see `body`.
#[derive(Debug)]
pub struct Hook {
    /// The object of the records.
    pub object: Name,
    /// A message for which this does not hold changes nothing.
    pub when: Option<Program>,
    /// The field by which the other system knows the record.
    pub key: Option<Name>,
    /// Whether a record that is not there is created.
    pub create: bool,
    /// Fields that are set.
    pub set: Vec<(Name, Source)>,
    /// Actions that are taken then.
    pub act: Vec<Name>,
    /// The event that is delivered then.
    pub event: Option<Name>,
}

/// A request. Its expressions see `input`.
#[derive(Debug)]
pub struct Request {
    /// The method, in capitals.
    pub method: &'static str,
    /// What follows the connector's address.
    pub path: Source,
    /// The names of what a `call` node gives it.
    pub input: Vec<Name>,
    /// Headers.
    pub headers: Vec<(String, Source)>,
    /// The JSON that is sent.
    pub body: Option<Program>,
}

/// What a `call` node asks, and what becomes of the answer.
#[derive(Debug)]
pub struct Call {
    /// The connector.
    pub connector: Name,
    /// The request of it.
    pub request: Name,
    /// What the request needs.
    pub with: Vec<(Name, Source)>,
    /// Fields that are set when it has answered.
    pub set: Vec<(Name, Source)>,
}

/// Where a `call` goes when it fails.
#[derive(Debug)]
pub struct Failed {
    /// The next nodes.
    pub to: Vec<Name>,
    /// An answer is a refusal too when this holds.
    pub when: Option<Program>,
    /// Fields that are set.
    pub set: Vec<(Name, Source)>,
}
