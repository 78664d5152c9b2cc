//! What became of each push.

use std::collections::HashSet;

use serde_json::Value;

use super::acts::Kind;
use super::behaviour::marked_number;
use super::ledger::{Book, Entry};

/// What the failed queue holds.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    /// Pushes, by number.
    pub(crate) pushes: HashSet<u32>,
    /// Messages of replies, by openid and text.
    pub(crate) messages: HashSet<(String, String)>,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A handler has handled it, and the user has all that it said.
    Handled,
    /// It waits in the failed queue, or a message of its reply does.
    Parked,
    /// The user was handed to an agent.
    GivenToAgent,
    /// A handler has handled it, and the reply window had no room for all that it said.
    RefusedByWindow,
    /// WeChat got no answer in all its attempts.
    Unplaced,
    /// None of these.
    Lost(String),
}

impl Parked {
    /// Reads the bodies of the failed queue.
    pub(crate) fn read<'a>(bodies: impl IntoIterator<Item = &'a str>) -> Self {
        let mut parked = Self::default();
        for body in bodies {
            match message(body) {
                Some(message) => drop(parked.messages.insert(message)),
                None => parked.pushes.extend(marked_number(body.as_bytes())),
            }
        }
        parked
    }
}

/// The message of a reply that a record is about: openid and text.
pub(crate) fn message(body: &str) -> Option<(String, String)> {
    let record: Value = serde_json::from_str(body).ok()?;
    let message = record.get("customerMessage").or_else(|| record.pointer("/requestPayload/resend"))?;
    let text = |pointer| message.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    Some((text("/touser")?, text("/text/content")?))
}

/// What became of one push.
pub(crate) fn fate(book: &Book, entry: &Entry, parked: &Parked) -> Fate {
    let act = &entry.act;
    if parked.pushes.contains(&act.number) {
        return Fate::Parked;
    }
    if act.kind == Kind::Payment {
        return if entry.is_placed() { Fate::Handled } else { Fate::Unplaced };
    }
    let missing: Vec<_> = act.texts.iter().filter(|text| book.times(&act.openid, text) == 0).collect();
    let is_parked = |text: &&String| parked.messages.contains(&(act.openid.clone(), (*text).clone()));
    if entry.returned > 0 && missing.is_empty() {
        return Fate::Handled;
    }
    if entry.returned > 0 && missing.iter().all(is_parked) {
        return Fate::Parked;
    }
    if entry.is_transferred() {
        return Fate::GivenToAgent;
    }
    if entry.returned > 0 && act.may_be_refused() {
        return Fate::RefusedByWindow;
    }
    if !entry.is_placed() {
        return Fate::Unplaced;
    }
    Fate::Lost(format!(
        "push {} of {} ({:?}, {:?}): asked {}, returned {}, thrown {}, missing {missing:?}, met {:?}, WeChat saw {}",
        act.number,
        act.openid,
        act.kind,
        act.behaviour,
        entry.asked,
        entry.returned,
        entry.thrown,
        book.met(entry, false),
        attempts(entry),
    ))
}

/// WeChat's attempts in short.
pub(crate) fn attempts(entry: &Entry) -> String {
    let attempts = entry.attempts().iter().map(|attempt| {
        let field = |name| attempt.get(name).map_or_else(String::new, |value| value.to_string().replace('"', ""));
        format!("{} after {} ms ({})", field("status"), field("milliseconds"), field("fault_kind"))
    });
    attempts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::acts::of_all;
    use super::super::ledger::Ledger;
    use super::*;
    use crate::seed::Seed;

    /// The book of one push that says one thing, with this delivery, and what a user has got.
    fn book(delivery: &Value, returned: u32, arrived: u32) -> (Book, u32) {
        let acts = of_all(Seed(1), 200);
        let one_text =
            |act: &&super::super::acts::Act| act.kind == Kind::Text && act.texts.len() == 1 && !act.is_talkative;
        let act = acts.iter().flatten().find(one_text).unwrap();
        let ledger = Ledger::default();
        ledger.begins(act);
        ledger.ends(act.number, delivery.clone());
        let mut book = ledger.book();
        book.entries.get_mut(&act.number).unwrap().returned = returned;
        if arrived > 0 {
            book.arrived.insert((act.openid.clone(), act.texts[0].clone()), arrived);
        }
        (book, act.number)
    }

    fn fate_of(delivery: &Value, returned: u32, arrived: u32, parked: &Parked) -> Fate {
        let (book, number) = book(delivery, returned, arrived);
        fate(&book, &book.entries[&number], parked)
    }

    #[test]
    fn a_push_that_was_answered_and_is_nowhere_is_lost() {
        let answered = json!({"outcome": "answered", "attempts": [{"status": 200}]});
        let transferred =
            json!({"outcome": "answered", "attempts": [{"reply": {"MsgType": "transfer_customer_service"}}]});
        let nothing = Parked::default();
        assert_eq!(fate_of(&answered, 1, 1, &nothing), Fate::Handled);
        assert_eq!(fate_of(&transferred, 0, 0, &nothing), Fate::GivenToAgent);
        assert_eq!(fate_of(&json!({"outcome": "fault_notice"}), 0, 0, &nothing), Fate::Unplaced);
        for returned in [0, 1] {
            assert!(matches!(fate_of(&answered, returned, 0, &nothing), Fate::Lost(_)));
        }
    }

    #[test]
    fn what_the_failed_queue_holds_is_not_lost() {
        let answered = json!({"outcome": "answered", "attempts": []});
        let (book, number) = book(&answered, 1, 0);
        let act = &book.entries[&number].act;
        let push = json!({"requestPayload": {"Title": super::super::behaviour::marker(number, act.behaviour)}});
        let message = json!({"customerMessage": {"touser": act.openid, "text": {"content": act.texts[0]}}});
        for record in [push, message] {
            let parked = Parked::read([record.to_string().as_str()]);
            assert_eq!(fate(&book, &book.entries[&number], &parked), Fate::Parked, "{record}");
        }
    }
}
