//! A release goes live: names get numbers, new roll-ups are filled, changed indexes are built, and the catalog
//! is swapped, in one commit.

mod in_use;
mod roll_ups;

pub(crate) use roll_ups::{signature as roll_up_signature, value_of as roll_up_of};

use std::{
    ops::ControlFlow,
    sync::{Arc, RwLock},
};

use formwork_catalog::{catalog::Catalog, object::Object};
use formwork_model::{clock::Clock, code, id::CommandId, name::Name, record::Record, text};
use formwork_store::{
    encrypted::{Blind, is_encrypted},
    error::Error as StoreError,
    key::{Key, KeyKind, KeyReader},
    store::{self, Abort, Order, Store, Transaction, Work},
    symbols::Symbols,
    table::{
        history::{self, Cover, Entry},
        index, meta, record, release as releases, unique,
    },
};

use jiff::Timestamp;

use crate::{
    audit,
    book::{Book, get, put, releases::HELD_BACK, second},
    command::Actor,
    recorded::RELEASE,
    rejection::{Kind, Problem, Refusal},
    release::{Kept, Release},
    validate::{given, unique_values},
};

/// A release that is to go live, and who says so.
#[derive(Debug, Clone)]
pub struct Going {
    /// The release.
    pub catalog: Arc<Catalog>,
    /// Who makes it live.
    pub actor: Actor,
    /// Why.
    pub reason: Option<Arc<str>>,
    /// Whether it takes the place of one that is not to come back by itself.
    pub holds_back: bool,
}

impl Going {
    /// Made live by the engine: an edit of the files, or the start of the program.
    pub fn by_itself(catalog: Arc<Catalog>) -> Self {
        Self { catalog, actor: Actor::system(), reason: None, holds_back: false }
    }
}

/// How many earlier releases are compiled when a book is opened.
const WARM: usize = 4;

struct Activation {
    going: Going,
    clock: Arc<dyn Clock>,
    kept: Kept,
    blind: Option<Arc<Blind>>,
    deciding: Arc<RwLock<Arc<Release>>>,
    visible: Arc<RwLock<Arc<Release>>>,
    result: Option<Result<Arc<Release>, Refusal>>,
    answer: std::sync::mpsc::SyncSender<Result<Arc<Release>, Refusal>>,
}

impl Work for Activation {
    fn run(&mut self, transaction: &mut dyn Transaction) -> Result<(), Abort> {
        let live = get(&self.visible);
        let result = second::check(transaction.view(), &live, &self.kept, &self.going.catalog)
            .and_then(|()| activate(transaction, &self.going, (&self.kept, self.blind.as_ref()), self.clock.now()));
        // Commands that follow in the same group already find the new numbers and indexes, so they have to
        // be decided by the new release. Readers see it only once it is on disk.
        if let Ok(release) = &result {
            put(&self.deciding, release.clone());
        }
        let refused = result.is_err();
        self.result = Some(result);
        if refused { Err(Abort) } else { Ok(()) }
    }

    fn done(self: Box<Self>, outcome: Result<(), StoreError>) {
        let result = match (outcome, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StoreError::Closed.into()),
            (Err(error), _) => Err(error.into()),
        };
        match &result {
            Ok(release) => put(&self.visible, release.clone()),
            Err(_) => put(&self.deciding, get(&self.visible)),
        }
        let _gone = self.answer.send(result);
    }
}

impl Book {
    /// Opens a book over a store with the release that is to run.
    ///
    /// # Errors
    /// When the data is newer than this program or encrypted and not unlocked, or the release does not fit the data.
    pub fn open(store: Arc<dyn Store>, catalog: Arc<Catalog>, clock: Arc<dyn Clock>) -> Result<Self, Refusal> {
        let encrypted = store::read(&*store, |view| {
            meta::check_version(view)?;
            is_encrypted(view)
        })?;
        if encrypted && store.blind().is_none() {
            return Err(StoreError::KeyMissing.into());
        }
        let symbols = store::read(&*store, |view| Symbols::load(view))?;
        let first = Arc::new(Release::new(catalog.clone(), symbols));
        let book = Self {
            store,
            clock,
            release: Arc::new(RwLock::new(first.clone())),
            deciding: Arc::new(RwLock::new(first)),
            bells: Arc::default(),
        };
        book.activate(catalog)?;
        book.warm();
        Ok(book)
    }

    /// Compiles the releases that were live last, so that no command has to wait for it.
    fn warm(&self) {
        let release = self.release();
        let warmed = self.read(|view| {
            let mut hashes: Vec<Arc<str>> = Vec::new();
            for seq in releases::activations(view)?.into_iter().rev() {
                let entry = history::get(view, seq, &release.symbols)?;
                hashes.extend(entry.map(|entry| entry.release).filter(|hash| !hashes.contains(hash)));
            }
            for hash in hashes.iter().filter(|hash| **hash != release.catalog.release).take(WARM) {
                // One that does not pass the checks any more is told when something needs it.
                let _unusable = release.kept.get(view, hash);
            }
            Ok(())
        });
        // The book opened; whether older releases can be read is told when one is needed.
        drop(warmed);
    }

    /// Makes `catalog` the release that runs. Commands decided before end on the old one.
    ///
    /// # Errors
    /// When existing records break a new unique key, or the store fails; the old release goes on.
    pub fn activate(&self, catalog: Arc<Catalog>) -> Result<Arc<Release>, Refusal> {
        self.activate_by(Going::by_itself(catalog))
    }

    /// As [`Book::activate`], with who says so and why. The history keeps both.
    ///
    /// # Errors
    /// As [`Book::activate`].
    pub fn activate_by(&self, going: Going) -> Result<Arc<Release>, Refusal> {
        if going.catalog.is_sensitive() {
            self.store.protect()?;
        }
        let (answer, wait) = std::sync::mpsc::sync_channel(1);
        self.store.submit(Box::new(Activation {
            going,
            clock: self.clock.clone(),
            kept: self.release().kept.clone(),
            blind: self.store.blind(),
            deciding: self.deciding.clone(),
            visible: self.release.clone(),
            result: None,
            answer,
        }));
        let release = wait.recv().unwrap_or(Err(Refusal::Store(StoreError::Closed)))?;
        // Its calendars may move timers.
        self.bell().ring(jiff::Timestamp::MIN);
        Ok(release)
    }
}

/// Makes a release live in a transaction.
pub(crate) fn activate(
    transaction: &mut dyn Transaction,
    going: &Going,
    (kept, blind): (&Kept, Option<&Arc<Blind>>),
    now: Timestamp,
) -> Result<Arc<Release>, Refusal> {
    let catalog = &going.catalog;
    meta::check_version(transaction.view())?;
    let mut symbols = Symbols::load(transaction.view())?;
    if symbols.missing(catalog.names()) {
        symbols = symbols.extend(transaction, catalog.names())?;
    }
    if meta::data_version(transaction.view())? != Some(meta::DATA_VERSION) {
        meta::put_data_version(transaction, meta::DATA_VERSION);
    }
    let before = releases::active(transaction.view())?.filter(|before| *before != *catalog.release);
    if let Some(before) = &before
        && let Ok(before) = kept.get(transaction.view(), before)
    {
        in_use::check(transaction.view(), &symbols, &before, catalog)?;
    }
    kept.hold(catalog);
    let release =
        Arc::new(Release { kept: kept.clone(), blind: blind.cloned(), ..Release::new(catalog.clone(), symbols) });
    crate::calendar::note_calendars(transaction, catalog)?;
    for object in catalog.objects.values() {
        let filled = roll_ups::fill(transaction, &release, object)?;
        build_indexes(transaction, &release, object, &filled)?;
    }
    let hash = &catalog.release;
    if releases::get(transaction.view(), hash)?.is_none() {
        let files: serde_json::Map<String, serde_json::Value> = catalog
            .sources
            .iter()
            .map(|source| (source.path.to_string(), serde_json::Value::String(source.text.to_string())))
            .collect();
        releases::put(transaction, hash, serde_json::Value::Object(files).to_string().as_bytes());
    }
    if releases::active(transaction.view())?.as_deref() != Some(hash) {
        releases::put_active(transaction, hash);
        match before.as_ref().filter(|_| going.holds_back) {
            Some(before) => transaction.put(meta::key(HELD_BACK), before.as_bytes().to_vec()),
            None => transaction.delete(meta::key(HELD_BACK)),
        }
        let mut entry = entry(going, before.as_deref(), history::head(transaction.view())?.0 + 1, now);
        let seq = history::append(transaction, &mut entry, &release.symbols, &[])?;
        releases::note_activation(transaction, seq)?;
        audit::note_release(transaction, &entry, before.as_deref())?;
    }
    Ok(release)
}

/// What the history says of an activation.
fn entry(going: &Going, before: Option<&str>, seq: u64, now: Timestamp) -> Entry {
    let hash = &going.catalog.release;
    let mut id = [0; 16];
    let bytes = hash.bytes().rev().chain(seq.to_be_bytes().into_iter().rev());
    id.iter_mut().rev().zip(bytes.cycle()).for_each(|(place, byte)| *place = byte);
    Entry {
        seq,
        command: CommandId::from_bytes(id),
        at: now,
        actor: going.actor.login.clone(),
        on_behalf_of: None,
        release: hash.clone(),
        kind: format!("{RELEASE} {hash}").into(),
        target: None,
        input: before.map_or_else(String::new, |before| serde_json::json!({"from": before}).to_string()).into(),
        reason: going.reason.clone(),
        changes: Vec::new(),
        fired: Vec::new(),
        pinned: None,
        more: "".into(),
        cover: Cover::Plain,
    }
}

/// What an index is over, as it is remembered in the book: when that changes the index is built anew.
fn signature(kind: &str, fields: &[Name], lines: Option<Name>) -> String {
    let fields = fields.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",");
    format!("{kind} {}{fields}", lines.map(|lines| format!("{lines}.")).unwrap_or_default())
}

fn build_indexes(
    transaction: &mut dyn Transaction,
    release: &Release,
    object: &Object,
    filled: &[Name],
) -> Result<(), Refusal> {
    let table = release.number(object.name)?;
    let mut stale = Vec::new();
    let wanted: Vec<(Name, String)> = object
        .indexes
        .iter()
        .map(|index| (index.name, signature("index", &index.fields, index.lines), &index.fields))
        .chain(object.uniques.iter().map(|key| (key.name, signature("unique", &key.fields, None), &key.fields)))
        .map(|(name, signature, fields)| (name, format!("{signature}{}", release.hashed_with(object, fields))))
        .collect();
    drop_indexes(transaction, release, object, &wanted)?;
    for (name, signature) in wanted {
        let key = format!("built {} {name}", object.name);
        let over_filled = object
            .indexes
            .iter()
            .any(|index| index.name == name && index.fields.iter().any(|field| filled.contains(field)));
        if over_filled || meta::text(transaction.view(), &key)?.as_deref() != Some(&signature) {
            stale.push(name);
            transaction.put(meta::key(&key), signature.into_bytes());
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    for name in &stale {
        clear(transaction, table, release.number(*name)?)?;
    }
    for record in every_record(transaction, release, object.name, table)? {
        index_record(transaction, release, object, &record, &stale)?;
    }
    Ok(())
}

/// An index that this release does not have is not kept up: it goes, so that it is built anew when it comes back.
fn drop_indexes(
    transaction: &mut dyn Transaction,
    release: &Release,
    object: &Object,
    wanted: &[(Name, String)],
) -> Result<(), Refusal> {
    let table = release.number(object.name)?;
    let own = format!("built {} ", object.name);
    let (start, end) = meta::range(&own);
    let mut dropped = Vec::new();
    transaction.scan(&start, &end, Order::Forward, &mut |key, _| {
        let fact = KeyReader::new(key, KeyKind::Meta).and_then(|mut reader| reader.text());
        if let Ok(fact) = fact
            && let Some(name) = fact.strip_prefix(&own)
            && !wanted.iter().any(|(known, _)| *known == name)
        {
            dropped.push((key.to_vec(), name.to_owned()));
        }
        ControlFlow::Continue(())
    })?;
    for (fact, name) in dropped {
        if let Some(name) = Name::find(&name) {
            clear(transaction, table, release.number(name)?)?;
        }
        transaction.delete(fact);
    }
    Ok(())
}

fn clear(transaction: &mut dyn Transaction, table: u16, number: u16) -> Result<(), Refusal> {
    let mut keys = Vec::new();
    for prefix in [index::prefix(table, number, &[]), unique::key(table, number, &[])] {
        transaction.scan(&prefix, &Key::prefix_end(&prefix), Order::Forward, &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })?;
    }
    for key in keys {
        transaction.delete(key);
    }
    Ok(())
}

fn every_record(
    transaction: &dyn Transaction,
    release: &Release,
    object: Name,
    table: u16,
) -> Result<Vec<Record>, Refusal> {
    let (start, end) = record::range(table);
    let mut records = Vec::new();
    let mut failure = None;
    transaction.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        let read = record::id_of(key).and_then(|id| record::decode(object, id, bytes, &release.symbols));
        match read {
            Ok(record) => {
                records.push(record);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failure.map_or(Ok(records), |error| Err(error.into()))
}

fn index_record(
    transaction: &mut dyn Transaction,
    release: &Release,
    object: &Object,
    record: &Record,
    stale: &[Name],
) -> Result<(), Refusal> {
    for by in object.indexes.iter().filter(|index| stale.contains(&index.name)) {
        for key in release.index_keys(object, by, record)? {
            transaction.put(key, Vec::new());
        }
    }
    for key in object.uniques.iter().filter(|unique| stale.contains(&unique.name)) {
        let Some(values) = unique_values(key, record) else { continue };
        let place = release.unique_key(object, key, &values)?;
        if transaction.get(&place)?.is_some() {
            let given = given(object, key, &values);
            let name = object.name;
            return Err(Problem::new(
                code!("duplicate-key"),
                text!(
                    "the new unique key of {name} does not fit the data: several records have `{given}`",
                    "{name} 的新唯一键与现有数据冲突：多条记录为 `{given}`"
                ),
            )
            .rule(format!("{}.{}", object.name, key.name))
            .reject(Kind::Conflict)
            .into());
        }
        transaction.put(place, unique::encode(record.id));
    }
    Ok(())
}
