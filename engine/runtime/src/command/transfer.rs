//! `transfer`: everything that somebody has becomes somebody else's, in one commit.

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use formwork_catalog::object::Object;
use formwork_definition::kind::role::Right;
use formwork_model::{code, name::Name, text, value::Value};
use formwork_store::{
    store::Order,
    table::task::{self, Entry, Kind as TaskKind, List},
};
use serde_json::{Value as Json, json};

use crate::{
    approval::index,
    command::Input,
    decide::Done,
    decider::{Decider, Key},
    rejection::{Kind, Problem, Refusal},
};

/// How many tasks and pieces of work are counted under; no object is called so.
const TASKS: &str = "tasks";

pub(crate) fn decide(decider: &Decider<'_>, from: &str, to: &Arc<str>) -> Result<Done, Refusal> {
    if !decider.looks_after(from)? {
        decider.require(Right::Transfers)?;
    }
    decider.check_heir(from, to)?;
    let count = |tasks| -> Result<Json, Refusal> {
        Ok(json!({"from": decider.belongings(from, 0)?, "to": decider.belongings(to, tasks)?}))
    };
    let before = count(0)?;
    let (mut tasks, mut elsewhere) = (0, 0);
    for entry in decider.todo(from)? {
        if !decider.is_theirs(&entry, from)? {
            continue;
        }
        if decider.hand_on(&entry, from, to)? {
            tasks += 1;
        } else {
            elsewhere += 1;
        }
    }
    decider.settle()?;
    for object in owned(decider) {
        let Some(owner) = object.owner else { continue };
        for id in decider.having(object.name, owner, &Value::text(from))? {
            decider.set((object.name, id), owner, Value::Text(to.clone()))?;
        }
    }
    decider.settle()?;
    let came_to = json!({"before": before, "after": count(tasks)?, "tasks": tasks, "elsewhere": elsewhere});
    decider.fire("transfer", came_to.to_string());
    decider.answer.replace(Some(came_to));
    let input = Input::from_iter([("from".to_owned(), json!(from)), ("to".to_owned(), json!(&**to))]);
    let input = Json::Object(input).to_string();
    Ok(Done { target: None, kind: "transfer".into(), input, on_behalf_of: None, import: None })
}

/// The objects whose records somebody can have. What can't be changed stays as it is.
fn owned<'d>(decider: &'d Decider<'_>) -> impl Iterator<Item = &'d Arc<Object>> {
    let mut objects: Vec<_> = decider.catalog().objects.values().collect();
    objects.sort_by_key(|object| object.name.as_str());
    objects.into_iter().filter(|object| object.owner.is_some() && !object.append_only)
}

impl Decider<'_> {
    fn check_heir(&self, from: &str, to: &str) -> Result<(), Refusal> {
        if from != to && self.is_user(to)? {
            return Ok(());
        }
        let message = text!("it goes to somebody else who is in use", "应转给另一位在用的用户");
        Err(Problem::new(code!("no-such-reference"), message).field("to").reject(Kind::Invalid).into())
    }

    /// How many records of each object somebody has, and how many tasks they have to do, `more` of them by this command.
    fn belongings(&self, login: &str, more: usize) -> Result<BTreeMap<String, usize>, Refusal> {
        let mut has = BTreeMap::new();
        for object in owned(self) {
            let Some(owner) = object.owner else { continue };
            let count = self.having(object.name, owner, &Value::text(login))?.len();
            if count > 0 {
                has.insert(object.name.to_string(), count);
            }
        }
        let mut tasks = more;
        for entry in self.todo(login)? {
            tasks += usize::from(self.is_theirs(&entry, login)?);
        }
        if tasks > 0 {
            has.insert(TASKS.to_owned(), tasks);
        }
        Ok(has)
    }

    /// What was on somebody's list before this command.
    fn todo(&self, login: &str) -> Result<Vec<Entry>, Refusal> {
        let mut entries = Vec::new();
        task::scan(self.view, (login, List::Todo), Order::Forward, None, |entry| {
            entries.push(entry);
            ControlFlow::Continue(())
        })?;
        Ok(entries)
    }

    /// Whether it is still theirs.
    fn is_theirs(&self, entry: &Entry, login: &str) -> Result<bool, Refusal> {
        let Some((key, flow)) = self.place_of(entry) else { return Ok(false) };
        self.look(key, |record| {
            let Some(record) = record else { return false };
            match entry.kind {
                TaskKind::Work => index::find_work(record, flow, entry.number)
                    .is_some_and(|work| work.assignee.as_deref() == Some(login)),
                TaskKind::Approval => index::find(record, flow, entry.number)
                    .and_then(|approval| approval.task(entry.number))
                    .is_some_and(|task| task.is_live() && *task.login == *login),
            }
        })
    }

    fn place_of(&self, entry: &Entry) -> Option<(Key, Name)> {
        let object = self.release.object_of(entry.table)?;
        Some(((object, entry.id), self.release.name_of(entry.flow)?))
    }

    /// Gives a task to the heir; what they may not do goes where it goes when somebody leaves: to the supervisor, or
    /// back to its queue.
    fn hand_on(&self, entry: &Entry, from: &str, to: &Arc<str>) -> Result<bool, Refusal> {
        let saved = self.save();
        match self.hand_to(entry, to) {
            Ok(true) => return Ok(true),
            Ok(false) | Err(Refusal::Rejected(_)) => {}
            Err(refusal) => return Err(refusal),
        }
        self.go_back_to(saved);
        self.relieve(from, entry)?;
        Ok(false)
    }

    fn hand_to(&self, entry: &Entry, to: &Arc<str>) -> Result<bool, Refusal> {
        let Some((key, flow)) = self.place_of(entry) else { return Ok(false) };
        if entry.kind == TaskKind::Work {
            let Some(flow) = self.catalog_of(key)?.flows.get(&flow) else { return Ok(false) };
            let Some(case) = self.work_case(key, flow, entry.number)? else { return Ok(false) };
            if !self.members_for(&case)?.iter().any(|member| *member.login == **to) {
                return Ok(false);
            }
            self.own(case, to, "transferred")?;
            return Ok(true);
        }
        let case = self.case(key, entry.number)?;
        let by = self.by();
        self.work_on(&case, |machine| machine.transfer(entry.number, to, &by))?;
        Ok(true)
    }
}
