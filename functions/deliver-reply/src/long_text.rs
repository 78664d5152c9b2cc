//! A text over 2048 bytes in parts that WeChat takes: cut between paragraphs, else between sentences, else between
//! characters.

/// What a text message may hold, in bytes of UTF-8.
pub(crate) const MAX_BYTES: usize = 2048;

/// What ends a sentence: in Chinese by itself, in other languages before a space.
const FULL_STOPS: [char; 5] = ['。', '！', '？', '；', '…'];
const STOPS_BEFORE_A_SPACE: [char; 3] = ['.', '!', '?'];

/// As many messages as a reply window has at most.
const MOST_PARTS: usize = 5;

/// The parts of a text, none of them blank or over the limit. Only white space around a cut is left out. If cuts where a reader
/// expects them make more parts than a reply window has room for, the cuts are as far apart as they can be.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let parts = parts(text, |head| {
        // A part that is less than half full would waste a message.
        let is_far = |at: &usize| *at >= MAX_BYTES / 2;
        let paragraph = head.rfind("\n\n").filter(is_far).or_else(|| head.rfind('\n').filter(is_far));
        paragraph.or_else(|| last_sentence_end(head).filter(is_far)).unwrap_or(head.len())
    });
    if parts.len() > MOST_PARTS { self::parts(text, str::len) } else { parts }
}

/// The parts of a text, cut where `cut` says, in bytes of what fits into one part.
fn parts(text: &str, cut: impl Fn(&str) -> usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() {
        let fits = rest.get(..rest.floor_char_boundary(MAX_BYTES)).unwrap_or(rest);
        let at = if fits.len() == rest.len() { rest.len() } else { cut(fits) };
        let (part, after) = rest.split_at(at);
        if !part.trim().is_empty() {
            parts.push(part.trim_end());
        }
        rest = after.trim_start_matches(['\n', '\r', ' ']);
    }
    parts
}

fn last_sentence_end(head: &str) -> Option<usize> {
    let mut ends = None;
    let mut characters = head.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let is_end = FULL_STOPS.contains(&character)
            || (STOPS_BEFORE_A_SPACE.contains(&character) && next.is_some_and(char::is_whitespace));
        if is_end {
            ends = Some(at + character.len_utf8());
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_2048_bytes_stays_whole_and_one_more_makes_two_parts() {
        assert_eq!(split(&"x".repeat(2048)), ["x".repeat(2048)]);
        assert_eq!(split(&"x".repeat(2049)), ["x".repeat(2048), "x".to_owned()]);
    }

    #[test]
    fn it_is_cut_at_the_last_paragraph_else_the_last_sentence_else_between_characters() {
        let paragraphs = format!("{}。\n\n{}。{}", "一".repeat(400), "二".repeat(300), "三".repeat(300));
        assert_eq!(
            split(&paragraphs),
            [format!("{}。", "一".repeat(400)), format!("{}。{}", "二".repeat(300), "三".repeat(300))]
        );
        let sentences = format!("{}。{}！{}", "一".repeat(300), "二".repeat(300), "三".repeat(300));
        assert_eq!(split(&sentences), [format!("{}。{}！", "一".repeat(300), "二".repeat(300)), "三".repeat(300)]);
        let english = format!("{} 3.5 {}. {}", "a".repeat(900), "b".repeat(900), "c".repeat(900));
        assert_eq!(split(&english), [format!("{} 3.5 {}.", "a".repeat(900), "b".repeat(900)), "c".repeat(900)]);
        assert_eq!(split(&"汉".repeat(683)), ["汉".repeat(682), "汉".to_owned()]);
    }

    #[test]
    fn an_early_paragraph_wastes_no_part_and_what_fits_into_a_window_is_cut_to_fit() {
        assert_eq!(split(&format!("Hi!\n\n{}", "x".repeat(3000))).len(), 2);
        let paragraph = "y".repeat(1100);
        let long = [paragraph.as_str(); 6].join("\n\n");
        assert_eq!(split(&long).len(), 4);
    }

    #[test]
    fn no_part_is_blank_and_none_is_too_long() {
        for text in ["\n".repeat(5000), format!("a{}b", " ".repeat(5000)), "。".repeat(2000), "😀\n".repeat(2000)] {
            let parts = split(&text);
            assert!(parts.iter().all(|part| !part.trim().is_empty() && part.len() <= MAX_BYTES), "{parts:?}");
            let said = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
            assert_eq!(said(&parts.concat()), said(&text));
        }
    }
}
