//! How long the soundness of a large flow takes: 100 nodes, ten branches at once, in several shapes.

use std::{fmt::Write as _, time::Instant};

use formwork_catalog::{
    check::check_parsed,
    soundness::{Soundness, soundness},
};
use formwork_model::name::Name;

/// The nodes of a branch.
fn branch(at: usize) -> impl Iterator<Item = String> {
    let last = if at < 7 { 9 } else { 8 };
    (0..=last).map(move |node| format!("b{at}_{node}"))
}

/// `join` is what the join says, `extra` what every branch can do besides going on; in it, OTHERS are the nodes of all
/// other branches.
///
/// Ten branches of nine or ten nodes between a fork and a join; 100 nodes in all.
fn flow(join: &str, extra: &str) -> String {
    let targets: Vec<String> = (0..10).map(|branch| format!("b{branch}_0")).collect();
    let mut text = format!(
        "flow: wide\nobject: wide\nstart: draft\nnodes:\n  draft: {{actions: {{submit: {{to: [{}]}}}}}}\n",
        targets.join(", ")
    );
    for branch in 0..10 {
        let others: Vec<String> = (0..10).filter(|at| *at != branch).flat_map(self::branch).collect();
        let extra = extra.replace("OTHERS", &others.join(", "));
        let last = self::branch(branch).count() - 1;
        for (node, name) in self::branch(branch).enumerate() {
            let next = if node == last { "both".to_owned() } else { format!("b{branch}_{}", node + 1) };
            let line = match node {
                // A choice that skips a node, a way back, and states.
                3 => format!("{{decide: [{{when: this.n > {branch}, to: {next}}}, {{else: true, to: b{branch}_5}}]}}"),
                6 => format!("{{actions: {{on: {{to: {next}}}, back: {{to: b{branch}_2}}}}}}"),
                7 => format!("{{actions: {{on: {{to: {next}}}{extra}}}}}"),
                _ => format!("{{actions: {{on: {{to: {next}}}}}}}"),
            };
            let _ = writeln!(text, "  {name}: {line}");
        }
    }
    let _ = writeln!(text, "  both: {{join: {{{join}}}, to: done}}\n  done: {{end: {{}}}}");
    if extra.contains("stopped") {
        text += "  stopped: {end: {terminate: true}}\n";
    }
    text
}

/// Measures and prints.
pub(super) fn run() {
    let object = "object: wide\nfields:\n  n: {type: integer, default: 1}\n";
    let one_missing = ", stop: {to: done}";
    for (what, join, extra) in [
        ("every branch is awaited", "need: all", ""),
        ("what was chosen is awaited", "need: chosen", ""),
        ("the first one goes on, the rest is withdrawn", "need: 1, rest: cancel", ""),
        ("five go on, the rest is withdrawn", "need: 5, rest: cancel", ", stop: {to: stopped}"),
        ("any branch can stop everything", "need: all", ", stop: {to: stopped}"),
        ("any branch can withdraw all others and begin anew", "need: all", ", no: {to: draft, cancel: [OTHERS, both]}"),
        ("a branch can end without the join: it hangs", "need: all", one_missing),
    ] {
        let files = [
            ("definitions/x/wide.object.yaml", object.to_owned()),
            ("definitions/x/wide.flow.yaml", flow(join, extra)),
        ];
        let parsed = formwork_definition::load::parse(files.map(|(path, text)| (path.to_owned(), text.into_bytes())));
        let started = Instant::now();
        let checked = check_parsed(parsed);
        let whole = started.elapsed();
        let Some(catalog) = &checked.catalog else {
            let found: Vec<String> = checked.diagnostics.iter().map(|found| found.code.to_string()).collect();
            println!("{what}: {found:?}, the whole check took {whole:?}");
            continue;
        };
        let Some(flow) = catalog.flows.get(&Name::intern("wide")) else { continue };
        let started = Instant::now();
        let verdict = soundness(flow).verdict;
        let took = started.elapsed();
        let verdict = match verdict {
            Soundness::Sound => "sound".to_owned(),
            Soundness::Unsound(found) => format!("{:?}", found.kind),
            Soundness::Unknown { reason } => reason.en,
        };
        println!("{} nodes, {what}: {verdict} in {took:?}, the whole check took {whole:?}", flow.nodes.len());
    }
}
