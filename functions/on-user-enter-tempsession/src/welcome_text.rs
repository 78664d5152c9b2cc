//! Whether WeChat takes the text that users are welcomed with.
//!
//! WeChat limits a text to 2048 bytes of UTF-8. A template can limit `WelcomeText` only to so many characters.

use shared::wechat::customer_message::CustomerMessage;

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
    fn a_text_that_is_not_set_stays_so() {
        assert_eq!(usable(None), None);
    }
}
