//! Claims with approvals, a small company, and short words for what people do.

use formwork_model::{approval::Approval, id::RecordId};
use formwork_runtime::{
    approval::{
        Operation,
        centre::{Asked, Page},
    },
    command::{Input, Outcome, Request},
    rejection::Refusal,
};
use formwork_store::table::task::List;
use serde_json::{Value as Json, json};

use crate::runtime::world::{World, name, world};

const OBJECT: &str = "
# definitions/book.book.yaml
book: book
access: open
time_zone: Asia/Shanghai
# definitions/x/claim.object.yaml
object: claim
title: what
owner: owner
fields:
  what:    {type: text}
  owner:   {type: user}
  second:  {type: user}
  office:  {type: department}
  amount:  {type: money}
  note:    {type: text}
  lines:
    type: lines
    fields:
      payer: {type: user}
# definitions/x/order.object.yaml
object: order
fields:
  claim: {type: ref, to: claim}
";

/// A claim whose review has these keys.
pub(super) fn claims(review: &str) -> World {
    claims_with(review, "")
}

/// The same, beside other files.
pub(super) fn claims_with(review: &str, files: &str) -> World {
    let review: String = review.trim().lines().map(|line| format!("    {}\n", line)).collect();
    let mut world = world(&format!(
        "{OBJECT}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {{actions: {{submit: {{to: review}}}}}}
  review:
{review}
    approved: {{to: approved}}
    rejected: {{to: rejected}}
    returned: {{to: draft}}
    withdrawn: {{to: draft}}
  approved: {{actions: {{pay: {{to: paid}}}}}}
  paid: {{end: {{}}}}
  rejected: {{end: {{}}}}
{files}"
    ));
    world.be("setup");
    let people = [("ann", "bo"), ("bo", "cy"), ("cy", "di"), ("di", ""), ("ed", "cy"), ("fay", "")];
    for (login, supervisor) in people {
        let supervisor = if supervisor.is_empty() { Json::Null } else { json!(supervisor) };
        world.create("user", json!({"login": login, "name": login, "supervisor": supervisor}));
    }
    let root = world.create("department", json!({"name": "All", "code": "all", "head": "di"}));
    let sales =
        world.create("department", json!({"name": "Sales", "code": "sales", "parent": root.to_string(), "head": "cy"}));
    for (user, role, department) in
        [("bo", "manager", Some(sales)), ("ed", "manager", None), ("di", "director", None), ("fay", "admin", None)]
    {
        world.create("position", json!({"user": user, "role": role, "department": department.map(|id: RecordId| id.to_string()), "main": true}));
    }
    world
}

pub(super) trait Tasks {
    fn submitted(&mut self, values: Json) -> RecordId;
    fn number(&self, claim: RecordId, whose: &str) -> u32;
    fn try_to(&mut self, who: &str, claim: RecordId, word: &str, input: Json) -> Result<Outcome, Refusal>;
    fn does(&mut self, who: &str, claim: RecordId, word: &str, input: Json);
    fn asked(&self, claim: RecordId) -> String;
    fn approvals(&self, claim: RecordId) -> Vec<Approval>;
    fn tasks(&mut self, who: &str, list: List) -> Page;
    fn told(&self, who: &str) -> usize;
}

fn input(values: Json) -> Input {
    if let Json::Object(map) = values { map } else { Input::new() }
}

impl Tasks for World {
    fn submitted(&mut self, values: Json) -> RecordId {
        let claim = self.be("ann").create("claim", values);
        self.act("claim", claim, "submit");
        claim
    }

    /// The open, else the last task of a person; the last approval when there is none.
    fn number(&self, claim: RecordId, whose: &str) -> u32 {
        let approvals = self.approvals(claim);
        let tasks = || approvals.iter().flat_map(Approval::tasks).filter(|task| *task.login == *whose);
        let task = tasks().find(|task| task.is_open()).or_else(|| tasks().find(|task| task.is_live()));
        task.or_else(|| tasks().last()).map_or_else(|| approvals.last().unwrap().id, |task| task.id)
    }

    fn try_to(&mut self, who: &str, claim: RecordId, word: &str, values: Json) -> Result<Outcome, Refusal> {
        let mut values = input(values);
        let whose = values.shift_remove("task").map_or(who.to_owned(), |task| task.as_str().unwrap().to_owned());
        let task = match word {
            "recall" | "urge" | "cc" | "comment" | "unapprove" | "retry" => self.approvals(claim).last().unwrap().id,
            _ => self.number(claim, whose.split(' ').next().unwrap()),
        };
        let operation = Operation::read(word, &values).unwrap();
        self.be(who);
        let request = Request::Decide { object: name("claim"), id: claim, task, operation };
        let mut command = self.command(request);
        command.reason = Some("because".into());
        self.book.run(command)
    }

    #[track_caller]
    fn does(&mut self, who: &str, claim: RecordId, word: &str, values: Json) {
        if let Err(refusal) = self.try_to(who, claim, word, values) {
            panic!("{who} {word}: {refusal:?}");
        }
        self.verify();
    }

    fn asked(&self, claim: RecordId) -> String {
        let approvals = self.approvals(claim);
        let mut asked: Vec<String> = approvals
            .iter()
            .flat_map(Approval::tasks)
            .filter(|task| task.is_open())
            .map(|task| task.login.to_string())
            .collect();
        asked.sort();
        asked.join(" ")
    }

    fn approvals(&self, claim: RecordId) -> Vec<Approval> {
        self.get("claim", claim).flows.into_iter().flat_map(|instance| instance.approvals).collect()
    }

    fn tasks(&mut self, who: &str, list: List) -> Page {
        self.be(who);
        self.book.tasks(&self.actor, &Asked { list, flow: None, kind: None, limit: 50, after: None }).unwrap()
    }

    fn told(&self, who: &str) -> usize {
        self.book.messages(who, 1000).unwrap().len()
    }
}
