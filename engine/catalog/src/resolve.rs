//! Names to what they mean: one file a kind. Whatever does not resolve is reported and left out, so that the
//! rest is still checked.

pub(crate) mod action;
pub(crate) mod approval;
pub(crate) mod approver;
pub(crate) mod book;
pub(crate) mod column;
pub(crate) mod connector;
pub(crate) mod copied;
pub(crate) mod cover;
pub(crate) mod csv;
pub(crate) mod dashboard;
pub(crate) mod decision;
pub(crate) mod effect;
pub(crate) mod expression;
pub(crate) mod field;
pub(crate) mod fill;
pub(crate) mod filter;
pub(crate) mod flow;
pub(crate) mod form;
pub(crate) mod graph;
pub(crate) mod guard;
pub(crate) mod hours;
pub(crate) mod key;
pub(crate) mod keyword;
pub(crate) mod kind;
pub(crate) mod label;
pub(crate) mod ledger;
pub(crate) mod literal;
pub(crate) mod names;
pub(crate) mod node;
pub(crate) mod object;
pub(crate) mod order;
pub(crate) mod outside;
pub(crate) mod queue;
pub(crate) mod reads;
pub(crate) mod recipient;
pub(crate) mod reference;
pub(crate) mod report;
pub(crate) mod retention;
pub(crate) mod role;
pub(crate) mod roll_up;
pub(crate) mod row;
pub(crate) mod rule;
pub(crate) mod scenario;
pub(crate) mod schedule;
pub(crate) mod script;
pub(crate) mod seen_report;
pub(crate) mod sign_in;
pub(crate) mod sla;
pub(crate) mod step;
pub(crate) mod subgraph;
pub(crate) mod table;
pub(crate) mod template;
pub(crate) mod then;
pub(crate) mod timer;
pub(crate) mod unknown;
pub(crate) mod wait;
pub(crate) mod word;

use std::{collections::HashSet, num::NonZero, sync::Mutex, thread};

use formwork_definition::{
    kind::{Definitions, connector::Connector, template::Template},
    map::WrittenName,
    spanned::Sp,
};
use formwork_model::{diagnostic::Diagnostics, name::Name, source::Sources};
use formwork_script::compile::Compiler;

use crate::{parse_value::ParseContext, source::Program, world::Names};

/// What every resolver needs.
pub(crate) struct Linker<'a> {
    pub definitions: &'a Definitions,
    pub sources: &'a Sources,
    pub names: &'a Names,
    pub compiler: &'a Compiler,
    /// What dates and times without an offset mean.
    pub context: ParseContext,
    /// Stands where an expression did not compile, so that the rest is checked all the same.
    pub placeholder: Program,
    /// Which tables, ledgers, settings, … something uses.
    pub used: Mutex<HashSet<(Used, Name)>>,
}

/// What can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Used {
    Table,
    Ledger,
    Queue,
    Setting,
    Form,
    Script,
    Template,
    Connector,
}

impl Linker<'_> {
    /// The connector of this name, as it was written.
    pub(crate) fn connector(&self, name: &str) -> Option<&Connector> {
        let mut written = self.definitions.connectors.iter().map(|defined| &defined.body);
        written.find(|body| body.connector.value.0 == *name)
    }

    /// The template of this name, as it was written.
    pub(crate) fn template(&self, name: &str) -> Option<&Template> {
        let mut written = self.definitions.templates.iter().map(|defined| &defined.body);
        written.find(|body| body.template.value.0 == *name)
    }

    /// Notes that something uses it.
    pub(crate) fn uses(&self, what: Used, name: Name) {
        self.used.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert((what, name));
    }

    /// Whether something uses it.
    pub(crate) fn is_used(&self, what: Used, name: Name) -> bool {
        self.used.lock().unwrap_or_else(std::sync::PoisonError::into_inner).contains(&(what, name))
    }
}

/// The name as it was written.
pub(crate) fn name(written: &Sp<WrittenName>) -> Name {
    written.value.0
}

/// The name of a module folder.
pub(crate) fn module(folder: &str) -> Name {
    Name::intern(folder)
}

/// Resolves every item, on every core; what is found is in the order of the items.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    out: &mut Diagnostics,
    resolve: impl Fn(&T, &mut Diagnostics) -> R + Sync,
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores).max(1);
    if items.len() < 8 || cores == 1 {
        return items.iter().map(|item| resolve(item, out)).collect();
    }
    let work = |chunk: &[T]| {
        let mut found = Diagnostics::default();
        let resolved: Vec<R> = chunk.iter().map(|item| resolve(item, &mut found)).collect();
        (resolved, found)
    };
    thread::scope(|scope| {
        let threads: Vec<_> = items.chunks(share).map(|chunk| scope.spawn(move || work(chunk))).collect();
        let mut all = Vec::with_capacity(items.len());
        for thread in threads {
            match thread.join() {
                Ok((resolved, found)) => {
                    all.extend(resolved);
                    out.append(found);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}
