//! `WeChat`'s tokens, which are counted up. It says of none that it is dead before it is used.

/// How near the first token is to its natural end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NaturalEnd {
    /// Far off.
    Far,
    /// Five minutes off: `stable_token` returns another one already, and the schedule replaces it.
    Near,
    /// At hand. By the faster clock it has come.
    AtHand,
    /// Come. By the slower clock it has not.
    Come,
    /// Past by all clocks.
    Past,
}

/// What `WeChat` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeChat {
    /// The newest token.
    pub newest: u8,
    /// The oldest token that was not revoked.
    pub valid_from: u8,
    /// Whether `stable_token` returns a revoked token until a refresh is forced.
    pub returns_the_revoked: bool,
    /// How near the first token is to its end.
    pub natural_end: NaturalEnd,
    /// How often a refresh was forced for each token, within the lease. Only the properties read it.
    pub forced_for: [u8; 4],
}

/// The token that comes to a natural end.
pub(super) const FIRST: u8 = 1;

impl WeChat {
    pub(super) fn new() -> WeChat {
        WeChat {
            newest: FIRST,
            valid_from: FIRST,
            returns_the_revoked: false,
            natural_end: NaturalEnd::Far,
            forced_for: [0; 4],
        }
    }

    /// Says whether a token is taken.
    #[must_use]
    pub fn takes(self, token: u8) -> bool {
        token >= self.valid_from && (token > FIRST || self.natural_end < NaturalEnd::Come)
    }

    /// Says whether the process whose clock is this far ahead takes the token for ended.
    pub(super) fn has_ended_by(self, token: u8, clock: u8) -> bool {
        token == FIRST
            && match self.natural_end {
                NaturalEnd::Far | NaturalEnd::Near => false,
                NaturalEnd::AtHand | NaturalEnd::Come => clock > 0,
                NaturalEnd::Past => true,
            }
    }

    /// Says whether the schedule replaces the token.
    pub(super) fn ends_soon(self, token: u8) -> bool {
        token == FIRST && self.natural_end >= NaturalEnd::Near
    }

    /// Revokes every token there is.
    pub(super) fn revoke(&mut self, returns_it: bool) {
        self.valid_from = self.newest + 1;
        self.returns_the_revoked = returns_it;
    }

    /// Answers `stable_token` without `force_refresh`: the newest token, or another if that one ends soon or is dead.
    pub(super) fn stable_token(&mut self) -> u8 {
        let is_revoked = self.newest < self.valid_from;
        if self.ends_soon(self.newest) || (is_revoked && !self.returns_the_revoked) {
            self.newest += 1;
        }
        self.newest
    }

    /// Answers `stable_token` with `force_refresh`: another token, and all others are dead.
    pub(super) fn force(&mut self) -> u8 {
        self.newest += 1;
        self.valid_from = self.newest;
        self.returns_the_revoked = false;
        self.newest
    }
}
