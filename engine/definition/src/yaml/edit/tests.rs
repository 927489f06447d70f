//! What an edit changes, and that it changes nothing else.

use proptest::prelude::*;

use super::*;

const FLOW: &str = "\
# Deals.
flow: deal   # the name
nodes:
  # It begins here.
  open:
    label: {zh: 进行中, en: \"Open\"}   # kept
    actions:
      close: {to: closed, when: 'this.a > 1'}

  # And here it ends.
  closed: {label: Closed, end: {}}
form:
  - label: {zh: 一, en: One}
    fields:
      - a
      # the other
      - {field: b, read_only: true}
  - fields: [c, d]   # two
";

fn edit(text: &str, change: impl FnOnce(&Document) -> Result<String, Text>) -> String {
    change(&Document::read(text).unwrap()).unwrap_or_else(|why| panic!("{} in\n{text}", why.en))
}

#[track_caller]
fn becomes(change: impl FnOnce(&Document) -> Result<String, Text>, from: &str, to: &str) {
    assert!(FLOW.contains(from), "{from}");
    pretty(&edit(FLOW, change), &FLOW.replacen(from, to, 1));
}

#[track_caller]
fn pretty(found: &str, expected: &str) {
    assert!(found == expected, "found:\n{found}\nexpected:\n{expected}");
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    becomes(|it| it.set("flow", &Value::text("sale")), "deal   #", "sale   #");
    becomes(|it| it.set("nodes/open/label/en", &Value::text("It's open")), "\"Open\"", "It's open");
    becomes(|it| it.set("nodes/open/actions/close/when", &Value::text("a: b")), "'this.a > 1'", "'a: b'");
    let list = Value::List(vec![Value::text("a"), Value::text("x, y")]);
    becomes(|it| it.set("nodes/open/actions/close/to", &list), "to: closed", "to: [a, 'x, y']");
}

#[test]
fn what_is_not_there_is_added_beside_its_siblings() {
    becomes(
        |it| it.set("nodes/open/draft", &Value::text("true")),
        "'this.a > 1'}\n",
        "'this.a > 1'}\n    draft: true\n",
    );
    becomes(|it| it.set("nodes/closed/end/terminate", &Value::text("true")), "end: {}", "end: {terminate: true}");
    becomes(|it| it.set("form/0/label/x/y", &Value::text("z")), "en: One}", "en: One, x: {y: z}}");
    becomes(|it| it.insert("form/0/fields", 9, &Value::text("z")), "only: true}\n", "only: true}\n      - z\n");
    becomes(|it| it.insert("form/0/fields", 1, &Value::text("z")), "      # the", "      - z\n      # the");
    becomes(|it| it.insert("form/1/fields", 0, &Value::text("z")), "[c", "[z, c");
    let node = Value::map([("end", Value::Map(Vec::new()))]);
    becomes(|it| it.insert_key("nodes", 1, "lost", &node), "  # And", "  lost: {end: {}}\n  # And");
    becomes(|it| it.insert_key("nodes", 5, "lost", &node), "form:", "  lost: {end: {}}\nform:");
}

#[test]
fn what_goes_takes_nothing_with_it() {
    becomes(|it| it.remove("nodes/closed"), "  closed: {label: Closed, end: {}}\n", "");
    becomes(|it| it.remove("nodes/open/actions/close/to"), "to: closed, ", "");
    becomes(|it| it.remove("form/1/fields/1"), ", d", "");
    becomes(|it| it.remove("form/0/label"), "label: {zh: 一, en: One}\n    fields", "fields");
    becomes(
        |it| it.remove("nodes/open/actions/close"),
        "actions:\n      close: {to: closed, when: 'this.a > 1'}\n",
        "actions: {}\n",
    );
}

#[test]
fn what_moves_takes_its_comment_along() {
    let (a, b) = ("      - a\n", "      # the other\n      - {field: b, read_only: true}\n");
    becomes(|it| it.move_to("form/0/fields/1", "form/0/fields", 0), &format!("{a}{b}"), &format!("{b}{a}"));
    becomes(|it| it.move_to("form/1/fields/0", "form/1/fields", 1), "[c, d]", "[d, c]");
    let moved = edit(FLOW, |it| it.move_to("form/0/fields/1", "form/1/fields", 1));
    let expected = FLOW.replace("      - {field: b, read_only: true}\n", "");
    pretty(&moved, &expected.replace("[c, d]", "[c, {field: b, read_only: true}, d]"));
    becomes(|it| it.rename("nodes/open/actions/close", "shut"), "close:", "shut:");
    let swapped = edit(FLOW, |it| it.move_to("nodes/open", "nodes", 1));
    assert!(swapped.find("closed: {label").unwrap() < swapped.find("# It begins here.\n  open:").unwrap(), "{swapped}");
    assert_eq!(edit(&swapped, |it| it.move_to("nodes/open", "nodes", 0)), FLOW);
}

#[test]
fn what_can_not_be_done_says_so() {
    let it = Document::read(FLOW).unwrap();
    assert!(it.set("flow/x", &Value::Null).is_err() && it.remove("nodes/none").is_err());
    assert!(it.insert_key("nodes", 0, "open", &Value::Null).is_err() && it.rename("nodes/open", "closed").is_err());
    assert!(it.move_to("form/0", "form/0/fields", 0).is_err() && it.remove("").is_err());
    assert!(Document::read("a: [").is_err() && Document::read("a: 1\na: 2").is_err());
}

#[test]
fn an_empty_value_is_filled_and_one_on_its_own_lines_comes_back() {
    pretty(&edit("a:\nb: 1", |it| it.set("a/x", &Value::text("y"))), "a: {x: y}\nb: 1");
    pretty(&edit("a:   # none\n", |it| it.insert("a", 0, &Value::text("y"))), "a: [y]   # none\n");
    pretty(&edit("a:\n- x\n- y\nb: 1\n", |it| it.set("a", &Value::text("z"))), "a: z\nb: 1\n");
    pretty(&edit("a: 1", |it| it.set("b", &Value::text("z"))), "a: 1\nb: z");
    pretty(&edit("a: |\n  x\n  y\nb: 1\n", |it| it.set("a", &Value::text("l\nm"))), "a: \"l\\nm\"\nb: 1\n");
}

/// A random document with a comment wherever one fits, each with a number of its own.
fn document() -> impl Strategy<Value = String> {
    let scalar = || {
        prop_oneof!["[a-z]{1,5}", Just("'it: is'".to_owned()), Just("\"x # y\"".to_owned()), Just("名称".to_owned())]
    };
    let flow = scalar().prop_recursive(2, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(inner, 0..4).prop_map(|items| {
                let pairs: Vec<String> = items.iter().enumerate().map(|(at, item)| format!("k{at}: {item}")).collect();
                format!("{{{}}}", pairs.join(", "))
            }),
        ]
    });
    let block = flow.prop_map(|text| vec![format!(" {text}")]).prop_recursive(3, 24, 4, |inner| {
        (prop::collection::vec((inner, any::<[bool; 3]>()), 1..4), any::<bool>()).prop_map(|(items, map)| {
            let mut lines = vec![String::new()];
            for (at, (item, [above, blank, behind])) in items.into_iter().enumerate() {
                if blank {
                    lines.push(String::new());
                }
                if above {
                    lines.push("#?".to_owned());
                }
                let nested = item.len() > 1;
                let head = if map || nested { format!("k{at}:") } else { "-".to_owned() };
                // A list holds scalars and brackets here, a mapping anything.
                let head = if !map && nested { format!("- {head}") } else { head };
                let deeper = if !map && nested { "    " } else { "  " };
                let mut item = item.into_iter();
                let mark = if behind { "   #?" } else { "" };
                lines.push(format!("{head}{}{mark}", item.next().unwrap()));
                lines.extend(item.map(|line| if line.is_empty() { line } else { format!("{deeper}{line}") }));
            }
            lines
        })
    });
    block.prop_map(|lines| {
        let lines = if lines.len() > 1 { lines } else { vec![format!("k:{}", lines[0])] };
        let text = lines.join("\n");
        let text = text.trim_start_matches('\n').to_owned();
        text.split("#?")
            .enumerate()
            .map(|(at, part)| if at == 0 { part.to_owned() } else { format!("# c{at}.{part}") })
            .collect()
    })
}

/// Every path of a document.
fn paths(value: &Value, above: &str, out: &mut Vec<String>) {
    let mut below = |step: String, value: &Value| {
        let path = format!("{above}/{step}");
        out.push(path.clone());
        paths(value, &path, out);
    };
    match value {
        Value::Map(pairs) => pairs.iter().for_each(|(key, value)| below(key.clone(), value)),
        Value::List(items) => items.iter().enumerate().for_each(|(at, value)| below(at.to_string(), value)),
        _ => {}
    }
}

/// Whether one text is the other with one part put in.
fn is_within(less: &str, more: &str) -> bool {
    let head = less.bytes().zip(more.bytes()).take_while(|(a, b)| a == b).count();
    let tail = less.bytes().rev().zip(more.bytes().rev()).take_while(|(a, b)| a == b).count();
    head + tail >= less.len()
}

fn comments(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = text.lines().filter_map(|line| line.find("# c").and_then(|at| line.get(at..))).collect();
    found.sort_unstable();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_edit_changes_what_it_is_about_and_no_other_byte(text in document(), pick in any::<prop::sample::Index>(), to in 0..4_usize) {
        let it = Document::read(&text).unwrap_or_else(|why| panic!("{} in\n{text}", why.en));
        let tree = Value::of(it.root());
        let mut all = Vec::new();
        paths(&tree, "", &mut all);
        let path = pick.get(&all);
        let (above, step) = path.rsplit_once('/').unwrap();
        // Whatever is written, a new value at a path is found there, and the rest is as it was.
        let set = it.set(&format!("{path}/new/key"), &Value::text("x: y"));
        let set = set.or_else(|_| it.set(path, &Value::text("x: y")));
        if let Ok(set) = &set {
            let scalar = matches!(it.node(path).unwrap().kind, Kind::Scalar { .. });
            prop_assert!(is_within(&text, set) || scalar || !set.contains("new"), "{text}\n---\n{set}");
        }
        prop_assert!(set.is_ok() || text.contains('#'), "{path} in\n{text}");
        // What is added and removed again leaves no trace.
        let sibling = match it.node(above).unwrap().kind {
            Kind::Map(_) => it.insert_key(above, 9, "new", &Value::text("x")).map(|text| (text, "new".to_owned())),
            _ => it.insert(above, 9, &Value::text("x")).map(|text| (text, all.iter().filter(|path| path.rsplit_once('/').unwrap().0 == above).count().to_string())),
        };
        let (added, key) = sibling.unwrap_or_else(|why| panic!("{}: {above} in\n{text}", why.en));
        prop_assert!(is_within(&text, &added), "{text}\n---\n{added}");
        let back = Document::read(&added).unwrap().remove(&format!("{above}/{key}")).unwrap();
        prop_assert_eq!(back.trim_end(), text.trim_end());
        // What goes takes the comment of its own line along, and no other.
        if let Ok(gone) = it.remove(path) {
            let left = comments(&gone);
            let holder = it.node(above).unwrap();
            let own = entries(&text, holder).unwrap()[place(holder, step).unwrap()];
            let line = text[..own.start].rfind('\n').map_or(0, |at| at + 1);
            for kept in comments(&text[..line]).iter().chain(&comments(&text[it.line_end(own.end)..])) {
                prop_assert!(left.contains(kept), "{path} in {text}\n---\n{gone}");
            }
        }
        // What moves is a matter of order only.
        if let Ok(moved) = it.move_to(path, above, to) {
            let sorted = |text: &str| { let mut all: Vec<char> = text.trim_end().chars().collect(); all.sort_unstable(); all };
            prop_assert_eq!(sorted(&moved), sorted(&text));
            prop_assert_eq!(comments(&moved), comments(&text));
            let now = Document::read(&moved).unwrap();
            let at = match now.node(above).unwrap().kind {
                Kind::Map(_) => step.to_owned(),
                _ => to.min(all.iter().filter(|path| path.rsplit_once('/').unwrap().0 == above).count() - 1).to_string(),
            };
            prop_assert_eq!(now.node(&format!("{above}/{at}")).map(Value::of), it.node(path).map(Value::of));
        }
    }

    #[test]
    fn every_text_is_read_back_as_it_was_written(text in any::<String>()) {
        let text: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        let between = Value::map([("a", Value::text(&text)), ("b", Value::text("c"))]).written();
        for written in [between, format!("a: {}\nb: c\n", scalar(&text)), format!("- {}\n", scalar(&text))] {
            if let Ok(read) = Document::read(&written) {
                prop_assert_eq!(Value::of(read.node("a").or(read.node("0")).unwrap()), Value::text(&text));
            } else {
                prop_assert!(text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}']), "{}", written);
            }
        }
    }
}
