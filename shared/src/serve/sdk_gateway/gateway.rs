//! The gateway itself.
//!
//! ```text
//! SDK edge ─┬─ token, stable_token: a caller's secret ──> a caller token
//!           └─ else: caller token ──> caller and mini program ─┐
//! IAM edge ──── appid ──> mini program ────────────────────────┴─┬─ an action's path ──> the action
//!                                                                ├─ on the list ──────> WeChat
//!                                                                └─ else: errcode 40066
//! ```

use std::sync::Arc;
use std::time::Instant;

use aws_config::SdkConfig;
use bytes::Bytes;
use lambda_http::Request;
use protocol::appid::Appid;
use protocol::caller::IAM_CALLERS;
use protocol::caller_token::{CallerToken, CallerTokenError, LIFETIME_SECONDS};
use protocol::gateway_path::PathList;
use serde_json::Map;

use super::call::{ACCESS_TOKEN, APPID, GatewayCall};
use super::edge::Edge;
use super::error::GatewayError;
use super::grant::Grant;
use super::line::GatewayLine;
use super::settings::GatewaySettings;
use super::target::{ActionName, Target};
use crate::host::caller_secrets::{CallerSecrets, Callers};
use crate::host::clock;
use crate::host::connections::opened;
use crate::host::settings::SettingError;
use crate::sending::authorized_api::AuthorizedApi;
use crate::sending::customer_service::CustomerService;
use crate::serve::action::{ActionAnswer, ActionError, MAX_FILE_BYTES};
use crate::serve::action_line::ActionLine;
use crate::serve::actions::get_temp_media::{get_temp_media, read_media_id};
use crate::serve::actions::send_customer_message::send_customer_message;
use crate::serve::actions::send_subscribe_message::{Sender, send_subscribe_message};
use crate::serve::actions::send_uniform_message::send_uniform_message;
use crate::serve::actions::set_typing::{TypingState, set_typing};
use crate::serve::actions::upload_temp_media::{read_picture, upload_temp_media};
use crate::serve::input;
use crate::serve::serve_action::until;
use crate::wechat::errcode::{Errcode, Next};
use crate::wechat::malformed::Malformed;
use crate::wechat::pass_through::{PassThrough, PassedAnswer};

/// What a call comes to.
#[derive(Debug)]
pub(super) enum GatewayAnswer {
    /// JSON or a file, with HTTP 200.
    Action(ActionAnswer),
    /// WeChat's answer as it is.
    Passed(PassedAnswer),
}

/// The gateway.
#[derive(Debug)]
pub struct Gateway {
    pub(super) stack: String,
    /// The mini program of an IAM caller that names none.
    default_appid: Appid,
    api: Arc<AuthorizedApi>,
    service: CustomerService,
    typing: TypingState,
    sender: Sender,
    callers: CallerSecrets,
    paths: PathList,
}

impl Gateway {
    /// As the settings say.
    ///
    /// # Errors
    /// [`SettingError`] if one breaks its rule.
    pub fn from_settings(config: &SdkConfig, settings: GatewaySettings) -> Result<Self, SettingError> {
        let wechat = &settings.customer_service.wechat;
        let api = AuthorizedApi::from_settings(config, wechat)?;
        let secrets_manager = aws_sdk_secretsmanager::Client::new(config);
        Ok(Self {
            stack: wechat.stack.clone(),
            default_appid: wechat.appid.clone(),
            service: CustomerService::new(config, api.clone(), settings.customer_service.clone()),
            typing: TypingState::new(config, api.clone(), settings.customer_service),
            sender: Sender::new(config, api.clone(), settings.subscribe_message),
            callers: CallerSecrets::new(secrets_manager, settings.caller_secrets_arn),
            paths: settings.paths,
            api,
        })
    }

    /// Opens the connections that a call needs, and reads the callers' secrets. Nothing fails if a service is out of reach.
    pub async fn open_connections(&self) {
        tokio::join!(
            opened("Secrets Manager", self.callers.find(|_| Some(()), clock::now_seconds())),
            self.api.open_connections(&self.default_appid),
        );
    }

    /// Answers a call that came in by this edge, and tells the line of it.
    pub(super) async fn answer(
        &self,
        (edge, start): (Edge, &str),
        request: Request,
        deadline_milliseconds: u64,
        line: &mut GatewayLine<'_>,
    ) -> Result<GatewayAnswer, GatewayError> {
        let call = GatewayCall::read(edge, start, request)?;
        let target = Target::of(call.method(), &call.path, &self.paths);
        line.goes_to(&target);
        let appid = match (edge, &target) {
            (Edge::Sdk, Target::Token) => {
                return self.grant(Grant::of_query(&call)?, deadline_milliseconds, line).await;
            }
            (Edge::Sdk, Target::StableToken) => {
                return self.grant(Grant::of_body(call.request)?, deadline_milliseconds, line).await;
            }
            (Edge::Sdk, _) => self.verified(&call, line).await?,
            (Edge::Iam, _) => self.named(&call, line)?,
        };
        let answer = match target {
            Target::Action(action) => self.act(action, appid, call.request, deadline_milliseconds, line).await?,
            Target::Passed(_) => self.pass(&appid, call, deadline_milliseconds, line).await?,
            Target::OtherSend => return Err(GatewayError::OTHER_SEND),
            Target::Token | Target::StableToken | Target::Refused => return Err(GatewayError::PATH),
        };
        if edge == Edge::Sdk && answer.errcode().next() == Next::ReplaceToken {
            return Err(GatewayError::StackTokenRefused(answer.errcode()));
        }
        Ok(answer)
    }

    /// Hands out a caller token. Whoever has no caller's secret learns nothing of the stack's mini programs.
    async fn grant(
        &self,
        grant: Grant,
        deadline_milliseconds: u64,
        line: &mut GatewayLine<'_>,
    ) -> Result<GatewayAnswer, GatewayError> {
        let find = |callers: &Callers| {
            callers.by_secret(&grant.secret).map(|(caller, secret)| (caller.clone(), secret.clone()))
        };
        let found = self.callers.find(find, clock::now_seconds()).await?;
        let (caller, secret) = found.ok_or(GatewayError::SECRET_INVALID)?;
        line.is_of(caller.as_str(), grant.appid.as_str());
        let token_is_there = async { self.api.ensure_token(&grant.appid).await.map_err(GatewayError::from) };
        until(deadline_milliseconds, token_is_there).await?;
        let mut fields = Map::new();
        let token = CallerToken::issue(&secret, &caller, &grant.appid, clock::now_seconds());
        fields.insert("access_token".into(), token.into());
        fields.insert("expires_in".into(), LIFETIME_SECONDS.into());
        Ok(GatewayAnswer::Action(ActionAnswer::new(fields)))
    }

    /// The mini program that a caller token is for.
    async fn verified(&self, call: &GatewayCall, line: &mut GatewayLine<'_>) -> Result<Appid, GatewayError> {
        let text = call.only(ACCESS_TOKEN).map_err(|_| GatewayError::TOKEN_INVALID)?;
        let text = text.ok_or(GatewayError::TOKEN_MISSING)?;
        let token = CallerToken::read(text).map_err(|_| GatewayError::TOKEN_INVALID)?;
        let now_seconds = clock::now_seconds();
        let find = |callers: &Callers| match token.verify(callers.secrets_of(token.caller()), now_seconds) {
            Err(CallerTokenError::Invalid) => None,
            known => Some(known),
        };
        match self.callers.find(find, now_seconds).await? {
            None | Some(Err(CallerTokenError::Invalid)) => return Err(GatewayError::TOKEN_INVALID),
            Some(Err(CallerTokenError::Expired)) => {
                line.is_of(token.caller().as_str(), token.appid().as_str());
                return Err(GatewayError::TOKEN_EXPIRED);
            }
            Some(Ok(())) => line.is_of(token.caller().as_str(), token.appid().as_str()),
        }
        let others = call.query.get(APPID).into_iter().flatten();
        if others.into_iter().any(|appid| appid != token.appid().as_str()) {
            return Err(GatewayError::TOKEN_INVALID);
        }
        Ok(token.appid().clone())
    }

    /// The mini program that an IAM caller names.
    fn named(&self, call: &GatewayCall, line: &mut GatewayLine<'_>) -> Result<Appid, GatewayError> {
        let appid = input::appid(&call.request, &self.default_appid)?;
        line.is_of(IAM_CALLERS, appid.as_str());
        if call.names_a_token() {
            let rule = "must be left out: the stack adds its own";
            return Err(ActionError::from(Malformed::parameter(ACCESS_TOKEN, rule)).into());
        }
        Ok(appid)
    }

    /// Serves an action, with the line that its function would write.
    async fn act(
        &self,
        action: ActionName,
        appid: Appid,
        request: Request,
        deadline_milliseconds: u64,
        line: &GatewayLine<'_>,
    ) -> Result<GatewayAnswer, GatewayError> {
        let started = Instant::now();
        let mut action_line = ActionLine::new(&self.stack, action.function(), line.request_id.clone());
        action_line.is_for(&appid);
        let result = until(deadline_milliseconds, self.result(action, appid, request, &mut action_line)).await;
        action_line.answered(&result);
        action_line.milliseconds = clock::milliseconds_since(started);
        action_line.write();
        Ok(GatewayAnswer::Action(result?))
    }

    async fn result(
        &self,
        action: ActionName,
        appid: Appid,
        request: Request,
        line: &mut ActionLine<'_>,
    ) -> Result<ActionAnswer, ActionError> {
        let mut body = |request| {
            let body = input::json(request)?;
            line.asked_for(input::touser(&body));
            Ok::<_, ActionError>(body)
        };
        match action {
            ActionName::SendCustomerMessage => send_customer_message(appid, body(request)?, &self.service).await,
            ActionName::SetTyping => set_typing(appid, body(request)?, &self.typing).await,
            ActionName::SendSubscribeMessage => send_subscribe_message(appid, body(request)?, &self.sender).await,
            ActionName::SendUniformMessage => send_uniform_message(appid, body(request)?, &self.api).await,
            ActionName::UploadTempMedia => upload_temp_media(appid, read_picture(request)?, &self.api).await,
            ActionName::GetTempMedia => get_temp_media(appid, read_media_id(&request)?, &self.api).await,
        }
    }

    async fn pass(
        &self,
        appid: &Appid,
        mut call: GatewayCall,
        deadline_milliseconds: u64,
        line: &mut GatewayLine<'_>,
    ) -> Result<GatewayAnswer, GatewayError> {
        let query = call.take_query();
        let (head, body) = call.request.into_parts();
        let body = Bytes::from(input::bytes(body));
        let passed_on = PassThrough::new(head.method, call.path, query, &head.headers, body);
        let passing = async {
            let (result, tries) = self.api.pass(appid, &passed_on, MAX_FILE_BYTES).await;
            line.tries = Some(tries);
            Ok::<_, GatewayError>(result?)
        };
        until(deadline_milliseconds, passing).await.map(GatewayAnswer::Passed)
    }
}

impl GatewayAnswer {
    /// `errcode`, for the log; 0 if there is none.
    pub(super) fn errcode(&self) -> Errcode {
        match self {
            Self::Action(answer) => Errcode(answer.errcode()),
            Self::Passed(answer) => answer.errcode,
        }
    }
}
