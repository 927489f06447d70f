//! What runs: instances of flows, found by their object, flow, node or release.

use std::{ops::ControlFlow, sync::Arc};

use formwork_catalog::catalog::Catalog;
use formwork_definition::kind::role::Right;
use formwork_model::{
    id::RecordId,
    instance::Instance,
    name::Name,
    record::{Fields, Record},
};
use formwork_store::{
    key::Key,
    store::{Order, View},
    table::record,
};
use jiff::Timestamp;

use crate::{access::Eyes, book::Book, rejection::Refusal, release::Release};

/// Which running instances are asked for. What is not said does not matter.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// Of records of this object.
    pub object: Option<Name>,
    /// Of this flow.
    pub flow: Option<Name>,
    /// With a token on this node.
    pub node: Option<Name>,
    /// Decided by the release that begins so.
    pub release: Option<String>,
    /// Behind this record in the order of objects and ids.
    pub after: Option<(Name, RecordId)>,
    /// So many at most.
    pub limit: usize,
}

/// An instance that runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// The record.
    pub record: (Name, RecordId),
    /// The flow.
    pub flow: Name,
    /// The release that decides it.
    pub release: Arc<str>,
    /// Whether nobody has submitted it yet.
    pub draft: bool,
    /// The nodes that hold a token, and since when.
    pub nodes: Vec<(Name, Timestamp)>,
}

impl Eyes<'_> {
    /// Running instances, in the order of objects and ids; for whoever may look at releases or set right what runs,
    /// whoever's records they are.
    ///
    /// # Errors
    /// `not-allowed`, or when the store fails.
    pub fn running(&self, sought: &Sought) -> Result<Vec<Running>, Refusal> {
        if self.require(Right::Repairs).is_err() {
            self.require(Right::Releases)?;
        }
        self.book.running(sought)
    }

    /// What runs of a record, and by which release, for whoever may set it right, whoever's record it is.
    ///
    /// # Errors
    /// `not-allowed`, when there is no such record, or when the store fails.
    pub fn to_repair(&self, object: Name, id: RecordId) -> Result<(Record, Arc<Catalog>), Refusal> {
        self.require(Right::Repairs)?;
        let mut record = self.book.get(object, id)?;
        record.fields = Fields::new();
        record.flows.retain(Instance::is_live);
        let catalog = self.book.catalog_of(&record)?;
        Ok((record, catalog))
    }
}

impl Book {
    fn running(&self, sought: &Sought) -> Result<Vec<Running>, Refusal> {
        let release = self.release();
        let mut found = Vec::new();
        self.read(|view| {
            let behind = sought.after.map(|(object, _)| object);
            let objects = release.catalog.objects.keys().skip_while(|name| behind.is_some_and(|after| after != **name));
            for object in objects.filter(|name| sought.object.is_none_or(|wanted| wanted == **name)) {
                of_object(view, &release, *object, sought, &mut found)?;
                if found.len() >= sought.limit {
                    break;
                }
            }
            Ok(())
        })?;
        found.truncate(sought.limit);
        Ok(found)
    }
}

fn of_object(
    view: &dyn View,
    release: &Release,
    object: Name,
    sought: &Sought,
    found: &mut Vec<Running>,
) -> Result<(), Refusal> {
    let number = release.number(object)?;
    let (mut start, end) = record::range(number);
    if let Some((_, id)) = sought.after.filter(|(after, _)| *after == object) {
        start = Key::prefix_end(&record::key(number, id));
    }
    let mut failure = None;
    view.scan(&start, &end, Order::Forward, &mut |key, bytes| {
        match record::id_of(key).and_then(|id| record::decode(object, id, bytes, &release.symbols)) {
            Ok(record) => found.extend(of_record(&record, sought)),
            Err(error) => failure = Some(error),
        }
        if failure.is_some() || found.len() >= sought.limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    failure.map_or(Ok(()), |error| Err(error.into()))
}

fn of_record(record: &Record, sought: &Sought) -> Vec<Running> {
    let live = record.flows.iter().filter(|instance| instance.is_live());
    let wanted = live.filter(|instance| {
        sought.flow.is_none_or(|flow| flow == instance.flow)
            && sought.node.is_none_or(|node| instance.tokens.iter().any(|token| token.node == node))
            && sought.release.as_ref().is_none_or(|release| instance.release.starts_with(release.as_str()))
    });
    wanted
        .map(|instance| Running {
            record: (record.object, record.id),
            flow: instance.flow,
            release: instance.release.as_str().into(),
            draft: instance.draft,
            nodes: instance.tokens.iter().map(|token| (token.node, token.since)).collect(),
        })
        .collect()
}
