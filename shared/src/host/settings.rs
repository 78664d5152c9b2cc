//! What the template tells a function, by environment variables.

use std::fmt::Display;
use std::str::FromStr;

/// A variable that breaks its rule: the function does not start.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("environment variable {name}: {rule}")]
pub struct SettingError {
    /// The variable.
    pub name: String,
    /// The rule. What the variable holds is not repeated.
    pub rule: String,
}

impl SettingError {
    /// A variable and the rule that it breaks.
    #[must_use]
    pub fn new(name: &str, rule: impl Display) -> Self {
        Self { name: name.to_owned(), rule: rule.to_string() }
    }
}

/// A variable's text.
///
/// # Errors
/// [`SettingError`] where it is not set or empty.
pub fn text(name: &str) -> Result<String, SettingError> {
    optional_text(name).ok_or_else(|| SettingError::new(name, "must be set"))
}

/// A variable's text, where it is set and not empty.
#[must_use]
pub fn optional_text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable's value, parsed.
///
/// # Errors
/// [`SettingError`] where it is not set or does not parse.
pub fn parsed<T: FromStr<Err: Display>>(name: &str) -> Result<T, SettingError> {
    text(name)?.parse().map_err(|error: T::Err| SettingError::new(name, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        assert_eq!(
            text("NO_SUCH_VARIABLE").unwrap_err().to_string(),
            "environment variable NO_SUCH_VARIABLE: must be set"
        );
    }

    #[test]
    fn a_variable_that_does_not_parse_is_named_with_the_rule() {
        // cargo sets this one for tests.
        let error = parsed::<i64>("CARGO_PKG_NAME").unwrap_err();
        assert_eq!(error.to_string(), "environment variable CARGO_PKG_NAME: invalid digit found in string");
    }
}
