//! When the token is replaced, and how.
//!
//! ```text
//! read ─┬─ not due ── done
//!       └─ due ── lease ─┬─ somebody else has it: read again, until it is not due
//!                        └─ stable_token ─┬─ another token: store it
//!                                         └─ the refused one again: force_refresh, if pauses and budget allow it
//! ```

use std::time::Duration;

use aws_config::SdkConfig;
use shared::host::clock;
use shared::host::logs::warn_if_failed;
use shared::host::random;
use shared::host::secrets::{self, SecretError};
use shared::host::settings::SettingError;
use shared::sending::access_token::{TokenRequest, fingerprint};
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

/// What replacing the token needs.
#[derive(Debug)]
pub(crate) struct Refresher {
    tokens: AccessTokens,
    api: WechatApi,
    appid: String,
    secrets: aws_sdk_secretsmanager::Client,
    app_secret_arn: String,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The token was not due, or somebody else replaced it.
    NotDue,
    /// WeChat was asked and a token is stored.
    Refreshed,
    /// As `Refreshed`, by a forced refresh.
    Forced,
}

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
    #[error("the lease was lost: somebody else is replacing the token")]
    LeaseLost,
    #[error("somebody else has been replacing the token for too long")]
    Busy,
    #[error("no random bytes")]
    Chance(#[from] getrandom::Error),
}

impl Refresher {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Result<Self, SettingError> {
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        Ok(Self {
            tokens: AccessTokens::new(dynamodb, settings.access_token_table, settings.appid.clone()),
            api: WechatApi::new(&settings.wechat_api_base_url)
                .map_err(|error| SettingError::new("WECHAT_API_BASE_URL", error))?,
            appid: settings.appid,
            secrets: aws_sdk_secretsmanager::Client::new(config),
            app_secret_arn: settings.app_secret_arn,
        })
    }

    /// Replaces the token if the request makes it due.
    pub(crate) async fn refresh(&self, request: &TokenRequest) -> Result<Outcome, RefreshError> {
        for _ in 0..LOOKS {
            let now_seconds = clock::now_seconds();
            let stored = self.tokens.read().await?;
            if !is_due(&stored, request, now_seconds) {
                return Ok(Outcome::NotDue);
            }
            match self.tokens.begin(stored, random::unique_text()?, now_seconds).await? {
                Some(refresh) => return self.replace(refresh, request).await,
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
        Err(RefreshError::Busy)
    }

    async fn replace(&self, mut refresh: Refresh, request: &TokenRequest) -> Result<Outcome, RefreshError> {
        match self.issue(&mut refresh, request).await {
            Ok((issued, outcome)) => {
                let expires_at = clock::now_seconds().saturating_add(issued.expires_in);
                if !self.tokens.store(refresh, &issued.access_token, expires_at).await? {
                    tracing::warn!("lease lost: somebody else stored a token meanwhile");
                }
                Ok(outcome)
            }
            Err(error) => {
                warn_if_failed(self.tokens.abandon(refresh).await, "lease not given up: it must expire");
                Err(error)
            }
        }
    }

    async fn issue(&self, refresh: &mut Refresh, request: &TokenRequest) -> Result<(Issued, Outcome), RefreshError> {
        let app_secret = secrets::app_secret(&self.secrets, &self.app_secret_arn).await?;
        let issued = self.api.stable_token(&self.appid, &app_secret, false).await?;
        let is_refused = |issued: &Issued| {
            request.refused_token_sha256.as_ref().is_some_and(|refused| *refused == fingerprint(&issued.access_token))
        };
        if !is_refused(&issued) {
            return Ok((issued, Outcome::Refreshed));
        }
        match self.tokens.may_force(refresh, clock::now_seconds()).await? {
            ForcePermit::Granted => {
                let forced = self.api.stable_token(&self.appid, &app_secret, true).await?;
                Ok((forced, Outcome::Forced))
            }
            ForcePermit::NotBefore { at_seconds } => Err(RefreshError::ForcedBefore { at_seconds }),
            ForcePermit::LeaseLost => Err(RefreshError::LeaseLost),
        }
    }
}

fn is_due(stored: &Stored, request: &TokenRequest, now_seconds: i64) -> bool {
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
    use shared::secret::Secret;

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
    fn a_schedules_event_reads_as_a_request_for_what_is_due() {
        let event = r#"{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#;
        assert_eq!(serde_json::from_str::<TokenRequest>(event).unwrap(), TokenRequest::default());
    }
}
