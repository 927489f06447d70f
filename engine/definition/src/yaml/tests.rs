//! Tests of the tree: places, texts, budgets, and that no bytes make it panic.

use formwork_model::source::Sources;
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> (Option<Node>, Vec<String>) {
    let mut sources = Sources::default();
    let source = sources.add("f", text);
    let mut out = Diagnostics::default();
    let tree = parse_tree(source, text, &mut out);
    out.sort();
    let line = |d: &Diagnostic| format!("{} {}: {}", sources.locate(d.at), d.code, d.message.en);
    (tree, out.iter().map(line).collect())
}

fn tree(text: &str) -> Node {
    let (tree, problems) = read(text);
    assert!(problems.is_empty(), "{problems:?}");
    tree.unwrap()
}

/// The tree as text, with what was written at each span.
fn show(text: &str, node: &Node) -> String {
    let written = &text[node.span.start as usize..node.span.end as usize];
    match &node.kind {
        Kind::Null => format!("null<{written}>"),
        Kind::Scalar { text, .. } => format!("{text:?}<{written}>"),
        Kind::List(items) => format!("[{}]", items.iter().map(|item| show(text, item)).collect::<Vec<_>>().join(" ")),
        Kind::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| {
                let at = &text[key.span.start as usize..key.span.end as usize];
                format!("{}<{at}>={}", key.value, show(text, value))
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn every_value_has_its_text_and_place() {
    let text = "名: 0.10 # c\n'q k': \"a\\tb\"\nl:\n  - yes\n  - ~\n  - {x: , y: 0755}\nn:\nm: 'it''s'\n";
    assert_eq!(
        show(text, &tree(text)),
        "{名<名>=\"0.10\"<0.10> q k<'q k'>=\"a\\tb\"<\"a\\tb\"> \
         l<l>=[\"yes\"<yes> null<~> {x<x>=null<> y<y>=\"0755\"<0755>}] n<n>=null<> m<m>=\"it's\"<'it''s'>}"
    );
    let node = tree(text);
    assert_eq!((node.span.start, node.span.end as usize), (0, text.len() - 1));
    let text = "a: [1, [2]]\nb: {c: {d: e}}\n";
    let Kind::Map(pairs) = tree(text).kind else { panic!("no mapping") };
    let written = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!((written(pairs[0].1.span), written(pairs[1].1.span)), ("[1, [2]]", "{c: {d: e}}"));
}

#[test]
fn line_ends_and_marks_of_windows_do_not_move_places() {
    let text = "\u{feff}a: x\r\nb:\r\n  - y z\r\n";
    assert_eq!(show(text, &tree(text)), "{a<a>=\"x\"<x> b<b>=[\"y z\"<y z>]}");
}

#[test]
fn a_block_begins_at_its_sign_and_the_script_behind_it() {
    let text = "a:\n  b: |-  # 说明 >\n\n      let x = 1;\n       x\n  c: >+\n   folded\n   text\nd: |2\n    x\n";
    let Kind::Map(pairs) = tree(text).kind else { panic!("no mapping") };
    let Kind::Map(inner) = &pairs[0].1.kind else { panic!("no mapping") };
    let starts = |node: &Node, sign: &str| text[node.span.start as usize..].starts_with(sign);
    assert!(starts(&inner[0].1, "|-") && starts(&inner[1].1, ">+") && starts(&pairs[1].1, "|2"));
    let origin = |node: &Node| {
        let origin = script_origin(text, node.span);
        (text[origin.start as usize..].chars().take(5).collect::<String>(), origin.indent, origin.skipped)
    };
    assert_eq!(origin(&inner[0].1), ("let x".to_owned(), Some(6), 0));
    assert_eq!(origin(&inner[1].1), ("folde".to_owned(), Some(3), 0));
    assert_eq!(origin(&pairs[1].1), ("x\n".to_owned(), Some(4), 0));
}

#[test]
fn a_script_begins_after_quotes_equals_sign_and_blanks() {
    for (text, skipped) in [
        ("a: this.b", 0),
        ("a: = this.b", 2),
        ("a:   =this.b", 1),
        ("a: \"=  this.b\"", 3),
        ("a: 'this.b'", 0),
        ("金额: ' = this.b'", 3),
    ] {
        let Kind::Map(pairs) = tree(text).kind else { panic!("no mapping") };
        let origin = script_origin(text, pairs[0].1.span);
        assert!(text[origin.start as usize..].starts_with("this.b"), "{text}");
        assert_eq!((origin.skipped, origin.indent), (skipped, None), "{text}");
    }
}

#[test]
fn every_repeated_key_is_reported_with_its_first_place() {
    let text = "a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\na: 4\n";
    let mut out = Diagnostics::default();
    let node = parse_tree(0, text, &mut out).unwrap();
    let found: Vec<_> = out.iter().map(|d| (d.code.as_str(), d.at.start, d.related[0].0.start)).collect();
    assert_eq!(found, [("duplicate-key", 25, 19), ("duplicate-key", 10, 0), ("duplicate-key", 31, 0)]);
    assert_eq!(show(text, &node), "{a<a>=\"1\"<1> b<b>=\"2\"<2> c<c>={d<d>=\"1\"<1>}}");
    let many: String = (0..50).map(|n| format!("k{}: {n}\n", n % 40)).collect();
    assert_eq!(read(&many).1.len(), 10);
}

#[test]
fn what_is_not_used_here_is_said_plainly() {
    let (node, problems) = read("a: &x 1\nb: *x\nc: *y\n<<: {d: 1}\ne: !!str 5\n? [1]\n: 2\n");
    assert!(node.is_some());
    assert_eq!(
        problems,
        [
            "f:1:4 yaml-alias: the anchor `&x` is not used here",
            "f:2:4 yaml-alias: aliases are not used here",
            "f:3:4 yaml-alias: aliases are not used here",
            "f:4:1 yaml-alias: merging with `<<` is not used here",
            "f:5:10 yaml-syntax: tags such as `!!str` are not used here",
            "f:6:3 yaml-syntax: a key must be a text",
        ]
    );
}

#[test]
fn problems_of_syntax_have_a_place_and_plain_words() {
    for (text, expected) in [
        ("a:\n\tb: 1\n", "f:2:1 yaml-syntax: a tab is used for indentation"),
        ("a: \"x\n", "f:1:4 yaml-syntax: the quotation mark is never closed"),
        ("a: [1, 2\nb: 3\n", "f:2:2 yaml-syntax: `:` is not allowed here"),
        ("a: {b: 1\n", "f:1:4 yaml-syntax: `{` is never closed"),
        ("a: [1}\n", "f:1:4 yaml-syntax: `[` is closed by `}`"),
        ("a: b: c\n", "f:1:5 yaml-syntax: `:` is not allowed here"),
        ("a: 1\n b: 2\n", "f:2:3 yaml-syntax: `:` is not allowed here"),
        ("a: @x\n", "f:1:4 yaml-syntax: a value can't begin with `@`"),
        ("a: 'x' y\n", "f:1:8 yaml-syntax: something follows the closing quotation mark"),
        ("a: 1\n---\nb: 2\n", "f:2:1 yaml-syntax: a file holds only one document"),
        ("a: x\u{0}y\n", "f:1:5 yaml-syntax: the file contains the control character U+0000"),
    ] {
        let (_, problems) = read(text);
        assert_eq!(problems, [expected], "{text:?}");
    }
}

#[test]
fn a_bracket_that_is_open_is_pointed_out() {
    let mut out = Diagnostics::default();
    parse_tree(0, "a: [1, 2\nb: 3\n", &mut out);
    let related: Vec<_> =
        out.iter().flat_map(|d| &d.related).map(|(at, remark)| (at.start, remark.en.as_str())).collect();
    assert_eq!(related, [(3, "`[` is opened here")]);
}

#[test]
fn budgets_hold() {
    let started = std::time::Instant::now();
    for (name, text) in [
        ("nested", "[".repeat(5_000)),
        ("nested maps", (0..200).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
        ("big", "x".repeat(2 << 20)),
        ("nodes", format!("[{}]", "1,".repeat(MAX_NODES + 10))),
        ("bomb", (0..40).map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{},", n - 1).repeat(9))).collect()),
        ("many problems", "a: 1\n".repeat(100_000)),
    ] {
        let (_, problems) = read(&text);
        assert!(!problems.is_empty() && problems.len() <= MAX_PROBLEMS, "{name}: {}", problems.len());
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!(read(&"[".repeat(5_000)).1, ["f:1:33 yaml-limit: nested deeper than 32 levels"]);
    assert!(read(&format!("{}{}", "[".repeat(32), "]".repeat(32))).1.is_empty());
}

#[test]
fn an_empty_file_is_null() {
    for text in ["", "\n", "# only a remark\n", "---\n", "~\n", "\u{feff}"] {
        assert_eq!(tree(text).kind, Kind::Null, "{text:?}");
    }
}

const SEEDS: [&str; 3] = [
    include_str!("../../fixtures/good/definitions/loan/loan.object.yaml"),
    include_str!("../../fixtures/good/definitions/loan/loan.flow.yaml"),
    include_str!("../../fixtures/good/tests/scenarios/loan/lend.scenario.yaml"),
];

/// Whatever the text, spans lie in it and on whole characters.
fn check(text: &str) {
    fn spans(text: &str, node: &Node) {
        assert!(text.get(node.span.start as usize..node.span.end as usize).is_some());
        script_origin(text, node.span);
        match &node.kind {
            Kind::List(items) => items.iter().for_each(|item| spans(text, item)),
            Kind::Map(pairs) => pairs.iter().for_each(|(_, value)| spans(text, value)),
            _ => {}
        }
    }
    let mut out = Diagnostics::default();
    if let Some(node) = parse_tree(0, text, &mut out) {
        spans(text, &node);
    }
    for diagnostic in out.iter() {
        assert!(text.get(diagnostic.at.start as usize..diagnostic.at.end as usize).is_some(), "{diagnostic:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_makes_it_panic(text in "[ \\-:,\\[\\]{}#&*!|>'\"%@`\n\t\r=~<a-c0-2中\u{feff}\u{85}?]{0,80}") {
        check(&text);
    }

    #[test]
    fn no_bytes_make_loading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
        crate::load::parse([("definitions/a.object.yaml".to_owned(), bytes)]);
    }

    #[test]
    fn no_change_of_a_real_file_makes_loading_panic(
        seed in 0..SEEDS.len(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), 0..12_usize, "[ \\-:,\\[\\]{}#&*!|>'\"\n\t=~a中]{0,3}"), 1..6),
    ) {
        let mut text: Vec<char> = SEEDS[seed].chars().collect();
        for (at, length, put) in cuts {
            let start = at.index(text.len().max(1)).min(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        check(&text);
        for kind in crate::schema::kinds() {
            crate::load::parse([(format!("definitions/a.{kind}.yaml"), text.clone().into_bytes())]);
        }
    }
}
