//! A call's line in the log, which is also its metrics. It holds no token, no secret and no query.

use protocol::caller::UNKNOWN_CALLERS;
use serde::Serialize;

use super::edge::Edge;
use super::error::GatewayError;
use super::target::Target;
use crate::host::logs;
use crate::host::metrics::{self, Directive, Unit};
use crate::wechat::errcode::Errcode;

/// What stands in place of what is not known to be true: each value of a metric's dimension is paid for, and must not be
/// what a stranger chose.
const UNKNOWN: &str = UNKNOWN_CALLERS;
/// What stands in place of an errcode that is not known here, for the same reason.
const OTHER: &str = "other";

const SDK_CALLS: Directive<'_> = Directive {
    dimensions: &[&["stack"], &["stack", "caller"], &["stack", "path_group", "errcode_group"]],
    metrics: &[("sdk_calls", Unit::Count)],
};

/// What the log tells of a call.
#[derive(Debug, Serialize)]
pub(super) struct GatewayLine<'a> {
    message: &'static str,
    stack: &'a str,
    pub(super) request_id: String,
    /// `sdk`, `iam`
    edge: &'static str,
    /// The caller's name in the secret, or `iam`.
    caller: String,
    appid: String,
    /// An action, `token`, an entry of the list, or `refused`.
    path_group: String,
    status: u16,
    /// As text, as in the line of an action.
    errcode: String,
    /// The errcode if it is known here, else [`OTHER`].
    errcode_group: String,
    /// How often WeChat was asked; nothing if the call was not passed on.
    pub(super) tries: Option<u32>,
    error: Option<String>,
    pub(super) milliseconds: u64,
    sdk_calls: u8,
}

impl<'a> GatewayLine<'a> {
    pub(super) fn new(stack: &'a str, request_id: String) -> Self {
        Self {
            message: "sdk_call",
            stack,
            request_id,
            edge: UNKNOWN,
            caller: UNKNOWN.to_owned(),
            appid: UNKNOWN.to_owned(),
            path_group: Target::Refused.group().to_owned(),
            status: 0,
            errcode: Errcode::OK.to_string(),
            errcode_group: Errcode::OK.to_string(),
            tries: None,
            error: None,
            milliseconds: 0,
            sdk_calls: 1,
        }
    }

    pub(super) fn came_by(&mut self, edge: Edge) {
        self.edge = edge.name();
    }

    pub(super) fn goes_to(&mut self, target: &Target) {
        target.group().clone_into(&mut self.path_group);
    }

    /// Who calls, and for which mini program, once both are verified.
    pub(super) fn is_of(&mut self, caller: &str, appid: &str) {
        caller.clone_into(&mut self.caller);
        appid.clone_into(&mut self.appid);
    }

    pub(super) fn answered(&mut self, status: u16, errcode: Errcode) {
        self.status = status;
        self.errcode = errcode.to_string();
        self.errcode_group = if errcode.is_known() { self.errcode.clone() } else { OTHER.to_owned() };
    }

    pub(super) fn failed(&mut self, error: &GatewayError, edge: Edge) {
        self.answered(error.status(edge).as_u16(), error.errcode(edge));
        self.error = Some(error.causes());
        if error.errcode(edge) == Errcode::INVALID_APPID {
            UNKNOWN.clone_into(&mut self.appid);
        }
    }

    pub(super) fn write(&self) {
        logs::write(self, Some(metrics::embedded(&[SDK_CALLS])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::action::ActionError;

    #[test]
    fn a_stranger_is_unknown_and_so_is_a_mini_program_that_the_stack_does_not_have() {
        let mut line = GatewayLine::new("test", "r".into());
        assert_eq!(
            (line.caller.as_str(), line.appid.as_str(), line.path_group.as_str()),
            ("unknown", "unknown", "refused")
        );
        line.is_of("shop", "wx00112233445566ff");
        line.failed(&ActionError::InvalidAppid.into(), Edge::Sdk);
        assert_eq!((line.caller.as_str(), line.appid.as_str()), ("shop", "unknown"));
        assert_eq!((line.status, line.errcode.as_str()), (200, "40013"));
    }

    #[test]
    fn an_errcode_that_is_not_known_here_is_told_and_counted_with_the_others() {
        let mut line = GatewayLine::new("test", "r".into());
        for (errcode, group) in [(45047, "45047"), (-1000, "-1000"), (61450, "other"), (i64::MIN, "other")] {
            line.answered(200, Errcode(errcode));
            assert_eq!((line.errcode.as_str(), line.errcode_group.as_str()), (errcode.to_string().as_str(), group));
        }
    }

    #[test]
    fn each_dimension_stands_in_the_line_as_text() {
        let line = serde_json::to_value(GatewayLine::new("test", "r".into())).unwrap();
        for name in SDK_CALLS.dimensions.iter().copied().flatten() {
            assert!(line[*name].is_string(), "{name}");
        }
        assert_eq!(line["sdk_calls"], 1);
    }
}
