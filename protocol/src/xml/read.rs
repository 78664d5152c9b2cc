//! Reading: WeChat's XML as its JSON.
//!
//! WeChat does not escape `]]>` in what a user typed. Two rules keep that harmless: an element with a CDATA section is
//! text, whatever follows the section; and what follows the `Content` of a message can be broken, but not break the message.
//!
//! Left out, and refused: document types, processing instructions, entities beyond the five predefined.

use quick_xml::Reader;
use quick_xml::errors::IllFormedError;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use super::error::{MAX_DEPTH, MAX_NAME, XmlError};
use super::fields::{AFTER_CONTENT, TopLevel, append};
use super::tail::{SectionEnds, has_ended, last_text};

/// Reads `<xml>…</xml>` into the fields of WeChat's JSON: `CreateTime` a number, every other scalar a string, repeated
/// elements an array. Of repeated top-level fields of a message, which a user may have typed, the first counts, but of
/// `MsgId` and `Encrypt`, which follow the user's text, the last.
///
/// # Errors
/// [`XmlError`] where it is not one well-formed `<xml>` element within the limits. After the `Content` of a message only
/// the closing `</xml>` is required.
pub fn to_json(xml: &[u8]) -> Result<Map<String, Value>, XmlError> {
    let xml = std::str::from_utf8(xml)?;
    let mut document = Document::new(xml);
    match document.read() {
        Ok(()) => Ok(document.into_json()),
        Err(_) if document.content_ends_at.is_some() && xml.trim_end().ends_with("</xml>") => Ok(document.into_json()),
        Err(error) => Err(error),
    }
}

/// An element that is still open.
struct Open {
    name: String,
    children: Map<String, Value>,
    text: String,
    has_cdata: bool,
}

impl Open {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), children: Map::new(), text: String::new(), has_cdata: false }
    }

    /// White space around a CDATA section, or between child elements, is layout.
    fn push_text(&mut self, text: &str) {
        if !(self.has_cdata && text.trim().is_empty()) {
            self.text.push_str(text);
        }
    }

    fn push_cdata(&mut self, text: &str) {
        if !self.has_cdata && self.text.trim().is_empty() {
            self.text.clear();
        }
        self.has_cdata = true;
        self.text.push_str(text);
    }

    fn close(self) -> (String, Value) {
        let is_text = self.has_cdata || self.children.is_empty();
        (self.name, if is_text { Value::String(self.text) } else { Value::Object(self.children) })
    }
}

/// A document as far as it is read.
struct Document<'a> {
    xml: &'a str,
    /// Where the reader's text begins.
    base: usize,
    reader: Reader<&'a [u8]>,
    open: Vec<Open>,
    top_level: TopLevel,
    is_read: bool,
    section_ends: Option<SectionEnds<'a>>,
    /// Where what the user typed has ended, in a message.
    content_ends_at: Option<usize>,
}

impl<'a> Document<'a> {
    fn new(xml: &'a str) -> Self {
        Self {
            xml,
            base: 0,
            reader: reader(xml),
            open: Vec::with_capacity(MAX_DEPTH),
            top_level: TopLevel::default(),
            is_read: false,
            section_ends: None,
            content_ends_at: None,
        }
    }

    fn read(&mut self) -> Result<(), XmlError> {
        loop {
            match self.reader.read_event()? {
                Event::Start(start) => {
                    let name = start.name();
                    let is_root = self.open.is_empty();
                    if is_root && (self.is_read || name.as_ref() != "xml") {
                        return Err(XmlError::Root);
                    }
                    if self.open.len() >= MAX_DEPTH {
                        return Err(XmlError::TooDeep);
                    }
                    if name.as_ref().len() > MAX_NAME {
                        return Err(XmlError::NameTooLong);
                    }
                    self.open.push(Open::new(name.as_ref()));
                }
                Event::End(end) => {
                    let name = end.name().as_ref().to_owned();
                    self.close(&name)?;
                }
                Event::Text(text) => match self.open.last_mut() {
                    Some(element) => element.push_text(&text),
                    None if text.trim().is_empty() => {}
                    None => return Err(XmlError::Root),
                },
                Event::CData(text) => {
                    self.open.last_mut().ok_or(XmlError::Root)?.push_cdata(&text);
                    self.read_typed_section_ends();
                }
                Event::GeneralRef(reference) => {
                    let element = self.open.last_mut().ok_or(XmlError::Root)?;
                    if let Some(character) = reference.resolve_char_ref()? {
                        element.text.push(character);
                    } else {
                        element.text.push_str(resolve_predefined_entity(&reference).ok_or(XmlError::Entity)?);
                    }
                }
                Event::DocType(_) | Event::PI(_) => return Err(XmlError::Forbidden),
                Event::Decl(_) | Event::Comment(_) | Event::Empty(_) => {}
                Event::Eof if !self.open.is_empty() => return Err(XmlError::Truncated),
                Event::Eof if self.is_read => return Ok(()),
                Event::Eof => return Err(XmlError::Root),
            }
        }
    }

    /// Closes the innermost element.
    fn close(&mut self, name: &str) -> Result<(), XmlError> {
        let closed = self.open.pop().ok_or(XmlError::Root)?;
        if closed.name != name {
            let mismatch = IllFormedError::MismatchedEndTag { expected: closed.name.clone(), found: name.to_owned() };
            self.open.push(closed);
            return Err(XmlError::Syntax(quick_xml::Error::IllFormed(mismatch)));
        }
        let is_typed = closed.has_cdata && closed.name == "Content";
        let depth = self.open.len();
        match self.open.last_mut() {
            None => self.is_read = true,
            Some(_) if depth == 1 => {
                let (name, value) = closed.close();
                self.top_level.push(name, value);
                if is_typed && self.content_ends_at.is_none() && !self.top_level.is_event() {
                    self.content_ends_at = Some(self.position());
                }
            }
            Some(parent) => {
                let (name, value) = closed.close();
                match parent.children.get_mut(&name) {
                    Some(first) => append(first, value),
                    None => drop(parent.children.insert(name, value)),
                }
            }
        }
        Ok(())
    }

    /// After a `]]>` that does not end its field, the text that a user typed into a message goes on: up to the one that does.
    fn read_typed_section_ends(&mut self) {
        let position = self.position();
        let is_field = self.open.len() == 2;
        let Some(element) = self.open.last_mut() else { return };
        let rest = self.xml.get(position..).unwrap_or_default();
        if has_ended(rest, &element.name) || !is_field || self.top_level.is_event() {
            return;
        }
        let ends = self.section_ends.get_or_insert_with(|| SectionEnds::find(self.xml));
        let Some(end) = ends.after(&element.name, position) else { return };
        element.push_cdata("]]>");
        element.push_cdata(self.xml.get(position..end).unwrap_or_default());
        self.base = end.saturating_add("]]>".len());
        self.reader = reader(self.xml.get(self.base..).unwrap_or_default());
    }

    /// Where the reader is in the document, in bytes.
    fn position(&self) -> usize {
        let read = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        self.base.saturating_add(read)
    }

    fn into_json(self) -> Map<String, Value> {
        let mut fields = self.top_level.into_json();
        let after_content = self.content_ends_at.and_then(|at| self.xml.get(at..)).unwrap_or_default();
        for name in AFTER_CONTENT {
            if let Some(text) = last_text(after_content, name) {
                fields.insert(name.to_owned(), text.into());
            }
        }
        fields
    }
}

/// End tags are compared with the elements that are open here: a reader that begins in the middle knows none of them.
fn reader(xml: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(xml);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}
