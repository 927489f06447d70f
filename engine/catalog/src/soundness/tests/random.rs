//! Random nets: the verdict against simulating, and collapsing against exploring.

use proptest::prelude::*;

use super::{build, simulate};
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
        if let Ok(net) = Net::new(&flow, None, &[]) && reduce::is_sound(&net) {
            let found = explore::explore(&net, 3_000, explore::Order::Near);
            prop_assert!(found.complete && found.problem.is_none(), "{:?}", found.problem);
        }
    }
}
