//! Deciding tasks in a scenario.

use formwork_definition::kind::scenario::When;
use formwork_model::{
    approval::{Approval, Task},
    id::RecordId,
    name::Name,
};
use serde_json::Value as Json;

use super::World;
use crate::{
    approval::Operation,
    command::{Actor, Input, Request},
    rejection::Refusal,
};

impl World<'_> {
    /// The request that a step's `decide` makes.
    pub(super) fn decision(
        &self,
        when: &When,
        word: &str,
        (object, id): (Name, RecordId),
        actor: &Actor,
    ) -> Result<Request, Refusal> {
        let whose = when.task.as_ref().map_or(&*actor.login, |login| login.value.as_str());
        let task = self.number(word, object, id, whose)?;
        Ok(Request::Decide { object, id, task, operation: Operation::read(word, &self.sent(object, when, word))? })
    }

    /// The number of what a step means; 0, which nothing has, when there is none.
    fn number(&self, word: &str, object: Name, id: RecordId, whose: &str) -> Result<u32, Refusal> {
        let record = self.book.get(object, id)?;
        let approvals: Vec<&Approval> = record.flows.iter().flat_map(|instance| &instance.approvals).collect();
        let open = approvals.iter().rev().find(|approval| approval.is_open());
        let last = open.or(approvals.last()).copied();
        Ok(match word {
            "recall" | "urge" | "cc" | "comment" | "unapprove" | "retry" => last.map_or(0, |approval| approval.id),
            "read" => {
                let copies = approvals.iter().flat_map(|approval| &approval.copies);
                copies.filter(|copy| *copy.login == *whose).map(|copy| copy.id).next_back().unwrap_or(0)
            }
            _ => {
                let own: Vec<&Task> = approvals.iter().flat_map(|a| a.tasks()).filter(|t| *t.login == *whose).collect();
                let best = own.iter().find(|task| task.is_open()).or(own.iter().find(|task| task.is_live()));
                best.or(own.last()).map_or(0, |task| task.id)
            }
        })
    }

    /// Who can decide something about a record now.
    pub(super) fn deciders(&self, object: Name, id: RecordId) -> Vec<String> {
        let Ok(record) = self.book.get(object, id) else { return Vec::new() };
        let approvals = record.flows.iter().flat_map(|instance| &instance.approvals);
        let open = approvals.flat_map(Approval::tasks).filter(|task| task.is_open());
        open.map(|task| task.login.to_string()).collect()
    }

    /// What is sent with the operation.
    fn sent(&self, object: Name, when: &When, word: &str) -> Input {
        let mut input = Input::new();
        let filled = self.input(object, &when.set);
        if !filled.is_empty() {
            input.insert("input".into(), Json::Object(filled));
        }
        let people: Vec<Json> = when.to.iter().map(|to| Json::from(to.value.as_str())).collect();
        match (word, people.first()) {
            (_, None) => {}
            ("add" | "cc", _) => {
                input.insert("to".into(), Json::Array(people));
            }
            (_, Some(one)) => {
                input.insert("to".into(), one.clone());
            }
        }
        if let Some(place) = &when.place {
            input.insert("place".into(), place.value.as_str().into());
        }
        if let Some(resume) = &when.resume {
            input.insert("resume".into(), resume.value.into());
        }
        input
    }
}
