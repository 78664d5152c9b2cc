//! The values of a subscription template.

use crate::limits::timed;

#[path = "../../../shared/src/wechat/template_value.rs"]
mod rules;

/// The longest value that is allowed is two dates with times and white space.
const LONGEST: usize = 64;

/// The first line is the key, the rest the value. A value that is allowed is short, and says something.
pub(crate) fn check(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let (key, value) = input.split_once('\n').unwrap_or((input, ""));
    let Some(kind) = timed(|| rules::Kind::of(key)) else { return };
    assert!(!kind.rule().is_empty());
    if timed(|| kind.allows(value)) {
        let length = value.chars().count();
        assert!((1..=LONGEST).contains(&length), "{kind:?} allows {length} characters");
    }
}
