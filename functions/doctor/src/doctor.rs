//! The order of a run.
//!
//! ```text
//! push secret ──┬─ names the mini programs ── of each: callback, callback addresses, quota
//! access token ─┘
//! failed queue, last push, payments: of the whole stack
//! ```
//!
//! Whatever does not depend on another check goes on beside it. Each check has a limit of its own, which together end before Lambda
//! ends the run: 25 s for the access tokens, then twice 12 s.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use futures_util::future::join_all;
use protocol::appid::Appid;
use shared::host::causes::causes;
use shared::host::clients;
use shared::host::invoke::Function;
use shared::host::push_secret::check_push_secret;
use shared::host::settings::SettingError;
use shared::sending::authorized_api::AuthorizedApi;

use crate::address_ranges::AddressRanges;
use crate::finding::{Check, Finding};
use crate::report::Report;
use crate::settings::Settings;
use crate::{access_token, callback, callback_addresses, failed_queue, last_push, payments, push_secret, quota};

/// How long the access token of a mini program is waited for, before WeChat is asked with it.
const TOKEN_PATIENCE: Duration = Duration::from_secs(12);

/// How long CloudWatch Logs may search for one page of lines, and how long with repetitions.
const LOG_PAGE_PATIENCE: Duration = Duration::from_secs(10);
const LOG_PATIENCE: Duration = Duration::from_secs(15);

/// What a run needs.
#[derive(Debug)]
pub(crate) struct Doctor {
    api: Arc<AuthorizedApi>,
    access_token: Function,
    default_appid: Appid,
    secrets: aws_sdk_secretsmanager::Client,
    push_secret_arn: String,
    ranges: Option<AddressRanges>,
    sqs: aws_sdk_sqs::Client,
    failed_pushes_queue_url: String,
    logs: aws_sdk_cloudwatchlogs::Client,
    push_log_group: String,
    deliver_reply_log_group: String,
}

impl Doctor {
    pub(crate) fn from_settings(config: &SdkConfig, settings: Settings) -> Result<Self, SettingError> {
        let wechat = &settings.wechat;
        Ok(Self {
            api: AuthorizedApi::from_settings(config, wechat)?,
            access_token: Function::new(clients::lambda_once(config), wechat.access_token_function_arn.clone()),
            default_appid: wechat.appid.clone(),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            push_secret_arn: settings.push_secret_arn,
            ranges: settings.push_source_ip_ranges,
            sqs: aws_sdk_sqs::Client::new(config),
            failed_pushes_queue_url: settings.failed_pushes_queue_url,
            logs: logs_client(config),
            push_log_group: settings.push_log_group,
            deliver_reply_log_group: settings.deliver_reply_log_group,
        })
    }

    /// Makes every check.
    pub(crate) async fn examine(&self) -> Report {
        let log_groups = [self.push_log_group.as_str(), self.deliver_reply_log_group.as_str()];
        let (mut checks, failed_queue, last_push, payments) = tokio::join!(
            self.mini_programs(),
            failed_queue::check(&self.sqs, &self.failed_pushes_queue_url),
            last_push::check(&self.logs, &self.push_log_group),
            payments::check(&self.logs, &log_groups),
        );
        checks.extend([failed_queue, last_push, payments]);
        Report::new(checks)
    }

    async fn mini_programs(&self) -> Vec<Option<Finding>> {
        let (push_secret, tokens) = tokio::join!(
            check_push_secret(&self.secrets, &self.push_secret_arn, &self.default_appid),
            access_token::check(&self.access_token),
        );
        let of_push_secret: BTreeSet<Appid> = push_secret.iter().flat_map(|entries| entries.keys().cloned()).collect();
        let of_app_secret: BTreeSet<Appid> = tokens.iter().flat_map(|checks| checks.0.keys().cloned()).collect();
        let mut checks = push_secret::findings(&push_secret, &of_app_secret);
        match &tokens {
            Ok(tokens) => checks.extend(access_token::findings(tokens, &of_push_secret)),
            Err(finding) => checks.push(Some(finding.clone())),
        }
        let asked = of_push_secret.union(&of_app_secret).map(|appid| self.wechat(appid));
        checks.extend(join_all(asked).await.into_iter().flatten());
        checks
    }

    /// What WeChat says of a mini program, with its shared access token.
    async fn wechat(&self, appid: &Appid) -> Vec<Option<Finding>> {
        let token = tokio::time::timeout(TOKEN_PATIENCE, self.api.ensure_token(appid)).await;
        let no_token = match token {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(causes(&error)),
            Err(_) => Some("the access token did not come in time".to_owned()),
        };
        let found = if let Some(no_token) = no_token {
            let remedy = "Mend the access token first, then invoke doctor again.";
            [Check::Callback, Check::CallbackAddresses, Check::Quota]
                .map(|check| Some(Finding::not_checked(check, no_token.clone(), remedy)))
        } else {
            let (callback, addresses, quota) = tokio::join!(
                callback::check(&self.api, appid),
                callback_addresses::check(&self.api, appid, self.ranges.as_ref()),
                quota::check(&self.api, appid),
            );
            [callback, addresses, quota]
        };
        found.map(|finding| finding.map(|finding| finding.of(appid))).into()
    }
}

/// A client with more patience than the others have: a search takes longer than reading a row.
fn logs_client(config: &SdkConfig) -> aws_sdk_cloudwatchlogs::Client {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(LOG_PAGE_PATIENCE).operation_timeout(LOG_PATIENCE).build();
    let patient = aws_sdk_cloudwatchlogs::config::Builder::from(config).timeout_config(timeouts).build();
    aws_sdk_cloudwatchlogs::Client::from_conf(patient)
}
