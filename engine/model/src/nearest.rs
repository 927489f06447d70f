//! "Did you mean": the known name nearest to a misspelt one.

/// The candidate nearest to `wrong`, if it is near enough to be a misspelling.
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wrong.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(wrong, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_and_a_lost_letter_are_found_and_a_stranger_is_not() {
        assert_eq!(nearest("wno", ["open", "won"]), Some("won"));
        assert_eq!(nearest("amout", ["amount", "account"]), Some("amount"));
        assert_eq!(nearest("colour", ["amount", "account"]), None);
    }
}
