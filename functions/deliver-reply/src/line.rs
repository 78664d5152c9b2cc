//! A run's line in the log, which is also its metrics.

use std::time::Instant;

use protocol::push::{Kind, Push};
use protocol::route::Route;
use serde::Serialize;
use shared::host::deliver_reply::Envelope;
use shared::host::metrics::{self, Directive, Unit};
use shared::host::{clock, logs};

use crate::outcome::Outcome;

/// What the log tells of a run. Nothing in it is what a user or a function wrote.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    message: &'static str,
    stack: &'a str,
    request_id: String,
    appid: &'a str,
    route: Route,
    openid: Option<String>,
    pub(crate) outcome: Outcome,
    /// The rule that the function's return value breaks, or what was out of reach.
    pub(crate) error: Option<String>,
    /// How long the function took, with all its tries.
    pub(crate) handler_milliseconds: Option<u64>,
    /// How many messages of the reply reached the user, as far as is known.
    pub(crate) messages: u32,
    /// How many messages were parked because they were perhaps sent.
    pub(crate) unknown_messages: u32,
    /// 1 if the function returned what it may not.
    pub(crate) invalid_replies: u8,
    /// 1 if the push was to be published and may not have been; nothing without a bus.
    pub(crate) unpublished_events: Option<u8>,
    milliseconds: u64,
    deliveries: u8,
    failed_payments: u8,
}

const DELIVERIES: Directive<'_> = Directive {
    dimensions: &[&["stack"], &["stack", "route", "outcome"]],
    metrics: &[("deliveries", Unit::Count), ("invalid_replies", Unit::Count), ("unknown_messages", Unit::Count)],
};
const DELIVERIES_BY_APPID: Directive<'_> =
    Directive { dimensions: &[&["stack", "appid"]], metrics: &[("deliveries", Unit::Count)] };
const FAILED_PAYMENTS: Directive<'_> =
    Directive { dimensions: &[&["stack"]], metrics: &[("failed_payments", Unit::Count)] };

const UNPUBLISHED_EVENTS: Directive<'_> =
    Directive { dimensions: &[&["stack"]], metrics: &[("unpublished_events", Unit::Count)] };

impl<'a> Line<'a> {
    pub(crate) fn new(stack: &'a str, envelope: &'a Envelope, request_id: String) -> Self {
        let Envelope { appid, push, .. } = envelope;
        Self {
            message: "deliver reply",
            stack,
            request_id,
            appid: appid.as_str(),
            route: push.route(),
            openid: push.openid().map(logs::hashed),
            outcome: Outcome::Broken,
            error: None,
            handler_milliseconds: None,
            messages: 0,
            unknown_messages: 0,
            invalid_replies: 0,
            unpublished_events: None,
            milliseconds: 0,
            deliveries: 1,
            failed_payments: 0,
        }
    }

    pub(crate) fn write(mut self, push: &Push, started: Instant) {
        self.milliseconds = clock::milliseconds_since(started);
        self.failed_payments = u8::from(push.kind() == Kind::Payment && self.outcome == Outcome::NotBooked);
        let mut directives = vec![DELIVERIES, DELIVERIES_BY_APPID];
        if push.kind() == Kind::Payment {
            directives.push(FAILED_PAYMENTS);
        }
        if self.unpublished_events.is_some() {
            directives.push(UNPUBLISHED_EVENTS);
        }
        logs::write(&self, Some(metrics::embedded(&directives)));
    }
}
