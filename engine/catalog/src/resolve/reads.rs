//! What an expression reads, also through the tables it asks.

use std::collections::HashSet;

use formwork_model::name::Name;
use formwork_script::program::{Program, Read};
use indexmap::IndexMap;

use crate::{
    object::Computed,
    source::Source,
    table::{Cell, Table},
};

/// Every table, with whether its rows can be checked.
pub(crate) type Tables = IndexMap<Name, (Table, bool)>;

/// Everything a computed value reads. Tables are asked about the record, so only record values read through them.
pub(crate) fn of_computed<'a>(computed: &'a Computed, tables: &'a Tables) -> Vec<&'a Read> {
    let mut reads: Vec<&Read> = computed.program.reads.iter().collect();
    if computed.lines.is_none() {
        through(&computed.program, tables, &mut HashSet::new(), &mut reads);
    }
    reads
}

fn through<'a>(program: &Program, tables: &'a Tables, seen: &mut HashSet<Name>, reads: &mut Vec<&'a Read>) {
    for called in program.calls_of("table") {
        let Some((table, _)) = Name::find(called).filter(|name| seen.insert(*name)).and_then(|name| tables.get(&name))
        else {
            continue;
        };
        for program in programs(table) {
            reads.extend(program.reads.iter().filter(|read| read.root == "this"));
            through(program, tables, seen, reads);
        }
    }
}

/// The expressions of a table: inputs, date, cells and outputs.
fn programs(table: &Table) -> impl Iterator<Item = &Program> {
    let inputs = table.inputs.iter().filter_map(|input| input.value.as_deref());
    let cells = table.rows.iter().flat_map(|row| &row.cells).filter_map(|cell| match cell {
        Cell::Program(program) => Some(&**program),
        _ => None,
    });
    let outputs = table.rows.iter().flat_map(|row| &row.outputs).filter_map(|output| match output {
        Source::Program(program) => Some(&**program),
        Source::Literal(_) => None,
    });
    inputs.chain(table.date.as_deref()).chain(cells).chain(outputs)
}
