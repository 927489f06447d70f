//! The one test program of the catalog: every code by its fixture, and what links to what.

#[cfg(test)]
mod definition;
#[cfg(test)]
mod linked;
