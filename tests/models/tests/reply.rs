//! The reply protocol holds in every order of events, and the checker finds every rule that is broken on purpose.

mod check;

use check::holds;
use models::reply::{Fault, Kind, ReplyProtocol, WhenHandlerFails, name};

/// The broken rule breaks the property.
#[track_caller]
fn finds(fault: Fault, property: &'static str, mut protocol: ReplyProtocol) {
    protocol.fault = Some(fault);
    check::finds(property, protocol);
}

fn message() -> ReplyProtocol {
    ReplyProtocol { redrives: 0, ..ReplyProtocol::new(Kind::Message) }
}

fn late_write() -> ReplyProtocol {
    ReplyProtocol { attempts: 1, lost_answers: 0, late_writes: 1, messages: 3, ..message() }
}

fn one_crash(mut protocol: ReplyProtocol) -> ReplyProtocol {
    protocol.lost_answers = 0;
    protocol
}

fn one_lost_answer(mut protocol: ReplyProtocol) -> ReplyProtocol {
    protocol.crashes = 0;
    protocol
}

fn no_failure(protocol: ReplyProtocol) -> ReplyProtocol {
    one_crash(one_lost_answer(protocol))
}

fn retry(mut protocol: ReplyProtocol) -> ReplyProtocol {
    protocol.when_handler_fails = WhenHandlerFails::Retry;
    protocol
}

mod the_protocol_holds {
    use super::*;

    #[test]
    fn for_a_message_with_four_attempts_a_crash_and_a_redrive() {
        holds(one_crash(ReplyProtocol::new(Kind::Message)));
    }

    #[test]
    fn for_a_message_with_four_attempts_and_a_lost_answer() {
        holds(one_lost_answer(message()));
    }

    #[test]
    fn for_a_message_with_two_attempts_a_crash_and_a_lost_answer() {
        holds(ReplyProtocol { attempts: 2, ..message() });
    }

    #[test]
    fn for_a_message_that_is_retried_with_a_crash_and_a_redrive() {
        holds(ReplyProtocol { attempts: 2, ..retry(one_crash(ReplyProtocol::new(Kind::Message))) });
    }

    #[test]
    fn for_a_message_that_is_retried_with_a_lost_answer() {
        holds(ReplyProtocol { attempts: 2, ..retry(one_lost_answer(message())) });
    }

    #[test]
    fn for_an_event() {
        holds(ReplyProtocol { attempts: 2, ..ReplyProtocol::new(Kind::Event) });
        holds(one_lost_answer(ReplyProtocol::new(Kind::Event)));
        holds(one_crash(ReplyProtocol::new(Kind::Event)));
    }

    #[test]
    fn for_three_messages_with_a_crash_and_a_write_that_arrives_after_later_ones() {
        holds(late_write());
    }

    #[test]
    fn for_a_redrive_and_a_write_that_arrives_after_later_ones() {
        let with = |protocol| no_failure(ReplyProtocol { attempts: 2, late_writes: 1, ..protocol });
        holds(with(ReplyProtocol::new(Kind::Message)));
        holds(with(retry(ReplyProtocol::new(Kind::Message))));
        holds(with(ReplyProtocol::new(Kind::Event)));
        holds(with(ReplyProtocol::new(Kind::Payment)));
    }

    #[test]
    fn for_a_payment() {
        holds(ReplyProtocol::new(Kind::Payment));
    }

    #[test]
    fn for_a_message_after_a_late_transfer() {
        holds(ReplyProtocol { earlier_mark: true, ..ReplyProtocol::new(Kind::Message) });
    }
}

mod the_checker_finds {
    use super::*;

    #[test]
    fn a_message_sent_before_it_is_marked() {
        finds(Fault::SendsBeforeMarking, name::DELIVERED_ONCE, one_crash(message()));
    }

    #[test]
    fn a_reply_taken_over_without_comparing_its_run() {
        finds(Fault::TakesOverWithoutComparingRun, name::DELIVERED_ONCE, one_lost_answer(message()));
    }

    #[test]
    fn a_reply_continued_from_a_stale_read() {
        finds(Fault::GoesOnFromAStaleRead, name::DELIVERED_ONCE, no_failure(message()));
    }

    #[test]
    fn a_row_taken_over_although_a_reply_was_recorded() {
        finds(Fault::TakesOverARowWithAReply, name::DELIVERED_ONCE, no_failure(message()));
    }

    #[test]
    fn a_message_of_unknown_outcome_sent_again() {
        finds(Fault::SendsTheUnknownAgain, name::DELIVERED_ONCE, one_lost_answer(message()));
    }

    #[test]
    fn a_message_sent_that_another_run_was_sending() {
        finds(Fault::SendsWhatAnotherRunWasSending, name::DELIVERED_ONCE, one_crash(message()));
    }

    #[test]
    fn a_mark_that_goes_back() {
        finds(Fault::LetsAMarkGoBack, name::DELIVERED_ONCE, late_write());
    }

    #[test]
    fn success_without_a_guard() {
        finds(Fault::AnswersSuccessWithoutGuard, name::OUTCOME, one_crash(message()));
    }

    #[test]
    fn a_guard_that_is_put_too_late() {
        finds(Fault::TurnsLateBeforeGuarding, name::OUTCOME, one_crash(message()));
    }

    #[test]
    fn an_asynchronous_run_that_ends_while_others_are_at_work() {
        finds(Fault::EndsWhileOthersAreAtWork, name::OUTCOME, one_crash(ReplyProtocol::new(Kind::Event)));
        finds(Fault::EndsWhileOthersAreAtWork, name::OUTCOME, no_failure(retry(ReplyProtocol::new(Kind::Message))));
    }

    #[test]
    fn an_answer_from_a_row_that_is_unfinished() {
        finds(Fault::AnswersFromAnUnfinishedRow, name::OUTCOME, one_crash(message()));
    }

    #[test]
    fn a_row_that_is_late_before_its_retry_is_certain() {
        finds(Fault::TurnsLateBeforeInvokingAgain, name::OUTCOME, one_crash(retry(message())));
    }

    #[test]
    fn a_transfer_forgotten_on_redrive() {
        finds(Fault::ForgetsTheTransferOnRedrive, name::OUTCOME, one_crash(ReplyProtocol::new(Kind::Message)));
    }

    #[test]
    fn a_failure_recorded_before_the_push_is_parked() {
        finds(Fault::FailsBeforeParking, name::FAILED_IS_PARKED, one_crash(message()));
    }

    #[test]
    fn a_late_transfer_that_is_done_before_its_mark_is_set() {
        finds(Fault::FinishesBeforeTheMark, name::OUTCOME, one_crash(message()));
    }

    #[test]
    fn a_transfer_in_a_row_that_nobody_answers_from_any_more() {
        finds(Fault::TransfersInTheRowWhenLate, name::OUTCOME, no_failure(message()));
    }

    #[test]
    fn a_late_payment_that_is_acknowledged() {
        finds(Fault::AcknowledgesALatePayment, name::PAYMENT, no_failure(ReplyProtocol::new(Kind::Payment)));
    }

    #[test]
    fn a_late_reply_that_is_not_recorded() {
        finds(Fault::RecordsOnlyInTime, name::LATE_REPLY, no_failure(message()));
    }

    #[test]
    fn a_slot_taken_before_the_message_is_marked() {
        finds(Fault::TakesTheSlotBeforeMarking, name::ONE_SLOT, one_crash(message()));
    }

    #[test]
    fn a_slot_taken_again_after_a_lost_answer() {
        finds(Fault::TakesTheSlotAgain, name::ONE_SLOT, one_lost_answer(message()));
    }

    #[test]
    fn a_mark_removed_before_its_transfer_is_recorded() {
        finds(
            Fault::RemovesTheMarkFirst,
            name::MARK_USED,
            ReplyProtocol { earlier_mark: true, ..one_crash(message()) },
        );
    }

    #[test]
    fn a_newer_mark_that_is_removed() {
        finds(Fault::RemovesAnyMark, name::MARK_KEPT, ReplyProtocol { earlier_mark: true, ..one_crash(message()) });
    }
}
