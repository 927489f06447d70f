//! Known nets with known answers, and random ones against a second, simpler implementation.

mod build;
mod random;
mod simulate;
mod withdrawals;

use formwork_definition::kind::flow::Rest;
use formwork_model::text::Language;

use super::*;
use crate::flow::Need;
pub(crate) use build::program;
use build::{Draft, draft};

fn verdict(draft: Draft) -> Result<(), Kind> {
    match soundness(&draft.flow()).verdict {
        Soundness::Sound => Ok(()),
        Soundness::Unsound(unsound) => Err(unsound.kind),
        Soundness::Unknown { reason } => panic!("{}", reason.get(Language::En)),
    }
}

fn unsound(draft: Draft) -> Unsound {
    match soundness(&draft.flow()).verdict {
        Soundness::Unsound(unsound) => unsound,
        other => panic!("{other:?}"),
    }
}

fn names(names: &[(Name, u32)]) -> Vec<(&str, u32)> {
    names.iter().map(|(name, tokens)| (name.as_str(), *tokens)).collect()
}

fn pair(cause: Option<(Name, Name)>) -> Option<(&'static str, &'static str)> {
    cause.map(|(split, join)| (split.as_str(), join.as_str()))
}

/// `draft` forks to `a` and `b`, which come together in `join`.
fn fork(need: Need, rest: Rest) -> Draft {
    draft("draft")
        .state("draft", &[("submit", &["a", "b"])])
        .state("a", &[("done", &["join"])])
        .state("b", &[("done", &["join"])])
        .join("join", need, rest, &["end"])
        .end("end", false)
}

#[test]
fn what_an_all_split_forks_an_all_join_gathers() {
    assert_eq!(verdict(fork(Need::All, Rest::Keep)), Ok(()));
    assert_eq!(verdict(fork(Need::Chosen, Rest::Keep)), Ok(()));
    assert_eq!(verdict(fork(Need::Reachable, Rest::Keep)), Ok(()));
    assert_eq!(verdict(fork(Need::Count(2), Rest::Keep)), Ok(()));
}

#[test]
fn an_exclusive_choice_before_an_all_join_is_a_deadlock_and_the_pair_is_named() {
    let found = unsound(
        draft("start")
            .state("start", &[("go", &["which"])])
            .decide("which", false, &[&["a"], &["b"]])
            .state("a", &[("done", &["join"])])
            .state("b", &[("done", &["join"])])
            .join("join", Need::All, Rest::Keep, &["end"])
            .end("end", false),
    );
    assert_eq!(found.kind, Kind::Deadlock);
    assert_eq!(names(&found.marking), [("join", 1)]);
    assert_eq!(pair(found.cause), Some(("which", "join")));
    let trace: Vec<&str> = found.trace.iter().map(|step| step.node.as_str()).collect();
    assert_eq!(trace, ["start", "which", "a"]);
    assert_eq!(found.trace[0].via.en, "action `go`");
    assert!(found.suggestion.en.contains("need: chosen"));
}

#[test]
fn tokens_may_end_one_after_the_other_and_meet_but_not_pile_up() {
    let merge = |behind: &[&str]| {
        draft("draft")
            .state("draft", &[("submit", &["a", "b"])])
            .state("a", &[("done", &["both"])])
            .state("b", &[("done", &["both"])])
            .state("both", &[("go", behind)])
            .end("end", false)
    };
    assert_eq!(verdict(merge(&["end"])), Ok(()));
    assert_eq!(soundness(&merge(&["end"]).flow()).doubled, [Name::intern("both")]);
    let looping = draft("draft")
        .state("draft", &[("submit", &["a", "b"])])
        .state("a", &[("done", &["both"])])
        .state("b", &[("done", &["both"])])
        .state("both", &[("again", &["draft"]), ("go", &["end"])])
        .end("end", false);
    let found = unsound(looping);
    assert_eq!((found.kind, pair(found.cause)), (Kind::PileUp, Some(("draft", "both"))));
}

#[test]
fn a_second_token_at_a_discriminator_is_left_over_absorbed_or_cancelled() {
    assert_eq!(verdict(fork(Need::Count(1), Rest::Absorb)), Ok(()));
    assert_eq!(verdict(fork(Need::Count(1), Rest::Cancel)), Ok(()));
    assert_eq!(verdict(fork(Need::Count(1), Rest::Block)), Ok(()));
    // Two tokens, one at a time: both go through.
    assert_eq!(verdict(fork(Need::Count(1), Rest::Keep)), Ok(()));
    let three = |rest| {
        draft("draft")
            .state("draft", &[("submit", &["a", "b", "c"])])
            .state("a", &[("done", &["join"])])
            .state("b", &[("done", &["join"])])
            .state("c", &[("done", &["join"])])
            .join("join", Need::Count(2), rest, &["end"])
            .end("end", false)
    };
    assert_eq!(unsound(three(Rest::Keep)).kind, Kind::Stranded);
    assert_eq!(names(&unsound(three(Rest::Keep)).marking), [("join", 1)]);
    assert_eq!(verdict(three(Rest::Absorb)), Ok(()));
    assert_eq!(verdict(three(Rest::Cancel)), Ok(()));
}

#[test]
fn a_discriminator_in_a_loop_piles_up_when_it_keeps_the_rest() {
    let looping = |rest| {
        draft("draft")
            .state("draft", &[("submit", &["a", "b"])])
            .state("a", &[("done", &["join"])])
            .state("b", &[("done", &["join"])])
            .join("join", Need::Count(1), rest, &["check"])
            .state("check", &[("again", &["draft"]), ("go", &["end"])])
            .end("end", false)
    };
    assert_eq!(verdict(looping(Rest::Cancel)), Ok(()));
    assert_eq!(verdict(looping(Rest::Keep)), Err(Kind::PileUp));
    // The late token of one round is swallowed in the next; until then two can stand in one state.
    assert_eq!(verdict(looping(Rest::Absorb)), Ok(()));
    assert!(!soundness(&looping(Rest::Absorb).flow()).doubled.is_empty());
}

#[test]
fn an_or_split_needs_the_chosen_branches() {
    let or = |need| {
        draft("which")
            .decide("which", true, &[&["a"], &["b"], &["c"]])
            .state("a", &[("done", &["join"])])
            .state("b", &[("done", &["join"])])
            .state("c", &[("done", &["join"])])
            .join("join", need, Rest::Keep, &["end"])
            .end("end", false)
    };
    assert_eq!(verdict(or(Need::Chosen)), Ok(()));
    assert_eq!(verdict(or(Need::Reachable)), Ok(()));
    assert_eq!(verdict(or(Need::All)), Err(Kind::Deadlock));
}

#[test]
fn an_action_that_cancels_takes_the_other_tokens_along() {
    let parallel = |cancel: &[&str]| {
        draft("draft")
            .state("draft", &[("submit", &["a", "b"])])
            .state("a", &[("done", &["join"])])
            .cancelling("b", "reject", &["draft"], cancel)
            .action("b", "done", &["join"])
            .join("join", Need::All, Rest::Keep, &["end"])
            .end("end", false)
    };
    assert_eq!(verdict(parallel(&["a", "join"])), Ok(()));
    assert_eq!(verdict(parallel(&["a"])), Err(Kind::PileUp));
}

#[test]
fn terminate_ends_what_nobody_would_end() {
    let parallel = |terminate| {
        draft("draft")
            .state("draft", &[("submit", &["a", "b"])])
            .state("a", &[("done", &["end"])])
            .state("b", &[("again", &["b"])])
            .end("end", terminate)
    };
    assert_eq!(verdict(parallel(true)), Ok(()));
    let report = soundness(&parallel(false).flow());
    assert_eq!(
        report.structure.iter().map(|s| (s.node.as_str(), s.kind)).collect::<Vec<_>>(),
        [("b", StructuralKind::NoWayOut)]
    );
}

#[test]
fn a_circle_that_can_no_longer_be_left_is_a_livelock() {
    let found = unsound(
        draft("draft")
            .state("draft", &[("submit", &["a", "b"])])
            .state("a", &[("wait", &["a"]), ("done", &["join"])])
            .state("b", &[("done", &["join"]), ("drop", &["end"])])
            .join("join", Need::All, Rest::Keep, &["end"])
            .end("end", false),
    );
    assert_eq!(found.kind, Kind::Stranded);
    let found = unsound(
        draft("draft")
            .state("draft", &[("submit", &["a", "b"])])
            .state("a", &[("again", &["c"])])
            .state("c", &[("back", &["a"]), ("done", &["join"])])
            .cancelling("b", "drop", &[], &["c", "join"])
            .action("b", "done", &["join"])
            .action("b", "spin", &["d"])
            .state("d", &[("spin", &["e"])])
            .state("e", &[("spin", &["d"]), ("out", &["end"])])
            .join("join", Need::All, Rest::Keep, &["end"])
            .end("end", true),
    );
    assert_eq!(found.kind, Kind::Deadlock);
}

#[test]
fn sub_graphs_are_nodes_of_the_net_around_them() {
    let nested = |inner: &[(&str, &[&str])], leave: &[(&'static str, &'static [&'static str])]| {
        draft("draft")
            .state("draft", &[("submit", &["work"])])
            .scope("work", "one", &["end"], leave)
            .inside("work")
            .state("one", inner)
            .state("two", &[("done", &["both"])])
            .state("three", &[("done", &["both"])])
            .join("both", Need::All, Rest::Keep, &["ready"])
            .end("ready", false)
            .outside()
            .end("end", false)
    };
    assert_eq!(verdict(nested(&[("fork", &["two", "three"])], &[])), Ok(()));
    let either: &[(&str, &[&str])] = &[("either", &["two"]), ("or", &["three"])];
    let found = unsound(nested(either, &[]));
    // The reason lies inside, not in the net around.
    assert_eq!((found.kind, names(&found.marking)), (Kind::Deadlock, vec![("both", 1)]));
    // Whoever can leave the scope is not stuck in it; but its join never lets anything through.
    assert_eq!(verdict(nested(either, &[("abort", &["end"])])), Err(Kind::NeverFires));
    let sometimes: &[(&str, &[&str])] = &[("either", &["two"]), ("both", &["two", "three"])];
    assert_eq!(verdict(nested(sometimes, &[("abort", &["end"])])), Ok(()));
    assert_eq!(verdict(nested(sometimes, &[])), Err(Kind::Deadlock));
}

#[test]
fn a_scope_closes_with_the_node_that_holds_it_open() {
    let milestone = |closed: Option<&'static str>| {
        draft("draft")
            .state("draft", &[("submit", &["open", "work"])])
            .state("open", &[("close", &["end"])])
            .open_while("work", "open", "one", closed)
            .inside("work")
            .state("one", &[("again", &["one"])])
            .outside()
            .end("end", false)
    };
    assert_eq!(verdict(milestone(Some("end"))), Ok(()));
    assert_eq!(verdict(milestone(None)), Ok(()));
}

#[test]
fn long_flows_are_instant_and_wide_ones_collapse() {
    let mut long = draft("n0");
    for n in 0..200 {
        let (name, next) = (format!("n{n}"), format!("n{}", n + 1));
        long = long.state(&name, &[("go", &[&next]), ("back", &["n0"])]);
    }
    assert_eq!(verdict(long.end("n200", false)), Ok(()));
}

/// Fourteen branches of two states each: more situations than anybody looks at.
fn wide(need: Need, rest: Rest, besides: &[(&str, &str)]) -> Draft {
    let branches: Vec<String> = (0..14).map(|n| format!("b{n}")).collect();
    let targets: Vec<&str> = branches.iter().map(String::as_str).collect();
    let mut wide = draft("draft").state("draft", &[("submit", &targets)]);
    for name in &branches {
        let second = format!("{name}x");
        wide = wide.state(name, &[("go", &[&second])]).state(&second, &[("back", &[name]), ("done", &["join"])]);
        for (action, to) in besides {
            wide = wide.action(&second, action, &[to]);
        }
    }
    wide.join("join", need, rest, &["end"]).end("end", false)
}

#[test]
fn wide_flows_collapse_also_when_a_branch_can_end_everything() {
    let stop = [("stop", "stopped")];
    for need in [Need::All, Need::Chosen, Need::Reachable] {
        assert_eq!(verdict(wide(need, Rest::Keep, &[])), Ok(()), "{need:?}");
        assert_eq!(verdict(wide(need, Rest::Keep, &stop).end("stopped", true)), Ok(()), "{need:?}");
    }
    for need in [1, 5, 14] {
        assert_eq!(verdict(wide(Need::Count(need), Rest::Cancel, &[])), Ok(()), "{need}");
        assert_eq!(verdict(wide(Need::Count(need), Rest::Cancel, &stop).end("stopped", true)), Ok(()), "{need}");
    }
}

#[test]
fn what_is_wrong_in_a_wide_flow_is_found_at_its_far_end() {
    let found = unsound(wide(Need::All, Rest::Keep, &[("leave", "end")]));
    assert_eq!((found.kind, pair(found.cause)), (Kind::Stranded, Some(("draft", "join"))));
    assert_eq!(unsound(wide(Need::Count(13), Rest::Keep, &[])).kind, Kind::Stranded);
}

#[test]
fn what_edges_already_show_is_told_as_data() {
    let report = soundness(
        &draft("a").state("a", &[("go", &["end"])]).state("lost", &[("go", &["end"])]).end("end", false).flow(),
    );
    assert_eq!(report.structure.len(), 1);
    assert_eq!(report.structure[0].kind, StructuralKind::Unreachable);
    assert!(matches!(report.verdict, Soundness::Unknown { .. }));
}
