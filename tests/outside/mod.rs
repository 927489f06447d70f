//! The outside world over real sockets: calls, messages by e-mail and webhook, what goes wrong, and `kill -9`.

mod calls;
mod kill;
mod messages;
pub(crate) mod peer;
mod smtp;
mod world;
