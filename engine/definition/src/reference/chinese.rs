//! What kinds, types, keys and words of the language mean, in short and in Chinese. The English is in the doc comments of
//! the types, and is longer; what has a name in several types with one meaning is written once, for all of them.
//!
//! A line `# NAME text` begins a kind or type, `#+ NAME NAME` some that share the lines below it, and every other line is
//! a key or word and its text.

use std::{collections::HashMap, sync::LazyLock};

const FILES: [&str; 4] =
    [include_str!("kinds.txt"), include_str!("types.txt"), include_str!("scenarios.txt"), include_str!("shared.txt")];

type Summaries = HashMap<(&'static str, &'static str), &'static str>;

static SUMMARIES: LazyLock<Summaries> = LazyLock::new(read);

/// What a kind or type is, where `key` is empty, or what a key or word of it means.
pub(crate) fn summary(of: &str, key: &str) -> Option<&'static str> {
    SUMMARIES.get(&(of, key)).copied()
}

fn read() -> Summaries {
    let mut all = Summaries::new();
    let mut owners: Vec<&str> = Vec::new();
    for line in FILES.iter().flat_map(|file| file.lines()) {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        match first {
            "#+" => owners = rest.split(' ').collect(),
            "#" => {
                let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
                owners = vec![name];
                all.insert((name, ""), text);
            }
            key => {
                for owner in &owners {
                    all.entry((owner, key)).or_insert(rest);
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value as Json;

    use super::*;
    use crate::schema::{kinds, plain};

    /// The keys of a mapping, or the words of a choice.
    fn parts(schema: &Json) -> Vec<&str> {
        let keys = schema["properties"].as_object().into_iter().flatten().map(|(key, _)| &**key);
        let words = schema["oneOf"].as_array().into_iter().flatten().filter_map(|one| one["const"].as_str());
        keys.chain(words).collect()
    }

    #[test]
    fn everything_has_a_summary_and_every_summary_is_of_something() {
        let schemas: Vec<(&str, Json)> = kinds().iter().map(|kind| (*kind, plain(kind).unwrap())).collect();
        let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
        for (kind, schema) in &schemas {
            let types = schema["$defs"].as_object().into_iter().flatten().map(|(name, schema)| (&**name, schema));
            for (name, schema) in std::iter::once((*kind, schema)).chain(types) {
                known.insert((name, ""));
                known.extend(parts(schema).into_iter().map(|part| (name, part)));
            }
        }
        let said: BTreeSet<(&str, &str)> = SUMMARIES.keys().copied().collect();
        let missing: Vec<_> = known.difference(&said).collect();
        let left: Vec<_> = said.difference(&known).collect();
        assert!(missing.is_empty() && left.is_empty(), "missing {missing:?}, left over {left:?}");
        assert!(SUMMARIES.values().all(|text| text.ends_with('。')));
    }
}
