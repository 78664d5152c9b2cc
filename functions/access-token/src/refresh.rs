//! When a mini program's token is replaced, and how.
//!
//! ```text
//! read ─┬─ not due ── done
//!       └─ due ── lease ─┬─ somebody else has it: read again, until it is not due
//!                        └─ stable_token ─┬─ another token: store it
//!                                         └─ the refused one again: force_refresh, if pauses and budget allow it
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use futures_util::future::join_all;
use protocol::appid::Appid;
use shared::host::app_secrets::app_secrets;
use shared::host::clock;
use shared::host::logs::warn_if_failed;
use shared::host::random;
use shared::host::secrets::SecretError;
use shared::host::settings::SettingError;
use shared::secret::Secret;
use shared::sending::access_token::{TokenOutcome, TokenRequest, fingerprint};
use shared::sending::authorized_api::wechat_api;
use shared::state::StateError;
use shared::state::access_token::{AccessTokens, ForcePermit, Refresh, Stored};
use shared::wechat::client::WechatApi;
use shared::wechat::stable_token::{IssueError, Issued};

use crate::settings::Settings;

/// The schedule replaces a token this long before it ends, as WeChat itself does.
const EARLY_SECONDS: i64 = 5 * 60;
/// Between two looks at a token that somebody else is replacing.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How many looks: as long as a lease.
const LOOKS: u32 = 100;

/// How long one mini program may take in a run for all, so that the run reports on each before Lambda ends it after 25 s.
const PATIENCE_AMONG_OTHERS: Duration = Duration::from_secs(20);

/// What replacing tokens needs.
#[derive(Debug)]
pub(crate) struct Refresher {
    tokens: AccessTokens,
    api: WechatApi,
    default_appid: Appid,
    secrets: aws_sdk_secretsmanager::Client,
    app_secret_arn: String,
}

/// What came of each mini program's token.
pub(crate) type Results = BTreeMap<Appid, Result<TokenOutcome, RefreshError>>;

/// Why there is no new token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefreshError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Issue(#[from] IssueError),
    #[error("WeChat returns the refused token again, and the next refresh may be forced at {at_seconds} (Unix time)")]
    ForcedBefore { at_seconds: i64 },
    #[error("the lease expired, and another run is replacing the token")]
    LeaseLost,
    #[error("another run has been replacing the token for too long")]
    Busy,
    #[error("WeChat did not issue a token in time")]
    OutOfTime,
    #[error("random bytes are unavailable")]
    Chance(#[from] getrandom::Error),
}

impl Refresher {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Result<Self, SettingError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Ok(Self {
            tokens: AccessTokens::new(dynamodb, settings.access_token_table),
            api: wechat_api(&settings.wechat_api_base_url)?,
            default_appid: settings.appid,
            secrets: aws_sdk_secretsmanager::Client::new(config),
            app_secret_arn: settings.app_secret_arn,
        })
    }

    /// Replaces the token of the mini program that the request names, or of all that have an AppSecret, if the request makes it
    /// due. A request with `check` is for all, too.
    ///
    /// The error is that of the secret as a whole: nothing is known of any mini program then.
    pub(crate) async fn refresh(&self, request: &TokenRequest) -> Result<Results, SecretError> {
        if *request == TokenRequest::default() || request.check {
            return self.refresh_all(request).await;
        }
        let appid = request.appid.as_ref().unwrap_or(&self.default_appid);
        Ok(Results::from([(appid.clone(), self.refresh_one(appid, request).await)]))
    }

    /// All side by side: one that fails, or that WeChat leaves waiting, does not hold up the others.
    async fn refresh_all(&self, request: &TokenRequest) -> Result<Results, SecretError> {
        let secrets = app_secrets(&self.secrets, &self.app_secret_arn, &self.default_appid).await?;
        let refreshes = secrets.into_iter().map(|(appid, secret)| async move {
            let result = match secret {
                Ok(secret) => {
                    let refresh = self.refresh_with(&appid, &secret, request);
                    tokio::time::timeout(PATIENCE_AMONG_OTHERS, refresh).await.unwrap_or(Err(RefreshError::OutOfTime))
                }
                Err(error) => Err(error.into()),
            };
            (appid, result)
        });
        Ok(join_all(refreshes).await.into_iter().collect())
    }

    async fn refresh_one(&self, appid: &Appid, request: &TokenRequest) -> Result<TokenOutcome, RefreshError> {
        if !is_due(&self.tokens.read(appid).await?, request, clock::now_seconds()) {
            return Ok(TokenOutcome::NotDue);
        }
        // Before the lease: a mini program that is none of the stack's must not get a row.
        let mut secrets = app_secrets(&self.secrets, &self.app_secret_arn, &self.default_appid).await?;
        match secrets.remove(appid) {
            Some(secret) => self.refresh_with(appid, &secret?, request).await,
            None => Ok(TokenOutcome::NotConfigured),
        }
    }

    async fn refresh_with(
        &self,
        appid: &Appid,
        app_secret: &Secret,
        request: &TokenRequest,
    ) -> Result<TokenOutcome, RefreshError> {
        for _ in 0..LOOKS {
            let now_seconds = clock::now_seconds();
            let stored = self.tokens.read(appid).await?;
            if !is_due(&stored, request, now_seconds) {
                return Ok(TokenOutcome::NotDue);
            }
            match self.tokens.begin(appid, stored, random::unique_text()?, now_seconds).await? {
                Some(refresh) => return self.replace(appid, app_secret, refresh, request).await,
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
        Err(RefreshError::Busy)
    }

    async fn replace(
        &self,
        appid: &Appid,
        app_secret: &Secret,
        mut refresh: Refresh,
        request: &TokenRequest,
    ) -> Result<TokenOutcome, RefreshError> {
        match self.issue(appid, app_secret, &mut refresh, request).await {
            Ok((issued, outcome)) => {
                let expires_at = clock::now_seconds().saturating_add(issued.expires_in);
                if !self.tokens.store(refresh, &issued.access_token, expires_at).await? {
                    tracing::warn!("lease lost: another run has stored a token");
                }
                Ok(outcome)
            }
            Err(error) => {
                warn_if_failed(self.tokens.abandon(refresh).await, "lease not given up: it must expire");
                Err(error)
            }
        }
    }

    async fn issue(
        &self,
        appid: &Appid,
        app_secret: &Secret,
        refresh: &mut Refresh,
        request: &TokenRequest,
    ) -> Result<(Issued, TokenOutcome), RefreshError> {
        let issued = self.api.stable_token(appid.as_str(), app_secret, false).await?;
        let is_refused = |issued: &Issued| {
            request.refused_token_sha256.as_ref().is_some_and(|refused| *refused == fingerprint(&issued.access_token))
        };
        if !is_refused(&issued) {
            return Ok((issued, TokenOutcome::Refreshed));
        }
        match self.tokens.may_force(refresh, clock::now_seconds()).await? {
            ForcePermit::Granted => {
                let forced = self.api.stable_token(appid.as_str(), app_secret, true).await?;
                Ok((forced, TokenOutcome::Forced))
            }
            ForcePermit::NotBefore { at_seconds } => Err(RefreshError::ForcedBefore { at_seconds }),
            ForcePermit::LeaseLost => Err(RefreshError::LeaseLost),
        }
    }
}

fn is_due(stored: &Stored, request: &TokenRequest, now_seconds: i64) -> bool {
    if request.check {
        return true;
    }
    let Some((token, expires_at)) = &stored.token else { return true };
    let lasts = expires_at.saturating_sub(now_seconds);
    match &request.refused_token_sha256 {
        Some(refused) => lasts <= 0 || fingerprint(token) == *refused,
        None if request.only_if_ended => lasts <= 0,
        None => lasts <= EARLY_SECONDS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_714_112_445;

    fn stored(lasts: i64) -> Stored {
        Stored { token: Some((Secret::new("token"), NOW + lasts)), generation: 1 }
    }

    #[test]
    fn the_schedule_replaces_a_token_five_minutes_before_its_end() {
        let schedule = TokenRequest::default();
        assert!(is_due(&Stored::default(), &schedule, NOW));
        assert!(is_due(&stored(300), &schedule, NOW));
        assert!(!is_due(&stored(301), &schedule, NOW));
    }

    #[test]
    fn a_caller_without_a_token_is_content_with_any_that_has_not_ended() {
        let request = TokenRequest { only_if_ended: true, ..TokenRequest::default() };
        assert!(!is_due(&stored(1), &request, NOW));
        assert!(is_due(&stored(0), &request, NOW));
    }

    #[test]
    fn a_refused_token_is_replaced_only_while_it_is_the_stored_one() {
        let refused = |token: &str| TokenRequest {
            refused_token_sha256: Some(fingerprint(&Secret::new(token))),
            ..TokenRequest::default()
        };
        assert!(is_due(&stored(7200), &refused("token"), NOW));
        assert!(!is_due(&stored(7200), &refused("an earlier one"), NOW));
    }

    #[test]
    fn a_check_asks_wechat_although_the_token_is_good() {
        assert!(is_due(&stored(7200), &TokenRequest { check: true, ..TokenRequest::default() }, NOW));
    }

    #[test]
    fn a_request_of_version_1_is_not_for_all_mini_programs() {
        for request in [r#"{"only_if_ended":true}"#, r#"{"refused_token_sha256":"0a","only_if_ended":false}"#] {
            assert_ne!(serde_json::from_str::<TokenRequest>(request).unwrap(), TokenRequest::default());
        }
    }

    #[test]
    fn a_schedules_event_reads_as_a_request_for_what_is_due() {
        let event = r#"{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#;
        assert_eq!(serde_json::from_str::<TokenRequest>(event).unwrap(), TokenRequest::default());
    }
}
