//! The functions that pushes are handed to: one per route, ours or whichever the template names.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{BoxError, DisplayErrorContext, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::{Map, Value};
use shared::lambda::settings::{self, SettingError};
use shared::push::route::Route;

/// Lambda, and which function each route is.
#[derive(Debug)]
pub(crate) struct Functions {
    lambda: Client,
    arns: Vec<(Route, String)>,
}

/// What came of invoking a function and waiting for it.
#[derive(Debug)]
pub(crate) enum Output {
    /// It returned this.
    Returned(Value),
    /// It failed, or there was no capacity to run it now.
    Failed,
    /// It has not returned yet, and runs on.
    Late,
}

/// Lambda did not take an invocation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    /// It answered that, or nothing.
    #[error("Lambda did not take the invocation: {}", DisplayErrorContext(&**.0))]
    Refused(#[source] BoxError),
    /// No answer came in time.
    #[error("Lambda did not answer in time")]
    TimedOut,
    /// The route has no function: a mistake in the template.
    #[error("no function for {0:?}")]
    NoFunction(Route),
}

impl Functions {
    pub(crate) fn from_settings(lambda: Client) -> Result<Self, SettingError> {
        let arns = Route::ALL.map(|route| Ok((route, settings::text(variable(route))?)));
        Ok(Self { lambda, arns: arns.into_iter().collect::<Result<_, _>>()? })
    }

    /// Invokes the route's function and waits, no longer than `patience`.
    pub(crate) async fn ask(
        &self,
        route: Route,
        message: &Map<String, Value>,
        patience: Duration,
    ) -> Result<Output, InvocationError> {
        let invoke = self.invoke(route, message, InvocationType::RequestResponse)?.send();
        let output = match tokio::time::timeout(patience, invoke).await {
            Err(_) => return Ok(Output::Late),
            Ok(Ok(output)) => output,
            Ok(Err(error)) if is_throttled(&error) => return Ok(Output::Failed),
            Ok(Err(error)) => return Err(InvocationError::Refused(error.into())),
        };
        if output.function_error.is_some() {
            return Ok(Output::Failed);
        }
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        // Lambda passes on JSON alone; nothing at all is what a function without a return value returns.
        Ok(Output::Returned(serde_json::from_slice(&payload).unwrap_or_default()))
    }

    /// Hands the message to the route's function, to be run as soon as may be, and again where it fails.
    pub(crate) async fn tell(
        &self,
        route: Route,
        message: &Map<String, Value>,
        patience: Duration,
    ) -> Result<(), InvocationError> {
        let invoke = self.invoke(route, message, InvocationType::Event)?.send();
        match tokio::time::timeout(patience, invoke).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(InvocationError::Refused(error.into())),
            Err(_) => Err(InvocationError::TimedOut),
        }
    }

    fn invoke(
        &self,
        route: Route,
        message: &Map<String, Value>,
        invocation_type: InvocationType,
    ) -> Result<aws_sdk_lambda::operation::invoke::builders::InvokeFluentBuilder, InvocationError> {
        let (_, arn) =
            self.arns.iter().find(|(candidate, _)| *candidate == route).ok_or(InvocationError::NoFunction(route))?;
        let payload = serde_json::to_vec(message).map_err(|error| InvocationError::Refused(error.into()))?;
        let invoke = self.lambda.invoke().function_name(arn).invocation_type(invocation_type);
        Ok(invoke.payload(Blob::new(payload)))
    }
}

fn is_throttled(error: &SdkError<InvokeError>) -> bool {
    error.as_service_error().is_some_and(InvokeError::is_too_many_requests_exception)
}

fn variable(route: Route) -> &'static str {
    match route {
        Route::Text => "TEXT_FUNCTION_ARN",
        Route::Image => "IMAGE_FUNCTION_ARN",
        Route::Miniprogrampage => "MINIPROGRAMPAGE_FUNCTION_ARN",
        Route::UserEnterTempsession => "USER_ENTER_TEMPSESSION_FUNCTION_ARN",
        Route::SubscribeMsgPopup => "SUBSCRIBE_MSG_POPUP_FUNCTION_ARN",
        Route::SubscribeMsgChange => "SUBSCRIBE_MSG_CHANGE_FUNCTION_ARN",
        Route::SubscribeMsgSent => "SUBSCRIBE_MSG_SENT_FUNCTION_ARN",
        Route::Other => "OTHER_FUNCTION_ARN",
    }
}
