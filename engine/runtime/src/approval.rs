//! Approvals: people who decide what happens to a record.
//!
//! [`machine`] is the state machine, which knows neither records nor rights. Around it: `desk` finds the people,
//! `work` lets something happen and stores it, `leave` sends the token on, `rights` says who may, and one file a
//! family of operations reads what was sent. `centre` has the lists of the task centre.

mod act;
mod announce;
mod arrive;
pub mod centre;
mod choice;
pub(crate) mod decided;
mod desk;
mod doubt;
mod fill;
pub(crate) mod index;
mod leave;
mod leaver;
mod machine;
pub mod operation;
mod perform;
mod proxy;
mod rights;
mod take_back;
mod time;
pub mod trail;
mod watch;
mod work;

pub(crate) use desk::ADMIN;
pub use fill::Asks;
pub use operation::Operation;
pub(crate) use perform::{FILLED, decide, hand_on};
