//! How a disturbance is named where the report says what a push met.

use lambda_host::{Act, Disturbance, Effect, Moment, PassedCall};

/// The name of what happened to a call, the same for all that are of a kind.
pub(crate) fn name(call: &PassedCall, disturbance: &Disturbance) -> String {
    let service = format!("{:?}", call.service);
    match (&disturbance.act, disturbance.moment) {
        (Act::Kill, _) => killed(&call.caller),
        (Act::Effect(Effect::Cut | Effect::Answer(_)), Moment::During | Moment::After) => {
            format!("answer of {service} lost")
        }
        (Act::Effect(Effect::Delay(_)), _) => format!("{service} slow"),
        (Act::Effect(_), _) => format!("{service} out of reach"),
    }
}

/// The name of a kill.
pub(crate) fn killed(function: &str) -> String {
    format!("{function} killed")
}

/// Whether a call that is disturbed in this way reaches its service.
pub(crate) fn lets_through(disturbance: Option<&Disturbance>) -> bool {
    match disturbance {
        Some(Disturbance { moment: Moment::Before, act }) => matches!(act, Act::Effect(Effect::Delay(_))),
        _ => true,
    }
}
