//! The reply window as a model that the checker can visit.

use stateright::{Model, Property};

use super::action::Action;
use super::protocol::ReplyWindow;
use super::row::Act;
use super::state::{Opener, Sender, State};
use super::wechat::WeChat;
use super::{opener, possible, properties, sender, write};

impl Model for ReplyWindow {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: 1,
            wechat: WeChat::default(),
            row: None,
            openers: Vec::new(),
            senders: [Sender::Idle; 2],
            late: None,
            acts: self.acts,
            acted_at: 0,
            sends: self.sends,
            crashes: self.crashes,
            lost_answers: self.lost_answers,
            acts_in_the_row: Vec::new(),
            forgone: false,
            wrong: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        possible::possible(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Tick => state.now += 1,
            Action::UserActs { is_message } => {
                let act = Act { at: state.now, is_message };
                state.acts -= 1;
                state.acted_at = state.now;
                state.wechat.grant(act);
                state.put_opener(Opener { act, seen: None });
            }
            Action::Open(opener, how) => opener::act(self, &mut state, opener, how),
            Action::Send(sender, how) => sender::act(self, &mut state, sender, how),
            Action::LateWriteArrives => {
                let late = state.late.take()?;
                write::make(self, &mut state, late);
            }
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<ReplyWindow>> {
        properties::of(self)
    }
}
