//! Random lives of claims with approvals, through the whole book: people decide, hand on, add, recall and change
//! watched fields, proxies come and go, somebody leaves, and time passes. Whatever they do, somebody can act, nobody acts
//! who may not, every task ends once, and every list, timer and key fits the records.

use std::collections::BTreeMap;

use formwork_model::{
    approval::{Approval, End, Outcome, Place, StepState},
    clock::Clock as _,
    id::RecordId,
    record::Record,
};
use formwork_runtime::{approval::Operation, command::Request, incident::Wanted};
use serde_json::{Value as Json, json};

use super::world::{World, name, world};

const FILES: &str = "
# definitions/book.book.yaml
book: book
access: open
time_zone: Asia/Shanghai
# definitions/x/claim.object.yaml
object: claim
title: what
owner: owner
fields:
  what:   {type: text}
  owner:  {type: user}
  second: {type: user}
  amount: {type: money}
  note:   {type: text}
# definitions/x/claim.flow.yaml
flow: claim
object: claim
start: draft
nodes:
  draft: {actions: {submit: {to: first}}}
  first:
    approval:
      - {name: boss, by: owner}
      - {name: both, by: [second, role(manager)], need: all, when: this.amount > 100}
    remind: 4 working hours
    escalate: {after: 8 working hours}
    limit: {after: 16 working hours}
    watch: amount
    amount: amount
    resubmit: resume
    recall: always
    approved: {to: wait}
    rejected: {to: refused}
    returned: {to: draft}
    withdrawn: {to: draft}
  wait: {actions: {further: {to: fork}}}
  fork: {run: {set: {note: forked}}, to: [left, right]}
  left:
    approval: [{by: role(manager), need: 50%}, {by: [owner, supervisors(director)], not: earlier}]
    limit: {after: 3d, then: approve}
    approved: {to: together}
    rejected: {to: together}
    returned: {to: left_again}
    withdrawn: {to: left_again}
  left_again: {actions: {again: {to: left}}}
  right:
    approval: [{by: [second, owner], need: in_order, same: ask, empty: next}, {by: role(nobody), empty: admin}]
    limit: {after: 2d, then: reject}
    approved: {to: together}
    rejected: {to: together}
    actions: {skip: {to: together}}
  together: {join: {need: chosen}, to: last}
  last:
    approval: [{by: role(director), not: [submitter, earlier], familiar: true, empty: block}]
    approved: {to: paid}
    rejected: {to: refused}
  paid: {actions: {close: {to: closed}}}
  closed: {end: {}}
  refused: {end: {}}
";

const PEOPLE: [&str; 8] = ["ann", "bo", "cy", "di", "ed", "fay", "gus admin", "hal"];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    fn login(&mut self) -> &'static str {
        PEOPLE[self.below(PEOPLE.len())].split(' ').next().unwrap()
    }
}

fn office() -> World {
    let mut world = world(FILES);
    world.be("setup");
    for (i, who) in PEOPLE.iter().enumerate() {
        let login = who.split(' ').next().unwrap();
        let above = PEOPLE.get(i + 1).filter(|_| i < 5).map(|above| above.split(' ').next().unwrap());
        world.create("user", json!({"login": login, "name": login, "supervisor": above}));
    }
    for (who, role) in [("bo", "manager"), ("cy", "manager"), ("fay", "director"), ("ed", "director"), ("gus", "admin")]
    {
        world.create("position", json!({"user": who, "role": role}));
    }
    world
}

fn approvals(record: &Record) -> impl Iterator<Item = &Approval> {
    record.flows.iter().flat_map(|instance| &instance.approvals)
}

fn operation(random: &mut Random) -> Operation {
    let (who, other) = (random.login(), random.login());
    let (word, input) = match random.below(30) {
        0..=11 => ("approve", json!({})),
        12 | 13 => ("reject", json!({})),
        14 => ("return", json!({"resume": random.below(2) == 0})),
        15 => ("return", json!({"to": "previous", "resume": random.below(2) == 0})),
        16 => ("return", json!({"to": *random.one(&["boss", "first", "left", "both"])})),
        17 | 18 => ("transfer", json!({"to": who})),
        19 => ("delegate", json!({"to": who})),
        20 | 21 => ("add", json!({"to": [who, other], "place": *random.one(&["before", "parallel", "after"])})),
        22 => ("remove", json!({})),
        23 => ("recall", json!({})),
        24 => ("urge", json!({})),
        25 => ("cc", json!({"to": [who]})),
        26 => ("comment", json!({})),
        27 => ("retry", json!({})),
        _ => ("unapprove", json!({})),
    };
    let Json::Object(input) = input else { unreachable!() };
    Operation::read(word, &input).unwrap()
}

/// Does something; says what.
fn live(world: &mut World, claim: RecordId, random: &mut Random) -> String {
    let actor = *random.one(&PEOPLE);
    world.be(actor);
    let record = world.get("claim", claim);
    match random.below(20) {
        0..=11 => {
            let open: Vec<(u32, String)> = approvals(&record)
                .flat_map(Approval::tasks)
                .filter(|task| task.is_live() || random.0.is_multiple_of(7))
                .map(|task| (task.id, task.login.to_string()))
                .collect();
            let mut number = 1 + random.below(12) as u32;
            if !open.is_empty() && random.below(6) > 0 {
                let (task, login) = random.one(&open).clone();
                number = task;
                if random.below(5) > 0 {
                    world.be(&login);
                }
            } else if let Some(last) = approvals(&record).last() {
                number = last.id;
                let submitter = last.submitter.to_string();
                if random.below(2) == 0 {
                    world.be(&submitter);
                }
            }
            let operation = operation(random);
            let who = world.actor.login.to_string();
            let said = format!("{who} {operation:?} {number}");
            let mut command = world.command(Request::Decide {
                object: name("claim"),
                id: claim,
                task: number,
                operation: operation.clone(),
            });
            command.reason = Some("because".into());
            let done = world.book.run(command);
            if done.is_ok() {
                allowed(&record, number, &who, &operation, world);
            }
            format!("{said}: {}", done.is_ok())
        }
        12..=14 => {
            let offered = world.book.offered(&world.actor, name("claim"), claim).unwrap();
            if offered.is_empty() {
                return "nothing".into();
            }
            let (action, token) = (random.one(&offered).action, random.one(&offered).token);
            let input = Default::default();
            let done = world.run(Request::Act {
                object: name("claim"),
                id: claim,
                rev: None,
                action,
                token: Some(token),
                input,
            });
            format!("{actor} {action}: {}", done.is_ok())
        }
        15 => {
            let amount = 50 * random.below(5);
            let done = world.try_update("claim", claim, json!({"amount": amount}));
            format!("{actor} changes the amount to {amount}: {}", done.is_ok())
        }
        16 => {
            let (principal, agent) = (random.login(), random.login());
            let done = world.try_create(
                "proxy",
                json!({"principal": principal, "agent": agent, "from": "2026-03-01", "to": "2026-03-20", "up_to": 150}),
            );
            format!("proxy {principal} to {agent}: {}", done.is_ok())
        }
        17 if random.below(4) == 0 => {
            let who = random.login();
            let user = world.book.resolve(name("user"), &json!({"login": who})).unwrap().unwrap();
            format!("{who} leaves: {}", world.try_update("user", user, json!({"active": false})).is_ok())
        }
        _ => pass_time(world, claim, random),
    }
}

/// Moves the clock to the next timer, or a little on, and fires what is due.
fn pass_time(world: &mut World, claim: RecordId, random: &mut Random) -> String {
    let due = |world: &World| {
        let mut due: Vec<_> =
            world.get("claim", claim).timers.iter().filter_map(|timer| Some((timer.due?, timer.id))).collect();
        due.sort_unstable();
        due
    };
    world.later(3600);
    if let Some((at, _)) = due(world).first().filter(|_| random.below(3) == 0)
        && *at > world.clock.now()
    {
        world.clock.set(*at);
    }
    world.be("system");
    let mut fired = Vec::new();
    while let Some((_, timer)) = due(world).into_iter().find(|(at, _)| *at <= world.clock.now()) {
        world.run(Request::Fire { object: name("claim"), id: claim, timer }).unwrap();
        fired.push(timer);
    }
    format!("time passes, {fired:?} fire")
}

/// Whoever decided was asked, or stood in for somebody who was.
fn allowed(before: &Record, number: u32, who: &str, operation: &Operation, world: &World) {
    if !matches!(operation, Operation::Approve { .. } | Operation::Reject { .. } | Operation::Return { .. }) {
        return;
    }
    let approval = approvals(before).find(|approval| approval.task(number).is_some()).unwrap();
    let task = approval.task(number).unwrap();
    assert!(task.is_open(), "{who} decided task {number}, which was not open");
    assert_ne!(who, &*approval.submitter, "the submitter decided");
    let step = approval.current().unwrap();
    if [("left", 1), ("last", 0)].contains(&(approval.node.as_str(), step.at)) {
        let signed = signed_before(before, approval);
        assert!(!signed.contains(&who) && !signed.contains(&&*task.login), "{who} signed before: {signed:?}");
    }
    let after = world.get("claim", before.id);
    let ended = approvals(&after).find_map(|approval| approval.task(number)).unwrap().end.clone().unwrap();
    assert_eq!(&*ended.by, who);
    if *who != *task.login {
        assert_eq!(ended.on_behalf_of.as_deref(), Some(&*task.login), "{who} decided for nobody");
    }
}

/// Who signed before the present step was asked: in its own approval, and before `last` in those that it waited for.
fn signed_before<'r>(record: &'r Record, approval: &'r Approval) -> Vec<&'r str> {
    let passed = |known: &&Approval| {
        let approved = known.ended.as_ref().is_some_and(|ending| ending.outcome == Outcome::Approved);
        approval.node == "last" && known.node != approval.node && known.submission == approval.submission && approved
    };
    let others = approvals(record).filter(passed);
    let steps = others.chain([approval]).flat_map(|known| &known.steps).filter(|step| step.state == StepState::Passed);
    let signed = steps.flat_map(|step| &step.tasks).filter(|task| task.place == Place::Voter);
    signed.filter(|task| task.how() == Some(End::Approved)).map(|task| &*task.login).collect()
}

fn check(before: &Record, now: &Record) -> Result<(), String> {
    let ends: BTreeMap<u32, End> =
        approvals(before).flat_map(Approval::tasks).filter_map(|task| Some((task.id, task.how()?))).collect();
    for (id, how) in ends {
        let kept = approvals(now).find_map(|approval| approval.task(id)).and_then(|task| task.how());
        if kept != Some(how) {
            return Err(format!("task {id} had ended {how:?}, now {kept:?}"));
        }
    }
    for instance in &now.flows {
        for approval in &instance.approvals {
            let waits = instance.tokens.iter().any(|token| token.id == approval.token && token.node == approval.node);
            let live = approval.tasks().filter(|task| task.is_live()).count();
            let open = approval.tasks().filter(|task| task.is_open()).count();
            if approval.is_open() != waits {
                return Err(format!("approval {} and its token differ", approval.id));
            }
            if !approval.is_open() && live > 0 {
                return Err(format!("approval {} has ended with tasks", approval.id));
            }
            let blocked = approval.current().is_some_and(|step| step.state == StepState::Blocked);
            if approval.is_open() && open == 0 && !blocked {
                return Err(format!("nobody can act on approval {}", approval.id));
            }
        }
        for token in
            instance.tokens.iter().filter(|token| ["first", "left", "right", "last"].contains(&token.node.as_str()))
        {
            if !instance.approvals.iter().any(|approval| approval.token == token.id) {
                return Err(format!("token {} waits for no approval", token.id));
            }
        }
    }
    Ok(())
}

#[test]
fn whatever_people_do_approvals_stay_whole() {
    for seed in 0..120 {
        let mut random = Random(seed * 7919 + 1);
        let mut world = office();
        world.be(PEOPLE[random.below(PEOPLE.len())]);
        let values = json!({"what": "x", "owner": random.login(), "second": random.login(), "amount": 200});
        let claim = world.create("claim", values);
        world.act("claim", claim, "submit");
        let mut told = Vec::new();
        for _ in 0..40 {
            let before = world.get("claim", claim);
            told.push(live(&mut world, claim, &mut random));
            let now = world.get("claim", claim);
            let blocked =
                approvals(&now).any(|approval| approval.current().is_some_and(|step| step.state == StepState::Blocked));
            let incidents = world.book.incidents(&Wanted { limit: 9, ..Wanted::default() }).unwrap();
            assert!(!blocked || !incidents.is_empty(), "seed {seed}: blocked without an incident\n{}", told.join("\n"));
            if let Err(what) = check(&before, &now) {
                panic!("seed {seed}: {what}\n{}", told.join("\n"));
            }
            // A timer of what was left decides nothing, should anybody still fire it.
            let left = before.timers.iter().filter(|old| now.timers.iter().all(|timer| timer.id != old.id));
            for timer in left.map(|timer| timer.id) {
                world.be("system").run(Request::Fire { object: name("claim"), id: claim, timer }).unwrap();
                assert_eq!(world.get("claim", claim), now, "seed {seed}: timer {timer}\n{}", told.join("\n"));
            }
        }
        world.verify();
    }
}
