//! The reply protocol as a model that the checker can visit.

use stateright::{Model, Property};

use super::action::Action;
use super::forget::forget;
use super::properties;
use super::protocol::ReplyProtocol;
use super::row::Dedupe;
use super::state::{EARLIER_MARK, LateWrite, Message, State, WeChat};
use super::{deliver_reply, possible, push, surroundings, wechat};

impl Model for ReplyProtocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            row: Dedupe::default(),
            messages: vec![Message::default(); usize::from(self.messages)],
            wechat: WeChat::GaveUp,
            pushes: Vec::new(),
            runs: Vec::new(),
            queue: Vec::new(),
            guards: 0,
            late: None,
            parked: false,
            mark: self.earlier_mark.then_some(EARLIER_MARK),
            other_mark_set: false,
            booked: false,
            promised: None,
            repeats: self.attempts.saturating_sub(1),
            crashes: self.crashes,
            lost_answers: self.lost_answers,
            late_writes: self.late_writes,
            redrives: self.redrives,
        };
        wechat::send(&mut state, 1);
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        possible::possible(self, state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Push(push, how) => state = push::act(self, last, push, how)?,
            Action::DeliverReply(run, how) => state = deliver_reply::act(self, last, run, how)?,
            Action::WeChatHangsUp(push) => {
                state.lost_answers -= 1;
                wechat::hang_up(&mut state, push);
            }
            Action::LambdaStarts(envelope) => surroundings::start(&mut state, envelope),
            Action::GuardIsDue { crashes } => surroundings::guard_is_due(&mut state, crashes),
            Action::Redrive { crashes } => surroundings::redrive(&mut state, crashes),
            Action::LateWriteArrives => match state.late.take()? {
                LateWrite::Push(push) => state.row = push::row_after(self, last, push),
                LateWrite::DeliverReply(run) => state.row = deliver_reply::row_after(self, last, run),
            },
            Action::OtherMark => surroundings::set_other_mark(&mut state),
        }
        forget(self, &mut state);
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<ReplyProtocol>> {
        properties::of(self)
    }
}
