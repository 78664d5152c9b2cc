//! A field of a multipart body.

use bytes::Bytes;
use memchr::memmem;

use crate::limits::timed;

#[path = "../../../shared/src/serve/actions/multipart.rs"]
mod parser;

const DISPOSITION: &str = "Content-Disposition: form-data; name=\"media\"\r\n\r\n";

/// The first line is the `Content-Type`, the rest the body. What is found stands in the body, and a content that is wrapped
/// comes out as it went in.
pub(crate) fn check(input: &[u8]) {
    let at = memchr::memchr(b'\n', input).unwrap_or(input.len());
    let (content_type, body) = input.split_at(at);
    let Ok(content_type) = std::str::from_utf8(content_type) else { return };
    let body = Bytes::copy_from_slice(body.strip_prefix(b"\n").unwrap_or(body));
    if let Ok(found) = timed(|| parser::field(content_type, &body, "media")) {
        let begins = (found.as_ptr() as usize).checked_sub(body.as_ptr() as usize);
        let ends = begins.and_then(|begins| begins.checked_add(found.len()));
        assert!(found.is_empty() || ends.is_some_and(|ends| ends <= body.len()), "the field is no slice of the body");
    }
    if memmem::find(&body, b"\r\n--b").is_none() && !body.starts_with(b"--b") {
        let wrapped = Bytes::from([b"--b\r\n", DISPOSITION.as_bytes(), &body, b"\r\n--b--\r\n"].concat());
        let found = timed(|| parser::field("multipart/form-data; boundary=b", &wrapped, "media"));
        assert_eq!(found, Ok(body));
    }
}
