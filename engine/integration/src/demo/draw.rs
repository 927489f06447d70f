//! Drawing values.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use formwork_catalog::parse_value::render_json;
use formwork_model::{name::Name, record::Record};
use formwork_runtime::command::Input;
use jiff::{ToSpan as _, civil::Date};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde_json::{Value as Json, json};

use super::{Draw, DrawKind, Plan, pool::Pool, random::Random};

/// Draws values, and knows the records that are there.
pub(super) struct Drawer<'a> {
    plan: &'a Plan,
    pub(super) random: Random,
    /// Who does what is drawn.
    pub(super) actor: Arc<str>,
    /// The record that another is made for.
    pub(super) each: Option<Record>,
    /// The records of each object.
    pub(super) records: HashMap<Name, Pool>,
    /// Texts that must not come twice.
    taken: HashSet<(Name, String)>,
    counters: HashMap<Name, u64>,
}

/// The record that another is made for, in paths.
pub(super) const EACH: &str = "each";

/// How often a text that was drawn before is drawn again before it gets a number.
const TRIES: usize = 50;

impl<'a> Drawer<'a> {
    pub(super) fn new(plan: &'a Plan, seed: u64) -> Self {
        Self {
            plan,
            random: Random::new(seed),
            actor: Arc::clone(&plan.actor.login),
            each: None,
            records: HashMap::new(),
            taken: HashSet::new(),
            counters: HashMap::new(),
        }
    }

    /// Values for a set of fields; `this` is the record they are for, when it is there already.
    pub(super) fn values(&mut self, set: &[(Name, Draw)], day: Date, this: Option<&Record>) -> Input {
        let mut values = Input::new();
        for (field, draw) in set {
            if !self.random.chance(draw.chance) {
                continue;
            }
            let value =
                if draw.unique { self.unique(*field, draw, day) } else { self.value(*field, draw, day, &values, this) };
            if !value.is_null() {
                values.insert(field.to_string(), value);
            }
        }
        values
    }

    fn unique(&mut self, field: Name, draw: &Draw, day: Date) -> Json {
        let mut text = String::new();
        for _ in 0..TRIES {
            let value = self.value(field, draw, day, &Input::new(), None);
            text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if self.taken.insert((field, text.clone())) {
                return Json::String(text);
            }
        }
        let n = self.taken.len();
        text = format!("{text} {n}");
        self.taken.insert((field, text.clone()));
        Json::String(text)
    }

    fn value(&mut self, field: Name, draw: &Draw, day: Date, values: &Input, this: Option<&Record>) -> Json {
        match &draw.kind {
            DrawKind::Literal(json) => json.clone(),
            DrawKind::Pick(options) => {
                self.random.weighted(options, |(_, weight)| *weight).map_or(Json::Null, |(text, _)| json!(&**text))
            }
            DrawKind::Range { low, high, step } => {
                let steps = ((high - low) / step).floor().to_i64().unwrap_or(0);
                let drawn = low + step * Decimal::from(self.random.between(0, steps));
                json!(drawn.normalize().to_string())
            }
            DrawKind::Pattern(pattern) => json!(self.pattern(field, pattern)),
            DrawKind::Ref { object, owner } => {
                let pool = self.records.entry(*object).or_default();
                let own = owner.map(|owner| pool.of_owner(owner, &self.actor)).unwrap_or_default();
                let place = if own.is_empty() { None } else { self.random.one(own).copied() };
                let drawn = match place {
                    Some(place) => pool.all().get(place),
                    None => self.random.one(pool.all()),
                };
                drawn.map_or(Json::Null, |record| json!(record.id.to_string()))
            }
            DrawKind::Days(low, high) => {
                let days = self.random.between(*low, *high);
                day.checked_add(days.days()).map_or(Json::Null, |day| json!(day.to_string()))
            }
            DrawKind::Copy(path) => self.found(path, values, this).unwrap_or(Json::Null),
            DrawKind::Share { low, high, of } => {
                let share = Decimal::from(self.random.between(*low, *high)) / Decimal::ONE_HUNDRED;
                let whole = self.found(of, values, this);
                match whole.and_then(|whole| whole.as_str()?.parse::<Decimal>().ok()) {
                    Some(whole) => json!((whole * share).round_dp(2).to_string()),
                    None => Json::Null,
                }
            }
            DrawKind::Lines { count, set } => {
                let count = self.random.between(count.0.into(), count.1.into());
                Json::Array((0..count).map(|_| Json::Object(self.values(set, day, None))).collect())
            }
        }
    }

    /// What a path leads to: a value that was drawn before, one of the record, of the one that it is made for (`each`), or
    /// of one that such a value refers to.
    fn found(&self, path: &[Name], values: &Input, this: Option<&Record>) -> Option<Json> {
        let (first, rest) = path.split_first()?;
        let (mut value, mut rest) = match (&self.each, rest.split_first()) {
            (Some(each), None) if *first == *EACH => (json!(each.id.to_string()), rest),
            (Some(each), Some((field, rest))) if *first == *EACH => (render_json(each.fields.get(*field)), rest),
            _ => {
                let own = || this.map(|record| render_json(record.fields.get(*first)));
                (values.get(first.as_str()).cloned().or_else(own)?, rest)
            }
        };
        while let Some((field, further)) = rest.split_first() {
            let id = value.as_str()?.parse().ok()?;
            let record = self.records.values().flat_map(Pool::all).find(|record| record.id == id)?;
            (value, rest) = (render_json(record.fields.get(*field)), further);
        }
        Some(value)
    }

    fn pattern(&mut self, field: Name, pattern: &str) -> String {
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (part, behind) = after.split_once('}').unwrap_or((after, ""));
            self.part(field, part, &mut out);
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    fn part(&mut self, field: Name, part: &str, out: &mut String) {
        if let Some(width) = part.strip_prefix("digits:") {
            for _ in 0..width.parse().unwrap_or(1).min(18) {
                out.push(char::from(b'0' + u8::try_from(self.random.below(10)).unwrap_or(0)));
            }
        } else if part == "n" || part.starts_with("n:") {
            let width = part.strip_prefix("n:").and_then(|width| width.parse().ok()).unwrap_or(1);
            let n = self.counters.entry(field).or_default();
            *n += 1;
            out.push_str(&format!("{n:0width$}"));
        } else {
            let words = self.plan.lists.get(part).map(Vec::as_slice).unwrap_or_default();
            out.push_str(self.random.one(words).map_or("", |word| word));
        }
    }
}
