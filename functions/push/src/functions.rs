//! The functions that pushes are handed to: one per route, ours or whichever the template names.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{BoxError, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::{Map, Value};
use shared::lambda::route_functions::RouteFunctions;
use shared::push::route::Route;

/// Lambda, and which function each route is.
#[derive(Debug)]
pub(crate) struct Functions {
    lambda: Client,
    arns: RouteFunctions,
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
    #[error("Lambda did not take the invocation")]
    Refused(#[source] BoxError),
    /// No answer came in time.
    #[error("Lambda did not answer in time")]
    TimedOut,
}

impl Functions {
    pub(crate) fn new(lambda: Client, arns: RouteFunctions) -> Self {
        Self { lambda, arns }
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
        let payload = serde_json::to_vec(message).map_err(|error| InvocationError::Refused(error.into()))?;
        let invoke = self.lambda.invoke().function_name(self.arns.arn(route)).invocation_type(invocation_type);
        Ok(invoke.payload(Blob::new(payload)))
    }
}

fn is_throttled(error: &SdkError<InvokeError>) -> bool {
    error.as_service_error().is_some_and(InvokeError::is_too_many_requests_exception)
}
