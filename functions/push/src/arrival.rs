//! When a request came, and how old its push was then.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};
use protocol::envelope::PushQuery;
use shared::host::clock;
use shared::host::redriven::REDRIVEN_ARRIVED_AT;

/// When a push came, and how old it was then.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// When it came, seconds since the epoch: now, or, for what was parked as it came, when it came first.
    pub(crate) at_seconds: i64,
    /// By its signed timestamp.
    pub(crate) signed_age_seconds: i64,
    /// Whether it comes from the failed queue: nobody waits for the answer.
    pub(crate) is_redriven: bool,
}

impl Arrival {
    pub(crate) fn of(request: &Request, query: &PushQuery<'_>) -> Self {
        let redriven = redriven_at(request);
        let at_seconds = redriven.unwrap_or_else(clock::now_seconds);
        let signed_at = query.timestamp.and_then(|timestamp| timestamp.parse().ok()).unwrap_or(at_seconds);
        Self {
            at_seconds,
            signed_age_seconds: clock::now_seconds().saturating_sub(signed_at),
            is_redriven: redriven.is_some(),
        }
    }
}

/// When a push that redrive hands over came first. It stands where API Gateway writes what an authorizer says; the route has none,
/// so that only a caller who may invoke the function can say it.
fn redriven_at(request: &Request) -> Option<i64> {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.authorizer.fields.get(REDRIVEN_ARRIVED_AT)?.as_i64(),
        _ => None,
    }
}

/// When API Gateway took the request. If its clock and ours disagree, ours counts.
pub(crate) fn arrived_milliseconds(request: &Request) -> i64 {
    let now = clock::now_milliseconds();
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) if (0..5_000).contains(&(now - context.request_time_epoch)) => {
            context.request_time_epoch
        }
        _ => now,
    }
}
