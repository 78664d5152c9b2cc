//! A field of a multipart body that is in memory already: found, not copied. RFC 7578.

use bytes::Bytes;
use memchr::memmem;

/// The most headers that a part may have.
const MAX_HEADERS: usize = 16;

/// Why there is no such field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MultipartError {
    #[error("must be multipart/form-data, with its boundary in Content-Type")]
    NotMultipart,
    #[error("must be complete multipart/form-data")]
    Broken,
    #[error("the field is missing")]
    FieldMissing,
}

/// The content of the first field with this name: a slice of the body.
pub(crate) fn field(content_type: &str, body: &Bytes, name: &str) -> Result<Bytes, MultipartError> {
    let boundary = boundary(content_type).ok_or(MultipartError::NotMultipart)?;
    let delimiter = format!("\r\n--{boundary}");
    // The first delimiter may stand at the very beginning, without its line break.
    let first = delimiter.trim_start();
    let mut rest: &[u8] = match body.strip_prefix(first.as_bytes()) {
        Some(rest) => rest,
        None => split(body, delimiter.as_bytes()).ok_or(MultipartError::Broken)?.1,
    };
    while !rest.starts_with(b"--") {
        let (_padding, part) = split(rest, b"\r\n").ok_or(MultipartError::Broken)?;
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let Ok(httparse::Status::Complete((length, headers))) = httparse::parse_headers(part, &mut headers) else {
            return Err(MultipartError::Broken);
        };
        let content = part.get(length..).ok_or(MultipartError::Broken)?;
        // An empty part's delimiter shares its line break with the headers' end.
        let (content, after) = match content.strip_prefix(first.as_bytes()) {
            Some(after) => (<&[u8]>::default(), after),
            None => split(content, delimiter.as_bytes()).ok_or(MultipartError::Broken)?,
        };
        let is_named = headers.iter().any(|header| {
            header.name.eq_ignore_ascii_case("Content-Disposition")
                && std::str::from_utf8(header.value)
                    .is_ok_and(|value| parameter(value, "name").is_some_and(|given| given == name))
        });
        if is_named {
            return Ok(body.slice_ref(content));
        }
        rest = after;
    }
    Err(MultipartError::FieldMissing)
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, _) = content_type.split_once(';')?;
    let boundary = parameter(content_type, "boundary")?;
    (kind.trim().eq_ignore_ascii_case("multipart/form-data") && (1..=70).contains(&boundary.len())).then_some(boundary)
}

/// A parameter of a header: `; name=value` or `; name="value"`, in which a backslash takes the next character as it is.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, after) = value(after);
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after.split_once(';')?.1;
    }
}

fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.trim_start().strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next() {
            None | Some('"') => break,
            Some('\\') => value.extend(characters.next()),
            Some(character) => value.push(character),
        }
    }
    (value, characters.as_str())
}

/// What stands before and after the first occurrence.
fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let index = memmem::find(bytes, at)?;
    let (before, after) = bytes.split_at(index);
    Some((before, after.get(at.len()..)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONTENT_TYPE: &str = "multipart/form-data; boundary=\"----a b\"";

    fn media(body: &[u8]) -> Result<Bytes, MultipartError> {
        field(CONTENT_TYPE, &Bytes::copy_from_slice(body), "media")
    }

    #[test]
    fn a_field_is_found_among_others_byte_for_byte() {
        let body = b"preamble\r\n------a b\r\nContent-Disposition: form-data; name=\"first\"\r\n\r\nmedia\r\n\
            ------a b  \r\ncontent-type: image/png\r\ncontent-disposition: form-data; filename=\"a;\\\"name=x\"; name=media\r\n\r\n\
            \x00\r\n--\xFF\r\n------a\r\n------a b--\r\nepilogue";
        assert_eq!(&media(body).unwrap()[..], b"\x00\r\n--\xFF\r\n------a");
    }

    proptest! {
        #[test]
        fn any_content_comes_out_as_it_went_in(content in ".*", binary in any::<Vec<u8>>()) {
            let content = [content.as_bytes(), &binary].concat();
            prop_assume!(memmem::find(&content, b"------a b").is_none());
            let head = b"------a b\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n";
            let body = [head, &content[..], b"\r\n------a b--\r\n"].concat();
            prop_assert_eq!(media(&body), Ok(Bytes::from(content)));
        }

        #[test]
        fn nothing_that_comes_in_makes_it_panic(body in "(------a b|\r\n|--|: |\"|name=|media|[a-z])*") {
            let _ = media(body.as_bytes());
        }
    }

    #[test]
    fn the_field_is_a_slice_of_the_body_and_no_copy() {
        let body = Bytes::from_static(b"--b\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\nx\r\n--b--");
        let found = field("multipart/form-data; boundary=b", &body, "media").unwrap();
        assert!(body.as_ptr_range().contains(&found.as_ptr()));
    }

    #[test]
    fn an_empty_field_is_empty_with_and_without_its_own_line_break() {
        for end in ["\r\n------a b--", "------a b--"] {
            let body = format!("------a b\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n{end}");
            assert_eq!(media(body.as_bytes()), Ok(Bytes::new()), "{end}");
        }
    }

    #[test]
    fn a_broken_body_a_missing_field_and_another_type_are_told_apart() {
        for broken in [
            &b""[..],
            b"hello",
            b"------a b",
            b"------a b\r\n",
            b"------a b\r\nno header\r\n\r\nx\r\n------a b--",
            b"------a b\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\nno end",
        ] {
            assert_eq!(media(broken), Err(MultipartError::Broken), "{}", broken.escape_ascii());
        }
        assert_eq!(media(b"------a b--\r\n"), Err(MultipartError::FieldMissing));
        let other = b"------a b\r\nContent-Disposition: form-data; name=\"medias\"\r\n\r\nx\r\n------a b--";
        assert_eq!(media(other), Err(MultipartError::FieldMissing));
        for content_type in ["", "application/json", "multipart/form-data", "text/plain; boundary=b"] {
            assert_eq!(field(content_type, &Bytes::new(), "media"), Err(MultipartError::NotMultipart));
        }
    }
}
