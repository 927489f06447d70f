//! Every behaviour of the engine, tested at its outermost face.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod http;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod licences;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod patterns;
#[cfg(test)]
mod real;
#[cfg(test)]
mod reimbursement;
#[cfg(test)]
mod runtime;
#[cfg(test)]
mod second;
#[cfg(test)]
mod tickets;
#[cfg(test)]
mod tidy;
