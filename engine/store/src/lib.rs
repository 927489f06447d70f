//! Keys, codecs and the durable commit, on sled, fjall or memory.
//!
//! The store never reads definitions and knows no business: it keeps bytes under order-preserving keys,
//! applies one atomic batch a command, and acknowledges after the disk has it.

pub mod backend;
pub mod codec;
pub mod dump;
pub mod embedded;
pub mod encrypted;
pub mod error;
pub mod key;
pub mod store;
pub mod symbols;
pub mod table;
