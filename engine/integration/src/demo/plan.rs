//! Reading and checking demo plans.

use std::{collections::BTreeMap, sync::Arc};

use formwork_catalog::{
    catalog::Catalog,
    object::{Field, Object},
    parse_value::parse_duration,
};
use formwork_definition::yaml::{Kind, Node};
use formwork_model::{
    code,
    diagnostic::{Diagnostic, Diagnostics},
    field_type::FieldType,
    name::Name,
    nearest::nearest,
    text,
};
use formwork_runtime::{approval::Operation, command::Actor};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{After, Draw, DrawKind, From, ObjectPlan, Plan, Step, Take, What};
use crate::{
    error::Error,
    read_tree::{self, Entries, Word, items, pair, read_file, word, wrong_type},
};

const KEYS: &[&str] = &["demo", "days", "schedules", "actor", "lists", "given", "objects"];
const GIVEN: &[&str] = &["object", "set"];
const OBJECT: &[&str] = &["object", "count", "each", "made", "on", "actor", "set", "steps"];
const FOR_EACH: &[&str] = &["of", "in", "chance"];
const TAKE: &[&str] = &["act", "decide", "weight", "in", "input", "reason"];
const DRAW: &[&str] = &[
    "pick", "range", "step", "pattern", "unique", "ref", "own", "days", "share", "of", "copy", "lines", "set", "value",
    "chance",
];

/// The greatest number of records of one object.
const MAX_COUNT: usize = 10_000_000;

pub(super) fn parse(path: &str, text: &str, catalog: &Catalog) -> Result<Plan, Error> {
    read_file(path, text, |tree, _, out| {
        let entries = Entries::of(tree, KEYS, out)?;
        let name = entries.needed("demo", out);
        let days = entries.number("days", out).unwrap_or(365);
        let schedules = entries.number("schedules", out).unwrap_or(days).min(days);
        let actor = entries.text("actor", out);
        let mut words = actor.as_ref().map_or("demo", |word| &word.value).split_whitespace();
        let login = words.next().unwrap_or("demo");
        let actor = Actor::new(login, words.filter_map(|role| Name::new(role).ok())).unlimited();
        let mut reader = Reader { catalog, lists: BTreeMap::new() };
        reader.read_lists(&entries, out);
        let given = entries.get("given").map(items).unwrap_or_default();
        let given = given.iter().filter_map(|node| reader.given(node, out)).collect();
        let objects = entries.get("objects").and_then(|node| Entries::any(node, out))?;
        let objects =
            objects.pairs.iter().filter_map(|(object, node)| reader.object(object, node, days, out)).collect();
        Some(Plan { name: name?.value.to_string(), days, schedules, actor, given, objects, lists: reader.lists })
    })
}

struct Reader<'a> {
    catalog: &'a Catalog,
    lists: BTreeMap<String, Vec<Arc<str>>>,
}

/// Where the fields that are drawn belong.
#[derive(Clone, Copy)]
enum Into<'a> {
    Object(&'a Object),
    Lines(&'a Field),
    Action(&'a Object, Name),
}

impl Reader<'_> {
    fn read_lists(&mut self, entries: &Entries<'_>, out: &mut Diagnostics) {
        let Some(lists) = entries.get("lists").and_then(|node| Entries::any(node, out)) else { return };
        for (name, node) in lists.pairs {
            let words = items(node).iter().filter_map(|item| word(item, out)).map(|word| word.value);
            let words = words.collect();
            self.lists.insert(name.value.to_string(), words);
        }
    }

    fn object(&self, name: &Word, node: &Node, days: u32, out: &mut Diagnostics) -> Option<ObjectPlan> {
        let entries = Entries::of(node, OBJECT, out)?;
        let object = read_tree::object(self.catalog, entries.text("object", out).as_ref().unwrap_or(name), out)?;
        let object = self.catalog.object(object)?;
        let actors = entries.get("actor").map(items).unwrap_or_default();
        let actors = actors.iter().filter_map(|item| word(item, out)).map(|word| word.value).collect();
        let steps = entries.get("steps").map(items).unwrap_or_default();
        Some(ObjectPlan {
            object: object.name,
            from: self.from(&entries, days, out)?,
            actors,
            set: self.draws(entries.get("set"), Into::Object(object), out),
            steps: steps.iter().filter_map(|step| self.step(object, step, out)).collect(),
        })
    }

    fn from(&self, entries: &Entries<'_>, days: u32, out: &mut Diagnostics) -> Option<From> {
        if let Some(node) = entries.get("each") {
            let each = Entries::of(node, FOR_EACH, out)?;
            let of = read_tree::object(self.catalog, &each.needed("of", out)?, out)?;
            let known = self.catalog.object(of)?;
            let states = each.get("in").map(items).unwrap_or_default();
            let states = states.iter().filter_map(|state| self.state(known, &word(state, out)?, out)).collect();
            let after = entries.get("on").and_then(|node| after(node, out)).unwrap_or(After::Days(1, 1));
            return Some(From::Each { of, states, chance: each.number("chance", out).unwrap_or(100), after });
        }
        if entries.boolean("made", out).unwrap_or(false) {
            return Some(From::Made);
        }
        let on = entries.get("on").and_then(|node| pair::<u32>(node, out)).unwrap_or((0, 0));
        let count = entries.number::<usize>("count", out).unwrap_or(1).min(MAX_COUNT);
        Some(From::Count(count, (on.0.min(days), on.1.min(days))))
    }

    /// A record that is there before the first day.
    fn given(&self, node: &Node, out: &mut Diagnostics) -> Option<(Name, Vec<(Name, Draw)>)> {
        let entries = Entries::of(node, GIVEN, out)?;
        let object = read_tree::object(self.catalog, &entries.needed("object", out)?, out)?;
        let known = self.catalog.object(object)?;
        Some((object, self.draws(entries.get("set"), Into::Object(known), out)))
    }

    fn step(&self, object: &Object, node: &Node, out: &mut Diagnostics) -> Option<Step> {
        let entries = Entries::of(node, &["after", "take"], out)?;
        let after = entries.get("after").and_then(|node| after(node, out)).unwrap_or(After::Days(1, 1));
        let take = entries.get("take").map(items).unwrap_or_default();
        Some(Step { after, take: take.iter().filter_map(|take| self.take(object, take, out)).collect() })
    }

    fn take(&self, object: &Object, node: &Node, out: &mut Diagnostics) -> Option<Take> {
        let entries = Entries::of(node, TAKE, out)?;
        let what = match (entries.text("act", out), entries.text("decide", out)) {
            (Some(act), _) => {
                let act = read_tree::action(self.catalog, object.name, &act, out)?;
                Some(What::Act(act, self.draws(entries.get("input"), Into::Action(object, act), out)))
            }
            (None, Some(word)) => Some(What::Decide(decision(&word, out)?)),
            (None, None) => None,
        };
        let reason = entries.text("reason", out).map(|reason| reason.value);
        let states = entries.get("in").map(items).unwrap_or_default();
        let states = states.iter().filter_map(|state| self.state(object, &word(state, out)?, out)).collect();
        Some(Take { weight: entries.number("weight", out).unwrap_or(1), states, what, reason })
    }

    fn state(&self, object: &Object, word: &Word, out: &mut Diagnostics) -> Option<Name> {
        let flow = self.catalog.main_flow(object.name)?;
        let wrong = &word.value;
        let found = flow.nodes.keys().copied().find(|node| *node == **wrong);
        if found.is_none() {
            let message = text!("the flow has no node `{wrong}`", "流程里没有节点 `{wrong}`");
            let near = nearest(wrong, flow.nodes.keys().map(|node| node.as_str()));
            out.push(Diagnostic::error(code!("unknown-target"), word.span, message).suggest(near));
        }
        found
    }

    fn draws(&self, node: Option<&Node>, into: Into<'_>, out: &mut Diagnostics) -> Vec<(Name, Draw)> {
        let Some(entries) = node.and_then(|node| Entries::any(node, out)) else { return Vec::new() };
        entries
            .pairs
            .iter()
            .filter_map(|(field, node)| {
                let name = self.name(field, into, out)?;
                Some((name, self.draw(node, name, into, out)?))
            })
            .collect()
    }

    fn name(&self, field: &Word, into: Into<'_>, out: &mut Diagnostics) -> Option<Name> {
        match into {
            Into::Object(object) => read_tree::field(self.catalog, object.name, field, out),
            Into::Action(object, act) => {
                read_tree::action_input(self.catalog, object.name, act, field, out);
                Name::find(&field.value)
            }
            Into::Lines(lines) => {
                let found = lines.lines.iter().find(|line| line.is_input() && line.name == *field.value);
                if found.is_none() {
                    let (wrong, of) = (&field.value, lines.name);
                    let message = text!("lines of `{of}` have no field `{wrong}`", "`{of}` 的明细没有字段 `{wrong}`");
                    let known = lines.lines.iter().map(|line| line.name.as_str());
                    out.push(
                        Diagnostic::error(code!("unknown-field"), field.span, message).suggest(nearest(wrong, known)),
                    );
                }
                found.map(|line| line.name)
            }
        }
    }

    fn draw(&self, node: &Node, field: Name, into: Into<'_>, out: &mut Diagnostics) -> Option<Draw> {
        if let Kind::Scalar { text, .. } = &node.kind {
            let kind = DrawKind::Literal(Json::String(text.to_string()));
            return Some(Draw { chance: 100, unique: false, kind });
        }
        if let Kind::List(_) = &node.kind {
            return Some(Draw { chance: 100, unique: false, kind: self.pick(node, out)? });
        }
        let entries = Entries::of(node, DRAW, out)?;
        let chance = entries.number("chance", out).unwrap_or(100);
        let unique = entries.boolean("unique", out).unwrap_or(false);
        Some(Draw { chance, unique, kind: self.kind(&entries, node, field, into, out)? })
    }

    fn kind(
        &self,
        entries: &Entries<'_>,
        node: &Node,
        field: Name,
        into: Into<'_>,
        out: &mut Diagnostics,
    ) -> Option<DrawKind> {
        if let Some(value) = entries.text("value", out) {
            return Some(DrawKind::Literal(Json::String(value.value.to_string())));
        }
        if let Some(pick) = entries.get("pick") {
            return self.pick(pick, out);
        }
        if let Some(range) = entries.get("range") {
            let (low, high) = pair::<Decimal>(range, out)?;
            let step = entries.number("step", out).filter(|step: &Decimal| !step.is_zero()).unwrap_or(Decimal::ONE);
            return Some(DrawKind::Range { low, high, step });
        }
        if let Some(pattern) = entries.text("pattern", out) {
            self.check_pattern(&pattern, out);
            return Some(DrawKind::Pattern(pattern.value));
        }
        if let Some(to) = entries.text("ref", out) {
            let object = read_tree::object(self.catalog, &to, out)?;
            let own = entries.boolean("own", out).unwrap_or(false);
            let owner = self.catalog.object(object).and_then(|object| object.owner);
            if own && owner.is_none() {
                let message = text!("`{object}` has no owner", "`{object}` 没有负责人字段");
                out.push(Diagnostic::error(code!("wrong-type"), to.span, message));
            }
            return Some(DrawKind::Ref { object, owner: owner.filter(|_| own) });
        }
        if let Some(days) = entries.get("days") {
            let (low, high) = pair::<i64>(days, out)?;
            return Some(DrawKind::Days(low, high));
        }
        if let Some(copy) = entries.text("copy", out) {
            return Some(DrawKind::Copy(path(&copy)));
        }
        if let Some(share) = entries.get("share") {
            let (low, high) = pair::<i64>(share, out)?;
            let of = entries.needed("of", out)?;
            return Some(DrawKind::Share { low, high, of: path(&of) });
        }
        if let (Some(count), Into::Object(object)) = (entries.get("lines"), into) {
            let lines = object.field(field).filter(|field| field.kind == FieldType::Lines)?;
            let set = self.draws(entries.get("set"), Into::Lines(lines), out);
            return Some(DrawKind::Lines { count: pair::<u32>(count, out)?, set });
        }
        wrong_type(
            node.span,
            text!(
                "one of value, pick, range, pattern, ref, days, share, copy, lines",
                " value、pick、range、pattern、ref、days、share、copy、lines 之一"
            ),
            out,
        );
        None
    }

    /// A list, a mapping to weights, or the name of a list.
    fn pick(&self, node: &Node, out: &mut Diagnostics) -> Option<DrawKind> {
        let options = match &node.kind {
            Kind::Map(pairs) => pairs
                .iter()
                .filter_map(|(word, node)| Some((word.value.clone(), read_tree::number(node, out)?)))
                .collect(),
            Kind::Scalar { .. } => {
                let name = word(node, out)?;
                self.list(&name.value, &name, out)?.iter().map(|text| (text.clone(), 1)).collect()
            }
            _ => items(node).iter().filter_map(|item| word(item, out)).map(|word| (word.value, 1)).collect(),
        };
        Some(DrawKind::Pick(options))
    }

    fn list(&self, wanted: &str, at: &Word, out: &mut Diagnostics) -> Option<&[Arc<str>]> {
        let found = self.lists.get(wanted);
        if found.is_none() {
            out.push(
                Diagnostic::error(
                    code!("bad-value"),
                    at.span,
                    text!("there is no list `{wanted}`", "没有列表 `{wanted}`"),
                )
                .suggest(nearest(wanted, self.lists.keys().map(String::as_str))),
            );
        }
        found.map(Vec::as_slice)
    }

    fn check_pattern(&self, pattern: &Word, out: &mut Diagnostics) {
        for part in pattern.value.split('{').skip(1) {
            let name = part.split('}').next().unwrap_or_default();
            let known = name == "n" || name.starts_with("n:") || name.starts_with("digits:");
            if !known {
                self.list(name, pattern, out);
            }
        }
    }
}

/// `[1, 20]` days, or a time from `[20m, 6h]`.
fn after(node: &Node, out: &mut Diagnostics) -> Option<After> {
    let is_number = |item: &Node| matches!(&item.kind, Kind::Scalar { text, .. } if text.parse::<u32>().is_ok());
    if items(node).iter().all(is_number) {
        return pair::<u32>(node, out).map(|(low, high)| After::Days(low.max(1), high.max(1)));
    }
    let mut minutes = items(node).iter().map(|item| {
        let word = word(item, out)?;
        let minutes = parse_duration(&word.value).ok().and_then(|seconds| u32::try_from(seconds / 60).ok());
        if minutes.is_none() {
            wrong_type(word.span, text!("days, or a time such as 20m or 6h", "天数，或 20m、6h 这样的时长"), out);
        }
        minutes
    });
    let (low, high) = (minutes.next()??, minutes.next());
    Some(After::Minutes(low, high.flatten().unwrap_or(low)))
}

/// `price`, `product.list_price`, `each`, `each.account`.
fn path(word: &Word) -> Vec<Name> {
    word.value.split('.').map(Name::intern).collect()
}

/// `approve`, `reject`, or sending back to the submitter.
fn decision(word: &Word, out: &mut Diagnostics) -> Option<Operation> {
    match &*word.value {
        "approve" => Some(Operation::Approve { input: Default::default() }),
        "reject" => Some(Operation::Reject { input: Default::default() }),
        "return" => Some(Operation::Return { to: "submitter".into(), resume: None }),
        _ => {
            wrong_type(word.span, text!("approve, reject or return", " approve、reject 或 return"), out);
            None
        }
    }
}
