//! Faults of the way back: the product did its work and answered, and WeChat does not see it.

use std::fmt;
use std::str::FromStr;

use super::attempt::ATTEMPTS;

/// What becomes of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerFaultKind {
    /// They take longer than WeChat waits.
    Slow,
    /// They are lost; WeChat notices at once.
    Drop,
}

/// A fault and the attempts that it strikes: the first so many, or all, however many a push has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnswerFault {
    pub(crate) kind: AnswerFaultKind,
    attempts: Option<u32>,
}

/// Why a text names no fault.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be one of slow, drop")]
pub(crate) struct NoAnswerFault;

/// Why a number is none of attempts.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be 1 to {ATTEMPTS}")]
pub(crate) struct NoAttempts;

impl FromStr for AnswerFaultKind {
    type Err = NoAnswerFault;

    fn from_str(name: &str) -> Result<Self, NoAnswerFault> {
        match name {
            "slow" => Ok(Self::Slow),
            "drop" => Ok(Self::Drop),
            _ => Err(NoAnswerFault),
        }
    }
}

impl fmt::Display for AnswerFaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Slow => "slow",
            Self::Drop => "drop",
        })
    }
}

impl AnswerFault {
    /// Strikes the first `attempts`; all of them if it is not said.
    pub(crate) fn new(kind: AnswerFaultKind, attempts: Option<u64>) -> Result<Self, NoAttempts> {
        let attempts = attempts.map(|attempts| u32::try_from(attempts).map_err(|_| NoAttempts)).transpose()?;
        let is_possible = attempts.is_none_or(|attempts| (1..=ATTEMPTS).contains(&attempts));
        if is_possible { Ok(Self { kind, attempts }) } else { Err(NoAttempts) }
    }

    /// Whether it strikes the attempt of this number.
    pub(crate) fn strikes(self, number: u32) -> bool {
        self.attempts.is_none_or(|attempts| number <= attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_strikes_the_first_attempts_or_all() {
        let strikes = |attempts| {
            let fault = AnswerFault::new(AnswerFaultKind::Slow, attempts).unwrap();
            [1, 2, 3, 4].map(|number| fault.strikes(number))
        };
        assert_eq!(strikes(Some(1)), [true, false, false, false]);
        assert_eq!(strikes(None), [true; 4]);
        for attempts in [0, 5, u64::MAX] {
            assert_eq!(AnswerFault::new(AnswerFaultKind::Drop, Some(attempts)), Err(NoAttempts));
        }
    }
}
