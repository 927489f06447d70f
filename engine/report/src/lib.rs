//! Computed reports as people take them: drawn as charts, written as files. Nothing here knows a book; what is drawn or
//! written was asked for, with its reader's rights, before it came here.

pub mod chart;
pub mod number;
mod scale;
pub mod sheet;
mod svg;
