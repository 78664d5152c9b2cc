//! What is found by looking at the text alone, where what the user typed may have broken the structure.

use std::collections::HashMap;

const SECTION_START: &str = "<![CDATA[";
const SECTION_END: &str = "]]>";
/// XML's own: the reader takes no other white space in a tag, and a name with other white space is another name.
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The places at which a CDATA section ends together with its element, `]]></Name>`, by the element's name.
pub(super) struct SectionEnds<'a>(HashMap<&'a str, Vec<usize>>);

impl<'a> SectionEnds<'a> {
    /// Finds them in one pass.
    pub(super) fn find(xml: &'a str) -> Self {
        let mut ends: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, _) in xml.match_indices(SECTION_END) {
            let rest = xml.get(at.saturating_add(SECTION_END.len())..).unwrap_or_default();
            if let Some(name) = end_tag(rest) {
                ends.entry(name).or_default().push(at);
            }
        }
        Self(ends)
    }

    /// The first such place of an element at or after a position, in bytes.
    pub(super) fn after(&self, name: &str, position: usize) -> Option<usize> {
        let places = self.0.get(name)?;
        places.get(places.partition_point(|at| *at < position)).copied()
    }
}

/// Whether a section that ended before `rest` has really ended: its element closes, or another section goes on.
pub(super) fn has_ended(rest: &str, name: &str) -> bool {
    rest.trim_start_matches(WHITE_SPACE).starts_with(SECTION_START) || end_tag(rest) == Some(name)
}

/// The text of the last element of a name, which must be a text without elements.
pub(super) fn last_text<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.rsplit_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text.trim();
    let text = text.strip_prefix(SECTION_START).and_then(|text| text.strip_suffix(SECTION_END)).unwrap_or(text);
    (!text.contains('<')).then_some(text)
}

/// The name of the end tag that `rest` begins with, after white space.
fn end_tag(rest: &str) -> Option<&str> {
    let (name, _) = rest.trim_start_matches(WHITE_SPACE).strip_prefix("</")?.split_once('>')?;
    Some(name.trim_end_matches(WHITE_SPACE))
}
