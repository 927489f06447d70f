//! Combinations that have gone wrong elsewhere, step by step.

use formwork_catalog::flow::approval::{Empty, Step as Rule};
use formwork_model::approval::{Approval, End, Need, Outcome, Place, StepState};
use jiff::Timestamp;

use super::{
    super::{Back, Machine},
    Deed, apply, asked, fresh,
    office::{Firm, PEOPLE, person},
    rule,
};

const ANN: usize = 1;
const BO: usize = 2;
const CY: usize = 3;
const DI: usize = 4;

struct Scene {
    approval: Approval,
    chain: Vec<Rule>,
    firm: Firm,
    next: u32,
}

fn scene(chain: Vec<Rule>, asks: &[&[usize]]) -> Scene {
    let names = chain.iter().map(|rule| rule.name.to_string());
    let firm = Firm {
        asks: names.zip(asks).map(|(name, asks)| (name, Some(asks.to_vec()))).collect(),
        above: vec![Some(5); PEOPLE - 2].into_iter().chain([None, None]).collect(),
        active: vec![true; PEOPLE],
        admins: vec![6],
        familiar: Vec::new(),
    };
    let mut approval = fresh();
    let now = Timestamp::UNIX_EPOCH;
    let mut machine = Machine { approval: &mut approval, chain: &chain, office: &firm, now, next: 2 };
    machine.begin().unwrap();
    let next = machine.next;
    Scene { approval, chain, firm, next }
}

impl Scene {
    /// The open task of a person.
    #[track_caller]
    fn task(&self, who: usize) -> u32 {
        let mut tasks = self.approval.tasks();
        tasks.find(|task| task.is_open() && task.login == person(who)).unwrap().id
    }

    fn try_to(&mut self, deed: &Deed) -> bool {
        apply(&mut self.approval, &self.chain, &self.firm, &mut self.next, deed)
    }

    #[track_caller]
    fn does(&mut self, deed: Deed) {
        assert!(self.try_to(&deed), "{deed:?}");
    }

    #[track_caller]
    fn asks(&self, who: &[usize]) {
        let mut wanted: Vec<_> = who.iter().map(|n| person(*n)).collect();
        wanted.sort();
        assert_eq!(asked(&self.approval), wanted);
    }

    fn outcome(&self) -> Option<Outcome> {
        self.approval.ended.as_ref().map(|ending| ending.outcome)
    }

    fn end(&self, task: u32) -> Option<End> {
        self.approval.task(task).and_then(|task| task.how())
    }
}

#[test]
fn the_first_decision_of_any_makes_the_other_task_needless() {
    let mut scene = scene(vec![rule("one", Need::Any)], &[&[ANN, BO]]);
    let (ann, bo) = (scene.task(ANN), scene.task(BO));
    scene.does(Deed::Approve(ann));
    assert_eq!((scene.end(ann), scene.end(bo)), (Some(End::Approved), Some(End::Superseded)));
    assert!(!scene.try_to(&Deed::Approve(ann)) && !scene.try_to(&Deed::Approve(bo)));
    assert_eq!(scene.outcome(), Some(Outcome::Approved));
}

#[test]
fn a_vote_passes_and_fails_as_soon_as_that_is_certain() {
    let people: &[&[usize]] = &[&[ANN, BO, CY, DI, 5]];
    let mut passes = scene(vec![rule("one", Need::Percent(60))], people);
    for who in [ANN, BO, CY] {
        passes.does(Deed::Approve(passes.task(who)));
    }
    assert_eq!(passes.outcome(), Some(Outcome::Approved));
    let mut fails = scene(vec![rule("one", Need::Percent(60))], people);
    for who in [ANN, BO, CY] {
        assert_eq!(fails.outcome(), None);
        fails.does(Deed::Reject(fails.task(who)));
    }
    assert_eq!(fails.outcome(), Some(Outcome::Rejected));
}

#[test]
fn signers_before_beside_and_after_are_asked_in_that_order_also_inside_each_other() {
    let mut scene = scene(vec![rule("one", Need::All)], &[&[ANN]]);
    let ann = scene.task(ANN);
    scene.does(Deed::Add(ann, BO, Place::Before));
    scene.asks(&[BO]);
    let bo = scene.task(BO);
    scene.does(Deed::Add(bo, CY, Place::Before));
    scene.asks(&[CY]);
    scene.does(Deed::Approve(scene.task(CY)));
    scene.asks(&[BO]);
    scene.does(Deed::Add(bo, DI, Place::After));
    scene.does(Deed::Approve(bo));
    scene.asks(&[DI]);
    scene.does(Deed::Approve(scene.task(DI)));
    scene.asks(&[ANN]);
    scene.does(Deed::Approve(ann));
    assert_eq!(scene.outcome(), Some(Outcome::Approved));
}

#[test]
fn a_rejection_by_an_added_signer_is_one_of_the_task_it_was_added_to() {
    let mut scene = scene(vec![rule("one", Need::Percent(50))], &[&[ANN, BO]]);
    let ann = scene.task(ANN);
    scene.does(Deed::Add(ann, CY, Place::Parallel));
    scene.does(Deed::Reject(scene.task(CY)));
    assert_eq!(scene.end(ann), Some(End::Superseded));
    scene.asks(&[BO]);
}

#[test]
fn a_delegate_gives_an_opinion_also_when_it_was_handed_on() {
    let mut scene = scene(vec![rule("one", Need::All)], &[&[ANN]]);
    let ann = scene.task(ANN);
    scene.does(Deed::Add(ann, BO, Place::Delegate));
    scene.asks(&[BO]);
    assert!(!scene.try_to(&Deed::Approve(ann)), "the delegator waits");
    scene.does(Deed::Transfer(scene.task(BO), CY));
    scene.does(Deed::Reject(scene.task(CY)));
    scene.asks(&[ANN]);
    scene.does(Deed::Approve(ann));
    assert_eq!(scene.outcome(), Some(Outcome::Approved));
}

#[test]
fn only_the_adder_takes_a_signer_away_and_what_hangs_on_it_goes_too() {
    let mut scene = scene(vec![rule("one", Need::All)], &[&[ANN]]);
    scene.does(Deed::Add(scene.task(ANN), BO, Place::Before));
    let bo = scene.task(BO);
    scene.does(Deed::Add(bo, CY, Place::Before));
    let cy = scene.task(CY);
    assert!(!scene.try_to(&Deed::Remove(bo, CY)));
    scene.does(Deed::Remove(bo, ANN));
    assert_eq!((scene.end(bo), scene.end(cy)), (Some(End::Removed), Some(End::Removed)));
    scene.asks(&[ANN]);
}

#[test]
fn a_return_from_a_half_signed_step_leaves_no_signature_behind() {
    let mut scene = scene(vec![rule("one", Need::Any), rule("two", Need::All)], &[&[ANN], &[BO, CY]]);
    scene.does(Deed::Approve(scene.task(ANN)));
    scene.does(Deed::Approve(scene.task(BO)));
    scene.does(Deed::Return(scene.task(CY), Back::Step(0), false));
    scene.asks(&[ANN]);
    scene.does(Deed::Approve(scene.task(ANN)));
    scene.asks(&[BO, CY]);
}

#[test]
fn a_return_that_resumes_comes_straight_back() {
    let chain = vec![rule("one", Need::Any), rule("two", Need::Any), rule("three", Need::Any)];
    let mut scene = scene(chain, &[&[ANN], &[BO], &[CY]]);
    scene.does(Deed::Approve(scene.task(ANN)));
    scene.does(Deed::Approve(scene.task(BO)));
    scene.does(Deed::Return(scene.task(CY), Back::Step(0), true));
    scene.does(Deed::Approve(scene.task(ANN)));
    scene.asks(&[CY]);
    let states: Vec<StepState> = scene.approval.steps.iter().map(|step| step.state).collect();
    let expected = [StepState::Undone, StepState::Passed, StepState::Undone, StepState::Passed, StepState::Open];
    assert_eq!(states, expected);
}

#[test]
fn whoever_approved_passes_at_once_and_the_submitter_never_decides() {
    let mut passes = scene(vec![rule("one", Need::Any), rule("two", Need::Any)], &[&[ANN], &[ANN]]);
    passes.does(Deed::Approve(passes.task(ANN)));
    assert_eq!(passes.outcome(), Some(Outcome::Approved));
    let own = scene(vec![rule("one", Need::Any)], &[&[0]]);
    own.asks(&[5]);
    let mut none = rule("one", Need::Any);
    none.not_submitter = true;
    scene(vec![none], &[&[0]]).asks(&[6]);
}

#[test]
fn nobody_found_skips_blocks_or_asks_the_administrators() {
    let empty = |empty| {
        let mut rule = rule("one", Need::Any);
        rule.empty = empty;
        scene(vec![rule], &[&[]])
    };
    assert_eq!(empty(Empty::Next).outcome(), Some(Outcome::Approved));
    empty(Empty::Admin).asks(&[6]);
    let mut blocked = empty(Empty::Block);
    assert_eq!(blocked.approval.steps[0].state, StepState::Blocked);
    blocked.firm.asks[0].1 = Some(vec![BO]);
    blocked.does(Deed::Retry);
    blocked.asks(&[BO]);
}

#[test]
fn an_approval_taken_back_asks_only_the_one_who_took_it_back() {
    let mut scene = scene(vec![rule("one", Need::All)], &[&[ANN, BO]]);
    scene.does(Deed::Approve(scene.task(ANN)));
    scene.does(Deed::Approve(scene.task(BO)));
    scene.does(Deed::Unapprove(ANN));
    scene.asks(&[ANN]);
    scene.does(Deed::Reject(scene.task(ANN)));
    assert_eq!(scene.outcome(), Some(Outcome::Rejected));
}
