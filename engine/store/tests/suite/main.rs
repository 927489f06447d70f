//! The one test program of the store: every store must pass every test.

#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod dump;
#[cfg(test)]
mod failure;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod power;
#[cfg(test)]
mod site;
#[cfg(test)]
mod tables;
