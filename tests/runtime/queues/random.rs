//! Random work: whatever people do in whatever order, a piece of work has one owner who is a member with room,
//! turns stay fair, and who owns least gets the next one.

use std::collections::BTreeMap;

use formwork_model::id::RecordId;
use formwork_runtime::{command::Request, queue::Operation};
use proptest::prelude::*;
use serde_json::json;

use super::super::world::{World, name, world};

const LOGINS: [&str; 4] = ["ann", "bob", "cat", "dan"];
const LIMITS: [usize; 4] = [2, 3, 3, 9];

const QUEUES: &str = "
# definitions/x/ticket.object.yaml
object: ticket
owner: agent
fields: {agent: {type: user}, queue: {type: text}}
# definitions/x/ticket.flow.yaml
flow: ticket
object: ticket
start: queued
nodes:
  queued:
    queue: {name: = this.queue}
    actions: {accept: {by: member, to: working}, close: {to: closed}}
  working: {queue: {name: free, keep: true}, actions: {done: {by: assignee, to: closed}}}
  closed: {end: {}}
# definitions/x/free.queue.yaml
queue: free
next: least
members: [{user: ann, limit: 2}, {user: bob}]
limit: 3
manager: boss
# definitions/x/least.queue.yaml
queue: least
level: 2
next: turns
members: [{user: bob, limit: 3}, {user: cat, limit: 3}, {user: dan, limit: 9}]
manager: boss
assign: least_loaded
# definitions/x/turns.queue.yaml
queue: turns
level: 3
members: [{user: ann, limit: 2}, {user: bob, limit: 3}, {user: cat, limit: 3}, {user: dan, limit: 9}]
manager: boss
assign: round_robin
";

const QUEUE_NAMES: [&str; 3] = ["free", "least", "turns"];
const MEMBERS: [&[usize]; 3] = [&[0, 1], &[1, 2, 3], &[0, 1, 2, 3]];

#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Claim(usize, usize),
    Release(usize, usize),
    Assign(usize, usize),
    Escalate(usize, usize),
    Accept(usize, usize),
    Close(usize),
    Away(usize, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let (ticket, who) = (0..12_usize, 0..5_usize);
    prop_oneof![
        4 => (0..3_usize).prop_map(Step::Create),
        3 => (ticket.clone(), who.clone()).prop_map(|(t, w)| Step::Claim(t, w)),
        2 => (ticket.clone(), who.clone()).prop_map(|(t, w)| Step::Release(t, w)),
        2 => (ticket.clone(), 0..4_usize).prop_map(|(t, w)| Step::Assign(t, w)),
        2 => (ticket.clone(), who.clone()).prop_map(|(t, w)| Step::Escalate(t, w)),
        1 => (ticket.clone(), who).prop_map(|(t, w)| Step::Accept(t, w)),
        1 => ticket.prop_map(Step::Close),
        1 => (0..4_usize, any::<bool>()).prop_map(|(w, away)| Step::Away(w, away)),
    ]
}

/// The queue and the owner, by their places in the lists above; nothing when the work is over.
type Held = Option<(usize, Option<usize>)>;

/// What the test itself remembers: which ticket is in which queue with whom, and who is away.
#[derive(Default)]
struct Model {
    tickets: Vec<(RecordId, Held)>,
    away: BTreeMap<usize, RecordId>,
    /// Since when a ticket is in a state of which it can't be accepted any more.
    working: Vec<RecordId>,
}

impl Model {
    fn load(&self, queue: usize, who: usize) -> usize {
        self.tickets.iter().filter(|(_, place)| *place == Some((queue, Some(who)))).count()
    }

    fn has_room(&self, queue: usize, who: usize) -> bool {
        let limit = if queue == 0 && who == 1 { 3 } else { LIMITS[who] };
        self.load(queue, who) < limit
    }

    /// Those to whom a queue may give work.
    fn free(&self, queue: usize) -> Vec<usize> {
        let there = |who: &&usize| !self.away.contains_key(who) && self.has_room(queue, **who);
        MEMBERS[queue].iter().filter(there).copied().collect()
    }

    /// Whether the work may have gone to `who` when it came into the queue.
    fn may_be_given(&self, queue: usize, who: Option<usize>) -> bool {
        let free = self.free(queue);
        match (queue, who) {
            (0, who) => who.is_none(),
            (_, None) => free.is_empty(),
            (1, Some(who)) => free.contains(&who) && free.iter().all(|other| self.load(1, who) <= self.load(1, *other)),
            (_, Some(who)) => free.contains(&who),
        }
    }
}

fn owner(world: &World, id: RecordId) -> Option<(usize, Option<usize>)> {
    let tasks = world.book.work_at(name("ticket"), id).unwrap();
    assert!(tasks.len() <= 1);
    let work = &tasks.first()?.work;
    let login = |who: &str| LOGINS.iter().position(|login| *login == who).unwrap();
    let queue = QUEUE_NAMES.iter().position(|queue| work.queue == **queue).unwrap();
    Some((queue, work.assignee.as_deref().map(login)))
}

/// Takes one step in the book and in the model; both must agree.
fn take(world: &mut World, model: &mut Model, step: &Step) {
    let actor = |who: usize| LOGINS.get(who).copied().unwrap_or("stranger");
    let picked = |model: &Model, ticket: usize| (!model.tickets.is_empty()).then(|| ticket % model.tickets.len());
    let run = |world: &mut World, who: &str, id: RecordId, operation: Operation| {
        world.be(who);
        let request = Request::Work { object: name("ticket"), id, rev: None, token: None, operation };
        world.book.run(world.command(request).because("so")).is_ok()
    };
    match step {
        Step::Create(queue) => {
            let id = world.be("tester").create("ticket", json!({"queue": QUEUE_NAMES[*queue]}));
            let place = owner(world, id).unwrap();
            assert!(place.0 == *queue && model.may_be_given(*queue, place.1), "{place:?}");
            model.tickets.push((id, Some(place)));
        }
        Step::Claim(ticket, who) | Step::Accept(ticket, who) => {
            let Some(at) = picked(model, *ticket) else { return };
            let (id, place) = model.tickets[at];
            let accept = matches!(step, Step::Accept(..));
            let may = match place {
                Some((queue, None)) => MEMBERS[queue].contains(who) && model.has_room(queue, *who),
                Some((_, Some(owner))) => accept && owner == *who,
                None => false,
            } && !(accept && model.working.contains(&id));
            let done = if accept {
                world.be(actor(*who)).try_act("ticket", id, "accept", json!(null)).is_ok()
            } else {
                run(world, actor(*who), id, Operation::Claim)
            };
            assert_eq!(done, may, "{step:?} of {place:?}");
            if done {
                model.tickets[at].1 = place.map(|(queue, _)| (queue, Some(*who)));
                model.working.extend(accept.then_some(id));
            }
        }
        Step::Release(ticket, who) => {
            let Some(at) = picked(model, *ticket) else { return };
            let (id, place) = model.tickets[at];
            let may = matches!(place, Some((_, Some(owner))) if owner == *who);
            assert_eq!(run(world, actor(*who), id, Operation::Release), may, "{step:?} of {place:?}");
            if may {
                model.tickets[at].1 = place.map(|(queue, _)| (queue, None));
            }
        }
        Step::Assign(ticket, who) => {
            let Some(at) = picked(model, *ticket) else { return };
            let (id, place) = model.tickets[at];
            let may = place.is_some_and(|(queue, owner)| {
                owner != Some(*who) && MEMBERS[queue].contains(who) && model.free(queue).contains(who)
            });
            assert_eq!(run(world, "boss", id, Operation::Assign { to: actor(*who).into() }), may, "{step:?}");
            if may {
                model.tickets[at].1 = place.map(|(queue, _)| (queue, Some(*who)));
            }
        }
        Step::Escalate(ticket, who) => {
            let Some(at) = picked(model, *ticket) else { return };
            let (id, place) = model.tickets[at];
            let may =
                place.is_some_and(|(queue, owner)| queue < 2 && (owner == Some(*who) || MEMBERS[queue].contains(who)));
            assert_eq!(run(world, actor(*who), id, Operation::Escalate), may, "{step:?} of {place:?}");
            if let (true, Some((queue, _))) = (may, place) {
                model.tickets[at].1 = None;
                let place = owner(world, id).unwrap();
                assert!(place.0 == queue + 1 && model.may_be_given(queue + 1, place.1), "{place:?}");
                model.tickets[at].1 = Some(place);
            }
        }
        Step::Close(ticket) => {
            let Some(at) = picked(model, *ticket) else { return };
            let (id, place) = model.tickets[at];
            let action = if model.working.contains(&id) { "done" } else { "close" };
            let owner = place.and_then(|(_, owner)| owner);
            if world.be(owner.map_or("stranger", actor)).try_act("ticket", id, action, json!(null)).is_ok() {
                model.tickets[at].1 = None;
            }
        }
        Step::Away(who, away) => {
            world.be("tester");
            if *away && !model.away.contains_key(who) {
                let days = json!({"user": LOGINS[*who], "from": "2026-03-02", "to": "2026-03-02"});
                model.away.insert(*who, world.create("absence", days));
            } else if !away && let Some(absence) = model.away.remove(who) {
                world.delete("absence", absence);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn work_has_one_owner_who_may_own_it(steps in prop::collection::vec(step(), 60)) {
        let mut world = world(QUEUES);
        let mut model = Model::default();
        for step in &steps {
            take(&mut world, &mut model, step);
            for (id, place) in &model.tickets {
                prop_assert_eq!(owner(&world, *id), *place);
            }
            for (queue, members) in MEMBERS.iter().enumerate() {
                for who in *members {
                    let limit = if queue == 0 && *who == 1 { 3 } else { LIMITS[*who] };
                    prop_assert!(model.load(queue, *who) <= limit);
                }
            }
        }
        world.verify();
    }

    #[test]
    fn turns_differ_by_one_at_most(away in prop::collection::vec(0..5_usize, 24)) {
        let mut world = world(&QUEUES.replace("limit: 2", "limit: 99").replace("limit: 3", "limit: 99")
            .replace("limit: 9}", "limit: 99}"));
        let mut model = Model::default();
        let mut turns = [0_i32; 4];
        let mut never_away = [true; 4];
        for who in away {
            take(&mut world, &mut model, &Step::Away(who.min(3), who < 2));
            never_away.iter_mut().enumerate().for_each(|(i, never)| *never &= !model.away.contains_key(&i));
            let id = world.be("tester").create("ticket", json!({"queue": "turns"}));
            if let Some((_, Some(owner))) = owner(&world, id) {
                prop_assert!(!model.away.contains_key(&owner));
                turns[owner] += 1;
            }
            let fair: Vec<i32> = (0..4).filter(|i| never_away[*i]).map(|i| turns[i]).collect();
            if let (Some(most), Some(least)) = (fair.iter().max(), fair.iter().min()) {
                prop_assert!(most - least <= 1, "{:?}", turns);
            }
        }
    }
}
