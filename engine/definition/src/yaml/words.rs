//! Problems of YAML syntax in plain words.

use formwork_model::{code, diagnostic::Diagnostic, source::Span, text, text::Text};

use super::{ErrorKind as E, MAX_DEPTH};

/// The diagnostic for a problem at byte `at`; `bracket` is the innermost one that is open there.
pub(super) fn problem(text: &str, file: Span, at: usize, kind: &E, bracket: Option<Span>) -> Diagnostic {
    let before = text.get(..at).unwrap_or_default();
    // The parser notices a tab when it has read it.
    let at = if before.ends_with('\t') && is_tab(kind) { before.trim_end_matches('\t').len() } else { at };
    let width = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = file.within(at, at + width);
    if matches!(kind, E::RecursionLimitExceeded) {
        let message = text!("nested deeper than {MAX_DEPTH} levels", "嵌套超过 {MAX_DEPTH} 层");
        return Diagnostic::error(code!("yaml-limit"), span, message);
    }
    let (message, help) = words(kind);
    let mut diagnostic = Diagnostic::error(code!("yaml-syntax"), span, message);
    if let Some(open) = bracket.filter(|open| open.start != span.start) {
        let sign = text.get(open.start as usize..open.start as usize + 1).unwrap_or_default();
        diagnostic = diagnostic.related(
            open.within(open.start as usize, open.start as usize + 1),
            text!("`{sign}` is opened here", "`{sign}` 从这里开始"),
        );
    }
    diagnostic.help = help;
    diagnostic
}

fn is_tab(kind: &E) -> bool {
    matches!(
        kind,
        E::TabNotAllowed
            | E::TabInBlockIndentation
            | E::TabInIndentation
            | E::TabAtBlockScalarStart
            | E::TabInPlainScalar
    )
}

fn words(kind: &E) -> (Text, Option<Text>) {
    match kind {
        tab if is_tab(tab) => (
            text!("a tab is used for indentation", "缩进中使用了制表符"),
            Some(text!("indent with spaces", "请用空格缩进")),
        ),
        E::UnclosedQuotedScalar | E::DocumentIndicatorInQuotedScalar => {
            (text!("the quotation mark is never closed", "引号没有闭合"), None)
        }
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => (
            text!("something follows the closing quotation mark", "右引号后面还有内容"),
            Some(text!("put the whole value in quotes", "请把整个值放进引号")),
        ),
        E::UnknownQuotedScalarEscape => (
            text!("`\\` begins no known escape here", "这里的 `\\` 不是有效的转义"),
            Some(text!("write `\\\\`, or use single quotes", "请写成 `\\\\`，或使用单引号")),
        ),
        E::UnclosedFlowCollection { open } => (text!("`{open}` is never closed", "`{open}` 没有闭合"), None),
        E::UnexpectedEofFlowSequence => (text!("`[` is never closed", "`[` 没有闭合"), None),
        E::UnexpectedEofFlowMapping | E::UnexpectedEofImplicitFlowMapping => {
            (text!("`{{` is never closed", "`{{` 没有闭合"), None)
        }
        E::MismatchedFlowCollectionEnd { open, close } => {
            (text!("`{open}` is closed by `{close}`", "`{open}` 却用 `{close}` 闭合"), None)
        }
        E::MisplacedFlowCollectionEnd => (text!("this bracket was never opened", "这个括号没有对应的左括号"), None),
        E::ExpectedFlowMappingSeparator => (
            text!("expected `,` or `}}`", "这里应为 `,` 或 `}}`"),
            Some(text!("put a value that contains `,`, `{{` or `:` in quotes", "含有 `,`、`{{` 或 `:` 的值请加引号")),
        ),
        E::ExpectedFlowSequenceSeparator => (
            text!("expected `,` or `]`", "这里应为 `,` 或 `]`"),
            Some(text!("put a value that contains `,`, `[` or `:` in quotes", "含有 `,`、`[` 或 `:` 的值请加引号")),
        ),
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::InvalidMappingValueWhitespace => (
            text!("`:` is not allowed here", "这里不能出现 `:`"),
            Some(text!(
                "put a value that contains `: ` in quotes; check the indentation of this line",
                "含有 `: ` 的值请加引号；并检查这一行的缩进"
            )),
        ),
        other => structure(other),
    }
}

/// Problems of lines and indentation, and whatever is rarer.
fn structure(kind: &E) -> (Text, Option<Text>) {
    let indentation = || {
        Some(text!("entries of one mapping or list begin in the same column", "同一映射或列表的各项必须从同一列开始"))
    };
    match kind {
        E::ExpectedBlockMappingKey | E::SimpleKeyExpected | E::InvalidSimpleKey | E::MappingKeyNotAllowed => {
            (text!("expected `key: value` here", "这里应为 `键: 值`"), indentation())
        }
        E::ExpectedBlockSequenceEntry | E::BlockSequenceEntryNotAllowed | E::InvalidBlockEntryWhitespace => {
            (text!("a list entry `- …` does not fit here", "列表项 `- …` 不能放在这里"), indentation())
        }
        E::InvalidIndentation
        | E::InvalidBlockScalarIndent
        | E::InvalidQuotedScalarIndent
        | E::InvalidFlowScalarIndent => (text!("this line is indented wrongly", "这一行的缩进不对"), indentation()),
        E::UnexpectedEof | E::UnexpectedEofBlockMapping | E::UnexpectedEofBlockSequence => {
            (text!("the file ends too early", "文件过早结束"), None)
        }
        E::UnexpectedCharacter { character } => (
            text!("a value can't begin with `{character}`", "值不能以 `{character}` 开头"),
            Some(text!("put the value in quotes", "请给值加引号")),
        ),
        E::CommentNotSeparated | E::CommentInterceptedScalar => (
            text!("a comment begins inside a value", "注释出现在值的中间"),
            Some(text!("put a blank before `#`, or the value in quotes", "请在 `#` 前加空格，或给值加引号")),
        ),
        E::InvalidDocumentEnd | E::ExpectedDocumentStart | E::DirectiveDisallowed => {
            (text!("a file holds only one document", "一个文件只能有一个文档"), None)
        }
        E::BomInsideDocument => {
            (text!("a byte-order mark stands inside the file", "文件中间有字节顺序标记 (BOM)"), None)
        }
        other => {
            let reason = other.to_string();
            (text!("this is not YAML: {reason}", "不是有效的 YAML：{reason}"), None)
        }
    }
}
