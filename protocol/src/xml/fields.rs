//! The top-level fields of a push, in the order in which WeChat wrote them, and which of several with one name counts.

use serde_json::map::Entry;
use serde_json::{Map, Value};

/// An event has one of each: its header, and what entering a session tells, which may hold a text of the user's. If one is
/// repeated, the first counts.
const SINGLE: [&str; 9] =
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "MsgId", "SessionFrom", "Scene", "Query"];
/// WeChat writes these after `Content`, which alone holds what the user typed: the last one is WeChat's.
pub(super) const AFTER_CONTENT: [&str; 2] = ["MsgId", "Encrypt"];

/// The fields as they are read.
#[derive(Default)]
pub(super) struct TopLevel {
    fields: Vec<(String, Value)>,
    /// What the first `MsgType` says.
    msg_type_is_event: Option<bool>,
    has_event: bool,
}

impl TopLevel {
    pub(super) fn push(&mut self, name: String, value: Value) {
        match name.as_str() {
            "MsgType" if self.msg_type_is_event.is_none() => self.msg_type_is_event = Some(value == "event"),
            "Event" => self.has_event = true,
            _ => {}
        }
        self.fields.push((name, value));
    }

    /// Whether it is an event: its `MsgType` says so, or it has an `Event` and no `MsgType`. Asked at every section, of which
    /// there can be thousands.
    pub(super) fn is_event(&self) -> bool {
        self.msg_type_is_event.unwrap_or(self.has_event)
    }

    /// The fields of WeChat's JSON. In an event, fields of one name are an array, but for those that it has once. In a message, the
    /// first of one name counts, since the user may have typed the others, but of those after `Content` the last.
    pub(super) fn into_json(self) -> Map<String, Value> {
        let is_event = self.is_event();
        let mut fields = Map::new();
        for (name, value) in self.fields {
            match fields.entry(name) {
                Entry::Vacant(vacant) => {
                    let value = if vacant.key() == "CreateTime" { number(value) } else { value };
                    vacant.insert(value);
                }
                Entry::Occupied(mut occupied) => {
                    let name = occupied.key().as_str();
                    if is_event && !SINGLE.contains(&name) {
                        append(occupied.get_mut(), value);
                    } else if !is_event && AFTER_CONTENT.contains(&name) {
                        occupied.insert(value);
                    }
                }
            }
        }
        fields
    }
}

/// Makes a value the array of itself and a further one, or adds to the array that it is already.
pub(super) fn append(value: &mut Value, further: Value) {
    match value {
        Value::Array(items) => items.push(further),
        first => *first = Value::Array(vec![first.take(), further]),
    }
}

/// The whole number that a text stands for; any other text stays as it is.
fn number(value: Value) -> Value {
    value.as_str().and_then(|text| text.trim().parse::<i64>().ok()).map_or(value, Value::from)
}
