//! Writing: WeChat's JSON as its XML.

use quick_xml::events::BytesCData;
use serde_json::{Map, Value};

use super::error::XmlError;

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
