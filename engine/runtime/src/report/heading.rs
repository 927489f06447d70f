//! Headings: what lies along an axis, in order, in words.

use std::collections::HashMap;

use formwork_catalog::{
    report::{Cut, Dimension},
    task::TASKS,
};
use formwork_model::{field_type::FieldType, name::Name, text, text::Text};

use super::{
    Along, Heading,
    gather::CELLS,
    mark::{self, Mark},
    plan::Plan,
};
use crate::{decider::Decider, rejection::Refusal};

/// A heading at its place in the order.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) marks: Vec<Mark>,
    /// At which place it was met; `None` of one between others that no record has.
    pub(super) met: Option<u32>,
    pub(super) heading: Heading,
}

/// How many headings without records are put between others.
const FILLED: usize = 400;

/// The dimension as a part of an axis.
pub(super) fn along(dimension: &Dimension) -> Along {
    let (kind, step) = match &dimension.cut {
        Cut::Each => (dimension.kind.clone(), None),
        Cut::Step(step) => (FieldType::Date, Some(*step)),
        Cut::Bands(_) => (FieldType::Decimal { scale: None }, None),
    };
    Along { name: dimension.name, label: dimension.label.clone(), kind, step }
}

/// What was met along an axis, in order: days, numbers and bands from the least, options and states as they are
/// defined, everything else by what people read; what is empty comes last. Days have no gaps.
pub(super) fn order(
    plan: &Plan,
    dimensions: &[Name],
    met: Vec<Vec<Mark>>,
    decider: &Decider<'_>,
) -> Result<Vec<Ordered>, Refusal> {
    let dimensions: Vec<&Dimension> = dimensions.iter().filter_map(|name| plan.dimension(*name)).collect();
    let places = (0_u32..).map(Some);
    let mut all: Vec<(Vec<Mark>, Option<u32>)> = met.into_iter().zip(places).collect();
    if let [dimension] = dimensions.as_slice() {
        fill(dimension, &mut all);
    }
    let mut words: Vec<HashMap<Mark, (Rank, Text)>> = dimensions.iter().map(|_| HashMap::new()).collect();
    for (marks, _) in &all {
        for ((mark, dimension), words) in marks.iter().zip(&dimensions).zip(&mut words) {
            if !words.contains_key(mark) {
                words.insert(mark.clone(), word(plan, mark, dimension, decider)?);
            }
        }
    }
    let found = |marks: &[Mark]| -> Vec<(Rank, Text)> {
        marks.iter().zip(&words).filter_map(|(mark, words)| words.get(mark).cloned()).collect()
    };
    let mut ordered: Vec<(Vec<Rank>, Ordered)> = all
        .into_iter()
        .map(|(marks, met)| {
            let (ranks, labels) = found(&marks).into_iter().unzip();
            let values = marks.iter().zip(&dimensions).map(|(mark, dimension)| mark.value(&dimension.cut)).collect();
            (ranks, Ordered { marks, met, heading: Heading { values, labels } })
        })
        .collect();
    ordered.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(ordered.into_iter().map(|(_, one)| one).collect())
}

/// Where something stands: nothing last, then by its place, by its words, by itself.
type Rank = (bool, usize, String, Mark);

/// Puts days between those that were met.
fn fill(dimension: &Dimension, all: &mut Vec<(Vec<Mark>, Option<u32>)>) {
    let Cut::Step(step) = dimension.cut else { return };
    let mut days: Vec<_> = all
        .iter()
        .filter_map(|(marks, _)| if let [Mark::Day(day)] = marks.as_slice() { Some(*day) } else { None })
        .collect();
    days.sort_unstable();
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else { return };
    let mut between = Vec::new();
    let mut day = first;
    while day < last && between.len() <= FILLED {
        day = mark::next(day, step);
        if days.binary_search(&day).is_err() {
            between.push((vec![Mark::Day(day)], None));
        }
    }
    // So long a gap is no gap but another time; a table of it would be empty.
    if between.len() <= FILLED && all.len() + between.len() <= CELLS {
        all.extend(between);
    }
}

/// What people read of a place, and where it stands.
fn word(plan: &Plan, mark: &Mark, dimension: &Dimension, decider: &Decider<'_>) -> Result<(Rank, Text), Refusal> {
    let plain = mark::label(mark, dimension);
    let nothing = *mark == Mark::Nothing;
    let rank = |place: usize, by: &str| (nothing, place, by.to_owned(), mark.clone());
    let text = match mark {
        Mark::Text(text) => text,
        Mark::Id(id) => {
            let to = match &dimension.kind {
                FieldType::Ref(to) | FieldType::Refs(to) => *to,
                _ => return Ok((rank(0, ""), plain)),
            };
            let title = decider.title_seen((to, *id))?;
            let label = if title.is_empty() { plain } else { Text::same(title) };
            return Ok((rank(0, &label.zh), label));
        }
        _ => return Ok((rank(0, ""), plain)),
    };
    Ok(match &dimension.kind {
        FieldType::Choice(options) | FieldType::Choices(options) => {
            let place = options.iter().position(|option| option.name.as_str() == &**text);
            let label = place.and_then(|place| options.get(place)).map_or(plain, |option| option.label.clone());
            (rank(place.unwrap_or(options.len()), ""), label)
        }
        FieldType::User | FieldType::Department => {
            let names = if dimension.kind == FieldType::User { ("user", "login") } else { ("department", "code") };
            let label = decider.name_by(names, text)?.map_or(plain, Text::same);
            (rank(0, &label.zh), label)
        }
        _ => match state(plan, text, dimension, decider).or_else(|| of_task(plan, text, dimension, decider)) {
            Some((place, label)) => (rank(place, ""), label),
            None => (rank(0, text), plain),
        },
    })
}

/// The nodes of a state, when the dimension is one.
fn state(plan: &Plan, text: &str, dimension: &Dimension, decider: &Decider<'_>) -> Option<(usize, Text)> {
    let (source, path) = dimension.by.first().filter(|(_, path)| path.field == "state" && !path.of_line)?;
    let own = plan.report.sources.get(source)?.object;
    let object = path.through.last().map_or(own, |step| step.to);
    if decider.object(object).ok()?.field(path.field).is_some() {
        return None;
    }
    let flow = decider.catalog().main_flow(object)?;
    let nodes: Vec<Name> = text.split('+').filter_map(Name::find).collect();
    let labels: Vec<&Text> = nodes.iter().filter_map(|node| flow.node(*node)).map(|node| &node.label).collect();
    let place = nodes.first().and_then(|node| flow.nodes.get_index_of(node)).unwrap_or(flow.nodes.len());
    let words = |word: fn(&Text) -> &str| labels.iter().map(|label| word(label)).collect::<Vec<_>>().join(" + ");
    let en = words(|label| label.get(formwork_model::text::Language::En));
    let zh = words(|label| label.get(formwork_model::text::Language::Zh));
    (!en.is_empty()).then_some((place, Text { en, zh }))
}

/// The flow, node, step or queue of a task, in words.
fn of_task(plan: &Plan, text: &str, dimension: &Dimension, decider: &Decider<'_>) -> Option<(usize, Text)> {
    let (source, path) = dimension.by.first().filter(|(_, path)| path.of_line)?;
    if plan.report.sources.get(source)?.lines? != TASKS {
        return None;
    }
    let catalog = decider.catalog();
    let parts: Vec<Name> = text.split('.').filter_map(Name::find).collect();
    if path.field == "queue" {
        let (place, _, queue) = catalog.queues.get_full(parts.first()?)?;
        return Some((place, queue.label.clone()));
    }
    let (place, _, flow) = catalog.flows.get_full(parts.first()?)?;
    let Some(node) = parts.get(1) else { return Some((place, flow.label.clone())) };
    let at = flow.nodes.get_index_of(node)?;
    let known = flow.node(*node)?;
    let place = place * 1000 + at;
    let Some(step) = parts.get(2) else { return Some((place, known.label.clone())) };
    let steps = &known.approval()?.steps;
    let at = steps.iter().position(|known| known.name == *step)?;
    let label = steps.get(at).map(|step| &step.label)?;
    if steps.len() == 1 {
        return Some((place * 100, known.label.clone()));
    }
    let Text { en, zh } = &known.label;
    let (step_en, step_zh) = (&label.en, &label.zh);
    Some((place * 100 + at, text!("{en}: {step_en}", "{zh}：{step_zh}")))
}
