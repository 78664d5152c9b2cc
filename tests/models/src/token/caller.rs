//! The steps of a call: it uses the token in memory, and replaces it once if `WeChat` refuses it. A call that fails is made anew.

use super::action::How;
use super::state::{Caller, CallerStep, Request, State};

/// The first step of a call.
const ANEW: CallerStep = CallerStep::Call { is_replaced: false };

/// Takes a step.
pub(super) fn act(state: &mut State, index: usize, caller: Caller, how: How) {
    let after = match caller.step {
        _ if how == How::AnswerLost => {
            state.lost_answers -= 1;
            Caller { step: ANEW, ..caller }
        }
        CallerStep::Call { is_replaced } => Caller { step: call(state, caller, is_replaced), ..caller },
        CallerStep::ReadAgain(refused) => {
            with_another(state, caller, refused).unwrap_or(Caller { step: ANEW, ..caller })
        }
        CallerStep::Read(_) | CallerStep::Wait(..) | CallerStep::Done => caller,
    };
    if let Some(caller) = state.caller(index) {
        *caller = after;
    }
}

fn call(state: &State, caller: Caller, is_replaced: bool) -> CallerStep {
    if !is_replaced && state.wechat.has_ended_by(caller.cached, caller.clock) {
        CallerStep::Read(None)
    } else if state.wechat.takes(caller.cached) {
        CallerStep::Done
    } else if is_replaced {
        ANEW
    } else {
        CallerStep::Read(Some(caller.cached))
    }
}

/// The caller with the token of the row, if that has not ended and is not the refused one.
fn with_another(state: &State, caller: Caller, refused: Option<u8>) -> Option<Caller> {
    let token = state.row.token;
    let is_good = Some(token) != refused && !state.wechat.has_ended_by(token, caller.clock);
    is_good.then_some(Caller { step: CallerStep::Call { is_replaced: refused.is_some() }, cached: token, ..caller })
}

/// Reads the row, or else invokes `access-token` and waits. Nothing comes between the two that `access-token` would not find
/// when it reads the row itself.
pub(super) fn read_or_invoke(state: &mut State, index: usize, clock: u8) {
    let Some(caller) = state.callers.get(index).copied() else { return };
    let CallerStep::Read(refused) = caller.step else { return };
    let after = with_another(state, caller, refused).unwrap_or_else(|| {
        let id = state.start(refused.map_or(Request::OnlyIfEnded, Request::Refused), clock);
        Caller { step: CallerStep::Wait(refused, id), ..caller }
    });
    if let Some(caller) = state.caller(index) {
        *caller = after;
    }
}
