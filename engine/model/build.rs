//! Lists `codes/*.md`, so that `formwork explain CODE` knows every page without a table kept by hand.

use std::{env, fmt::Write as _, fs, io, path::Path};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=codes");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("codes");
    let mut names: Vec<String> =
        fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    let mut out = String::from(
        "/// Every code with its explanation page, sorted by code.\npub static PAGES: &[(&str, &str)] = &[\n",
    );
    for name in names {
        // Named from the package's own folder, so that a build that is moved with its tree still finds the pages.
        let page = format!("/codes/{name}.md");
        let _ = writeln!(out, "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {page:?}))),");
    }
    out.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("pages.rs"), out)
}
