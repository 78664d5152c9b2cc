//! What comes of a state if nothing fails from then on.

use super::action::How;
use super::protocol::TokenRefresh;
use super::state::{CallerStep, ENVIRONMENTS, State};
use super::wechat::NaturalEnd;
use super::{caller, refresher};

/// How many steps each process takes in one tick.
const STEPS: usize = 8;
/// Longer than the leases of all processes together.
const TICKS: usize = 12;

/// Says whether every call is taken in the end, if all processes go on in turn, time goes by, and nothing fails any more.
pub(super) fn recovers(protocol: &TokenRefresh, state: &State) -> bool {
    let mut state = state.clone();
    for _ in 0..TICKS {
        for _ in 0..STEPS {
            for refresher in state.refreshers.clone() {
                refresher::act(protocol, &mut state, refresher, How::Works);
            }
            for (index, caller) in state.callers.into_iter().enumerate() {
                match caller.step {
                    CallerStep::Read(_) if state.refreshers.len() < ENVIRONMENTS => {
                        caller::read_or_invoke(&mut state, index, 0);
                    }
                    CallerStep::Read(_) | CallerStep::Wait(..) | CallerStep::Done => (),
                    _ => caller::act(&mut state, index, caller, How::Works),
                }
            }
            if state.is_done() {
                return true;
            }
        }
        state.tick();
        state.row.pauses = false;
        // A caller whose clock is ahead finds the token ended before `access-token` does, and has to wait for that.
        if state.wechat.natural_end >= NaturalEnd::AtHand {
            state.wechat.natural_end = NaturalEnd::Past;
        }
    }
    false
}
