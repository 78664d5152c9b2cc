//! What a push wants of the handler. The push carries a marker, `chaos-<number>-<behaviour>`, in one of its fields; from it the
//! handler knows what to do, and the ledger which push it was.

use std::time::Duration;

use serde_json::{Value, json};

/// Longer than WeChat waits for an answer.
const SLOW: Duration = Duration::from_millis(5_500);
/// Longer than a handler may take.
const TOO_LONG: Duration = Duration::from_secs(25);
const MARK: &str = "chaos-";

/// What the handler does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// Says so many messages.
    Say(usize),
    /// Says one message, too late for WeChat.
    Slow,
    /// Says nothing.
    Quiet,
    /// Hands the user to an agent.
    Transfer,
    /// The same, too late for WeChat.
    SlowTransfer,
    /// Throws; says one message once it is healed.
    Fail,
    /// Throws; says nothing once it is healed.
    FailQuiet,
    /// Takes longer than it may.
    TooLong,
    /// Returns what it may not.
    Bad,
    /// Books a payment.
    Book,
    /// The same, too late for WeChat.
    SlowBook,
}

const NAMES: [(&str, Behaviour); 13] = [
    ("say1", Behaviour::Say(1)),
    ("say2", Behaviour::Say(2)),
    ("say7", Behaviour::Say(7)),
    ("slow", Behaviour::Slow),
    ("quiet", Behaviour::Quiet),
    ("transfer", Behaviour::Transfer),
    ("slowtransfer", Behaviour::SlowTransfer),
    ("fail", Behaviour::Fail),
    ("failquiet", Behaviour::FailQuiet),
    ("toolong", Behaviour::TooLong),
    ("bad", Behaviour::Bad),
    ("book", Behaviour::Book),
    ("slowbook", Behaviour::SlowBook),
];

/// What the handler is to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// How long it takes.
    pub delay: Duration,
    /// What it returns, or throws.
    pub result: Result<Value, &'static str>,
}

impl Behaviour {
    fn name(self) -> &'static str {
        NAMES.iter().find(|(_, behaviour)| *behaviour == self).map_or("say1", |(name, _)| name)
    }

    /// The texts that reach the user in the end, once the handler is healed.
    pub(crate) fn texts(self, marker: &str) -> Vec<String> {
        let count = match self {
            Self::Say(count) => count,
            Self::Slow | Self::Fail | Self::TooLong | Self::Bad => 1,
            Self::Quiet | Self::FailQuiet | Self::Transfer | Self::SlowTransfer | Self::Book | Self::SlowBook => 0,
        };
        (0..count).map(|index| format!("reply {index} to {marker}")).collect()
    }

    /// Whether the handler hands the user to an agent.
    pub(crate) fn is_transfer(self) -> bool {
        matches!(self, Self::Transfer | Self::SlowTransfer)
    }
}

/// The marker of the push with this number.
pub(crate) fn marker(number: u32, behaviour: Behaviour) -> String {
    format!("{MARK}{number:06}-{}", behaviour.name())
}

/// The number of the first push whose marker stands in a text.
pub(crate) fn marked_number(text: &[u8]) -> Option<u32> {
    let start = memchr::memmem::find(text, MARK.as_bytes())?.checked_add(MARK.len())?;
    let digits = text.get(start..start.checked_add(6)?)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What the handler is to do with an event. A healed handler does at once what others fail in or take too long for.
#[must_use]
pub fn task(event: &Value, is_healed: bool) -> Task {
    let text = event.to_string();
    let at_once = |output| Task { delay: Duration::ZERO, result: Ok(output) };
    let Some((_, rest)) = text.split_once(MARK) else { return at_once(Value::Null) };
    let (number, rest) = rest.split_once('-').unwrap_or_default();
    let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    let found = NAMES.iter().find(|(known, _)| *known == name);
    let Some((_, behaviour)) = found else { return at_once(Value::Null) };
    let says = || behaviour.texts(&format!("{MARK}{number}-{name}")).into();
    let transfer = || json!({"MsgType": "transfer_customer_service"});
    let booked = || json!({"ErrCode": 0, "ErrMsg": "success"});
    let after = |delay, output| Task { delay, result: Ok(output) };
    match behaviour {
        Behaviour::Fail | Behaviour::FailQuiet if !is_healed => {
            Task { delay: Duration::ZERO, result: Err("told to fail") }
        }
        Behaviour::TooLong if !is_healed => after(TOO_LONG, says()),
        Behaviour::Bad if !is_healed => at_once(json!({"neither": "a message nor a transfer"})),
        Behaviour::Say(_) | Behaviour::Fail | Behaviour::TooLong | Behaviour::Bad => at_once(says()),
        Behaviour::Slow => after(SLOW, says()),
        Behaviour::Quiet | Behaviour::FailQuiet => at_once(Value::Null),
        Behaviour::Transfer => at_once(transfer()),
        Behaviour::SlowTransfer => after(SLOW, transfer()),
        Behaviour::Book => at_once(booked()),
        Behaviour::SlowBook => after(SLOW, booked()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handler_reads_from_the_marker_what_the_ledger_expects() {
        let marker = marker(42, Behaviour::Say(2));
        let event = json!({"PicUrl": format!("https://pictures.test/{marker}")});
        let expected = Value::from(Behaviour::Say(2).texts(&marker));
        assert_eq!(task(&event, false).result, Ok(expected));
        assert_eq!(marked_number(event.to_string().as_bytes()), Some(42));
        assert_eq!(marked_number(b"chaos-1"), None);
    }

    #[test]
    fn a_handler_that_fails_says_its_text_once_it_is_healed() {
        let marker = marker(7, Behaviour::Fail);
        let event = json!({"Title": marker});
        assert!(task(&event, false).result.is_err());
        assert_eq!(task(&event, true).result, Ok(Value::from(Behaviour::Fail.texts(&marker))));
    }
}
