//! Access tokens: how they are issued, replaced, and judged when a call brings one.
//! Source: "获取稳定版接口调用凭据" (`stable_token`) and "获取接口调用凭据" (`token`). The two lines of tokens do not touch.

use std::collections::VecDeque;
use std::fmt;

use super::china::day;
use super::refusal::Refusal;

/// Seconds that a token lives.
const LIFETIME: i64 = 7200;
/// Seconds for which an old token still holds beside the new one; also how early a stable token is replaced.
const OVERLAP: i64 = 300;
/// Seconds between forced refreshes; a sooner one refreshes nothing.
const FORCED_APART: i64 = 30;
/// The most tokens of which it is known for whom they were issued; older ones are forgotten.
const KNOWN: usize = 1_000;
/// Forced refreshes a day.
const FORCED_A_DAY: usize = 20;

/// The credential of a call; its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AccessToken(String);

impl AccessToken {
    /// A new token out of fresh random bytes. It looks like WeChat's: some 130 characters behind a version number.
    pub(crate) fn mint(random: &[u8; 64]) -> Self {
        let digits = random.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self("99_".chars().chain(digits.filter_map(|digit| char::from_digit(digit.into(), 16))).collect())
    }

    /// The text, for the one answer that hands it out.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}

/// A token and how many seconds it is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) token: AccessToken,
    pub(crate) expires_in: i64,
}

#[derive(Debug, Clone)]
struct Kept {
    token: AccessToken,
    expires_at: i64,
    /// Whether calls with it are refused although it is still handed out.
    is_refused: bool,
}

/// One kind of token: the latest and the one before it.
#[derive(Debug, Default)]
struct Line {
    latest: Option<Kept>,
    earlier: Option<Kept>,
}

impl Line {
    fn replace(&mut self, fresh: AccessToken, now: i64) -> Issued {
        self.earlier = self.latest.take();
        self.latest = Some(Kept { token: fresh.clone(), expires_at: now.saturating_add(LIFETIME), is_refused: false });
        Issued { token: fresh, expires_in: LIFETIME }
    }

    fn kill(&mut self) -> usize {
        usize::from(self.latest.take().is_some()).saturating_add(usize::from(self.earlier.take().is_some()))
    }

    fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.latest.iter().chain(&self.earlier)
    }
}

/// Every token that is out.
#[derive(Debug, Default)]
pub(crate) struct AccessTokens {
    stable: Line,
    classic: Line,
    forced_at: Vec<i64>,
    /// The latest that were issued, whatever became of them.
    known: VecDeque<AccessToken>,
    issued: u64,
    forced: u64,
}

impl AccessTokens {
    /// `stable_token`: the same token until five minutes before its end. `fresh` is used if a new one is due.
    pub(crate) fn stable(&mut self, fresh: AccessToken, now: i64) -> Issued {
        match &self.stable.latest {
            Some(kept) if kept.expires_at.saturating_sub(now) > OVERLAP => {
                Issued { token: kept.token.clone(), expires_in: kept.expires_at.saturating_sub(now) }
            }
            _ => {
                self.count(&fresh);
                self.stable.replace(fresh, now)
            }
        }
    }

    /// `stable_token` with `force_refresh`: a new token, the old one dies at once. Within 30 seconds of the last one it
    /// refreshes nothing and answers like [`stable`](Self::stable).
    ///
    /// # Errors
    /// [`Refusal::DailyQuota`] after 20 in a day.
    pub(crate) fn forced(&mut self, fresh: AccessToken, now: i64) -> Result<Issued, Refusal> {
        self.forced_at.retain(|&at| day(at) == day(now) || now.saturating_sub(at) < FORCED_APART);
        if self.forced_at.iter().any(|&at| now.saturating_sub(at) < FORCED_APART) {
            return Ok(self.stable(fresh, now));
        }
        if self.forced_at.len() >= FORCED_A_DAY {
            return Err(Refusal::DailyQuota);
        }
        self.forced_at.push(now);
        self.forced = self.forced.saturating_add(1);
        self.count(&fresh);
        self.stable.kill();
        Ok(self.stable.replace(fresh, now))
    }

    /// The older `token` call: a new token each time; the old one holds for five minutes more.
    pub(crate) fn classic(&mut self, fresh: AccessToken, now: i64) -> Issued {
        if let Some(kept) = &mut self.classic.latest {
            kept.expires_at = kept.expires_at.min(now.saturating_add(OVERLAP));
        }
        self.count(&fresh);
        self.classic.replace(fresh, now)
    }

    /// Whether a call may be made with this token.
    ///
    /// # Errors
    /// [`Refusal::TokenMissing`], [`Refusal::TokenInvalid`] or [`Refusal::TokenExpired`].
    pub(crate) fn check(&self, token: Option<&str>, now: i64) -> Result<(), Refusal> {
        let token = token.filter(|token| !token.is_empty()).ok_or(Refusal::TokenMissing)?;
        let kept = self.stable.kept().chain(self.classic.kept()).find(|kept| kept.token.0 == token);
        match kept {
            None => Err(Refusal::TokenInvalid),
            Some(kept) if kept.is_refused => Err(Refusal::TokenInvalid),
            Some(kept) if kept.expires_at <= now => Err(Refusal::TokenExpired),
            Some(_) => Ok(()),
        }
    }

    /// Kills every token that is out, as if somebody else had forced a refresh. Returns how many died.
    pub(crate) fn revoke(&mut self) -> usize {
        self.stable.kill().saturating_add(self.classic.kill())
    }

    /// Refuses every token that is out and goes on handing it out, until a refresh is forced. Returns how many there are.
    pub(crate) fn refuse(&mut self) -> usize {
        let lines = [&mut self.stable, &mut self.classic];
        let kept = lines.into_iter().flat_map(|line| line.latest.iter_mut().chain(&mut line.earlier));
        kept.map(|kept| kept.is_refused = true).count()
    }

    /// Whether this token is one of the latest that were issued. It may have expired or been revoked since.
    pub(crate) fn has_issued(&self, token: &str) -> bool {
        self.known.iter().any(|known| known.0 == token)
    }

    /// Counts a token that is about to be issued.
    fn count(&mut self, fresh: &AccessToken) {
        self.issued = self.issued.saturating_add(1);
        if self.known.len() >= KNOWN {
            self.known.pop_front();
        }
        self.known.push_back(fresh.clone());
    }

    /// How many tokens were made, and how many of these by force.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.issued, self.forced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon in China.
    const NOW: i64 = 1_699_920_000 + 4 * 3600;

    fn fresh(number: u8) -> AccessToken {
        AccessToken::mint(&[number; 64])
    }

    fn check(tokens: &AccessTokens, token: &AccessToken, now: i64) -> Result<(), Refusal> {
        tokens.check(Some(token.expose()), now)
    }

    #[test]
    fn repeated_stable_calls_return_the_same_token() {
        let mut tokens = AccessTokens::default();
        let first = tokens.stable(fresh(1), NOW);
        let second = tokens.stable(fresh(2), NOW + 1000);
        assert_eq!(first.token, second.token);
        assert_eq!((first.expires_in, second.expires_in), (7200, 6200));
        assert_eq!(tokens.counts(), (1, 0));
    }

    #[test]
    fn a_stable_token_is_replaced_five_minutes_early_and_both_hold_until_the_end() {
        let mut tokens = AccessTokens::default();
        let old = tokens.stable(fresh(1), NOW).token;
        assert_eq!(tokens.stable(fresh(2), NOW + 6899).token, old);
        let new = tokens.stable(fresh(3), NOW + 6900).token;
        assert_ne!(new, old);
        assert_eq!(check(&tokens, &old, NOW + 7199), Ok(()));
        assert_eq!(check(&tokens, &old, NOW + 7200), Err(Refusal::TokenExpired));
        assert_eq!(check(&tokens, &new, NOW + 7200), Ok(()));
    }

    #[test]
    fn force_refresh_kills_the_old_token() {
        let mut tokens = AccessTokens::default();
        let old = tokens.stable(fresh(1), NOW).token;
        let new = tokens.forced(fresh(2), NOW).unwrap().token;
        assert_eq!(check(&tokens, &old, NOW), Err(Refusal::TokenInvalid));
        assert_eq!(check(&tokens, &new, NOW), Ok(()));
        assert_eq!(tokens.stable(fresh(3), NOW).token, new);
        assert_eq!(tokens.counts(), (2, 1));
    }

    #[test]
    fn force_refresh_within_30_seconds_refreshes_nothing() {
        let mut tokens = AccessTokens::default();
        let first = tokens.forced(fresh(1), NOW).unwrap().token;
        assert_eq!(tokens.forced(fresh(2), NOW + 29).unwrap().token, first);
        assert_ne!(tokens.forced(fresh(3), NOW + 30).unwrap().token, first);
        assert_eq!(tokens.counts(), (2, 2));
    }

    #[test]
    fn force_refresh_works_20_times_a_day() {
        let mut tokens = AccessTokens::default();
        for minute in 0..20 {
            assert!(tokens.forced(fresh(1), NOW + 60 * minute).is_ok());
        }
        assert_eq!(tokens.forced(fresh(1), NOW + 60 * 20), Err(Refusal::DailyQuota));
        let midnight_in_china = NOW + 12 * 3600;
        assert_eq!(tokens.forced(fresh(1), midnight_in_china - 1), Err(Refusal::DailyQuota));
        assert!(tokens.forced(fresh(1), midnight_in_china).is_ok());
    }

    #[test]
    fn each_classic_call_replaces_the_token_with_five_minutes_of_overlap() {
        let mut tokens = AccessTokens::default();
        let old = tokens.classic(fresh(1), NOW).token;
        let new = tokens.classic(fresh(2), NOW + 10).token;
        assert_ne!(old, new);
        assert_eq!(check(&tokens, &old, NOW + 309), Ok(()));
        assert_eq!(check(&tokens, &old, NOW + 310), Err(Refusal::TokenExpired));
        assert_eq!(check(&tokens, &new, NOW + 310), Ok(()));
    }

    #[test]
    fn the_two_kinds_of_token_leave_each_other_alone() {
        let mut tokens = AccessTokens::default();
        let stable = tokens.stable(fresh(1), NOW).token;
        let classic = tokens.classic(fresh(2), NOW).token;
        tokens.forced(fresh(3), NOW).unwrap();
        assert_eq!(check(&tokens, &stable, NOW), Err(Refusal::TokenInvalid));
        assert_eq!(check(&tokens, &classic, NOW), Ok(()));
    }

    #[test]
    fn a_token_ends_after_two_hours() {
        let mut tokens = AccessTokens::default();
        let token = tokens.stable(fresh(1), NOW).token;
        assert_eq!(check(&tokens, &token, NOW + 7199), Ok(()));
        assert_eq!(check(&tokens, &token, NOW + 7200), Err(Refusal::TokenExpired));
    }

    #[test]
    fn a_missing_or_foreign_token_is_refused() {
        let mut tokens = AccessTokens::default();
        tokens.stable(fresh(1), NOW);
        assert_eq!(tokens.check(None, NOW), Err(Refusal::TokenMissing));
        assert_eq!(tokens.check(Some(""), NOW), Err(Refusal::TokenMissing));
        assert_eq!(tokens.check(Some("made up"), NOW), Err(Refusal::TokenInvalid));
    }

    #[test]
    fn revoking_kills_the_token_and_the_next_call_gets_another() {
        let mut tokens = AccessTokens::default();
        let old = tokens.stable(fresh(1), NOW).token;
        assert_eq!(tokens.revoke(), 1);
        assert_eq!(check(&tokens, &old, NOW), Err(Refusal::TokenInvalid));
        assert!(tokens.has_issued(old.expose()), "it is known for whom it was");
        assert!(!tokens.has_issued(fresh(2).expose()));
        assert_ne!(tokens.stable(fresh(2), NOW).token, old);
        assert_eq!(tokens.counts(), (2, 0));
    }

    #[test]
    fn a_refused_token_is_handed_out_again_until_a_refresh_is_forced() {
        let mut tokens = AccessTokens::default();
        let dead = tokens.stable(fresh(1), NOW).token;
        assert_eq!(tokens.refuse(), 1);
        assert_eq!(tokens.stable(fresh(2), NOW).token, dead);
        assert_eq!(check(&tokens, &dead, NOW), Err(Refusal::TokenInvalid));
        let new = tokens.forced(fresh(3), NOW).unwrap().token;
        assert_eq!(check(&tokens, &new, NOW), Ok(()));
    }

    #[test]
    fn a_token_does_not_show_in_debug_output() {
        let mut tokens = AccessTokens::default();
        tokens.stable(fresh(1), NOW);
        assert!(!format!("{tokens:?}").contains("99_"));
    }
}
