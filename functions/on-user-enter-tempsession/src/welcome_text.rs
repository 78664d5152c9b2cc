//! Whether WeChat takes the text that users are welcomed with.
//!
//! WeChat limits a text to 2048 bytes of UTF-8. A template can limit `WelcomeText` only to so many characters.

use serde::Deserialize;
use shared::wechat::customer_message::CustomerMessage;
use shared::wechat::malformed::Malformed;

/// What a mini program may have of its own (see [`shared::host::own_texts`]).
#[derive(Debug, Deserialize)]
#[serde(try_from = "Text")]
pub(crate) struct OwnWelcome(Option<String>);

/// An entry, unchecked.
#[derive(Debug, Deserialize)]
struct Text {
    welcome_text: Option<String>,
}

impl OwnWelcome {
    /// The text; `stacks` if the entry has none, and none if its text is empty.
    pub(crate) fn or<'a>(&'a self, stacks: Option<&'a str>) -> Option<&'a str> {
        match &self.0 {
            Some(own) => Some(own.as_str()).filter(|own| !own.is_empty()),
            None => stacks,
        }
    }
}

impl TryFrom<Text> for OwnWelcome {
    type Error = Malformed;

    fn try_from(Text { welcome_text }: Text) -> Result<Self, Malformed> {
        if let Some(text) = welcome_text.as_deref().filter(|text| !text.is_empty()) {
            CustomerMessage::text("any", text)?;
        }
        Ok(Self(welcome_text))
    }
}

/// The text, or none if WeChat would refuse it. That is logged, so it is called once, when the function starts: an error
/// there would make every event fail.
pub(crate) fn usable(text: Option<String>) -> Option<String> {
    let text = text?;
    match CustomerMessage::text("any", &text) {
        Ok(_) => Some(text),
        Err(malformed) => {
            tracing::error!(
                variable = "WELCOME_TEXT",
                bytes = text.len(),
                rule = malformed.rule,
                "nobody is welcomed: shorten the template parameter WelcomeText"
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_2048_bytes_is_used_and_a_longer_one_is_not() {
        let longest = "您".repeat(682) + "!!";
        assert_eq!(longest.len(), 2048);
        assert_eq!(usable(Some(longest.clone())), Some(longest.clone()));
        assert_eq!(usable(Some(longest + "!")), None);
    }

    #[test]
    fn a_mini_programs_own_text_counts_also_if_it_is_empty_and_one_that_is_too_long_is_refused() {
        let own = |entry: &str| serde_json::from_str::<OwnWelcome>(entry);
        let said = |entry: &str| own(entry).unwrap().or(Some("stack")).map(str::to_owned);
        assert_eq!(said(r#"{"welcome_text":"own","replies":[]}"#).as_deref(), Some("own"));
        assert_eq!(said(r#"{"welcome_text":""}"#), None);
        assert_eq!(said(r#"{"replies":[]}"#).as_deref(), Some("stack"));
        let too_long = format!(r#"{{"welcome_text":"{}"}}"#, "x".repeat(2049));
        assert!(own(&too_long).is_err());
    }

    #[test]
    fn a_text_that_is_not_set_stays_so() {
        assert_eq!(usable(None), None);
    }
}
