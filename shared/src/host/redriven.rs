//! A push that is handed to `push` as it came, out of the failed queue: where the request says so.

/// The field of `requestContext.authorizer` that says when the push came first, in seconds since the epoch. `/push` has no
/// authorizer, so that API Gateway leaves it out, whatever a sender writes.
pub const REDRIVEN_ARRIVED_AT: &str = "redrivenArrivedAt";
