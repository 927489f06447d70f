//! The working set of one command: what it read, what it changed, why.

use std::{
    cell::{Cell, RefCell},
    sync::{Arc, OnceLock},
};

use formwork_catalog::{catalog::Catalog, object::Object};
use formwork_model::{
    code,
    id::RecordId,
    name::Name,
    record::{Fields, Record},
    text,
    text::Text,
    value::Value,
};
use formwork_script::{handle::Handle, program::Vars};
use formwork_store::{
    store::View,
    table::{counter, history, history::Fired, queue::Turn, record},
};
use indexmap::IndexMap;
use jiff::{Timestamp, civil::Date};

use crate::{
    access::Granted,
    approval::decided::Decided,
    command::{Command, Request},
    depth::Depth,
    directory::Lookups,
    erasure::Erasure,
    incident::Changed,
    outbox,
    pins::{Home, Needed},
    posting::Postings,
    rejection::{Fault, Kind, Refusal, Rejection},
    release::Release,
    slot::Slot,
    write::Writes,
};

/// A record's key in the working set.
pub(crate) type Key = (Name, RecordId);

/// Names of system fields, interned once.
#[derive(Debug)]
pub(crate) struct SystemNames {
    pub(crate) id: Name,
    pub(crate) number: Name,
    pub(crate) state: Name,
    pub(crate) rev: Name,
    pub(crate) created_at: Name,
    pub(crate) created_by: Name,
    pub(crate) updated_at: Name,
    pub(crate) updated_by: Name,
    pub(crate) item: Name,
    pub(crate) due: Name,
    pub(crate) ttl: Name,
}

/// The system fields' names.
pub(crate) fn system() -> &'static SystemNames {
    static NAMES: OnceLock<SystemNames> = OnceLock::new();
    NAMES.get_or_init(|| SystemNames {
        id: Name::intern("id"),
        number: Name::intern("number"),
        state: Name::intern("state"),
        rev: Name::intern("rev"),
        created_at: Name::intern("created_at"),
        created_by: Name::intern("created_by"),
        updated_at: Name::intern("updated_at"),
        updated_by: Name::intern("updated_by"),
        item: Name::intern("item"),
        due: Name::intern("due"),
        ttl: Name::intern("ttl"),
    })
}

/// A message to send.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    pub(crate) to: String,
    /// The subject of an e-mail, where it has one of its own.
    pub(crate) subject: Option<Text>,
    pub(crate) say: Text,
    /// Only by these channels besides the application.
    pub(crate) channels: Option<Vec<formwork_catalog::effect::Channel>>,
    pub(crate) about: Option<Key>,
}

/// The working set of one command.
pub(crate) struct Decider<'a> {
    pub(crate) view: &'a dyn View,
    pub(crate) release: &'a Release,
    pub(crate) command: &'a Command,
    pub(crate) now: Timestamp,
    pub(crate) today: Date,
    /// The position that the history entry of this command will have.
    pub(crate) seq: u64,
    pub(crate) slots: RefCell<IndexMap<Key, Slot>>,
    pub(crate) fired: RefCell<Vec<Fired>>,
    pub(crate) outgoing: RefCell<Vec<Outgoing>>,
    pub(crate) postings: RefCell<Postings>,
    pub(crate) incidents: RefCell<IndexMap<RecordId, Changed>>,
    /// Whom the submitting action chose to decide, by step.
    pub(crate) chosen: RefCell<Vec<formwork_model::approval::Choice>>,
    /// What was decided at approvals.
    pub(crate) decided: RefCell<Vec<Decided>>,
    pub(crate) outbox: RefCell<IndexMap<RecordId, outbox::Changed>>,
    pub(crate) counters: RefCell<Vec<(Vec<u8>, u64)>>,
    pub(crate) facts: RefCell<Writes>,
    created: Cell<u32>,
    steps: Cell<u32>,
    pub(crate) depth: Depth,
    /// What the command came to beside its record.
    pub(crate) answer: RefCell<Option<serde_json::Value>>,
    /// What the directory's indexes said.
    pub(crate) lookups: RefCell<Lookups>,
    /// Turns in queues that this command has moved on.
    pub(crate) turns: RefCell<IndexMap<(Name, String), Turn>>,
    /// What is erased, and of which record.
    pub(crate) erasing: RefCell<Option<Erasure>>,
    /// For whom the actor acts, when not for themselves.
    pub(crate) behalf: RefCell<Option<Arc<str>>>,
    /// The actor's roles: those given, and those of the positions.
    pub(crate) roles: Vec<Name>,
    /// Releases before the live one that records of this command are pinned to.
    pub(crate) needed: Needed,
    /// What the actor may do.
    pub(crate) granted: Granted,
    /// Whether that limits what is asked for now: it does not limit the definitions' own expressions and effects, nor
    /// scripts that say `as: system`.
    pub(crate) limited: Cell<bool>,
    /// Whose program runs.
    pub(crate) running: Cell<Home>,
    user: Handle,
}

/// How many rule firings, flow steps and created records one command may take.
const STEPS: u32 = 20_000;

impl<'a> Decider<'a> {
    pub(crate) fn new(
        view: &'a dyn View,
        release: &'a Release,
        command: &'a Command,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let (last, _) = history::head(view)?;
        let mut decider = Self {
            view,
            release,
            command,
            now,
            today: now.to_zoned(release.catalog.book.zone.clone()).date(),
            seq: last + 1,
            slots: RefCell::default(),
            fired: RefCell::default(),
            outgoing: RefCell::default(),
            postings: RefCell::default(),
            incidents: RefCell::default(),
            chosen: RefCell::default(),
            decided: RefCell::default(),
            outbox: RefCell::default(),
            counters: RefCell::default(),
            facts: RefCell::default(),
            created: Cell::new(0),
            steps: Cell::new(0),
            depth: Depth::default(),
            answer: RefCell::default(),
            lookups: RefCell::default(),
            turns: RefCell::default(),
            erasing: RefCell::default(),
            behalf: RefCell::default(),
            roles: command.actor.roles.clone(),
            needed: Needed::default(),
            granted: Granted::All,
            limited: Cell::new(true),
            running: Cell::new(0),
            user: Handle::Fixed(None, Arc::default()),
        };
        decider.know_actor()?;
        Ok(decider)
    }

    /// The actor's roles, what they may do, and the `user` variable.
    fn know_actor(&mut self) -> Result<(), Refusal> {
        let login = &self.command.actor.login;
        let known = self.find_actor()?;
        self.roles.clone_from(&known.roles);
        self.granted = known.granted.clone();
        let mut user = Fields::with_capacity(2);
        user.set(Name::intern("login"), Value::Text(login.clone()));
        let roles = self.roles.iter().map(|role| Value::Text(role.as_str().into())).collect();
        user.set(Name::intern("roles"), Value::List(roles));
        self.user = Handle::Fixed(None, Arc::new(user));
        Ok(())
    }

    /// The live release: for what belongs to all records together. What belongs to one record is decided by
    /// [`Decider::catalog_of`] it.
    pub(crate) fn catalog(&self) -> &'a Catalog {
        &self.release.catalog
    }

    /// The object as the live release has it; one that only an earlier release has, as that has it.
    pub(crate) fn object(&self, name: Name) -> Result<&Arc<Object>, Refusal> {
        self.catalog().object(name).or_else(|| self.earlier_object(name)).ok_or_else(|| {
            Rejection::new(
                Kind::NotFound,
                code!("unknown-object"),
                text!("there is no object `{name}`", "没有对象 `{name}`"),
            )
            .into()
        })
    }

    /// Counts one step of automatic work; `what` names the loop when there are too many.
    pub(crate) fn step(&self, what: impl FnOnce() -> String) -> Result<(), Refusal> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        // Whoever leaves may have a hundred thousand records.
        let most = if matches!(self.command.request, Request::Transfer { .. }) { STEPS * 50 } else { STEPS };
        if steps <= most {
            return Ok(());
        }
        let what = self.loop_at(what());
        Err(Rejection::new(
            Kind::Limit,
            code!("step-budget"),
            text!(
                "the command took more than {most} automatic steps; it seems to loop at {what}",
                "自动步骤超过 {most} 步，似乎在 {what} 处循环"
            ),
        )
        .into())
    }

    /// Notes that something fired.
    pub(crate) fn fire(&self, what: impl Into<Arc<str>>, values: impl Into<Arc<str>>) {
        self.fired.borrow_mut().push(Fired { what: what.into(), values: values.into() });
    }

    pub(crate) fn load(&self, key: Key) -> Result<(), Refusal> {
        if self.slots.borrow().contains_key(&key) {
            return Ok(());
        }
        let table = self.release.number(key.0)?;
        let stored = match self.view.get(&record::key(table, key.1))? {
            Some(bytes) => Some(record::decode(key.0, key.1, &bytes, &self.release.symbols)?),
            None => None,
        };
        let pin = stored.as_ref().and_then(|record| self.release.pin(record)).map(Arc::from);
        self.slots.borrow_mut().insert(key, Slot::stored(stored, pin));
        Ok(())
    }

    /// Looks at the record as it is now.
    pub(crate) fn look<T>(&self, key: Key, look: impl FnOnce(Option<&Record>) -> T) -> Result<T, Refusal> {
        self.load(key)?;
        let slots = self.slots.borrow();
        Ok(look(slots.get(&key).and_then(Slot::current)))
    }

    /// The record as it is now, to be kept while others are looked at; nothing of it is copied.
    pub(crate) fn shared(&self, key: Key) -> Result<Option<Arc<Record>>, Refusal> {
        self.load(key)?;
        Ok(self.slots.borrow().get(&key).and_then(Slot::shared).cloned())
    }

    /// A record that was read for a list: it need not be read again.
    pub(crate) fn remember(&self, record: Record) {
        let key = (record.object, record.id);
        let pin = self.release.pin(&record).map(Arc::from);
        self.slots.borrow_mut().entry(key).or_insert_with(|| Slot::stored(Some(record), pin));
    }

    /// Looks at the record as it is now; refuses when there is none.
    pub(crate) fn record<T>(&self, key: Key, look: impl FnOnce(&Record) -> T) -> Result<T, Refusal> {
        self.look(key, |record| record.map(look))?.ok_or_else(|| Rejection::no_record(key.0).into())
    }

    /// Changes the record and marks it for another look by rules and computed values.
    pub(crate) fn change<T>(&self, key: Key, change: impl FnOnce(&mut Record) -> T) -> Result<T, Refusal> {
        self.load(key)?;
        let mut slots = self.slots.borrow_mut();
        let slot = slots.get_mut(&key).ok_or_else(|| Fault::new("slot lost"))?;
        let Some(record) = slot.change() else { return Err(Rejection::no_record(key.0).into()) };
        let result = change(record);
        slot.dirty = true;
        Ok(result)
    }

    /// Sets one field if that makes a difference.
    pub(crate) fn set(&self, key: Key, field: Name, value: Value) -> Result<(), Refusal> {
        if self.record(key, |record| *record.fields.get(field) == value)? {
            return Ok(());
        }
        self.change(key, |record| {
            record.fields.set(field, value);
        })
    }

    /// The value of a field or system field as it is now.
    pub(crate) fn field(&self, key: Key, field: Name) -> Result<Value, Refusal> {
        self.look(key, |record| record.map_or(Value::Null, |record| field_of(record, field)))
    }

    /// An id that nothing else has.
    pub(crate) fn next_id(&self) -> RecordId {
        let nth = self.created.get();
        self.created.set(nth + 1);
        RecordId::derive(self.command.id, self.now, nth)
    }

    /// A new record of `object`, with its number, without values.
    pub(crate) fn begin(&self, object: &Object) -> Result<RecordId, Refusal> {
        self.step(|| format!("creating {}", object.name))?;
        self.release.touch(|touched| _ = touched.objects.insert(object.name));
        let id = self.next_id();
        let number = match &object.number {
            Some(pattern) => {
                let table = self.release.number(object.name)?;
                let n = self.count(table, &pattern.period(self.today))?;
                Some(Arc::from(pattern.format(self.today, n)))
            }
            None => None,
        };
        let record = Record {
            object: object.name,
            id,
            rev: 0,
            number,
            created_at: self.now,
            created_by: self.command.actor.login.clone(),
            updated_at: self.now,
            updated_by: self.command.actor.login.clone(),
            fields: Fields::with_capacity(object.fields.len()),
            flows: Vec::new(),
            timers: Vec::new(),
            events: Vec::new(),
        };
        self.slots.borrow_mut().insert((object.name, id), Slot::created(record));
        Ok(id)
    }

    /// Takes the next number of a period.
    fn count(&self, table: u16, period: &str) -> Result<u64, Refusal> {
        let key = counter::key(table, period);
        let mut counters = self.counters.borrow_mut();
        if let Some((_, next)) = counters.iter_mut().find(|(known, _)| *known == key) {
            *next += 1;
            return Ok(*next - 1);
        }
        let n = counter::next(self.view, table, period)?;
        counters.push((key, n + 1));
        Ok(n)
    }

    /// The counters as they are to be stored.
    pub(crate) fn counters(&self) -> Vec<(Vec<u8>, u64)> {
        self.counters.borrow().clone()
    }

    /// Writes or removes a key that no record is behind.
    pub(crate) fn put_fact(&self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.facts.borrow_mut().push((key, value));
    }

    /// The keys that no record is behind.
    pub(crate) fn facts(&self) -> Writes {
        self.facts.take()
    }

    /// The variables every expression about a record sees: `this`, `old`, `user`.
    pub(crate) fn vars(&self, key: Key) -> Vars {
        let mut vars = Vars::this(Handle::Record(key.0, key.1));
        let slots = self.slots.borrow();
        if let Some(before) = slots.get(&key).and_then(Slot::before) {
            vars.set("old", Handle::Fixed(Some(key.0), Arc::new(before.fields.clone())));
        }
        vars.set("user", self.user.clone());
        vars
    }

    /// The `user` variable.
    pub(crate) fn user(&self) -> Handle {
        self.user.clone()
    }
}

/// The value of a field or system field of a record.
pub(crate) fn field_of(record: &Record, field: Name) -> Value {
    let value = record.fields.get(field);
    if !matches!(value, Value::Null) {
        return value.clone();
    }
    let names = system();
    if field == names.state {
        Value::text(state_of(record))
    } else if field == names.number {
        record.number.as_ref().map_or(Value::Null, |number| Value::Text(number.clone()))
    } else if field == names.id {
        Value::text(record.id.to_string())
    } else if field == names.rev {
        Value::Int(i64::try_from(record.rev).unwrap_or(i64::MAX))
    } else if field == names.created_at {
        Value::Instant(record.created_at)
    } else if field == names.created_by {
        Value::Text(record.created_by.clone())
    } else if field == names.updated_at {
        Value::Instant(record.updated_at)
    } else if field == names.updated_by {
        Value::Text(record.updated_by.clone())
    } else {
        Value::Null
    }
}

/// Where a record stands in the flow named like its object; empty when it has none.
pub(crate) fn state_of(record: &Record) -> String {
    record.flow(record.object).map(formwork_model::instance::Instance::state).unwrap_or_default()
}
