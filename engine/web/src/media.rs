//! Whether an uploaded file is what it is said to be, as far as its first bytes tell.

use axum::http::StatusCode;
use formwork_model::{code, text};

use crate::error::Problem;

/// Refuses a program, and content that is recognised as something of another kind than its media type says: whoever
/// opens a picture must not start a page. Content that nothing recognises is taken as it is.
pub(crate) fn check(media: &str, content: &[u8]) -> Result<(), Problem> {
    let Some(found) = infer::get(content) else { return Ok(()) };
    let is_program = found.matcher_type() == infer::MatcherType::App;
    if !is_program && fits(media, found.mime_type()) {
        return Ok(());
    }
    let found = found.mime_type();
    let message = if is_program {
        text!("programs are not kept (this is {found})", "不接受可执行文件（{found}）")
    } else {
        text!("the file is {found}, not what its media type says", "文件实际为 {found}，与所声明的类型不符")
    };
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code!("unsupported-media"), message))
}

/// Whether content of this type may be called so: the same kind, or said to be nothing particular. Archives and
/// documents are called by many names of one kind.
fn fits(said: &str, found: &str) -> bool {
    let kind = |media: &str| media.split(['/', ';']).next().unwrap_or_default().trim().to_ascii_lowercase();
    let nothing = said.trim().to_ascii_lowercase().starts_with("application/octet-stream");
    // XML, and what is made of it, is recognised as text.
    let of_xml = said.contains("xml") && found.contains("xml");
    nothing || of_xml || kind(said) == kind(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    #[test]
    fn a_file_is_what_it_is_said_to_be() {
        for (media, content) in [
            ("image/png", PNG),
            ("image/jpeg", PNG),
            ("application/octet-stream", PNG),
            ("application/pdf", b"%PDF-1.7"),
            ("application/pdf", &[7; 64]),
            ("text/csv", b"a,b\n1,2\n"),
            ("image/svg+xml", b"<?xml version=\"1.0\"?><svg/>"),
            ("text/plain", b""),
        ] {
            assert!(check(media, content).is_ok(), "{media} {content:?}");
        }
        for (media, content) in [
            ("image/png", &b"<!DOCTYPE html><script>alert(1)</script>"[..]),
            ("image/png", b"%PDF-1.7"),
            ("text/plain", PNG),
            ("image/png", b"MZ\x90\0"),
            ("application/octet-stream", b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            ("application/octet-stream", b"MZ\x90\0"),
        ] {
            assert!(check(media, content).is_err(), "{media} {content:?}");
        }
    }
}
