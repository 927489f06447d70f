//! After every change: computed values, rules, roll-ups and dependents, until nothing moves any more.

use formwork_catalog::object::{Object, Rule, Trigger};
use formwork_model::name::Name;

use crate::{
    decider::{Decider, Key},
    rejection::Refusal,
};

impl Decider<'_> {
    /// Runs whatever the changes so far set off.
    pub(crate) fn settle(&self) -> Result<(), Refusal> {
        while let Some(key) = self.next_dirty() {
            self.settle_one(key)?;
        }
        Ok(())
    }

    fn next_dirty(&self) -> Option<Key> {
        self.slots.borrow().iter().find(|(_, slot)| slot.dirty).map(|(key, _)| *key)
    }

    fn settle_one(&self, key: Key) -> Result<(), Refusal> {
        self.step(|| format!("recomputing {}", key.0))?;
        let (object, shared) = (self.object_of(key)?, self.object(key.0)?);
        let exists = self.look(key, |record| record.is_some())?;
        if exists {
            self.recompute(key)?;
        }
        let (changed, events) = self.take_changes(key, object, shared);
        if exists {
            self.fire_rules(key, object, &changed, events)?;
        }
        self.feed_roll_ups(key, shared)?;
        if !changed.is_empty() {
            self.mark_dependents(key, shared, &changed)?;
        }
        Ok(())
    }

    /// What changed since rules looked last, and whether the record was created or updated by this command
    /// and nobody has been told yet. Everything counts as seen afterwards.
    fn take_changes(&self, key: Key, object: &Object, shared: &Object) -> (Vec<Name>, Events) {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(&key) else { return (Vec::new(), Events::default()) };
        slot.dirty = false;
        let Some(current) = slot.current() else { return (Vec::new(), Events::default()) };
        let watched = !shared.dependents.is_empty()
            || object.rules.iter().any(|rule| rule.on.iter().any(|on| matches!(on, Trigger::Change(_))));
        let changed = if watched { Self::changed_fields(slot.known(), &current.fields) } else { Vec::new() };
        let events = Events { create: !slot.announced && slot.is_new(), update: !slot.announced && !slot.is_new() };
        if watched {
            let snapshot = current.fields.clone();
            slot.settled = Some(snapshot);
        }
        slot.announced = true;
        (changed, events)
    }

    fn fire_rules(&self, key: Key, object: &Object, changed: &[Name], events: Events) -> Result<(), Refusal> {
        for rule in object.rules.iter().filter(|rule| rule.on.iter().any(|on| events.match_trigger(*on, changed))) {
            self.fire_rule(key, object, rule)?;
            if self.look(key, |record| record.is_none())? {
                break;
            }
        }
        Ok(())
    }

    /// Fires one rule if its condition holds.
    pub(crate) fn fire_rule(&self, key: Key, object: &Object, rule: &Rule) -> Result<(), Refusal> {
        let mut vars = self.vars(key);
        if !self.holds_or_none(rule.when.as_ref(), &vars)? {
            return Ok(());
        }
        let name = format!("{}.{}", object.name, rule.name);
        self.step(|| format!("rule {name}"))?;
        self.fire(format!("rule {name}"), self.read_values(key, rule));
        self.run_effects(&rule.effects, key, &mut vars)
    }

    /// The values the rule's condition read, as compact JSON.
    fn read_values(&self, key: Key, rule: &Rule) -> String {
        let Some(when) = &rule.when else { return String::new() };
        let mut values = serde_json::Map::new();
        for read in when.reads.iter().filter(|read| read.root == "this" && read.path.len() == 1) {
            if let Some(name) = read.path.first()
                && let Ok(value) = self.field(key, *name)
            {
                values.insert(name.to_string(), formwork_catalog::parse_value::render_json(&value));
            }
        }
        if values.is_empty() { String::new() } else { serde_json::Value::Object(values).to_string() }
    }

    /// Marks the records elsewhere whose computed values read the changed fields through a reference here.
    pub(crate) fn mark_dependents(&self, key: Key, object: &Object, changed: &[Name]) -> Result<(), Refusal> {
        for dependent in object.dependents.iter().filter(|dependent| changed.contains(&dependent.reads)) {
            for id in self.referring(dependent.object, dependent.index, key.1)? {
                self.step(|| format!("recomputing {} after {}", dependent.object, key.0))?;
                self.change((dependent.object, id), |_| ())?;
            }
        }
        Ok(())
    }
}

/// What happened to a record, as far as rules care.
#[derive(Debug, Clone, Copy, Default)]
struct Events {
    create: bool,
    update: bool,
}

impl Events {
    fn match_trigger(self, on: Trigger, changed: &[Name]) -> bool {
        match on {
            Trigger::Create => self.create,
            Trigger::Update => self.update,
            Trigger::Delete => false,
            Trigger::Change(field) => changed.contains(&field),
        }
    }
}
