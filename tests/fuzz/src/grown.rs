//! A short input as a long one, with which work that grows faster than the input shows.

use crate::limits::LARGEST;

/// The largest input that an input stands for: a beginning, a part that is repeated, and an end. The first two bytes say where
/// they meet.
#[must_use]
pub fn grown(input: &[u8]) -> Vec<u8> {
    let Some(([first, second], text)) = input.split_first_chunk() else { return Vec::new() };
    let at = |place: u8| usize::from(place).min(text.len());
    let (begin, end) = (at(*first.min(second)), at(*first.max(second)));
    let (Some(beginning), Some(part), Some(rest)) = (text.get(..begin), text.get(begin..end), text.get(end..)) else {
        return Vec::new();
    };
    let times = LARGEST.saturating_sub(text.len()).checked_div(part.len()).unwrap_or_default();
    [beginning, &part.repeat(times), rest].concat()
}
