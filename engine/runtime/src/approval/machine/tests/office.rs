//! A small firm: who is asked by which step, who is above whom, who has left.

use std::{convert::Infallible, sync::Arc};

use formwork_catalog::flow::approval::Step as Rule;

use super::{
    super::{Candidate, Office},
    random::Random,
};

/// How many people there are; number 0 submits.
pub(super) const PEOPLE: usize = 7;

/// The login of person `n`.
pub(super) fn person(n: usize) -> Arc<str> {
    const LOGINS: [&str; PEOPLE] = ["submitter", "ann", "bo", "cy", "di", "ed", "fay"];
    LOGINS[n].into()
}

/// Who is who, by number.
#[derive(Debug, Clone)]
pub(super) struct Firm {
    /// By step: whom it asks; `None` when its condition does not hold.
    pub(super) asks: Vec<(String, Option<Vec<usize>>)>,
    pub(super) above: Vec<Option<usize>>,
    pub(super) active: Vec<bool>,
    pub(super) admins: Vec<usize>,
    pub(super) familiar: Vec<usize>,
}

impl Firm {
    pub(super) fn random(random: &mut Random) -> Self {
        let some = |random: &mut Random, most: usize| {
            let n = random.below(most + 1);
            (0..n).map(|_| random.below(PEOPLE)).collect::<Vec<_>>()
        };
        let asks = ["one", "two", "three", "four"]
            .map(|step| (step.to_owned(), (random.below(6) > 0).then(|| some(random, 4))))
            .into();
        Self {
            asks,
            // Nobody is above somebody with a greater number.
            above: (0..PEOPLE)
                .map(|n| (n + 1 < PEOPLE && random.below(4) > 0).then(|| n + 1 + random.below(PEOPLE - n - 1)))
                .collect(),
            active: (0..PEOPLE).map(|n| n == 0 || random.below(6) > 0).collect(),
            admins: some(random, 2),
            familiar: some(random, 2),
        }
    }

    fn number(login: &str) -> usize {
        (0..PEOPLE).find(|n| *person(*n) == *login).unwrap_or(0)
    }
}

impl Office for Firm {
    type Failure = Infallible;

    fn candidates(&self, rule: &Rule) -> Result<Option<Vec<Candidate>>, Infallible> {
        let asks = self.asks.iter().find(|(step, _)| rule.name == *step.as_str()).and_then(|(_, asks)| asks.clone());
        Ok(asks.map(|asks| asks.into_iter().map(|n| Candidate { login: person(n), why: "asked".into() }).collect()))
    }

    fn supervisor(&self, login: &str) -> Result<Option<Arc<str>>, Infallible> {
        Ok(self.above[Self::number(login)].map(person))
    }

    fn admins(&self) -> Result<Vec<Arc<str>>, Infallible> {
        let mut admins: Vec<usize> = Vec::new();
        for admin in &self.admins {
            if !admins.contains(admin) {
                admins.push(*admin);
            }
        }
        Ok(admins.into_iter().map(person).collect())
    }

    fn is_active(&self, login: &str) -> Result<bool, Infallible> {
        Ok(self.active[Self::number(login)])
    }

    fn familiar(&self, _: &Rule) -> Result<Vec<Arc<str>>, Infallible> {
        Ok(self.familiar.iter().map(|n| person(*n)).collect())
    }
}
