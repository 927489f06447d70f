//! How long a check takes: 300 definition files in memory, read and checked.
//!
//! `cargo run --release -p formwork-catalog --example check_many`

use std::{fmt::Write as _, time::Instant};

use formwork_catalog::check::check_parsed;

fn object(n: usize) -> String {
    let mut text = format!(
        "object: thing{n}\nlabel: Thing {n}\nnumber: \"T{{yyyy}}-{{seq:5}}\"\ntitle: name\nowner: owner\nfields:\n"
    );
    text += "  name: {type: text, max: 80, required: true}\n  owner: {type: user, default: = user.login}\n";
    text += "  kind: {type: choice, options: [new, old, other], required: true}\n  level: {type: integer}\n";
    for i in 0..10 {
        let _ = writeln!(text, "  amount{i}: {{type: money, min: 0}}");
        let _ = writeln!(text, "  twice{i}: {{type: money, value: this.amount{i} * 2 + this.level}}");
    }
    let _ = writeln!(text, "  other: {{type: ref, to: thing{}}}", (n + 1) % 100);
    text += "  lines:\n    type: lines\n    fields:\n      quantity: {type: decimal}\n      price: {type: money}\n      total: {type: money, value: this.quantity * this.price}\n";
    text += "  total: {type: money, value: 'this.lines.sum(\"total\")'}\nchecks:\n";
    for i in 0..5 {
        let _ = writeln!(text, "  check{i}: {{that: this.amount{i} >= 0 && this.other.amount{i} < 1000000, say: no}}");
    }
    text += "rules:\n";
    for i in 0..5 {
        let _ = writeln!(
            text,
            "  rule{i}: {{on: save, when: this.amount{i} > 100 && this.kind == \"new\", set: {{level: = this.level + {i}}}}}"
        );
    }
    let _ = writeln!(text, "  table: {{on: create, table: level{n}}}");
    text
}

fn flow(n: usize) -> String {
    let mut text = format!("flow: thing{n}\nobject: thing{n}\nstart: s0\nnodes:\n");
    for i in 0..10 {
        let _ = writeln!(
            text,
            "  s{i}: {{actions: {{go: {{to: d{i}, by: owner, when: this.level > {i}, require: name}}, stop: {{to: lost, reason: required}}}}}}"
        );
        let next = if i == 9 { "won".to_owned() } else { format!("s{}", i + 1) };
        let _ =
            writeln!(text, "  d{i}: {{decide: [{{when: this.amount{i} > 10, to: {next}}}, {{else: true, to: r{i}}}]}}");
        let _ = writeln!(text, "  r{i}: {{run: {{set: {{level: = this.level + 1}}}}, to: {next}}}");
    }
    text + "  won: {end: {}}\n  lost: {end: {}}\n"
}

fn table(n: usize) -> String {
    let mut text = format!(
        "table: level{n}\nobject: thing{n}\nhit: U\ninputs:\n  kind: {{type: choice, options: [new, old, other]}}\n  amount0: {{type: money}}\noutputs:\n  level: {{type: integer}}\nrows:\n"
    );
    for kind in ["new", "old", "other"] {
        for i in 0..20 {
            let low = if i == 0 {
                "< 0".to_owned()
            } else if i == 19 {
                ">= 18000".to_owned()
            } else {
                format!("[{}..{})", (i - 1) * 1000, i * 1000)
            };
            let _ = writeln!(text, "  - {{kind: {kind}, amount0: \"{low}\", level: {i}}}");
        }
    }
    text
}

fn main() {
    let mut files = Vec::new();
    for n in 0..100 {
        files.push((format!("definitions/m{}/thing{n}.object.yaml", n % 10), object(n).into_bytes()));
        files.push((format!("definitions/m{}/thing{n}.flow.yaml", n % 10), flow(n).into_bytes()));
        files.push((format!("definitions/m{}/level{n}.table.yaml", n % 10), table(n).into_bytes()));
    }
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!("{} files, {} KB", files.len(), bytes / 1024);
    for _ in 0..5 {
        let start = Instant::now();
        let parsed = formwork_definition::load::parse(files.clone());
        let read = start.elapsed();
        let checked = check_parsed(parsed);
        println!("read {read:?}, in total {:?}; {} findings", start.elapsed(), checked.diagnostics.len());
        for problem in checked.diagnostics.iter().take(3) {
            println!("  {} {}", checked.sources.locate(problem.at), problem.message.en);
        }
    }
}
