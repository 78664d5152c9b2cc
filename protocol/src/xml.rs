//! WeChat's XML and the JSON that says the same.
//!
//! WeChat wraps fields in `<xml>`, texts in CDATA, and repeats an element for a list. It does not escape `]]>` in what a
//! user typed, so that a text can smuggle in fields of its own: the first of each top-level field counts, and those that
//! matter come first.
//!
//! Left out, and refused: document types, processing instructions, entities beyond the five predefined.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesCData, Event};
use serde_json::{Map, Value};

/// Deeper nesting than any push has (`xml`, event, `List`, field).
const MAX_DEPTH: usize = 8;

/// Why a text is not XML as WeChat writes it, or a value cannot be written so.
#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    /// Not UTF-8.
    #[error("the XML is not UTF-8")]
    NotUtf8(#[from] std::str::Utf8Error),
    /// Not well-formed.
    #[error("the XML is not well-formed")]
    Syntax(#[from] quick_xml::Error),
    /// The outermost element is not `<xml>`, or something stands beside it.
    #[error("the XML is not one <xml> element")]
    Root,
    /// An element is left open.
    #[error("the XML ends inside an element")]
    Truncated,
    /// Elements nest deeper than 8.
    #[error("the XML nests deeper than {MAX_DEPTH} elements")]
    TooDeep,
    /// A document type or processing instruction.
    #[error("the XML holds a document type or processing instruction")]
    Forbidden,
    /// An entity that is not one of the five predefined.
    #[error("the XML holds an entity that is not predefined")]
    Entity,
    /// A field's name cannot be an element's.
    #[error("the field name {0:?} cannot be an XML element")]
    ElementName(String),
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
        let value = if self.children.is_empty() { Value::String(self.text) } else { Value::Object(self.children) };
        (self.name, value)
    }
}

/// Reads `<xml>…</xml>` into the fields of WeChat's JSON: `CreateTime` a number, every other scalar a string, repeated
/// elements below the top level an array, of repeated top-level fields the first.
///
/// # Errors
/// [`XmlError`] where it is not one well-formed `<xml>` element within the limits.
pub fn to_json(xml: &[u8]) -> Result<Map<String, Value>, XmlError> {
    let mut reader = Reader::from_str(std::str::from_utf8(xml)?);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Open> = Vec::with_capacity(MAX_DEPTH);
    let mut root = None;
    loop {
        match reader.read_event()? {
            Event::Start(start) => {
                let is_root = open.is_empty();
                if is_root && (root.is_some() || start.name().as_ref() != "xml") {
                    return Err(XmlError::Root);
                }
                if open.len() >= MAX_DEPTH {
                    return Err(XmlError::TooDeep);
                }
                open.push(Open::new(start.name().as_ref()));
            }
            Event::End(_) => {
                let Some(closed) = open.pop() else { return Err(XmlError::Root) };
                let is_top_level = open.len() == 1;
                match open.last_mut() {
                    None => root = Some(closed.children),
                    Some(parent) => {
                        let (name, value) = closed.close();
                        insert(parent, name, value, is_top_level);
                    }
                }
            }
            Event::Text(text) => match open.last_mut() {
                Some(element) => element.push_text(&text),
                None if text.trim().is_empty() => {}
                None => return Err(XmlError::Root),
            },
            Event::CData(text) => open.last_mut().ok_or(XmlError::Root)?.push_cdata(&text),
            Event::GeneralRef(reference) => {
                let element = open.last_mut().ok_or(XmlError::Root)?;
                match reference.resolve_char_ref()? {
                    Some(character) => element.text.push(character),
                    None => element.text.push_str(resolve_predefined_entity(&reference).ok_or(XmlError::Entity)?),
                }
            }
            Event::DocType(_) | Event::PI(_) => return Err(XmlError::Forbidden),
            Event::Decl(_) | Event::Comment(_) | Event::Empty(_) => {}
            Event::Eof if !open.is_empty() => return Err(XmlError::Truncated),
            Event::Eof => return root.ok_or(XmlError::Root),
        }
    }
}

fn insert(parent: &mut Open, name: String, value: Value, is_top_level: bool) {
    use serde_json::map::Entry;

    match parent.children.entry(name) {
        Entry::Vacant(vacant) => {
            let number = (vacant.key() == "CreateTime" && is_top_level)
                .then(|| value.as_str().and_then(|text| text.trim().parse::<i64>().ok()))
                .flatten();
            vacant.insert(number.map_or(value, Value::from));
        }
        Entry::Occupied(_) if is_top_level => {}
        Entry::Occupied(mut occupied) => match occupied.get_mut() {
            Value::Array(items) => items.push(value),
            first => *first = Value::Array(vec![first.take(), value]),
        },
    }
}

/// Writes fields as `<xml>…</xml>`: strings in CDATA, numbers bare, an array as its element repeated.
///
/// Characters that XML 1.0 cannot hold are left out.
///
/// # Errors
/// [`XmlError::ElementName`] where a field's name cannot be an element's.
pub fn from_json(fields: &Map<String, Value>) -> Result<String, XmlError> {
    let mut xml = String::from("<xml>");
    write_fields(&mut xml, fields)?;
    xml.push_str("</xml>");
    Ok(xml)
}

fn write_fields(xml: &mut String, fields: &Map<String, Value>) -> Result<(), XmlError> {
    for (name, value) in fields {
        let mut characters = name.chars();
        let is_name = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && characters.all(|other| other.is_ascii_alphanumeric() || matches!(other, '_' | '-' | '.'));
        if !is_name {
            return Err(XmlError::ElementName(name.clone()));
        }
        write_value(xml, name, value)?;
    }
    Ok(())
}

fn write_value(xml: &mut String, name: &str, value: &Value) -> Result<(), XmlError> {
    if let Value::Array(items) = value {
        return items.iter().try_for_each(|item| write_value(xml, name, item));
    }
    xml.extend(["<", name, ">"]);
    match value {
        Value::String(text) => {
            let text: String = text.chars().filter(|character| is_xml_character(*character)).collect();
            for section in BytesCData::escaped(&text) {
                xml.extend(["<![CDATA[", &section, "]]>"]);
            }
        }
        Value::Number(number) => xml.push_str(&number.to_string()),
        Value::Bool(truth) => xml.push_str(if *truth { "true" } else { "false" }),
        Value::Object(fields) => write_fields(xml, fields)?,
        Value::Null | Value::Array(_) => {}
    }
    xml.extend(["</", name, ">"]);
    Ok(())
}

/// Char of XML 1.0, §2.2.
fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(xml: &str) -> Value {
        Value::Object(to_json(xml.as_bytes()).unwrap())
    }

    #[test]
    fn the_documented_text_message_becomes_wechats_json() {
        let xml = "<xml>\n   <ToUserName><![CDATA[toUser]]></ToUserName>\n   <FromUserName><![CDATA[fromUser]]></FromUserName>\n   \
                   <CreateTime>1482048670</CreateTime>\n   <MsgType><![CDATA[text]]></MsgType>\n   \
                   <Content><![CDATA[this is a test]]></Content>\n   <MsgId>1234567890123456</MsgId>\n</xml>";
        assert_eq!(
            read(xml),
            json!({
                "ToUserName": "toUser", "FromUserName": "fromUser", "CreateTime": 1_482_048_670, "MsgType": "text",
                "Content": "this is a test", "MsgId": "1234567890123456",
            })
        );
    }

    #[test]
    fn one_list_is_an_object_and_several_are_an_array() {
        let one = read("<xml><E><List><A>1</A></List></E></xml>");
        assert_eq!(one, json!({"E": {"List": {"A": "1"}}}));
        let two = read("<xml><E><List><A>1</A></List> <List><A>2</A></List></E></xml>");
        assert_eq!(two, json!({"E": {"List": [{"A": "1"}, {"A": "2"}]}}));
    }

    #[test]
    fn a_field_smuggled_in_by_the_users_text_does_not_override() {
        let typed = "x]]></Content><FromUserName><![CDATA[victim]]></FromUserName><Content><![CDATA[y";
        let xml =
            format!("<xml><FromUserName><![CDATA[me]]></FromUserName><Content><![CDATA[{typed}]]></Content></xml>");
        assert_eq!(read(&xml), json!({"FromUserName": "me", "Content": "x"}));
    }

    #[test]
    fn raw_control_characters_in_a_text_pass() {
        assert_eq!(read("<xml><Content><![CDATA[a\u{1}b\u{8}]]></Content></xml>"), json!({"Content": "a\u{1}b\u{8}"}));
    }

    #[test]
    fn white_space_counts_in_a_text_and_not_around_a_cdata_section() {
        assert_eq!(read("<xml><A>\n <![CDATA[ x ]]>\n</A><B> y </B></xml>"), json!({"A": " x ", "B": " y "}));
    }

    #[test]
    fn the_five_entities_and_character_references_are_read_and_no_others() {
        assert_eq!(read("<xml><A>&lt;&gt;&amp;&apos;&quot;&#20013;</A></xml>"), json!({"A": "<>&'\"中"}));
        assert!(matches!(to_json(b"<xml><A>&nbsp;</A></xml>"), Err(XmlError::Entity)));
    }

    #[test]
    fn what_wechat_never_sends_is_refused() {
        let deep = format!("<xml>{}{}</xml>", "<a>".repeat(8), "</a>".repeat(8));
        for (xml, error) in [
            ("<!DOCTYPE xml [<!ENTITY a 'b'>]><xml/>", "Forbidden"),
            ("<?php x?><xml/>", "Forbidden"),
            ("<html/>", "Root"),
            ("<xml/><xml/>", "Root"),
            ("x<xml/>", "Root"),
            ("", "Root"),
            ("<xml><a>", "Truncated"),
            ("<xml><a></b></xml>", "Syntax"),
            (deep.as_str(), "TooDeep"),
        ] {
            let refused = format!("{:?}", to_json(xml.as_bytes()).unwrap_err());
            assert!(refused.starts_with(error), "{xml}: {refused}");
        }
        assert!(matches!(to_json(b"<xml>\xFF</xml>"), Err(XmlError::NotUtf8(_))));
    }

    #[test]
    fn a_text_with_a_cdata_end_in_it_is_written_so_that_it_reads_back() {
        let fields = json!({"Content": "a]]>b]]"}).as_object().unwrap().clone();
        assert_eq!(to_json(from_json(&fields).unwrap().as_bytes()).unwrap(), fields);
    }

    #[test]
    fn a_field_name_that_would_break_out_of_its_tag_is_refused() {
        let fields = json!({"a><b": 1}).as_object().unwrap().clone();
        assert!(matches!(from_json(&fields), Err(XmlError::ElementName(_))));
    }

    fn scalars() -> impl Strategy<Value = Map<String, Value>> {
        let text =
            proptest::string::string_regex("[^\u{0}-\u{8}\u{B}\u{C}\u{E}-\u{1F}\u{FFFE}\u{FFFF}\r]{0,40}").unwrap();
        proptest::collection::btree_map("[A-Z][A-Za-z]{0,9}", text, 1..6)
            .prop_map(|fields| fields.into_iter().map(|(name, text)| (name, Value::String(text))).collect())
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(mut fields in scalars(), first in scalars(), second in scalars(), time: i64) {
            fields.insert("CreateTime".into(), time.into());
            fields.insert("SubscribeMsgPopupEvent".into(), json!({"List": [first, second]}));
            prop_assert_eq!(to_json(from_json(&fields).unwrap().as_bytes()).unwrap(), fields);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, text in "[<>&;!\\[\\]a-zA-Z/ ]{0,60}") {
            let _ = to_json(&bytes);
            let _ = to_json(format!("<xml>{text}").as_bytes());
        }
    }
}
