//! The task centre: what somebody has to decide or to work on, has decided, has submitted, has a copy of.

use std::ops::ControlFlow;

use formwork_catalog::flow::approval::Step as Rule;
use formwork_model::{approval::Approval, code, name::Name, record::Record, text};
use formwork_store::{
    store::Order,
    table::task::{self, Entry, Kind as About, List, Position},
};
use serde_json::{Value as Json, json};

use super::{
    index,
    proxy::{amount_of, covers},
    trail,
    work::Case,
};
use crate::{
    decider::Decider,
    directory::Proxy,
    json,
    rejection::{Kind, Problem, Refusal},
    sla,
};

/// Counting stops here.
const MOST: usize = 10_000;

/// A question for a list of tasks.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which list.
    pub list: List,
    /// Only of this flow.
    pub flow: Option<Name>,
    /// Only of this kind.
    pub kind: Option<About>,
    /// How many.
    pub limit: usize,
    /// Behind the end of the page before.
    pub after: Option<String>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The tasks as they are shown.
    pub tasks: Vec<Json>,
    /// For [`Asked::after`], when there are more.
    pub next: Option<String>,
}

/// How long each list is: what waits for the person, and everything of 已办.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// To decide and to work on, also for others.
    pub todo: usize,
    /// Decided.
    pub done: usize,
    /// Submitted and not ended.
    pub started: usize,
    /// Copies not read.
    pub cc: usize,
}

/// Whose tasks are looked at, and why.
enum Source {
    /// The person's own, without what a proxy has given away.
    Own(Vec<Proxy>),
    /// What a proxy gives.
    By(Proxy),
}

impl Source {
    fn login<'s>(&'s self, own: &'s str) -> &'s str {
        match self {
            Self::Own(_) => own,
            Self::By(proxy) => &proxy.principal,
        }
    }
}

/// The address of a task, approval or copy: `OBJECT.RECORD.NUMBER`.
pub fn address(record: &Record, number: u32) -> String {
    format!("{}.{}.{number}", record.object, record.id)
}

impl Decider<'_> {
    /// One page of a list of the actor.
    pub(crate) fn tasks(&self, asked: &Asked) -> Result<Page, Refusal> {
        let mut found = self.found(asked)?;
        let more = found.len() > asked.limit;
        found.truncate(asked.limit);
        let next = found.last().filter(|_| more).map(|(entry, _)| cursor(&entry.position()));
        let tasks = found.iter().filter_map(|(entry, of)| self.line(entry, of.as_deref()).transpose());
        Ok(Page { tasks: tasks.collect::<Result<_, _>>()?, next })
    }

    /// What a list shows from its place on, in its order, each line once: what is asked for, and more when there is.
    fn found(&self, asked: &Asked) -> Result<Vec<(Entry, Option<String>)>, Refusal> {
        let after = asked.after.as_deref().map(position).transpose()?;
        let sort = if asked.list == List::Todo { Order::Forward } else { Order::Reverse };
        let mut found: Vec<(Entry, Option<String>)> = Vec::new();
        for source in self.sources(asked.list)? {
            found.extend(self.page_of(&source, asked, after.as_ref(), sort)?);
        }
        found.sort_by(|a, b| match sort {
            Order::Forward => a.0.position().cmp(&b.0.position()),
            Order::Reverse => b.0.position().cmp(&a.0.position()),
        });
        found.dedup_by(|a, b| a.0.position() == b.0.position());
        Ok(found)
    }

    /// How long the actor's lists are.
    pub(crate) fn task_counts(&self) -> Result<Counts, Refusal> {
        let own = &self.command.actor.login;
        let count = |list, all: bool| -> Result<usize, Refusal> {
            let mut count = 0;
            task::scan(self.view, (own, list), Order::Forward, None, |entry| {
                count += usize::from(all || !entry.mark);
                if count >= MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            Ok(count)
        };
        let todo = match self.sources(List::Todo)?.as_slice() {
            [Source::Own(given)] if given.is_empty() => count(List::Todo, true)?,
            _ => self.found(&Asked { list: List::Todo, flow: None, kind: None, limit: MOST, after: None })?.len(),
        };
        Ok(Counts {
            todo: todo.min(MOST),
            done: count(List::Done, true)?,
            started: count(List::Started, false)?,
            cc: count(List::Copies, false)?,
        })
    }

    fn sources(&self, list: List) -> Result<Vec<Source>, Refusal> {
        if list != List::Todo {
            return Ok(vec![Source::Own(Vec::new())]);
        }
        let own = &self.command.actor.login;
        let mut sources = vec![Source::Own(self.proxies_of(own)?)];
        sources.extend(self.proxies_for(own)?.into_iter().map(Source::By));
        Ok(sources)
    }

    /// The first entries of a source that the actor is shown, one more than asked for; with whose they are.
    fn page_of(
        &self,
        source: &Source,
        asked: &Asked,
        after: Option<&Position>,
        sort: Order,
    ) -> Result<Vec<(Entry, Option<String>)>, Refusal> {
        let flow = asked.flow.map(|flow| self.release.number(flow)).transpose()?;
        let login = source.login(&self.command.actor.login);
        let mut found = Vec::new();
        let mut failure = None;
        task::scan(self.view, (login, asked.list), sort, after, |entry| {
            if flow.is_none_or(|flow| entry.flow == flow) && asked.kind.is_none_or(|kind| entry.kind == kind) {
                match self.is_shown(source, &entry) {
                    Ok(Some(of)) => found.push((entry, of)),
                    Ok(None) => {}
                    Err(refusal) => failure = Some(refusal),
                }
            }
            if failure.is_some() || found.len() > asked.limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        failure.map_or(Ok(found), Err)
    }

    /// Whether the actor is shown an entry, and for whom it is when it is not their own.
    fn is_shown(&self, source: &Source, entry: &Entry) -> Result<Option<Option<String>>, Refusal> {
        match source {
            // Work stays with its owner; whoever stands in for them may do it too.
            Source::Own(_) if entry.kind == About::Work => Ok(Some(None)),
            Source::By(proxy) if entry.kind == About::Work => {
                let stands_in = self.stand_in(&proxy.principal)?.as_deref() == Some(&*proxy.agent);
                Ok(stands_in.then(|| Some(proxy.principal.clone())))
            }
            Source::Own(given) => {
                for proxy in given {
                    if self.reaches(proxy, entry)? {
                        return Ok(None);
                    }
                }
                Ok(Some(None))
            }
            Source::By(proxy) => Ok(self.reaches(proxy, entry)?.then(|| Some(proxy.principal.clone()))),
        }
    }

    /// Whether the proxy gives the agent this task.
    fn reaches(&self, proxy: &Proxy, entry: &Entry) -> Result<bool, Refusal> {
        let Some((record, flow)) = self.record_of(entry)? else { return Ok(false) };
        let Some(approval) = index::find(&record, flow, entry.number) else { return Ok(false) };
        let Ok(case) = self.case_of((record.object, record.id), flow, approval.node, approval.id) else {
            return Ok(false);
        };
        Ok(covers(proxy, flow.as_str(), amount_of(&record, case.rules))
            && !self.is_excluded(&case, approval, &proxy.agent)?
            && self.is_active(&proxy.agent)?)
    }

    fn record_of(&self, entry: &Entry) -> Result<Option<(Record, Name)>, Refusal> {
        let (Some(object), Some(flow)) = (self.release.object_of(entry.table), self.release.name_of(entry.flow)) else {
            return Ok(None);
        };
        Ok(self.look((object, entry.id), |record| record.cloned())?.map(|record| (record, flow)))
    }

    /// A line as it is shown; `None` when the release does not know its object any more.
    fn line(&self, entry: &Entry, on_behalf_of: Option<&str>) -> Result<Option<Json>, Refusal> {
        let Some((record, flow)) = self.record_of(entry)? else { return Ok(None) };
        if entry.kind == About::Work {
            return self.work_line(entry, &record, flow, on_behalf_of);
        }
        let Some(approval) = index::find(&record, flow, entry.number) else { return Ok(None) };
        let key = (record.object, record.id);
        let case = self.case_of(key, flow, approval.node, approval.id).ok();
        let object = self.object_of(key)?;
        let show = case.as_ref().map(|case| case.rules.show.as_slice()).unwrap_or_default();
        let Some(sight) = self.sight(key)? else { return Ok(None) };
        let shown = sight.show(&[object], record.clone());
        self.note_read(
            key,
            show.iter()
                .copied()
                .filter(|field| sight.shows_path(field.as_str()) && !record.fields.get(*field).is_empty()),
        );
        let mut fields = json::pinned_record(object, None, (&shown.record, &shown.absent), Some(show));
        if let Json::Object(fields) = &mut fields {
            fields.retain(|name, _| show.iter().any(|field| *field == name.as_str()));
        }
        let mut line = json!({
            "type": entry.kind.word(),
            "id": address(&record, entry.number),
            "approval": address(&record, approval.id),
            "object": record.object.as_str(),
            "record": record.id.to_string(),
            "number": record.number,
            "title": self.title_seen(key)?,
            "flow": flow.as_str(),
            "node": approval.node.as_str(),
            "label": case.as_ref().map(|case| case.node.label.clone()),
            "submitter": approval.submitter,
            "submitted_at": approval.began_at.to_string(),
            "due": index::due(&record, flow, approval).map(|due| due.to_string()),
            "fields": fields,
        });
        if let Json::Object(line) = &mut line {
            line.extend(self.details(entry, approval, case.as_ref(), on_behalf_of));
        }
        Ok(Some(line))
    }

    /// A line of work in a queue as it is shown; what is done with it goes to the record's queue, with the token.
    fn work_line(
        &self,
        entry: &Entry,
        record: &Record,
        flow: Name,
        on_behalf_of: Option<&str>,
    ) -> Result<Option<Json>, Refusal> {
        let Some(work) = index::find_work(record, flow, entry.number) else { return Ok(None) };
        let key = (record.object, record.id);
        let rules = self.catalog_of(key)?.flows.get(&flow);
        let Some(token) = record.flow(flow).and_then(|instance| instance.tokens.iter().find(|t| t.id == work.token))
        else {
            return Ok(None);
        };
        let mut line = json!({
            "type": entry.kind.word(),
            "object": record.object.as_str(),
            "record": record.id.to_string(),
            "number": record.number,
            "title": self.title_seen(key)?,
            "flow": flow.as_str(),
            "node": token.node.as_str(),
            "label": rules.and_then(|flow| flow.node(token.node)).map(|node| node.label.clone()),
            "token": work.token,
            "queue": work.queue.as_str(),
            "escalations": work.escalations,
            "since": work.since.to_string(),
            "due": sla::first_due(record).map(|due| due.to_string()),
        });
        if let (Json::Object(line), Some(principal)) = (&mut line, on_behalf_of) {
            line.insert("on_behalf_of".into(), json!(principal));
        }
        Ok(Some(line))
    }

    /// What only lines of one list have.
    fn details(
        &self,
        entry: &Entry,
        approval: &Approval,
        case: Option<&Case<'_>>,
        on_behalf_of: Option<&str>,
    ) -> Vec<(String, Json)> {
        let details = match entry.list {
            List::Copies => {
                let copy = approval.copies.iter().find(|copy| copy.id == entry.number);
                json!({"by": copy.map(|copy| &copy.by), "at": copy.map(|copy| copy.at.to_string()), "read": entry.mark})
            }
            List::Started => {
                let waits: Vec<&str> = approval.tasks().filter(|t| t.is_open()).map(|task| &*task.login).collect();
                let outcome = approval.ended.as_ref().map(|ending| trail::outcome_word(ending.outcome));
                json!({"outcome": outcome, "waits_for": waits})
            }
            List::Todo | List::Done => {
                let step = approval.steps.iter().find(|step| step.task(entry.number).is_some());
                let task = step.and_then(|step| step.task(entry.number));
                let rule = step.and_then(|step| case?.rules.step(step.name)).map(|(_, rule)| rule);
                let label = rule.map(|rule| rule.label.clone());
                let mut details = json!({"step": step.map(|step| step.name.as_str()), "step_label": label});
                if let (Json::Object(details), Some(task)) = (&mut details, task) {
                    details.extend(rule.into_iter().flat_map(fillings));
                    details.extend(trail::task_members(task));
                    if let Some(principal) = on_behalf_of {
                        details.insert("on_behalf_of".into(), json!(principal));
                    }
                }
                details
            }
        };
        if let Json::Object(details) = details { details.into_iter().collect() } else { Vec::new() }
    }
}

fn cursor(((first, second), table, id, kind, number): &Position) -> String {
    format!("{first:x}.{second:x}.{table:x}.{id}.{kind:x}.{number:x}")
}

fn position(text: &str) -> Result<Position, Refusal> {
    let mut parts = text.split('.');
    let hex = |parts: &mut std::str::Split<'_, char>| u64::from_str_radix(parts.next()?, 16).ok();
    let mut read = || {
        let order = (hex(&mut parts)?, hex(&mut parts)?);
        let table = u16::try_from(hex(&mut parts)?).ok()?;
        let id = parts.next()?.parse().ok()?;
        let kind = u16::try_from(hex(&mut parts)?).ok()?;
        let number = u32::try_from(hex(&mut parts)?).ok()?;
        parts.next().is_none().then_some((order, table, id, kind, number))
    };
    read().ok_or_else(|| {
        Problem::new(code!("bad-cursor"), text!("`after` is no place in this list", "`after` 不是该列表的位置"))
            .field("after")
            .reject(Kind::Invalid)
            .into()
    })
}

/// What is filled in with a decision, where something is: `approve: {"form", "require"}`.
fn fillings(rule: &Rule) -> impl Iterator<Item = (String, Json)> {
    let asks = [("approve", &rule.approve), ("reject", &rule.reject)];
    asks.into_iter().filter(|(_, decision)| decision.form.is_some() || !decision.require.is_empty()).map(
        |(word, decision)| {
            let require: Vec<&str> = decision.require.iter().map(|field| field.as_str()).collect();
            (word.to_owned(), json!({"form": decision.form.map(Name::as_str), "require": require}))
        },
    )
}
