//! An independent model of an approval: votes as trees, everything worked out anew each time it is asked.

use formwork_catalog::flow::approval::{Empty, Step as Rule, Then};
use formwork_model::approval::{Approval, Outcome, Place, StepState};

mod vote;

use super::{
    super::Back,
    Deed,
    office::{Firm, PEOPLE, person},
};
use vote::{Stage, Vote};

/// The approval as the model sees it.
#[derive(Debug, Clone)]
pub(super) struct Model<'a> {
    chain: &'a [Rule],
    firm: &'a Firm,
    stages: Vec<Stage>,
    outcome: Option<Outcome>,
    next: u32,
    decided: bool,
}

impl<'a> Model<'a> {
    pub(super) fn new(chain: &'a [Rule], firm: &'a Firm) -> Self {
        let mut model = Self { chain, firm, stages: Vec::new(), outcome: None, next: 2, decided: false };
        model.proceed(0, false);
        model.run();
        model
    }

    /// Whether the approval stands as the model says.
    pub(super) fn agrees(&self, approval: &Approval) -> Result<(), String> {
        let outcome = approval.ended.as_ref().map(|ending| ending.outcome);
        if outcome != self.outcome {
            return Err(format!("it ended {outcome:?}, the model says {:?}", self.outcome));
        }
        let states: Vec<(u32, StepState)> = approval.steps.iter().map(|step| (step.at, step.state)).collect();
        let mine: Vec<(u32, StepState)> = self.stages.iter().map(|stage| (stage.at as u32, stage.state)).collect();
        if states != mine {
            return Err(format!("its steps are {states:?}, the model says {mine:?}"));
        }
        let mut open: Vec<u32> = approval.tasks().filter(|task| task.is_open()).map(|task| task.id).collect();
        let mut able = self.current().map(Stage::able).unwrap_or_default();
        open.sort_unstable();
        able.sort_unstable();
        if open != able {
            return Err(format!("{open:?} can act, the model says {able:?}"));
        }
        for id in open {
            let login = approval.task(id).map(|task| task.login.clone());
            let known = self.current().and_then(|stage| stage.live().into_iter().find(|vote| vote.key == id));
            if login != known.map(|vote| person(vote.who)) {
                return Err(format!("task {id} is of {login:?}"));
            }
        }
        Ok(())
    }

    fn current(&self) -> Option<&Stage> {
        self.stages.last().filter(|stage| self.outcome.is_none() && stage.state == StepState::Open)
    }

    /// The live vote with this key.
    fn has_live(&self, key: u32) -> bool {
        self.current().is_some_and(|stage| stage.live().iter().any(|vote| vote.key == key))
    }

    fn is_able(&self, key: u32) -> bool {
        self.current().is_some_and(|stage| stage.able().contains(&key))
    }

    fn signed(&self) -> Vec<usize> {
        let passed = self.stages.iter().filter(|stage| stage.state == StepState::Passed);
        passed.flat_map(Stage::signers).collect()
    }

    fn is_barred(&self, who: usize, rule: &Rule) -> bool {
        who == 0 || (rule.not_earlier && self.signed().contains(&who))
    }

    fn can_be_given(&self, who: usize) -> bool {
        let Some(stage) = self.current() else { return false };
        !self.is_barred(who, &self.chain[stage.at]) && self.firm.active[who] && !stage.asks(who)
    }

    /// Does it; says whether it was possible.
    pub(super) fn apply(&mut self, deed: &Deed) -> bool {
        let possible = self.is_possible(deed);
        if possible {
            self.carry_out(deed);
            self.run();
        }
        possible
    }

    fn is_possible(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Approve(key) | Deed::Reject(key) => self.is_able(*key),
            Deed::Return(key, back, _) => {
                let target = match back {
                    Back::Step(target) => {
                        let target = *target as usize;
                        let passed = |stage: &Stage| stage.at == target && stage.state == StepState::Passed;
                        self.current().is_some_and(|stage| target < stage.at) && self.stages.iter().any(passed)
                    }
                    _ => true,
                };
                self.is_able(*key) && target
            }
            Deed::Transfer(key, who) => self.has_live(*key) && self.can_be_given(*who),
            Deed::Add(key, who, _) => self.is_able(*key) && self.can_be_given(*who),
            Deed::Remove(key, who) => {
                let live = self.current().map(Stage::live).unwrap_or_default();
                live.iter().any(|vote| vote.key == *key && vote.by == Some(*who))
            }
            Deed::Recall(always) => self.outcome.is_none() && (*always || !self.decided),
            Deed::TimeUp(_) | Deed::Leave => true,
            Deed::Unapprove(who) => {
                let last = self.stages.iter().rev().find(|stage| stage.state == StepState::Passed);
                self.outcome == Some(Outcome::Approved)
                    && last.is_some_and(|stage| stage.votes.iter().any(|vote| gave(vote, *who)))
            }
            Deed::Retry => {
                self.outcome.is_none() && self.stages.last().is_some_and(|stage| stage.state == StepState::Blocked)
            }
        }
    }

    fn carry_out(&mut self, deed: &Deed) {
        match deed {
            Deed::Approve(key) => self.answer(*key, true),
            Deed::Reject(key) => self.answer(*key, false),
            Deed::Return(_, back, resume) => self.go_back(*back, *resume),
            Deed::Transfer(key, who) => self.hand_on(*key, *who),
            Deed::Add(key, who, place) => {
                let new = self.key();
                let stage = self.stages.last_mut().unwrap();
                let vote = stage.find(*key).unwrap();
                let added = Vote::new(new, *who, Some(vote.who));
                match place(0) {
                    Place::Before(_) => vote.before.push(added),
                    Place::Parallel(_) => vote.beside.push(added),
                    Place::After(_) => vote.after.push(added),
                    _ => vote.opinions.push(added),
                }
            }
            Deed::Remove(key, _) => {
                let stage = self.stages.last_mut().unwrap();
                stage.votes.iter_mut().for_each(|vote| vote.remove(*key, &mut stage.signed));
            }
            Deed::Recall(_) => self.stop(Outcome::Withdrawn),
            Deed::Leave => self.stop(Outcome::Left),
            Deed::TimeUp(then) => self.time_up(*then),
            Deed::Unapprove(who) => self.take_back(*who),
            Deed::Retry => {
                let stage = self.stages.pop().unwrap();
                let next = stage.then.unwrap_or(stage.at + 1);
                if !self.open(stage.at, false, stage.then) {
                    self.proceed(next, stage.then.is_some());
                }
            }
        }
    }

    fn key(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn answer(&mut self, key: u32, yes: bool) {
        self.decided = true;
        self.stages.last_mut().unwrap().find(key).unwrap().own = Some(yes);
    }

    fn hand_on(&mut self, key: u32, who: usize) {
        let new = self.key();
        let vote = self.stages.last_mut().unwrap().find(key).unwrap();
        (vote.key, vote.who) = (new, who);
    }

    fn stop(&mut self, outcome: Outcome) {
        if self.outcome.is_some() {
            return;
        }
        for stage in &mut self.stages {
            if matches!(stage.state, StepState::Open | StepState::Blocked) {
                stage.state = StepState::Dropped;
            }
        }
        self.outcome = Some(outcome);
    }

    fn go_back(&mut self, back: Back, resume: bool) {
        self.decided = true;
        let at = self.stages.last().unwrap().at;
        self.stages.last_mut().unwrap().state = StepState::Undone;
        match back {
            Back::Submitter => self.outcome = Some(Outcome::Returned { resume: resume.then_some(at as u32) }),
            Back::Node(to) => self.outcome = Some(Outcome::SentBack { to }),
            Back::Step(target) => {
                let target = target as usize;
                for stage in &mut self.stages {
                    if stage.at == target || (stage.at > target && !resume) {
                        stage.state = StepState::Undone;
                    }
                }
                let then = resume.then_some(at);
                if !self.open(target, true, then) {
                    self.proceed(then.unwrap_or(target + 1), resume);
                }
            }
        }
    }

    fn time_up(&mut self, then: Then) {
        if self.current().is_none() {
            return;
        }
        match then {
            Then::Escalate => {
                let open = self.current().unwrap().able();
                // In the order in which the tasks stand.
                let mut order: Vec<u32> = Vec::new();
                self.current().unwrap().votes.iter().for_each(|vote| flat(vote, &mut order));
                order.retain(|key| open.contains(key));
                order.sort_by_key(|key| self.stand(*key));
                for key in order {
                    self.escalate(key);
                }
            }
            Then::Approve => {
                self.decided = true;
                let stage = self.stages.last_mut().unwrap();
                stage.state = StepState::Passed;
                let (next, straight) = (stage.then.unwrap_or(stage.at + 1), stage.then.is_some());
                self.proceed(next, straight);
            }
            Then::Reject => {
                self.decided = true;
                self.stages.last_mut().unwrap().state = StepState::Failed;
                self.outcome = Some(Outcome::Rejected);
            }
        }
    }

    /// Where a task stands among the others: voters first in their order, then as they were added.
    fn stand(&self, key: u32) -> (bool, u32) {
        let stage = self.current().unwrap();
        match stage.votes.iter().position(|vote| vote.key == key) {
            Some(place) => (false, place as u32),
            None => (true, stage.live().iter().find(|vote| vote.key == key).map_or(key, |vote| vote.stand)),
        }
    }

    fn escalate(&mut self, key: u32) {
        let stage = self.current().unwrap();
        let rule = &self.chain[stage.at];
        let who = stage.live().iter().find(|vote| vote.key == key).unwrap().who;
        let above = self.above(who, rule).or_else(|| {
            let admins = self.firm.admins.iter().copied();
            admins.into_iter().find(|admin| *admin != who && !self.is_barred(*admin, rule) && self.firm.active[*admin])
        });
        if let Some(above) = above
            && !stage.asks(above)
        {
            self.hand_on(key, above);
        }
    }

    fn take_back(&mut self, who: usize) {
        let at = self.stages.iter().rposition(|stage| stage.state == StepState::Passed).unwrap();
        let old = self.stages[at].clone();
        self.stages[at].state = StepState::Undone;
        let mut votes = Vec::new();
        for vote in &old.votes {
            let mut again = Vote::new(self.key(), vote.who, None);
            if vote.own == Some(true) && !vote.passed && vote.who != who && vote.result() == Some(true) {
                (again.own, again.passed) = (Some(true), true);
            }
            votes.push(again);
        }
        self.outcome = None;
        self.stages.push(Stage { state: StepState::Open, then: None, votes, signed: Vec::new(), ..old });
    }

    /// Goes on as long as something is decided.
    fn run(&mut self) {
        while self.outcome.is_none() {
            let Some(stage) = self.stages.last_mut().filter(|stage| stage.state == StepState::Open) else { return };
            match stage.result() {
                None => return,
                Some(true) => {
                    stage.state = StepState::Passed;
                    let (next, straight) = (stage.then.unwrap_or(stage.at + 1), stage.then.is_some());
                    self.proceed(next, straight);
                }
                Some(false) => {
                    stage.state = StepState::Failed;
                    self.outcome = Some(Outcome::Rejected);
                }
            }
        }
    }

    fn proceed(&mut self, from: usize, again: bool) {
        for at in from..self.chain.len() {
            if self.open(at, again && at == from, None) {
                return;
            }
        }
        self.outcome = Some(Outcome::Approved);
    }

    fn open(&mut self, at: usize, again: bool, then: Option<usize>) -> bool {
        let rule = &self.chain[at];
        let asks = self.firm.asks.iter().find(|(name, _)| rule.name == *name.as_str()).unwrap().1.clone();
        let mut stage =
            Stage { at, need: rule.need, state: StepState::Skipped, then, votes: Vec::new(), signed: Vec::new() };
        let mut people = match &asks {
            None => {
                self.stages.push(stage);
                return false;
            }
            Some(asks) => self.people(asks, rule),
        };
        if people.is_empty() && rule.empty == Empty::Next {
            self.stages.push(stage);
            return false;
        }
        if people.is_empty() && rule.empty == Empty::Admin {
            for admin in 0..self.firm.admins.len() {
                let admin = self.firm.admins[admin];
                if !people.contains(&admin) && !self.is_barred(admin, rule) && self.firm.active[admin] {
                    people.push(admin);
                }
            }
        }
        stage.state = if people.is_empty() { StepState::Blocked } else { StepState::Open };
        let signed = self.signed();
        for who in people {
            let mut vote = Vote::new(self.key(), who, None);
            if rule.same_passes && !again && signed.contains(&who) {
                (vote.own, vote.passed) = (Some(true), true);
            }
            stage.votes.push(vote);
        }
        self.stages.push(stage);
        true
    }

    fn people(&self, asks: &[usize], rule: &Rule) -> Vec<usize> {
        let mut people: Vec<usize> = Vec::new();
        for who in asks.iter().copied() {
            let person = if who == 0 {
                if rule.not_submitter { None } else { self.above(0, rule) }
            } else if self.is_barred(who, rule) {
                None
            } else if self.firm.active[who] {
                Some(who)
            } else {
                self.above(who, rule)
            };
            if let Some(person) = person.filter(|person| !people.contains(person)) {
                people.push(person);
            }
        }
        let known: Vec<usize> = people.iter().copied().filter(|who| self.firm.familiar.contains(who)).collect();
        if rule.familiar && !known.is_empty() { known } else { people }
    }

    fn above(&self, who: usize, rule: &Rule) -> Option<usize> {
        let mut at = who;
        for _ in 0..PEOPLE {
            at = self.firm.above[at]?;
            if !self.is_barred(at, rule) && self.firm.active[at] {
                return Some(at);
            }
        }
        None
    }
}

fn flat(vote: &Vote, order: &mut Vec<u32>) {
    order.push(vote.key);
    vote.parts().chain(&vote.opinions).for_each(|vote| flat(vote, order));
}

/// Whether the person voted yes.
fn gave(vote: &Vote, who: usize) -> bool {
    vote.own == Some(true) && !vote.passed && vote.who == who
}
