//! Every function a script can call, by theme; [`reference()`] lists them for the language's manual.

mod dates;
mod effects;
mod lists;
mod numbers;
mod reads;
mod records;
mod reference;
mod texts;

use formwork_model::name::Name;
use rhai::Engine;

pub use reference::{FunctionDoc, reference};

pub(crate) use lists::{Fold, fold};
pub(crate) use reads::setting_value;

/// Registers everything.
pub(crate) fn register(engine: &mut Engine, names: impl IntoIterator<Item = Name>) {
    records::register(engine, names);
    numbers::register(engine);
    dates::register(engine);
    texts::register(engine);
    lists::register(engine);
    reads::register(engine);
    effects::register(engine);
}
