//! A CSV beside a table, with the place of every cell (RFC 4180; a byte order mark is skipped).

use formwork_model::source::Span;

/// One line: its cells and where each stands.
pub(crate) type Line = Vec<(String, Span)>;

/// Every line that is not blank.
pub(crate) fn lines(source: u32, text: &str) -> Vec<Line> {
    let file = Span { source, start: 0, end: 0 };
    let mut lines = Vec::new();
    let mut line: Line = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < text.len() {
        let (cell, end) = cell(text, at);
        line.push((cell, file.within(at, end)));
        at = end;
        match text.as_bytes().get(at) {
            Some(b',') => {
                at += 1;
                if at == text.len() {
                    line.push((String::new(), file.within(at, at)));
                }
            }
            _ => {
                at += usize::from(text.as_bytes().get(at) == Some(&b'\r'));
                at += usize::from(text.as_bytes().get(at) == Some(&b'\n'));
                finish(&mut line, &mut lines);
            }
        }
    }
    finish(&mut line, &mut lines);
    lines
}

fn finish(line: &mut Line, lines: &mut Vec<Line>) {
    let line = std::mem::take(line);
    if line.iter().any(|(cell, _)| !cell.trim().is_empty()) {
        lines.push(line);
    }
}

/// The cell that begins at `at`, and one past its last byte.
fn cell(text: &str, at: usize) -> (String, usize) {
    let rest = text.get(at..).unwrap_or_default();
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
        return (rest.get(..end).unwrap_or_default().trim().to_owned(), at + end);
    };
    let mut cell = String::new();
    let mut i = 0;
    while let Some(quote) = quoted.get(i..).and_then(|rest| rest.find('"')) {
        cell.push_str(quoted.get(i..i + quote).unwrap_or_default());
        i += quote + 1;
        if !quoted.get(i..).is_some_and(|rest| rest.starts_with('"')) {
            let after = quoted.get(i..).unwrap_or_default();
            let end = after.find([',', '\n', '\r']).unwrap_or(after.len());
            cell.push_str(after.get(..end).unwrap_or_default().trim_end());
            return (cell, at + 1 + i + end);
        }
        cell.push('"');
        i += 1;
    }
    cell.push_str(quoted.get(i..).unwrap_or_default());
    (cell, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_and_placed() {
        let text = "\u{feff}amount,level\r\n\"< 5, ok\",\"say \"\"hi\"\"\"\n\n>= 5,\n";
        let lines = lines(3, text);
        let cells: Vec<Vec<&str>> = lines.iter().map(|l| l.iter().map(|(c, _)| c.as_str()).collect()).collect();
        assert_eq!(cells, [vec!["amount", "level"], vec!["< 5, ok", "say \"hi\""], vec![">= 5", ""]]);
        let place = lines[2][0].1;
        assert_eq!(&text[place.start as usize..place.end as usize], ">= 5");
        assert_eq!(place.source, 3);
    }
}
