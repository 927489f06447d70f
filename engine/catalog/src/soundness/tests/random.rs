//! Random nets: the verdict against simulating, and collapsing against exploring.

use proptest::prelude::*;

use formwork_definition::kind::flow::Rest;

use super::{build, simulate};
use crate::flow::Need;
use crate::soundness::{Kind, Soundness, explore, net, net::Net, reduce, within};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_global_rejects: 60_000, ..ProptestConfig::default() })]
    #[test]
    fn the_verdict_agrees_with_simulating(draft in build::random()) {
        let report = within(&draft.flow(), 3_000);
        prop_assume!(report.structure.is_empty());
        let simulated = simulate::simulate(&draft);
        match (&report.verdict, simulated) {
            (Soundness::Sound, simulate::Answer::Good) => {}
            (Soundness::Unsound(found), simulate::Answer::Stuck) => {
                prop_assert!(matches!(found.kind, Kind::Deadlock | Kind::Stranded | Kind::Livelock), "{:?}", found);
            }
            (Soundness::Unsound(found), simulate::Answer::Unbounded) => prop_assert_ne!(found.kind, Kind::NeverFires),
            (Soundness::Unsound(found), simulate::Answer::Unused) => prop_assert_eq!(found.kind, Kind::NeverFires),
            // Growth that is no simple repetition: neither proves anything.
            (Soundness::Unknown { .. }, simulate::Answer::Unbounded) => {}
            (verdict, simulated) => prop_assert!(false, "{:?} but {:?}", verdict, simulated),
        }
    }

    #[test]
    fn a_net_that_collapses_is_sound(draft in build::random()) {
        let flow = draft.flow();
        prop_assume!(net::structure(&flow).is_empty());
        if let Ok(net) = Net::new(&flow, None, &[])
            && (reduce::is_sound(&net) || reduce::is_sound_where_left(&net, 3_000))
        {
            let found = explore::explore(&net, 3_000, explore::Order::Near);
            prop_assert!(found.complete && found.problem.is_none(), "{:?}", found.problem);
        }
    }
}

/// Branches of which a join takes the first ones and withdraws the others: what collapses is what exploring finds sound,
/// and most that are sound do collapse.
#[test]
fn what_collapses_before_a_withdrawing_join_is_sound() {
    let mut seed = 7_u64;
    let mut below = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    let (mut collapsed, mut sound) = (0, 0);
    for _ in 0..1_500 {
        let (branches, length) = (2 + below(2), 1 + below(3));
        let node = |branch: usize, at: usize| format!("b{branch}{at}");
        let first: Vec<String> = (0..branches).map(|branch| node(branch, 0)).collect();
        let first: Vec<&str> = first.iter().map(String::as_str).collect();
        let mut net = build::draft("draft").state("draft", &[("submit", &first)]);
        if below(4) == 0 {
            net = net.action("draft", "skip", &["end"]);
        }
        for branch in 0..branches {
            for at in 0..length {
                let next = |to: usize| if to >= length { "join".to_owned() } else { node(branch, to) };
                let mut to = vec![next(at + 1)];
                match below(12) {
                    // A way back, another branch, out, two at once.
                    0..4 => to.push(node(branch, below(length))),
                    4 => to.push(node(below(branches), below(length))),
                    5 => to.push(if below(3) == 0 { "end".into() } else { "join".into() }),
                    _ => {}
                }
                let ways: Vec<Vec<&str>> = match below(20) {
                    0 if to.len() > 1 => vec![to.iter().map(String::as_str).collect()],
                    _ => to.iter().map(|to| vec![to.as_str()]).collect(),
                };
                let ways: Vec<&[&str]> = ways.iter().map(Vec::as_slice).collect();
                let name = node(branch, at);
                net = if at > 0 && below(3) == 0 {
                    net.decide(&name, false, &ways)
                } else {
                    let actions: Vec<(String, &[&str])> =
                        ways.iter().enumerate().map(|(n, to)| (format!("a{n}"), *to)).collect();
                    let actions: Vec<(&str, &[&str])> = actions.iter().map(|(name, to)| (name.as_str(), *to)).collect();
                    net.state(&name, &actions)
                };
            }
        }
        let need = u32::try_from(1 + below(branches)).unwrap();
        let behind: &[&str] = [&["end"][..], &["after"][..], &["after", "end"][..]][below(3)];
        net = net.join("join", Need::Count(need), Rest::Cancel, behind);
        if behind.contains(&"after") {
            let back: &[&str] = if below(2) == 0 { &["draft"] } else { &["end"] };
            net = net.state("after", &[("done", &["end"]), ("again", back)]);
        }
        let flow = net.end("end", false).flow();
        let Ok(net) = Net::new(&flow, None, &[]) else { continue };
        if !net::structure(&flow).is_empty() {
            continue;
        }
        let found = explore::explore(&net, 20_000, explore::Order::Near);
        let is_sound = found.complete && found.problem.is_none();
        sound += usize::from(is_sound);
        if reduce::is_sound(&net) {
            assert!(is_sound, "{:?} in {flow:?}", found.problem);
            collapsed += 1;
        }
    }
    assert!(collapsed > 300, "{collapsed} of {sound} sound ones collapse");
}
