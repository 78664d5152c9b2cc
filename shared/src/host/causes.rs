//! Errors as logs show them.

use std::error::Error;

/// An error with its causes, in words. Not its `Debug` text: the AWS SDK's shows whole response bodies, in which a
/// secret may stand.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // A transparent error repeats its cause.
        if !text.ends_with(&words) {
            text.extend([": ", &words]);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Transparent);

    #[derive(Debug, thiserror::Error)]
    #[error(transparent)]
    struct Transparent(#[from] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("inner")]
    struct Inner {
        hidden: &'static str,
    }

    #[test]
    fn the_causes_are_told_in_words_once_each_and_nothing_of_their_debug_text() {
        let error = Outer(Transparent(Inner { hidden: "hunter2" }));
        assert_eq!(error.0.0.hidden, "hunter2");
        assert_eq!(causes(&error), "outer: inner");
    }
}
