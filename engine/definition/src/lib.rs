//! YAML text to typed definitions, with the place of every key and value.
//!
//! `parse` never fails as a whole: one bad file does not hide the others. Types here hold names as they
//! were written; only the catalog knows whether they mean anything. Their doc comments are the manual:
//! the language reference and the JSON Schemas are generated from them.

mod decode;
pub mod expression;
pub mod kind;
pub mod label;
mod layer;
pub mod list;
pub mod literal;
pub mod load;
pub mod map;
pub mod reference;
pub mod schema;
pub mod spanned;
mod system;
pub mod yaml;
