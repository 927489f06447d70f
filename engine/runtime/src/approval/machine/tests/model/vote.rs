//! Votes as trees, and the stages they belong to.

use formwork_model::approval::{Need, StepState};

/// A vote and what was added to it.
#[derive(Debug, Clone)]
pub(super) struct Vote {
    pub(super) key: u32,
    pub(super) who: usize,
    /// Where it stands among the others that were added; stays when it is handed on.
    pub(super) stand: u32,
    /// Who added it.
    pub(super) by: Option<usize>,
    pub(super) own: Option<bool>,
    /// Passed because the same person approved before.
    pub(super) passed: bool,
    pub(super) before: Vec<Vote>,
    pub(super) beside: Vec<Vote>,
    pub(super) after: Vec<Vote>,
    pub(super) opinions: Vec<Vote>,
}

impl Vote {
    pub(super) fn new(key: u32, who: usize, by: Option<usize>) -> Self {
        let none = Vec::new;
        Self {
            key,
            who,
            stand: key,
            by,
            own: None,
            passed: false,
            before: none(),
            beside: none(),
            after: none(),
            opinions: none(),
        }
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &Vote> {
        self.before.iter().chain(&self.beside).chain(&self.after)
    }

    pub(super) fn result(&self) -> Option<bool> {
        if self.own == Some(false) || self.parts().any(|part| part.result() == Some(false)) {
            return Some(false);
        }
        (self.own == Some(true) && self.parts().all(|part| part.result() == Some(true))).then_some(true)
    }

    /// Those who can act in this tree.
    pub(super) fn able(&self, found: &mut Vec<u32>) {
        if self.result().is_some() {
            return;
        }
        let free = self.before.iter().all(|vote| vote.result() == Some(true))
            && self.opinions.iter().all(|vote| vote.result().is_some());
        if self.own.is_none() && free {
            found.push(self.key);
        }
        self.before.iter().chain(&self.beside).chain(&self.opinions).for_each(|vote| vote.able(found));
        if self.own == Some(true) {
            self.after.iter().for_each(|vote| vote.able(found));
        }
    }

    /// Those who have not ended.
    pub(super) fn live<'v>(&'v self, found: &mut Vec<&'v Vote>) {
        if self.result().is_some() {
            return;
        }
        if self.own.is_none() {
            found.push(self);
        }
        self.parts().chain(&self.opinions).for_each(|vote| vote.live(found));
    }

    /// Whether the person has voted in this tree; opinions are no votes.
    pub(super) fn voted(&self, who: usize) -> bool {
        (self.who == who && self.own.is_some()) || self.parts().any(|part| part.voted(who))
    }

    pub(super) fn groups(&mut self) -> [&mut Vec<Vote>; 4] {
        [&mut self.before, &mut self.beside, &mut self.after, &mut self.opinions]
    }

    pub(super) fn find(&mut self, key: u32) -> Option<&mut Vote> {
        if self.key == key {
            return Some(self);
        }
        self.groups().into_iter().flatten().find_map(|vote| vote.find(key))
    }

    /// Takes a vote away; a signature below it stays one.
    pub(super) fn remove(&mut self, key: u32, signed: &mut Vec<usize>) {
        for group in [&mut self.before, &mut self.beside, &mut self.after] {
            group.iter().filter(|vote| vote.key == key).for_each(|vote| vote.signers(signed));
        }
        for group in self.groups() {
            group.retain(|vote| vote.key != key);
        }
        for group in [&mut self.before, &mut self.beside, &mut self.after] {
            group.iter_mut().for_each(|vote| vote.remove(key, signed));
        }
        self.opinions.iter_mut().for_each(|vote| vote.remove(key, &mut Vec::new()));
    }

    /// Those who signed: opinions are no signatures.
    pub(super) fn signers(&self, found: &mut Vec<usize>) {
        if self.own == Some(true) && !self.passed {
            found.push(self.who);
        }
        self.parts().for_each(|vote| vote.signers(found));
    }
}

#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) at: usize,
    pub(super) need: Need,
    pub(super) state: StepState,
    pub(super) then: Option<usize>,
    pub(super) votes: Vec<Vote>,
    /// Signed by somebody else's hand: taken away with the vote, but it was a signature.
    pub(super) signed: Vec<usize>,
}

impl Stage {
    pub(super) fn result(&self) -> Option<bool> {
        let (mut yes, mut no) = (0, 0);
        for vote in &self.votes {
            match vote.result() {
                Some(true) => yes += 1,
                Some(false) => no += 1,
                None => {}
            }
        }
        let all = self.votes.len();
        let least = match self.need {
            Need::Any => {
                return if yes > 0 {
                    Some(true)
                } else if no > 0 {
                    Some(false)
                } else {
                    None
                };
            }
            Need::All | Need::InOrder => all,
            Need::Count(n) => (n as usize).min(all),
            Need::Percent(p) => (1..=all).find(|n| n * 100 >= all * p as usize).unwrap_or(all),
        };
        if yes >= least {
            return Some(true);
        }
        (yes + (all - yes - no) < least).then_some(false)
    }

    pub(super) fn able(&self) -> Vec<u32> {
        let mut found = Vec::new();
        for vote in &self.votes {
            vote.able(&mut found);
            if self.need == Need::InOrder && vote.result() != Some(true) {
                break;
            }
        }
        found
    }

    pub(super) fn live(&self) -> Vec<&Vote> {
        let mut found = Vec::new();
        self.votes.iter().for_each(|vote| vote.live(&mut found));
        found
    }

    pub(super) fn find(&mut self, key: u32) -> Option<&mut Vote> {
        self.votes.iter_mut().find_map(|vote| vote.find(key))
    }

    /// Whether the person has a task here, or has voted.
    pub(super) fn asks(&self, who: usize) -> bool {
        self.live().iter().any(|vote| vote.who == who)
            || self.votes.iter().any(|vote| vote.voted(who))
            || self.signed.contains(&who)
    }

    pub(super) fn signers(&self) -> Vec<usize> {
        let mut found = self.signed.clone();
        self.votes.iter().for_each(|vote| vote.signers(&mut found));
        found
    }
}
