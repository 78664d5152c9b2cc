//! What entering the conversation makes of a reply window.

use super::table::{Row, StateError};

/// A user's entering.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entering {
    /// `CreateTime`.
    pub(super) at_seconds: i64,
    /// How many messages it allows.
    pub(super) quota: i64,
    /// Until when it allows them.
    pub(super) expires_at_seconds: i64,
}

/// The attributes of a row that entering may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) remaining: i64,
    pub(super) expires_at_seconds: i64,
    pub(super) opening: String,
}

impl Window {
    /// # Errors
    /// [`StateError::Row`] if an attribute is missing.
    pub(super) fn of(row: &Row) -> Result<Self, StateError> {
        Ok(Self {
            remaining: row.number("remaining")?,
            expires_at_seconds: row.number("expires_at")?,
            opening: row.text("opening")?.to_owned(),
        })
    }
}

impl Entering {
    /// The name of the count that this entering grants.
    pub(super) fn opening(&self) -> String {
        format!("enter {}", self.at_seconds)
    }

    /// Whether nothing newer is in the row, nor this entering itself.
    ///
    /// # Errors
    /// [`StateError::Row`] if an attribute is no number.
    pub(super) fn is_news_to(&self, row: &Row) -> Result<bool, StateError> {
        let newest = row.optional_number("entered_at")?.max(row.optional_number("message_at")?);
        Ok(newest.is_none_or(|at| at < self.at_seconds))
    }

    /// The larger count and the later deadline of what is open and what entering grants. A window that is closed counts
    /// for nothing. The count keeps its name unless entering raises it.
    pub(super) fn widened(&self, seen: &Window, now_seconds: i64) -> Window {
        let is_open = seen.expires_at_seconds > now_seconds;
        let (remaining, opening) = if is_open && seen.remaining >= self.quota {
            (seen.remaining, seen.opening.clone())
        } else {
            (self.quota, self.opening())
        };
        Window { remaining, expires_at_seconds: self.expires_at_seconds.max(seen.expires_at_seconds), opening }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_714_112_445;
    const ENTERING: Entering = Entering { at_seconds: NOW, quota: 2, expires_at_seconds: NOW + 60 };

    #[test]
    fn each_of_count_and_deadline_becomes_the_larger_one() {
        let window = |remaining, expires_at_seconds, opening: &str| Window {
            remaining,
            expires_at_seconds,
            opening: opening.into(),
        };
        let by_entering = ENTERING.opening();
        for (seen, widened) in [
            (window(1, NOW + 10, "message"), window(2, NOW + 60, &by_entering)),
            (window(1, NOW + 99, "message"), window(2, NOW + 99, &by_entering)),
            (window(2, NOW + 10, "message"), window(2, NOW + 60, "message")),
            (window(3, NOW + 99, "message"), window(3, NOW + 99, "message")),
            (window(3, NOW, "message"), window(2, NOW + 60, &by_entering)),
        ] {
            assert_eq!(ENTERING.widened(&seen, NOW), widened, "{seen:?}");
        }
    }
}
