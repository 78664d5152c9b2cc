//! What holds however a push was disturbed: nothing is lost, nothing is said twice, and no slot is counted twice.

use serde_json::Value;

use crate::stack::Stack;
use crate::wechat::text_of;

impl Stack {
    /// Holds that each message of the only push's reply reached the user once or is parked, that no other message was
    /// sent, that no slot was counted twice, and that the row is finished. Returns the texts that are parked.
    pub(crate) async fn assert_kept(&self, what: &str, messages: &[&str]) -> Vec<String> {
        let row = self.row().await;
        assert!(row["state"] == "done" || row["state"] == "failed", "{what}: unfinished: {row:?}");
        let (sent, parked) = (self.wechat.texts(), self.parked());
        let is_parked_whole = parked.iter().any(|record| record.get("customerMessage").is_none());
        let parked: Vec<_> = parked.iter().filter(|record| record.get("customerMessage").is_some()).collect();
        let texts: Vec<_> = parked.iter().map(|record| text_of(&record["customerMessage"])).collect();
        for record in &parked {
            assert!(is_reason(record), "{what}: {record}");
        }
        for message in messages {
            let times = sent.iter().filter(|text| text == message).count();
            let is_kept = times == 1 || is_parked_whole || texts.iter().any(|text| text == message);
            assert!(times <= 1, "{what}: {message} was sent {times} times");
            assert!(is_kept, "{what}: {message} is lost: sent {sent:?}, parked {parked:?}");
        }
        assert!(sent.iter().all(|text| messages.contains(&text.as_str())), "{what}: {sent:?}");
        let slots = usize::try_from(self.slots().await).unwrap();
        assert!(
            (sent.len()..=messages.len()).contains(&slots),
            "{what}: {slots} slots for {} messages, of which {} were sent",
            messages.len(),
            sent.len()
        );
        texts
    }
}

/// Whether one message is parked for a reason that leaves it to a person.
fn is_reason(record: &Value) -> bool {
    record["reason"] == "unknown" || record["reason"] == "not_sent"
}
