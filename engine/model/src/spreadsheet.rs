//! Texts on their way into spreadsheets.

/// A text that a spreadsheet would run as a formula gets a quote in front. Plain numbers and phone numbers with
/// a sign are left alone.
pub fn harmless(text: String) -> String {
    let starts = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let plain = text.chars().skip(1).all(|c| c.is_ascii_digit() || matches!(c, '.' | ' '));
    let number = text.len() > 1 && text.starts_with(['+', '-']) && plain;
    if starts && !number { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_are_not_touched() {
        for bad in ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "-"] {
            assert_eq!(harmless(bad.into()), format!("'{bad}"));
        }
        for good in ["-12.50", "+86 138 0000 0000", "甲=乙", ""] {
            assert_eq!(harmless(good.into()), good);
        }
    }
}
