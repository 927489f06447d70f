//! The state of the replay as the other release would keep it: the same records and ledgers, its own indexes, unique
//! keys and roll-ups.

use std::sync::Arc;

use formwork_catalog::{
    catalog::Catalog,
    object::{Object, RollUp},
};
use formwork_model::{id::RecordId, name::Name, record::Record};
use formwork_store::{
    error::Error,
    key::{KeyKind, KeyReader},
    store::View,
    table::{history, meta, record},
};
use jiff::Timestamp;

use crate::{
    book::{Going, activate, roll_up_of, roll_up_signature},
    rejection::Refusal,
    release::Release,
    replay::World,
    write::{Writes, derived_writes},
};

/// The other release and its state.
#[derive(Debug)]
pub(super) struct Fork {
    pub(super) world: World,
    pub(super) release: Arc<Release>,
    /// Roll-ups that the live release does not keep in the same way: holder and field.
    own: Vec<(Name, Name)>,
}

impl Fork {
    /// The state of `world` with `catalog` live in it.
    pub(super) fn of(world: &World, live: &Release, catalog: &Arc<Catalog>, at: Timestamp) -> Result<Self, Refusal> {
        let mut world = world.clone();
        let going = Going::by_itself(catalog.clone());
        // Going live is no entry of its history: the next command has the position it really had.
        let head = (meta::key(history::HEAD), world.get(&meta::key(history::HEAD))?);
        let release = activate(&mut world, &going, (&live.kept, live.blind.as_ref()), at)?;
        world.apply(&[head]);
        let release = Arc::new(Release { follow_pins: false, actors: Arc::default(), ..Release::clone(&release) });
        let mut fork = Self { world, release, own: Vec::new() };
        fork.own = fork.differing(live);
        Ok(fork)
    }

    /// Whether the record stands on a node that this release does not have.
    pub(super) fn stands_nowhere(&self, (object, id): (Name, RecordId)) -> bool {
        let record = crate::query::load(&self.world, &self.release, object, id).ok().flatten();
        record.is_some_and(|record| {
            record.flows.iter().filter(|instance| instance.is_live()).any(|instance| {
                let flow = self.release.catalog.flows.get(&instance.flow);
                instance.tokens.iter().any(|token| flow.is_none_or(|flow| flow.node(token.node).is_none()))
            })
        })
    }

    fn differing(&self, live: &Release) -> Vec<(Name, Name)> {
        let mut own = Vec::new();
        for object in self.release.catalog.objects.values() {
            for field in &object.fields {
                let Some(roll_up) = &field.roll_up else { continue };
                let known =
                    live.catalog.object(object.name).and_then(|known| known.field(field.name)?.roll_up.as_ref());
                if known.map(roll_up_signature) != Some(roll_up_signature(roll_up)) {
                    own.push((object.name, field.name));
                }
            }
        }
        own
    }

    /// Takes over what really happened. `live` is the release that has just gone live there, if one has.
    pub(super) fn follow(&mut self, writes: Writes, live: Option<&Release>) -> Result<(), Refusal> {
        let mut touched: Vec<Record> = Vec::new();
        for (key, value) in writes {
            match key.first().copied().and_then(KeyKind::from_number) {
                // Its own are derived from the records; the names of the replay all have numbers from the beginning.
                Some(KeyKind::Index | KeyKind::Unique | KeyKind::Symbol | KeyKind::Release) | None => {}
                Some(KeyKind::Meta) => self.follow_fact(key, value),
                Some(KeyKind::Record) => self.follow_record(&key, value.as_deref(), &mut touched)?,
                Some(_) => self.world.apply(&[(key, value)]),
            }
        }
        if let Some(live) = live {
            self.own = self.differing(live);
        }
        self.refresh(&touched)
    }

    /// The head of the history goes along; what is built, filled and active is its own.
    fn follow_fact(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let fact = KeyReader::new(&key, KeyKind::Meta).and_then(|mut reader| reader.text()).unwrap_or_default();
        let own = fact.starts_with("built ") || fact.starts_with("filled ") || fact.starts_with("active");
        if !own && fact != "activations" {
            self.world.apply(&[(key, value)]);
        }
    }

    fn follow_record(&mut self, key: &[u8], value: Option<&[u8]>, touched: &mut Vec<Record>) -> Result<(), Refusal> {
        let table = KeyReader::new(key, KeyKind::Record)?.u16()?;
        let id = record::id_of(key)?;
        let name = self
            .release
            .symbols
            .name(u32::from(table))
            .ok_or_else(|| Error::Damaged("a table without a name".into()))?;
        let read = |bytes: &[u8]| record::decode(name, id, bytes, &self.release.symbols);
        let before = self.world.get(key)?.map(|bytes| read(&bytes)).transpose()?;
        let mut now = value.map(read).transpose()?;
        let kept: Vec<Name> = self.own.iter().filter(|(holder, _)| *holder == name).map(|(_, field)| *field).collect();
        if let (Some(before), Some(now)) = (&before, &mut now) {
            for field in kept {
                now.fields.set(field, before.fields.get(field).clone());
            }
        }
        self.put(name, id, before.as_ref(), now.as_ref())?;
        touched.extend(before.into_iter().chain(now));
        Ok(())
    }

    fn put(&mut self, name: Name, id: RecordId, before: Option<&Record>, now: Option<&Record>) -> Result<(), Refusal> {
        let table = self.release.number(name)?;
        let bytes = now.map(|record| record::encode(record, &self.release.symbols)).transpose()?;
        let mut writes = vec![(record::key(table, id), bytes)];
        if let Some(object) = self.release.catalog.object(name) {
            derived_writes(&self.release, object, id, before, now, &mut writes)?;
        }
        writes.sort_by_key(|(_, value)| value.is_some());
        self.world.apply(&writes);
        Ok(())
    }

    /// Takes the roll-ups anew that only the other release keeps, for the holders of what was touched.
    fn refresh(&mut self, touched: &[Record]) -> Result<(), Refusal> {
        let catalog = self.release.catalog.clone();
        for (holder, field) in self.own.clone() {
            let Some(roll_up) =
                catalog.object(holder).and_then(|object: &Arc<Object>| object.field(field)?.roll_up.as_ref())
            else {
                continue;
            };
            for id in holders(roll_up, touched) {
                let table = self.release.number(holder)?;
                let Some(bytes) = self.world.get(&record::key(table, id))? else { continue };
                let before = record::decode(holder, id, &bytes, &self.release.symbols)?;
                let mut now = before.clone();
                let value = roll_up_of(&self.world, &self.release, roll_up, id)?;
                let kind = catalog.object(holder).and_then(|object| object.field(field)).map(|field| &field.kind);
                if let Some(kind) = kind {
                    now.fields.set(field, formwork_script::convert::coerce_value(value, kind)?);
                }
                self.put(holder, id, Some(&before), Some(&now))?;
            }
        }
        Ok(())
    }
}

fn holders(roll_up: &RollUp, touched: &[Record]) -> Vec<RecordId> {
    let mut holders: Vec<RecordId> = touched
        .iter()
        .filter(|record| record.object == roll_up.from)
        .filter_map(|record| record.fields.get(roll_up.by).as_ref_id())
        .collect();
    holders.sort_unstable();
    holders.dedup();
    holders
}
