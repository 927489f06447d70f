//! `connector`: another system, what it is asked, and what it sends.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    expression::Expression,
    label::Label,
    list::Many,
    literal::Val,
    map::{Map, WrittenName},
    spanned::Sp,
};

/// Another system that speaks HTTP: what a `call` node can ask it, and what it may send.
/// `definitions/MODULE/NAME.connector.yaml`. Secrets are never written here, only the names of the environment
/// variables that hold them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// The name of the connector.
    pub connector: Sp<WrittenName>,
    /// What people read.
    #[serde(default)]
    pub label: Option<Sp<Label>>,
    /// Where it is: `https://erp.example.com/api`, or `= setting("name")`, which each site sets.
    pub url: Val,
    /// Whether it lies in a private network. The operator has to allow that too (`serve --allow-internal`).
    #[serde(default)]
    pub internal: Option<Sp<bool>>,
    /// The environment variable with the secret that both sides sign with (HMAC-SHA256, Standard Webhooks); or, with `_FILE`
    /// behind its name, with the file that holds it.
    #[serde(default)]
    pub secret: Option<Sp<String>>,
    /// The environment variable with a token, sent as `authorization: Bearer …`; or, with `_FILE` behind its name, with the
    /// file that holds it.
    #[serde(default)]
    pub token: Option<Sp<String>>,
    /// How long it may take to answer: `10s` (default), at most `5m`.
    #[serde(default)]
    pub timeout: Option<Sp<String>>,
    /// How often a request is tried. Default 8.
    #[serde(default)]
    pub tries: Option<Sp<u32>>,
    /// The wait before the second try; each later one is twice as long, up to an hour. Default `5s`.
    #[serde(default)]
    pub backoff: Option<Sp<String>>,
    /// Who looks at what fails: `role(name)` or a login. Default: whom the book names.
    #[serde(default)]
    pub owner: Option<Sp<String>>,
    /// What it can be asked.
    #[serde(default)]
    pub requests: Map<Request>,
    /// What it sends, each to `POST /BOOK/hooks/CONNECTOR/NAME`, signed with `secret`.
    #[serde(default)]
    pub hooks: Map<Hook>,
}

/// A message that the other system sends. Expressions see `body`, its JSON. The record whose `key` field has the
/// value that `set` gives it is changed, or created when there is none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// The object of the records.
    pub object: Sp<WrittenName>,
    /// A message for which this does not hold changes nothing.
    #[serde(default)]
    pub when: Option<Expression>,
    /// The unique field by which the other system knows the record. Without it every message is a new record.
    #[serde(default)]
    pub key: Option<Sp<WrittenName>>,
    /// Whether a record that is not there is created (default), or the message refused.
    #[serde(default)]
    pub create: Option<Sp<bool>>,
    /// Fields to set: a value, or `= expression`.
    pub set: Map<Val>,
    /// Actions to take then, in order.
    #[serde(default)]
    pub act: Many<Sp<WrittenName>>,
    /// An event to deliver then to the `wait` nodes of the record; the message comes with it.
    #[serde(default)]
    pub event: Option<Sp<WrittenName>>,
}

/// A request. Its expressions see `input`: what the `call` node gives `with` it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// `GET`, `POST` (default), `PUT`, `PATCH`, `DELETE`.
    #[serde(default)]
    pub method: Option<Sp<String>>,
    /// What follows the connector's `url`: a text, or `= expression`.
    pub path: Val,
    /// The names of what a `call` node gives it.
    #[serde(default)]
    pub input: Many<Sp<WrittenName>>,
    /// Headers.
    #[serde(default)]
    pub headers: Many<Header>,
    /// The JSON that is sent: `#{orderNo: input.number, lines: input.lines}`.
    #[serde(default)]
    pub body: Option<Expression>,
}

/// A header of a request.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name.
    pub name: Sp<String>,
    /// A text, or `= expression`.
    pub value: Val,
}

/// Asks a connector; the token waits for the answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The connector.
    pub connector: Sp<WrittenName>,
    /// The request of it.
    pub request: Sp<WrittenName>,
    /// What the request needs: a value, or `= expression`.
    #[serde(default)]
    pub with: Map<Val>,
    /// Fields to set when it has answered. Expressions see `answer` (its JSON) and `status`.
    #[serde(default)]
    pub set: Map<Val>,
}

/// Where a `call` goes when the other system refuses (a status of 400 to 499, or `when`) or, after the last
/// try, did not answer. Without it that is an incident.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    /// The next node, or several that all start.
    pub to: Many<Sp<WrittenName>>,
    /// An answer is a refusal too when this holds. It sees `answer` and `status`.
    #[serde(default)]
    pub when: Option<Expression>,
    /// Fields to set. Expressions see `answer`, `status` (0 when there was no answer) and `cause`, a text.
    #[serde(default)]
    pub set: Map<Val>,
}
