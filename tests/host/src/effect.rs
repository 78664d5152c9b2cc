//! What can happen to a call, and how each service words it.

use std::time::Duration;

use http::StatusCode;

use crate::answer::Answer;
use crate::call::Service;

/// What happens at a point.
#[derive(Debug, Clone)]
pub enum Effect {
    /// The connection closes without an answer. Before the call, nothing has happened; after it, everything has, and only
    /// the answer is lost.
    Cut,
    /// The call, or its answer, waits this long.
    Delay(Duration),
    /// The service answers with a server error (HTTP 500, as the service writes it).
    Fail,
    /// The service answers that there are too many requests, as the service writes it.
    Throttle,
    /// The service answers this.
    Answer(Answer),
}

/// The answer of a service that fails.
pub(crate) fn failure(service: Service) -> Answer {
    let code = match service {
        Service::DynamoDb => "com.amazonaws.dynamodb.v20120810#InternalServerError",
        Service::Lambda => "ServiceException",
        Service::SecretsManager => "InternalServiceError",
        Service::Sqs | Service::Runtime => "InternalFailure",
        Service::WeChat => return Answer::new(StatusCode::BAD_GATEWAY, ""),
    };
    Answer::aws_error(StatusCode::INTERNAL_SERVER_ERROR, code, "the test asked for this failure")
}

/// The answer of a service that has too many requests.
pub(crate) fn throttle(service: Service) -> Answer {
    let (status, code) = match service {
        Service::DynamoDb => {
            (StatusCode::BAD_REQUEST, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException")
        }
        Service::Lambda => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
        Service::SecretsManager => (StatusCode::BAD_REQUEST, "ThrottlingException"),
        Service::Sqs => (StatusCode::FORBIDDEN, "com.amazonaws.sqs#RequestThrottled"),
        Service::Runtime | Service::WeChat => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequests"),
    };
    Answer::aws_error(status, code, "Rate exceeded")
}
