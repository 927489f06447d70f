//! Doing what a step says.

use formwork_catalog::object::Field;
use formwork_definition::{
    kind::scenario::{Step, When},
    literal::Data,
    map::{Map, WrittenName},
    spanned::Sp,
};
use formwork_model::{field_type::FieldType, id::RecordId, name::Name, source::Span, text};
use formwork_script::host::Outputs;
use serde_json::Value as Json;

use super::{Failed, Report, World, expect::Seen, parse_actor};
use crate::{
    changes::Changes,
    command::{Actor, Command, Input, PostEntry, Request},
    queue::Operation,
    rejection::Refusal,
};

/// What is done with the work of which record.
fn work(when: &When) -> Option<(&Sp<WrittenName>, Operation)> {
    let to = || Operation::Assign { to: when.to.iter().next().map(|to| to.value.clone()).unwrap_or_default() };
    None.or_else(|| Some((when.claim.as_ref()?, Operation::Claim)))
        .or_else(|| Some((when.release.as_ref()?, Operation::Release)))
        .or_else(|| Some((when.assign.as_ref()?, to())))
        .or_else(|| Some((when.escalate.as_ref()?, Operation::Escalate)))
}

/// The record that is shared, or no longer.
fn shared(when: &When) -> Option<&Sp<WrittenName>> {
    when.share.as_ref().or(when.unshare.as_ref())
}

impl World<'_> {
    /// Does what the step says and looks whether everything is as expected.
    pub(super) fn take(&mut self, step: &Step, report: &mut Report) {
        let mut seen = Seen::default();
        let mut at = step.then.as_ref().map_or(Span::default(), |then| then.span);
        if let Some(when) = &step.when {
            at = when.span;
            let actor = when.actor.as_ref().map_or_else(|| self.actor.clone(), |actor| parse_actor(actor));
            seen.actor = Some(actor.clone());
            if let Err(refusal) = self.do_it(when, &actor, &mut seen, report) {
                seen.refused = Some(refusal);
            }
        }
        let expected = step.then.as_ref().and_then(|then| then.refused.as_ref());
        if let (Some(refusal), None) = (&seen.refused, expected) {
            report.failures.push(Failed::refused(at, refusal));
            return;
        }
        if let Some(then) = &step.then {
            self.expect(then, &seen, report);
        }
    }

    fn do_it(&mut self, when: &When, actor: &Actor, seen: &mut Seen, report: &mut Report) -> Result<(), Refusal> {
        if let Some(clock) = &when.clock {
            self.move_clock(clock, seen, report);
            return Ok(());
        }
        if let Some(table) = &when.evaluate {
            return self.evaluate(table.value.0, when, actor, seen, report);
        }
        if let Some(object) = &when.find {
            return self.find(object, when, seen, report);
        }
        let reason = when.comment.as_ref().or(when.reason.as_ref()).map(|reason| reason.value.clone());
        let about = when
            .update
            .as_ref()
            .or(when.delete.as_ref())
            .or(shared(when))
            .or(when.on.as_ref())
            .or_else(|| work(when).map(|(on, _)| on));
        let target = about.and_then(|name| self.records.get(&name.value.0).copied());
        seen.target = target;
        let mut actor = actor.clone();
        let request = match (when, target) {
            (When { create: Some(object), .. }, _) => {
                Request::Create { object: object.value.0, values: self.input(object.value.0, &when.set) }
            }
            (When { update: Some(_), .. }, Some((object, id))) => {
                Request::Update { object, id, rev: None, values: self.input(object, &when.set) }
            }
            (When { delete: Some(_), .. }, Some((object, id))) => Request::Delete { object, id, rev: None },
            (When { act: Some(action), .. }, Some((object, id))) => Request::Act {
                object,
                id,
                rev: None,
                action: action.value.0,
                token: self.token_of(&actor, object, id, action.value.0, when),
                input: self.input(object, &when.set),
            },
            (When { event: Some(event), .. }, Some((object, id))) => {
                Request::Event { object, id, event: event.value.0, data: self.event_data(&when.set) }
            }
            (When { comment: Some(_), .. }, Some((object, id))) => Request::Comment { object, id, files: Vec::new() },
            (When { decide: Some(word), .. }, Some(target)) => self.decision(when, &word.value, target, &actor)?,
            (when, Some((object, id))) if work(when).is_some() => Request::Work {
                object,
                id,
                rev: None,
                token: None,
                operation: work(when).map_or(Operation::Claim, |(_, operation)| operation),
            },
            (when, Some((object, id))) if shared(when).is_some() => {
                Request::Share { object, id, end: when.unshare.is_some(), terms: self.terms(object, when) }
            }
            (When { transfer: Some(from), to, .. }, _) => {
                let to = to.iter().next().map(|to| to.value.as_str().into()).unwrap_or_default();
                Request::Transfer { from: from.value.as_str().into(), to }
            }
            (When { post: Some(ledger), .. }, _) => self.post(ledger.value.0, when),
            (
                When { receive: Some(_), .. }
                | When { answer: Some(_), .. }
                | When { retry: Some(_), .. }
                | When { skip: Some(_), .. },
                target,
            ) => {
                let Some((request, by)) = self.outside(when, target) else {
                    let nothing = text!("there is nothing to answer or to deal with", "没有可应答或可处理的内容");
                    report.failures.push(Failed::new(when_span(when), nothing));
                    return Ok(());
                };
                actor = by.unwrap_or(actor);
                request
            }
            _ => return Ok(()),
        };
        let changes = self.run(&actor, request, reason, report)?;
        self.note(changes, when, seen);
        Ok(())
    }

    /// What came of the step.
    fn note(&mut self, changes: Changes, when: &When, seen: &mut Seen) {
        seen.sent = changes.sent;
        seen.notified = changes.notified;
        seen.fired = changes.entry.fired.iter().map(|fired| fired.what.to_string()).collect();
        if let Some(record) = changes.outcome.record {
            seen.target = Some((record.object, record.id));
            if let Some(name) = &when.name {
                self.records.insert(name.value.0, (record.object, record.id));
            }
        }
    }

    /// With whom a record is shared, and on what terms.
    fn terms(&self, object: Name, when: &When) -> Input {
        let shares = self.catalog.object(object).and_then(|object| object.field(object.shares?));
        let term = |(name, data): &(Sp<Name>, Sp<Data>)| {
            (name.value.to_string(), self.field_json(shares.and_then(|shares| shares.line(name.value)), data))
        };
        when.set.iter().map(term).collect()
    }

    fn evaluate(
        &self,
        table: Name,
        when: &When,
        actor: &Actor,
        seen: &mut Seen,
        report: &mut Report,
    ) -> Result<(), Refusal> {
        let mut inputs = Input::new();
        for (name, data) in &when.set {
            inputs.insert(name.value.to_string(), self.json(None, data));
        }
        let this = when.on.as_ref().and_then(|name| self.records.get(&name.value.0).copied());
        let (outputs, fired) = self.book.evaluate(table, this, &inputs, actor)?;
        report.fired.extend(fired.iter().cloned());
        seen.fired = fired;
        seen.outputs = match outputs {
            Outputs::One(fields) => Some(fields),
            Outputs::Many(many) => many.into_iter().next(),
        };
        Ok(())
    }

    fn post(&self, ledger: Name, when: &When) -> Request {
        let mut dimensions = Input::new();
        for (name, data) in &when.set {
            dimensions
                .insert(name.value.to_string(), self.json(self.dimension_kind(ledger, name.value).as_ref(), data));
        }
        let amount = when.amount.as_ref().map_or(Json::Null, |amount| self.json(None, amount));
        let entries = vec![PostEntry { dimensions, amount, date: None, note: None }];
        Request::Post { ledger, entries, opening: when.opening.as_ref().is_some_and(|opening| opening.value) }
    }

    pub(super) fn dimension_kind(&self, ledger: Name, name: Name) -> Option<FieldType> {
        let known = self.catalog.ledgers.get(&ledger)?;
        known.dimensions.iter().find(|dimension| dimension.name == name).map(|dimension| dimension.kind.clone())
    }

    /// The token that stands for the n-th item of an `each`; 0, which no token has, when there is none.
    fn token_of(&self, actor: &Actor, object: Name, id: RecordId, action: Name, when: &When) -> Option<u32> {
        let item = when.item.as_ref()?.value;
        let offered = self.book.offered(actor, object, id).ok()?;
        Some(
            offered
                .iter()
                .find(|offer| offer.action == action && offer.item == Some(item))
                .map_or(0, |offer| offer.token),
        )
    }

    /// Carries out a command and notes what fired.
    pub(super) fn run(
        &self,
        actor: &Actor,
        request: Request,
        reason: Option<String>,
        report: &mut Report,
    ) -> Result<Changes, Refusal> {
        let mut command = Command::new(actor.clone(), request);
        command.reason = reason.map(Into::into);
        let changes = self.book.run_full(command)?;
        self.book.move_timers()?;
        report.fired.extend(changes.entry.fired.iter().map(|fired| fired.what.to_string()));
        Ok(changes)
    }

    /// What comes with an event: numbers and truth values are what they look like, names of records become ids.
    fn event_data(&self, set: &Map<Sp<Data>>) -> Input {
        let natural = |json: Json| {
            let read = json.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok());
            read.filter(|read| read.is_number() || read.is_boolean()).unwrap_or(json)
        };
        set.iter().map(|(name, data)| (name.value.to_string(), natural(self.json(None, data)))).collect()
    }

    /// Values as a request would send them; names of records become their ids.
    pub(super) fn input(&self, object: Name, set: &Map<Sp<Data>>) -> Input {
        let known = self.catalog.object(object);
        set.iter()
            .map(|(name, data)| {
                (name.value.to_string(), self.field_json(known.and_then(|object| object.field(name.value)), data))
            })
            .collect()
    }

    fn field_json(&self, field: Option<&Field>, data: &Data) -> Json {
        match (field.map(|field| &field.kind), data) {
            (Some(FieldType::Lines), Data::List(rows)) => Json::Array(
                rows.iter()
                    .map(|row| match &row.value {
                        Data::Map(pairs) => Json::Object(
                            pairs
                                .iter()
                                .map(|(key, value)| {
                                    let line =
                                        Name::find(key).and_then(|name| field.and_then(|field| field.line(name)));
                                    (key.to_string(), self.field_json(line, value))
                                })
                                .collect(),
                        ),
                        other => self.json(None, other),
                    })
                    .collect(),
            ),
            (kind, data) => self.json(kind, data),
        }
    }

    /// Data as JSON; where a reference is wanted, the name of a record becomes its id.
    pub(super) fn json(&self, kind: Option<&FieldType>, data: &Data) -> Json {
        match data {
            Data::Null => Json::Null,
            Data::Scalar(text) if matches!(kind, Some(FieldType::File | FieldType::Files)) => self.file(text),
            Data::Scalar(text) => {
                let wants_record = matches!(kind, None | Some(FieldType::Ref(_) | FieldType::Refs(_)));
                let id = Name::find(text)
                    .filter(|_| wants_record)
                    .and_then(|name| self.records.get(&name))
                    .map(|(_, id)| id.to_string());
                Json::String(id.unwrap_or_else(|| text.to_string()))
            }
            Data::List(items) => Json::Array(items.iter().map(|item| self.json(kind, item)).collect()),
            Data::Map(pairs) => Json::Object(
                pairs.iter().map(|(key, value)| (key.to_string(), self.json(Some(&FieldType::Json), value))).collect(),
            ),
        }
    }
}

/// Where a step about the outside was written.
fn when_span(when: &When) -> Span {
    let words = [&when.receive, &when.retry, &when.skip].into_iter().flatten().map(|word| word.span);
    words.chain(when.answer.as_ref().map(|answer| answer.span)).next().unwrap_or_default()
}
