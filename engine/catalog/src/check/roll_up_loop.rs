//! `roll-up-loop`: values of different records depend on each other in a circle.
//!
//! # What it does
//! Follows roll-ups and computed fields that read through references, from field to field, and reports circles
//! that leave a record. Reading along one `tree` field in one direction always comes to an end and is let pass.
//!
//! # Why it matters
//! A change would set off a chain of recalculations that never comes to rest.
//!
//! # Example
//! ```yaml
//! # account: {total: {type: money, roll_up: {from: deal, by: account, sum: share}}}
//! # deal:    {share: {type: money, value: this.account.total * 0.1}}
//! ```
//!
//! # Instead
//! Let one of the values not depend on the other.

use std::collections::HashMap;

use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    source::Span,
    text,
};
use petgraph::algo::tarjan_scc;

use super::{Graph, Linked};
use crate::{
    filter::Filter,
    object::{Computed, Field, Measure, Object},
    resolve::reads::of_computed,
};

/// A field of an object, lines counting as their `lines` field.
type Value = (Name, Name);

/// Over which tree field an edge leaves the record, and whether towards the root; `None` when it is no tree.
type Crossing = Option<(Name, bool)>;

/// Reports circles that leave a record.
pub(crate) fn check(linked: &Linked, out: &mut Diagnostics) {
    let mut graph: Graph<Value> = Graph::default();
    let mut crossings: HashMap<(Value, Value), Vec<Crossing>> = HashMap::new();
    for object in linked.objects.values() {
        for computed in &object.computed {
            reads(linked, object, computed, &mut graph, &mut crossings);
        }
        for field in &object.fields {
            rolls(linked, object, field, &mut graph, &mut crossings);
        }
    }
    for component in tarjan_scc(&graph) {
        let inside: Vec<&Crossing> = crossings
            .iter()
            .filter(|((from, to), _)| component.contains(from) && component.contains(to))
            .flat_map(|(_, crossing)| crossing)
            .collect();
        let Some(first) = inside.first() else { continue };
        if first.is_none() || inside.iter().any(|crossing| crossing != first) {
            report(linked, &component, out);
        }
    }
}

fn reads(
    linked: &Linked,
    object: &Object,
    computed: &Computed,
    graph: &mut Graph<Value>,
    crossings: &mut HashMap<(Value, Value), Vec<Crossing>>,
) {
    let from = (object.name, computed.lines.unwrap_or(computed.field));
    for read in of_computed(computed, &linked.tables) {
        let mut path = read.path.iter().copied();
        let in_line = computed.lines.filter(|_| read.root == "this");
        if !matches!(read.root.as_str(), "this" | "parent") {
            continue;
        }
        let Some(first) = path.next() else { continue };
        let (mut field, mut top) = match in_line {
            Some(lines) => (object.field(lines).and_then(|field| field.line(first)), lines),
            None => (object.field(first), first),
        };
        if field.is_some_and(|field| field.kind == FieldType::Lines) {
            field = path.next().and_then(|inner| field.and_then(|lines| lines.line(inner)));
            top = first;
        }
        if (object.name, top) != from || computed.lines.is_none() {
            graph.add_edge(from, (object.name, top), ());
        }
        let Some(field) = field else { continue };
        if let (FieldType::Ref(to) | FieldType::Refs(to), Some(next)) = (&field.kind, path.next())
            && linked.objects.get(to).is_some_and(|object| object.field(next).is_some())
        {
            let target = (*to, next);
            graph.add_edge(from, target, ());
            crossings.entry((from, target)).or_default().push(field.tree.then_some((field.name, true)));
        }
    }
}

fn rolls(
    linked: &Linked,
    object: &Object,
    field: &Field,
    graph: &mut Graph<Value>,
    crossings: &mut HashMap<(Value, Value), Vec<Crossing>>,
) {
    let Some(roll_up) = &field.roll_up else { return };
    let mut read = vec![roll_up.by];
    match roll_up.measure {
        Measure::Count => {}
        Measure::Sum(field) | Measure::Min(field) | Measure::Max(field) => read.push(field),
    }
    roll_up.filter.iter().for_each(|filter| filtered(filter, &mut read));
    let by = linked.objects.get(&roll_up.from).and_then(|from| from.field(roll_up.by));
    let tree = by.is_some_and(|by| by.tree);
    for source in read {
        let (from, target) = ((object.name, field.name), (roll_up.from, source));
        graph.add_edge(from, target, ());
        crossings.entry((from, target)).or_default().push(tree.then_some((roll_up.by, false)));
    }
}

fn filtered(filter: &Filter, read: &mut Vec<Name>) {
    match filter {
        Filter::And(all) | Filter::Or(all) => all.iter().for_each(|filter| filtered(filter, read)),
        Filter::Not(inner) => filtered(inner, read),
        Filter::Compare(comparison) => read.push(comparison.field),
        Filter::Lines(lines) => read.push(lines.field),
        Filter::Shared(shared) => read.push(shared.lines),
    }
}

fn report(linked: &Linked, component: &[Value], out: &mut Diagnostics) {
    let place = |(object, field): &Value| linked.objects.get(object).and_then(|o| o.field(*field)).map(|f| f.span);
    let mut places: Vec<(Span, &Value)> = component.iter().filter_map(|value| Some((place(value)?, value))).collect();
    places.sort_by_key(|(span, _)| *span);
    let Some((at, _)) = places.first() else { return };
    let names: Vec<String> = places.iter().map(|(_, (object, field))| format!("{object}.{field}")).collect();
    let circle = names.join("`, `");
    let mut problem = Diagnostic::error(
        code!("roll-up-loop"),
        *at,
        text!(
            "values of different records depend on each other in a circle: `{circle}`",
            "不同记录的值循环依赖：`{circle}`"
        ),
    );
    for (at, (object, field)) in places.iter().skip(1) {
        problem = problem.related(*at, text!("`{object}.{field}` is on the circle", "`{object}.{field}` 在环上"));
    }
    out.push(problem);
}
