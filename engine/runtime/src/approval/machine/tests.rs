//! Random sequences of operations, the machine beside an independent model, and what must hold whatever happens.

mod model;
mod office;
mod random;
mod scenes;

use std::sync::Arc;

use formwork_catalog::flow::approval::{Empty, Step as Rule, Then};
use formwork_model::{
    approval::{Approval, End, Need, Outcome, Place, StepState, Task},
    name::Name,
    text::Text,
};
use jiff::Timestamp;

use super::{Back, By, Machine, signatures};
use model::Model;
use office::{Firm, PEOPLE, person};
use random::Random;

/// How many sequences are tried: 100,000 in all, on every core.
const SEQUENCES: u64 = 100_000;

fn rule(name: &str, need: Need) -> Rule {
    Rule {
        name: Name::intern(name),
        label: Text::same(name),
        when: None,
        by: Vec::new(),
        need,
        not_submitter: false,
        not_earlier: false,
        empty: Empty::Admin,
        same_passes: true,
        familiar: false,
        span: Default::default(),
        approve: Default::default(),
        reject: Default::default(),
    }
}

fn fresh() -> Approval {
    Approval {
        id: 1,
        token: 1,
        node: Name::intern("review"),
        scope: 0,
        splits: Vec::new(),
        submitter: person(0),
        submission: 1,
        began_at: Timestamp::UNIX_EPOCH,
        earlier: Vec::new(),
        chosen: Vec::new(),
        first: 0,
        back: None,
        steps: Vec::new(),
        copies: Vec::new(),
        comments: Vec::new(),
        urged_at: None,
        ended: None,
    }
}

/// What is done.
#[derive(Debug, Clone)]
enum Deed {
    Approve(u32),
    Reject(u32),
    Return(u32, Back, bool),
    Transfer(u32, usize),
    Add(u32, usize, fn(u32) -> Place),
    Remove(u32, usize),
    Recall(bool),
    TimeUp(Then),
    Leave,
    Unapprove(usize),
    Retry,
}

fn chain(random: &mut Random) -> Vec<Rule> {
    let names = ["one", "two", "three", "four"];
    let steps = 1 + random.below(3);
    (0..steps)
        .map(|at| {
            let need = match random.below(8) {
                0 | 1 => Need::Any,
                2 | 3 => Need::All,
                4 => Need::InOrder,
                5 => Need::Count(1 + random.below(3) as u32),
                6 => Need::Percent(50),
                _ => Need::Percent(67),
            };
            let mut rule = rule(names[at], need);
            rule.not_submitter = random.below(4) == 0;
            rule.not_earlier = random.below(4) == 0;
            rule.same_passes = random.below(3) > 0;
            rule.familiar = random.below(4) == 0;
            rule.empty = [Empty::Next, Empty::Admin, Empty::Block][random.below(3)];
            rule
        })
        .collect()
}

fn deed(random: &mut Random, approval: &Approval) -> Deed {
    let all: Vec<u32> = approval.tasks().map(|task| task.id).collect();
    let open: Vec<u32> = approval.tasks().filter(|task| task.is_open()).map(|task| task.id).collect();
    let pool = if !open.is_empty() && random.below(8) > 0 { &open } else { &all };
    let task = if pool.is_empty() { 0 } else { pool[random.below(pool.len())] };
    let who = random.below(PEOPLE);
    let places: [fn(u32) -> Place; 4] = [Place::Before, Place::Parallel, Place::After, Place::Delegate];
    match random.below(40) {
        0..=13 => Deed::Approve(task),
        14..=16 => Deed::Reject(task),
        17 => Deed::Return(task, Back::Submitter, random.flag()),
        18 | 19 => Deed::Return(task, Back::Step(random.below(4) as u32), random.flag()),
        20..=22 => Deed::Transfer(task, who),
        23..=31 => Deed::Add(task, who, places[random.below(4)]),
        32 | 33 => {
            let added: Vec<&Task> = approval.tasks().filter(|task| task.added_by.is_some()).collect();
            match added.get(random.below(added.len().max(1))) {
                Some(task) if random.below(5) > 0 => {
                    let adder = (0..PEOPLE).find(|n| Some(&person(*n)) == task.added_by.as_ref());
                    Deed::Remove(task.id, adder.unwrap_or(who))
                }
                _ => Deed::Remove(task, who),
            }
        }
        34 => Deed::Recall(random.flag()),
        35 => Deed::TimeUp([Then::Escalate, Then::Approve, Then::Reject][random.below(3)]),
        36 => Deed::TimeUp(Then::Escalate),
        37 if random.below(4) == 0 => Deed::Leave,
        38 => Deed::Retry,
        _ => Deed::Unapprove(who),
    }
}

/// Does it to the approval; says whether it was possible.
fn apply(approval: &mut Approval, chain: &[Rule], firm: &Firm, next: &mut u32, deed: &Deed) -> bool {
    let mut changed = approval.clone();
    let now = Timestamp::from_second(i64::from(*next)).unwrap();
    let mut machine = Machine { approval: &mut changed, chain, office: firm, now, next: *next };
    let as_holder = |task: u32| {
        let login = approval.task(task).map_or_else(|| person(0), |task| task.login.clone());
        By { login, on_behalf_of: None, comment: None }
    };
    let by = |who: usize| By { login: person(who), on_behalf_of: None, comment: None };
    let done = match deed {
        Deed::Approve(task) => machine.approve(*task, &as_holder(*task)),
        Deed::Reject(task) => machine.reject(*task, &as_holder(*task)),
        Deed::Return(task, back, resume) => machine.give_back(*task, *back, *resume, &as_holder(*task)),
        Deed::Transfer(task, who) => machine.transfer(*task, &person(*who), &as_holder(*task)),
        Deed::Add(task, who, place) => machine.add(*task, &[person(*who)], *place, &as_holder(*task)),
        Deed::Remove(task, who) => machine.remove(*task, &by(*who)),
        Deed::Recall(always) => machine.recall(*always, &by(0)),
        Deed::TimeUp(then) => machine.time_up(*then),
        Deed::Leave => {
            machine.stop(Outcome::Left, &by(0));
            Ok(())
        }
        Deed::Unapprove(who) => {
            if machine.approval.ended.as_ref().is_none_or(|ending| ending.outcome != Outcome::Approved) {
                return false;
            }
            machine.reopen(&by(*who))
        }
        Deed::Retry => machine.retry(),
    };
    let after = machine.next;
    if done.is_ok() {
        *approval = changed;
        *next = after;
    }
    done.is_ok()
}

/// What must hold after every step, whatever the model says.
fn check(before: &Approval, now: &Approval, chain: &[Rule]) -> Result<(), String> {
    for task in before.tasks().filter(|task| !task.is_live()) {
        if now.task(task.id).is_none_or(|kept| kept.end != task.end) {
            return Err(format!("the end of task {} changed", task.id));
        }
    }
    let live: Vec<&Task> = now.tasks().filter(|task| task.is_live()).collect();
    if now.ended.is_some() {
        return if live.is_empty() { Ok(()) } else { Err("unfinished tasks in an ended approval".into()) };
    }
    let Some(step) = now.current() else { return Err("an approval without a step".into()) };
    if live.iter().any(|task| step.task(task.id).is_none()) {
        return Err("an unfinished task in a step that is over".into());
    }
    let open = live.iter().filter(|task| task.open).count();
    match step.state {
        StepState::Open if open == 0 => return Err("nobody can act".into()),
        StepState::Blocked if !live.is_empty() => return Err("a blocked step asks somebody".into()),
        StepState::Open | StepState::Blocked => {}
        state => return Err(format!("the present step is {state:?}")),
    }
    let rule = &chain[step.at as usize];
    for (i, task) in live.iter().enumerate() {
        if live[..i].iter().any(|other| other.login == task.login) {
            return Err(format!("{} is asked twice", task.login));
        }
        if task.login == now.submitter {
            return Err("the submitter is asked".into());
        }
        let passed = now.steps.iter().filter(|known| known.state == StepState::Passed);
        let earlier = passed.flat_map(signatures).any(|other| other.login == task.login);
        if rule.not_earlier && earlier {
            return Err(format!("{} signs twice", task.login));
        }
    }
    Ok(())
}

fn sequence(seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let firm = Firm::random(&mut random);
    let chain = chain(&mut random);
    let mut approval = fresh();
    let mut next = 2;
    let mut machine =
        Machine { approval: &mut approval, chain: &chain, office: &firm, now: Timestamp::UNIX_EPOCH, next };
    machine.begin().map_err(|wrong| format!("{wrong:?}"))?;
    next = machine.next;
    let mut model = Model::new(&chain, &firm);
    let mut decided = 0;
    let mut told = vec![format!("{chain:?}"), format!("{firm:?}")];
    let say = |told: &[String], what: String| Err(format!("seed {seed}: {what}\n{}", told.join("\n")));
    if let Err(what) = check(&fresh(), &approval, &chain).and_then(|()| model.agrees(&approval)) {
        return say(&told, what);
    }
    for _ in 0..3 + random.below(12) {
        let deed = deed(&mut random, &approval);
        let before = approval.clone();
        let possible = apply(&mut approval, &chain, &firm, &mut next, &deed);
        told.push(format!("{deed:?}: {possible}"));
        if model.apply(&deed) != possible {
            return say(&told, format!("the model thinks otherwise of {deed:?}"));
        }
        decided += usize::from(possible && matches!(deed, Deed::Approve(_) | Deed::Reject(_) | Deed::Return(..)));
        if let Err(what) = check(&before, &approval, &chain).and_then(|()| model.agrees(&approval)) {
            return say(&told, what);
        }
        let counted = approval.tasks().filter(|task| task.how().is_some_and(End::is_decision)).count();
        if counted != decided {
            return say(&told, format!("{decided} decisions were taken, {counted} count"));
        }
    }
    Ok(())
}

#[test]
fn a_hundred_thousand_random_sequences_agree_with_the_model() {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let failed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || (0..SEQUENCES).filter(|n| n % threads == thread).find_map(|n| sequence(n).err()))
            })
            .collect();
        workers.into_iter().find_map(|worker| worker.join().unwrap())
    });
    if let Some(what) = failed {
        panic!("{what}");
    }
}

/// The people of a step that can act, sorted.
fn asked(approval: &Approval) -> Vec<Arc<str>> {
    let mut asked: Vec<Arc<str>> =
        approval.tasks().filter(|task| task.is_open()).map(|task| task.login.clone()).collect();
    asked.sort();
    asked
}
