//! Scripts as authors write them, against a small made-up world.

mod agreement;
mod checks;
mod effects;
mod escapes;
mod manual;
mod nesting;
mod semantics;
mod small_world;
