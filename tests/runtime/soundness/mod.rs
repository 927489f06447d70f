//! The verdict on a flow against the flow itself: every run of hundreds of generated flows is tried in the real
//! decision function, and what they come to is compared with what the check at load said.
//!
//! Nothing is shared with the check: it explores a net with tokens as counters, this the records that `decide` writes.

mod explore;
mod generate;
mod net;

use std::collections::BTreeMap;

use formwork_catalog::soundness::{Kind, Soundness, soundness};

use explore::{Answer, explore};
use generate::Random;
use net::Net;

/// How many flows both must have decided.
const NETS: usize = 240;
const WORKERS: usize = 2;

/// What the check said, in the words of [`Answer`].
fn said(net: &Net) -> Option<Answer> {
    let report = soundness(&net.flow());
    if !report.structure.is_empty() {
        return None;
    }
    match report.verdict {
        Soundness::Sound => Some(Answer::Sound),
        Soundness::Unsound(found) => Some(match found.kind {
            Kind::Deadlock => Answer::Deadlock,
            Kind::Stranded => Answer::Stranded,
            Kind::Livelock => Answer::Livelock,
            Kind::PileUp => Answer::PilesUp,
            Kind::NeverFires => Answer::Unused,
        }),
        Soundness::Unknown { .. } => None,
    }
}

/// With sub-graphs, the check says of the innermost one that hangs whether one of *its* tokens came to an end.
fn simplified(net: &Net, answer: Answer) -> Answer {
    match answer {
        Answer::Stranded if net.has_scopes() => Answer::Deadlock,
        other => other,
    }
}

/// What the flows of every second seed come to.
#[derive(Debug, Default)]
struct Compared {
    by_verdict: BTreeMap<Answer, usize>,
    with_scopes: usize,
    with_withdrawals: usize,
    left_out: usize,
    wrong: Vec<String>,
}

impl Compared {
    fn all(first: u64, enough: usize) -> Self {
        let mut compared = Self::default();
        for seed in (first..).step_by(WORKERS).take_while(|seed| *seed < 60 * NETS as u64) {
            if compared.by_verdict.values().sum::<usize>() >= enough {
                break;
            }
            compared.one(seed);
        }
        compared
    }

    fn one(&mut self, seed: u64) {
        let net = generate::net(&mut Random::new(seed));
        let Some(verdict) = said(&net) else { return };
        let Some(tried) = explore(&net) else {
            self.left_out += 1;
            return;
        };
        // There may be situations of both kinds in which it is stuck; the check tells of one.
        let tried: Vec<Answer> = tried.into_iter().map(|answer| simplified(&net, answer)).collect();
        let verdict = simplified(&net, verdict);
        // What is wrong inside a scope that never opens does not happen; that it never opens is wrong too.
        let closed = tried.contains(&Answer::Unused) && net.has_guarded_scope() && verdict != Answer::Sound;
        if tried.contains(&verdict) || closed {
            *self.by_verdict.entry(verdict).or_default() += 1;
            self.with_scopes += usize::from(net.has_scopes());
            self.with_withdrawals += usize::from(net.has_withdrawals());
        } else {
            let report = soundness(&net.flow());
            let steps = match &report.verdict {
                Soundness::Unsound(found) => found.trace.iter().map(|step| step.node.to_string()).collect(),
                _ => Vec::new(),
            };
            let how = steps.join(" ");
            self.wrong.push(format!("seed {seed}: the check says {verdict:?} ({how}), trying says {tried:?}\n{net}"));
        }
    }
}

#[test]
fn verdicts_agree_with_trying_every_run() {
    let mut all = Compared::default();
    std::thread::scope(|scope| {
        let run = |worker: usize| scope.spawn(move || Compared::all(worker as u64 + 1, NETS / WORKERS));
        let workers: Vec<_> = (0..WORKERS).map(run).collect();
        for worker in workers {
            let one = worker.join().unwrap();
            one.by_verdict
                .into_iter()
                .for_each(|(verdict, count)| *all.by_verdict.entry(verdict).or_default() += count);
            all.with_scopes += one.with_scopes;
            all.with_withdrawals += one.with_withdrawals;
            all.left_out += one.left_out;
            all.wrong.extend(one.wrong);
        }
    });
    let Compared { by_verdict, with_scopes, with_withdrawals, left_out, wrong } = all;
    println!(
        "flows by verdict: {by_verdict:?}, {with_scopes} of them with scopes, {with_withdrawals} with withdrawals; \
         {left_out} were too large to try"
    );
    assert!(with_withdrawals > NETS / 5, "{with_withdrawals}");
    assert!(wrong.is_empty(), "{} disagree:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(by_verdict.values().sum::<usize>(), NETS);
    for verdict in
        [Answer::Sound, Answer::Deadlock, Answer::Stranded, Answer::Livelock, Answer::PilesUp, Answer::Unused]
    {
        assert!(by_verdict.contains_key(&verdict), "there is no {verdict:?}: {by_verdict:?}");
    }
}
