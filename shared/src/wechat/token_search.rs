//! Whether an access token stands in an answer, also if it is written with escapes of JSON, HTML or a URL.

use std::borrow::Cow;

use memchr::memmem;

use crate::secret::Secret;

/// How many times something may have been escaped.
const MAX_ROUNDS: usize = 3;
/// WeChat's tokens have over a hundred characters. A stand-in's that is shorter than this may stand in an answer by chance.
const MIN_TOKEN_BYTES: usize = 16;
/// The names by which HTML escapes what a token may consist of, and what starts another escape.
const ENTITIES: [(&[u8], char); 9] = [
    (b"&amp;", '&'),
    (b"&bsol;", '\\'),
    (b"&equals;", '='),
    (b"&lowbar;", '_'),
    (b"&num;", '#'),
    (b"&percnt;", '%'),
    (b"&plus;", '+'),
    (b"&sol;", '/'),
    (b"&UnderBar;", '_'),
];

/// Whether the token stands in there, as it is or in any mixture of escapes, up to three deep.
///
/// The bytes are unescaped without regard to their type, which may be a lie. Only ASCII has to come out right: a token is
/// nothing else.
pub(super) fn holds(bytes: &[u8], token: &Secret) -> bool {
    if token.expose().len() < MIN_TOKEN_BYTES {
        return false;
    }
    let finder = memmem::Finder::new(token.expose());
    let mut form = Cow::Borrowed(bytes);
    for _ in 0..MAX_ROUNDS {
        if finder.find(&form).is_some() {
            return true;
        }
        match unescaped(&form) {
            Some(next) => form = Cow::Owned(next),
            None => return false,
        }
    }
    finder.find(&form).is_some()
}

/// The bytes with one level of escapes taken away; nothing if there is none.
fn unescaped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
        let (before, from) = rest.split_at(start);
        plain.extend_from_slice(before);
        rest = if let Some((character, after)) = escape(from) {
            plain.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            after
        } else {
            let (mark, after) = from.split_at(1);
            plain.extend_from_slice(mark);
            after
        };
    }
    plain.extend_from_slice(rest);
    (plain.len() != bytes.len()).then_some(plain)
}

/// The escape that the bytes begin with, and what follows it.
fn escape(bytes: &[u8]) -> Option<(char, &[u8])> {
    match bytes {
        [b'%', rest @ ..] | [b'\\', b'x', rest @ ..] => hexadecimal(rest, 2),
        [b'\\', b'u', rest @ ..] => hexadecimal(rest, 4),
        [b'\\', character @ (b'/' | b'\\' | b'"'), rest @ ..] => Some((char::from(*character), rest)),
        [b'&', b'#', b'x' | b'X', rest @ ..] => number(rest, 16),
        [b'&', b'#', rest @ ..] => number(rest, 10),
        [b'&', ..] => ENTITIES.iter().find_map(|(name, character)| Some((*character, bytes.strip_prefix(*name)?))),
        _ => None,
    }
}

/// A character by a fixed number of hexadecimal digits.
fn hexadecimal(bytes: &[u8], digits: usize) -> Option<(char, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(digits)?;
    Some((character(digits, 16)?, rest))
}

/// A character by digits up to a semicolon, which a browser can do without.
fn number(bytes: &[u8], radix: u32) -> Option<(char, &[u8])> {
    let end = bytes.iter().position(|byte| !char::from(*byte).is_digit(radix)).unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at(end);
    Some((character(digits, radix)?, rest.strip_prefix(b";").unwrap_or(rest)))
}

fn character(digits: &[u8], radix: u32) -> Option<char> {
    let is_number = !digits.is_empty() && digits.iter().all(|byte| char::from(*byte).is_digit(radix));
    let number = is_number.then(|| u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok())??;
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_token_is_found_in_every_encoding_that_is_read_as_the_same() {
        let token = Secret::new("80_0123456789Ab-c/d+e");
        for holding in [
            "80_0123456789Ab-c/d+e",
            r#"{"url":"https://x/?access_token=80_0123456789Ab-c/d+e&y"}"#,
            "https://x/?access_token=80_0123456789Ab-c%2Fd%2Be",
            "80_0123456789Ab-c%2fd%2be",
            "%38%30_0123456789Ab%2dc/d+e",
            "100 % of 80_0123456789Ab-c%2fd+e",
            r#"{"url":"https:\/\/x\/?access_token=80_0123456789Ab-c\/d+e"}"#,
            r#"{"t":"\u0038\u0030_0123456789Ab\u002dc\/d\u002Be"}"#,
            r#"{"t":"80_0123456789Ab\x2dc/d+e"}"#,
            "<p>80_0123456789Ab&#45;c/d+e</p>",
            "<p>80&#x5F;0123456789Ab&#X2d;c&#0047;d&#43e</p>",
            "80_0123456789Ab-c%252Fd%252Be",
            "80_0123456789Ab-c%25252Fd%25252Be",
            r"80_0123456789Ab\u00252dc/d+e",
            r#"{"t":"{\"t\":\"80_0123456789Ab-c\\\/d+e\"}"}"#,
            "80_0123456789Ab&amp;#45;c/d+e",
            "80&lowbar;0123456789Ab-c&sol;d&plus;e",
            "80&UnderBar;0123456789Ab-c&percnt;2Fd&amp;plus;e",
            r"80&bsol;u005F0123456789Ab&amp;&num;45;c/d+e",
            r"\\%38\u0030_0123456789Ab-c/d+e",
        ] {
            assert!(holds(holding.as_bytes(), &token), "{holding}");
        }
        for other in [
            "",
            "80_0123456789Ab-c",
            "80_0123456789ab-c/d+e",
            "%%%",
            "100%",
            r"\",
            r"\u",
            r"\u00",
            "&",
            "&#",
            "&#x;",
            "&#999999999999;",
        ] {
            assert!(!holds(other.as_bytes(), &token), "{other}");
        }
    }

    #[test]
    fn a_token_that_is_no_length_for_one_is_not_searched_for() {
        assert!(!holds(b"nothing", &Secret::new("t")));
    }

    proptest! {
        #[test]
        fn what_stands_in_the_bytes_is_found_whatever_is_around_it(before in any::<Vec<u8>>(), after in any::<Vec<u8>>()) {
            let bytes = [&before, &b"80_0123456789Ab-c"[..], &after].concat();
            prop_assert!(holds(&bytes, &Secret::new("80_0123456789Ab-c")));
        }

        #[test]
        fn nothing_makes_it_panic(bytes in r"[%\\u&#x0-9a-f;]*") {
            prop_assert!(!holds(bytes.as_bytes(), &Secret::new("TOKENTOKENTOKENT")));
        }
    }
}
