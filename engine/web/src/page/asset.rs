//! Style, scripts and pictures of the pages. They are part of the program, so their address has their hash in it and
//! a browser keeps them for ever.

use std::sync::LazyLock;

use axum::http::{HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::{
    api::{self, Answer},
    ask::not_found,
    call::Call,
};

macro_rules! assets {
    ($($name:literal $media:literal),* $(,)?) => {
        const ASSETS: &[(&str, &str, &[u8])] =
            &[$(($name, $media, include_bytes!(concat!("../../assets/", $name)))),*];
    };
}

assets!(
    "admin.css" "text/css; charset=utf-8",
    "admin.js" "text/javascript; charset=utf-8",
    "app.css" "text/css; charset=utf-8",
    "app.js" "text/javascript; charset=utf-8",
    "ask.js" "text/javascript; charset=utf-8",
    "board.js" "text/javascript; charset=utf-8",
    "design.css" "text/css; charset=utf-8",
    "design.js" "text/javascript; charset=utf-8",
    "editor.js" "text/javascript; charset=utf-8",
    "filter.js" "text/javascript; charset=utf-8",
    "form.js" "text/javascript; charset=utf-8",
    "icons.svg" "image/svg+xml",
    "keys.js" "text/javascript; charset=utf-8",
    "lines.js" "text/javascript; charset=utf-8",
    "list.js" "text/javascript; charset=utf-8",
    "live.js" "text/javascript; charset=utf-8",
    "mark.svg" "image/svg+xml",
    "mention.js" "text/javascript; charset=utf-8",
    "numbers.js" "text/javascript; charset=utf-8",
    "palette.js" "text/javascript; charset=utf-8",
    "picker.js" "text/javascript; charset=utf-8",
    "print.css" "text/css; charset=utf-8",
    "print.js" "text/javascript; charset=utf-8",
    "report.css" "text/css; charset=utf-8",
    "tabs.js" "text/javascript; charset=utf-8",
    "upload.js" "text/javascript; charset=utf-8",
    "words.js" "text/javascript; charset=utf-8",
);

static ROOT: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, content) in ASSETS {
        hash.update(name.as_bytes());
        hash.update(content);
    }
    let hash: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("/assets/{hash}")
});

/// The folder they are in, as pages name it.
pub(crate) fn root() -> &'static str {
    &ROOT
}

/// `GET /assets/{version}/{file}`: also under the hash of another version, whose pages are still open somewhere.
pub(crate) async fn asset(call: Call) -> Answer {
    let file = call.path("file");
    let Some((_, media, content)) = ASSETS.iter().find(|(name, ..)| *name == file) else {
        return Err(not_found("file", file));
    };
    let mut response = api::with_type(StatusCode::OK, media, *content);
    let current = ROOT.ends_with(call.path("version"));
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, ASSETS.iter().map(|(name, ..)| (*name).to_owned()).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_comes_from_another_host() {
        for (name, media, content) in ASSETS.iter().filter(|(_, media, _)| !media.starts_with("image/")) {
            let text = std::str::from_utf8(content).unwrap();
            assert!(!text.contains("://") && !text.contains("url("), "{name} ({media}) reaches out");
        }
    }
}
