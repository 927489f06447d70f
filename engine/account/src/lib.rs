//! Who somebody is: passwords, accounts of other systems, sessions, API keys, and the audit log of their use.
//!
//! What they may then do is decided elsewhere. Every change here is one transaction that also writes its audit
//! entry. Nothing here reads a clock, and the edges bring the tokens; only [`hash`] makes salts.

pub mod api_key;
pub mod hash;
pub mod lock;
pub mod log;
pub mod login;
pub mod password;
pub mod policy;
pub mod provider;
pub mod session;
pub mod sign_in;
#[cfg(test)]
mod tests;
pub mod token;
pub mod viewing;
