//! What a terminal shows.

use super::*;
use crate::{code, text};

fn example() -> (Diagnostics, Sources) {
    let mut sources = Sources::default();
    let lead = sources.add("definitions/sales/lead.flow.yaml", "flow: lead\nnodes:\n  名称: {to: wno}\n  won: {}\n");
    let other = sources.add("definitions/sales/deal.flow.yaml", "flow: lead\r\nnodes: {}\r\n");
    let mut out = Diagnostics::default();
    let at = |source, start, end| Span { source, start, end };
    out.push(
        Diagnostic::error(code!("unknown-key"), at(lead, 33, 36), text!("unknown node `wno`", "未知的节点 `wno`"))
            .suggest(Some("won"))
            .related(at(lead, 40, 43), text!("it is here", "它在这里"))
            .related(at(other, 6, 10), text!("and here", "还有这里")),
    );
    out.push(Diagnostic::warning(code!("stray-file"), at(other, 0, 0), text!("nothing reads it", "没有内容使用它")));
    (out, sources)
}

#[test]
fn the_line_the_caret_and_the_help_are_shown() {
    let (out, sources) = example();
    let expected = "\
error[unknown-key]: unknown node `wno`
 --> definitions/sales/lead.flow.yaml:3:12
  |
3 |   名称: {to: wno}
  |              ^^^
4 |   won: {}
  |   --- it is here
  |
  = help: did you mean `won`?
note: and here
 --> definitions/sales/deal.flow.yaml:1:7
  |
1 | flow: lead
  |       ^^^^

warning[stray-file]: nothing reads it
--> definitions/sales/deal.flow.yaml

";
    assert_eq!(render(&out, &sources, Language::En, false), expected);
    let zh = render(&out, &sources, Language::Zh, false);
    assert!(zh.starts_with("错误[unknown-key]: 未知的节点 `wno`\n"), "{zh}");
    assert!(zh.contains("帮助: 是不是 `won`？"), "{zh}");
    assert!(render(&out, &sources, Language::En, true).contains("\u{1b}["));
}

#[test]
fn a_summary_counts() {
    let (out, _) = example();
    assert_eq!(summary(&out, Language::En), "1 error, 1 warning");
    assert_eq!(summary(&out, Language::Zh), "1 个错误，1 个警告");
    assert_eq!(summary(&Diagnostics::default(), Language::En), "no problems");
}

#[test]
fn no_place_makes_it_panic() {
    let texts = ["", "\n", "a", "中\u{0}\t\u{1b}[31m文\r\nb", "\u{feff}x: 1\r", "很长".repeat(400).leak()];
    for text in texts {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", text);
        for start in 0..=(text.len() as u32 + 2).min(40) {
            for end in [0, start, start + 1, start + 7, u32::MAX] {
                let mut out = Diagnostics::default();
                let at = Span { source, start, end };
                out.push(
                    Diagnostic::error(code!("unknown-key"), at, text!("a\nb `{text}`", "a"))
                        .related(Span { source, start: 3, end }, text!("r", "r"))
                        .related(Span { source: 9, start, end }, text!("r", "r")),
                );
                render(&out, &sources, Language::En, start % 2 == 0);
            }
        }
    }
}
