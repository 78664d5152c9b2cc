//! The refresh as a model that the checker can visit.

use stateright::{Model, Property};

use super::action::Action;
use super::protocol::TokenRefresh;
use super::row::Row;
use super::state::{Caller, CallerStep, Request, SKEW, State};
use super::wechat::{FIRST, NaturalEnd, WeChat};
use super::{caller, possible, properties, refresher};

impl Model for TokenRefresh {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let caller = |clock| Caller { step: CallerStep::Call { is_replaced: false }, cached: FIRST, clock };
        vec![State {
            wechat: WeChat::new(),
            row: Row { token: FIRST, generation: 1, lease: None, pauses: false },
            callers: [caller(0), caller(SKEW)],
            refreshers: Vec::new(),
            late: None,
            scheduled: self.natural_end,
            revocations: self.revocations,
            crashes: self.crashes,
            lost_answers: self.lost_answers,
            began_without_need: false,
            went_back: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        possible::possible(self, state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick => state.tick(),
            Action::PauseEnds => state.row.pauses = false,
            Action::Revoke { returns_it } => {
                state.revocations -= 1;
                state.wechat.revoke(returns_it);
            }
            Action::NearsItsEnd => {
                let end = &mut state.wechat.natural_end;
                *end = match end {
                    NaturalEnd::Far => NaturalEnd::Near,
                    NaturalEnd::Near => NaturalEnd::AtHand,
                    NaturalEnd::AtHand => NaturalEnd::Come,
                    NaturalEnd::Come | NaturalEnd::Past => NaturalEnd::Past,
                };
            }
            Action::Schedule { clock } => {
                state.scheduled = false;
                state.start(Request::Scheduled, clock);
            }
            Action::Call(index, caller, how) => caller::act(&mut state, index, caller, how),
            Action::Invoke(index, clock) => caller::read_or_invoke(&mut state, index, clock),
            Action::Refresh(refresher, how) => refresher::act(self, &mut state, refresher, how),
            Action::LateWriteArrives => {
                let late = state.late.take()?;
                refresher::make(self, &mut state, late);
            }
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<TokenRefresh>> {
        properties::of(self)
    }
}
