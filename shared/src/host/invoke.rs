//! The Invoke of another function: the one place that calls Lambda.

use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{BoxError, SdkError};
use aws_sdk_lambda::operation::invoke::builders::InvokeFluentBuilder;
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde::Serialize;
use serde_json::Value;

use super::aws_http::is_unconnected;

/// A function that may be invoked, by a client that sends each Invoke once (see [`super::clients::lambda_once`]).
#[derive(Debug, Clone)]
pub struct Function {
    lambda: Client,
    arn: String,
}

/// What came of invoking a function and waiting for it.
#[derive(Debug)]
pub enum Output {
    /// It returned this; `null` if it returned nothing.
    Returned(Value),
    /// It failed, with this for an error.
    Failed(Value),
    /// There is no capacity to run it now.
    Throttled,
    /// It has not returned within the patience, and runs on.
    Late,
}

/// Lambda did not take an invocation.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// It answered so, or could not be reached: the function certainly was not invoked.
    #[error("Lambda did not take the invocation")]
    Refused(#[source] BoxError),
    /// The connection broke off after the request went out, or Lambda failed in itself: it may have taken it.
    #[error("whether Lambda took the invocation is unknown")]
    Unknown(#[source] BoxError),
    /// No answer came in time; Lambda may have taken it.
    #[error("Lambda did not answer in time")]
    TimedOut,
}

impl Function {
    /// The function with this name or ARN.
    #[must_use]
    pub fn new(lambda: Client, arn: String) -> Self {
        Self { lambda, arn }
    }

    /// Invokes the function and waits for what it returns, no longer than `patience`.
    ///
    /// # Errors
    /// [`InvocationError`] where Lambda did not take the invocation.
    pub async fn ask(&self, event: &(impl Serialize + Sync), patience: Duration) -> Result<Output, InvocationError> {
        let output = match self.send(event, InvocationType::RequestResponse, patience).await {
            Err(_) => return Ok(Output::Late),
            Ok(Ok(output)) => output,
            Ok(Err(Failure::Throttled)) => return Ok(Output::Throttled),
            Ok(Err(Failure::Refused(error))) => return Err(InvocationError::Refused(error)),
            Ok(Err(Failure::Unknown(error))) => return Err(InvocationError::Unknown(error)),
        };
        let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
        // Lambda passes on JSON alone; nothing at all is what a function without a return value returns.
        let payload = serde_json::from_slice(&payload).unwrap_or_default();
        Ok(if output.function_error.is_some() { Output::Failed(payload) } else { Output::Returned(payload) })
    }

    /// Invokes the function asynchronously: Lambda runs it as soon as it can, and again if it fails.
    ///
    /// # Errors
    /// [`InvocationError`] where Lambda did not take the invocation within `patience`.
    pub async fn tell(&self, event: &(impl Serialize + Sync), patience: Duration) -> Result<(), InvocationError> {
        match self.send(event, InvocationType::Event, patience).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(Failure::Throttled)) => Err(InvocationError::Refused("too many requests".into())),
            Ok(Err(Failure::Refused(error))) => Err(InvocationError::Refused(error)),
            Ok(Err(Failure::Unknown(error))) => Err(InvocationError::Unknown(error)),
            Err(_) => Err(InvocationError::TimedOut),
        }
    }

    /// Asks Lambda whether the function may be invoked, without invoking it: what opens a connection.
    ///
    /// # Errors
    /// [`InvocationError`] where Lambda did not say yes.
    pub async fn dry_run(&self) -> Result<(), InvocationError> {
        let asked = self.invoke(InvocationType::DryRun).send().await;
        asked.map(drop).map_err(|error| InvocationError::Refused(error.into()))
    }

    async fn send(
        &self,
        event: &(impl Serialize + Sync),
        invocation_type: InvocationType,
        patience: Duration,
    ) -> Result<Result<InvokeOutput, Failure>, tokio::time::error::Elapsed> {
        let payload = match serde_json::to_vec(event) {
            Ok(payload) => payload,
            Err(error) => return Ok(Err(Failure::Refused(error.into()))),
        };
        let invoke = self.invoke(invocation_type).payload(Blob::new(payload));
        let result = tokio::time::timeout(patience, invoke.send()).await?;
        Ok(result.map_err(Failure::from))
    }

    fn invoke(&self, invocation_type: InvocationType) -> InvokeFluentBuilder {
        self.lambda.invoke().function_name(&self.arn).invocation_type(invocation_type)
    }
}

enum Failure {
    Throttled,
    Refused(BoxError),
    Unknown(BoxError),
}

impl From<SdkError<InvokeError>> for Failure {
    fn from(error: SdkError<InvokeError>) -> Self {
        match &error {
            SdkError::ServiceError(service) if service.err().is_too_many_requests_exception() => Self::Throttled,
            // Lambda's own fault, or that of something on the way, at whatever moment.
            SdkError::ServiceError(service)
                if service.raw().status().is_server_error() && !is_before_run(service.err()) =>
            {
                Self::Unknown(error.into())
            }
            SdkError::ServiceError(_) | SdkError::ConstructionFailure(_) => Self::Refused(error.into()),
            SdkError::DispatchFailure(_) if is_unconnected(&error) => Self::Refused(error.into()),
            _ => Self::Unknown(error.into()),
        }
    }
}

/// Whether Lambda answers so with a 5xx because it cannot start the function, so that it has not run (AWS Lambda docs: Invoke,
/// errors). `ServiceException` is not among these: it says nothing of when.
fn is_before_run(error: &InvokeError) -> bool {
    matches!(
        error,
        InvokeError::CodeArtifactUserDeletedException(_)
            | InvokeError::CodeArtifactUserFailedException(_)
            | InvokeError::CodeArtifactUserPendingException(_)
            | InvokeError::Ec2AccessDeniedException(_)
            | InvokeError::Ec2ThrottledException(_)
            | InvokeError::Ec2UnexpectedException(_)
            | InvokeError::EniLimitReachedException(_)
            | InvokeError::EniNotReadyException(_)
            | InvokeError::InvalidRuntimeException(_)
            | InvokeError::InvalidSecurityGroupIdException(_)
            | InvokeError::InvalidSubnetIdException(_)
            | InvokeError::InvalidZipFileException(_)
            | InvokeError::KmsAccessDeniedException(_)
            | InvokeError::KmsDisabledException(_)
            | InvokeError::KmsInvalidStateException(_)
            | InvokeError::KmsNotFoundException(_)
            | InvokeError::ResourceNotReadyException(_)
            | InvokeError::SubnetIpAddressLimitReachedException(_)
    )
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::config::retry::RetryConfig;
    use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
    use axum::Router;
    use http::StatusCode;
    use tokio::net::TcpListener;

    use super::*;

    /// What invoking a function comes to if Lambda answers with this error.
    async fn invoked(status: u16, error_type: &'static str) -> &'static str {
        let answer = (StatusCode::from_u16(status).unwrap(), [("x-amzn-errortype", error_type)], "{}");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        let function = Function::new(Client::from_conf(config), "f".into());
        match function.ask(&Value::Null, Duration::from_secs(5)).await {
            Ok(Output::Throttled) => "throttled",
            Err(InvocationError::Refused(_)) => "refused",
            Err(InvocationError::Unknown(_)) => "unknown",
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn after_a_server_error_the_function_was_perhaps_invoked_unless_lambda_could_not_start_it() {
        for (status, error_type, expected) in [
            (500, "ServiceException", "unknown"),
            (502, "", "unknown"),
            (503, "ServiceUnavailableException", "unknown"),
            (504, "NewInAnotherYearException", "unknown"),
            (502, "EC2UnexpectedException", "refused"),
            (502, "ENINotReadyException", "refused"),
            (502, "InvalidZipFileException", "refused"),
            (502, "KMSDisabledException", "refused"),
            (404, "ResourceNotFoundException", "refused"),
            (403, "AccessDeniedException", "refused"),
            (429, "TooManyRequestsException", "throttled"),
        ] {
            assert_eq!(invoked(status, error_type).await, expected, "{status} {error_type}");
        }
    }
}
