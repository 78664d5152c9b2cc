//! The reply window holds in every order of events, and the checker finds every rule that is broken on purpose.

mod check;

use check::{finds, holds};
use models::window::{Fault, ReplyWindow, name};

fn broken(fault: Fault) -> ReplyWindow {
    ReplyWindow { fault: Some(fault), ..ReplyWindow::new() }
}

fn one_lost_answer() -> ReplyWindow {
    ReplyWindow { acts: 2, lost_answers: 1, ..ReplyWindow::new() }
}

mod the_window_holds {
    use super::*;

    #[test]
    fn for_three_acts_of_the_user_and_three_messages() {
        holds(ReplyWindow::new());
    }

    #[test]
    fn with_a_crash() {
        holds(ReplyWindow { acts: 2, crashes: 1, ..ReplyWindow::new() });
    }

    #[test]
    fn with_an_answer_that_is_lost_or_a_write_that_arrives_late() {
        holds(one_lost_answer());
    }
}

mod the_checker_finds {
    use super::*;

    #[test]
    fn a_slot_that_is_given_back_twice() {
        finds(name::GIVEN_BACK_ONCE, ReplyWindow { fault: Some(Fault::GivesBackTwice), ..one_lost_answer() });
        finds(name::QUOTA, ReplyWindow { fault: Some(Fault::GivesBackTwice), ..one_lost_answer() });
    }

    #[test]
    fn a_slot_that_is_given_back_although_its_message_arrived() {
        finds(name::GIVEN_BACK_ONCE, ReplyWindow { fault: Some(Fault::GivesBackTheUnknown), ..one_lost_answer() });
    }

    #[test]
    fn a_slot_that_is_kept_although_its_message_was_not_sent() {
        finds(name::AUTHORITY, broken(Fault::KeepsTheSlotOfWhatWasNotSent));
    }

    #[test]
    fn a_slot_that_comes_back_after_a_correction() {
        finds(name::CORRECTED, broken(Fault::GivesBackAfterACorrection));
    }

    #[test]
    fn a_correction_of_whatever_window_is_open() {
        finds(name::NEWER_STAYS, broken(Fault::CorrectsAnyWindow));
    }

    #[test]
    fn a_correction_of_a_window_that_an_entering_has_widened_since() {
        finds(name::NEWER_STAYS, broken(Fault::CorrectsAfterAnEntering));
    }

    #[test]
    fn a_window_that_is_opened_by_an_old_push() {
        finds(name::FORWARD, ReplyWindow { fault: Some(Fault::OpensByAnOldPush), ..one_lost_answer() });
    }
}
