//! The manual lists what there is.

use super::small_world::check;
use crate::{functions::reference, program::Mode};

#[test]
fn every_function_of_the_manual_exists() {
    for doc in reference() {
        let known = (0..5).any(|count| {
            let arguments = vec!["this.nothing_like_it"; count].join(", ");
            let (_, found) = check(&format!("{}({arguments})", doc.name), Mode::Script, "");
            !found.iter().any(|(code, _)| code == "unknown-function")
        });
        assert!(known || doc.name == "year", "{}", doc.name);
        assert!(!doc.doc_zh.is_empty() && !doc.doc_en.is_empty());
    }
}
