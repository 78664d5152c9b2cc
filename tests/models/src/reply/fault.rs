//! The rules that a check can break on purpose, to prove that the checker would notice.

/// One rule of the protocol, broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A run sends a message and marks it afterwards.
    SendsBeforeMarking,
    /// A run that takes a reply over does not compare the run that it saw.
    TakesOverWithoutComparingRun,
    /// A run that takes a reply over goes on from the row that it read, not from the row that its write returned.
    GoesOnFromAStaleRead,
    /// A run takes over a row whose owner it saw, although a reply was recorded meanwhile.
    TakesOverARowWithAReply,
    /// A mark goes back to an earlier message, by a write that arrives late.
    LetsAMarkGoBack,
    /// A run sends a message again whose outcome is unknown.
    SendsTheUnknownAgain,
    /// A run that takes a reply over sends the message that the other run was sending.
    SendsWhatAnotherRunWasSending,
    /// `push` answers `success` for a late reply without a guard.
    AnswersSuccessWithoutGuard,
    /// `push` turns the row to late before it puts the guard.
    TurnsLateBeforeGuarding,
    /// An asynchronous run ends quietly when it finds the row unfinished in other hands.
    EndsWhileOthersAreAtWork,
    /// `push` invokes `deliver-reply` again when that has crashed, and `deliver-reply` answers from a row that another
    /// run has recorded but not finished.
    AnswersFromAnUnfinishedRow,
    /// `deliver-reply` turns the row to late before it invokes itself asynchronously.
    TurnsLateBeforeInvokingAgain,
    /// `push` answers `success` to a repeat whose row redrive has taken over, although the answer was a transfer.
    ForgetsTheTransferOnRedrive,
    /// `deliver-reply` records the failure before it parks the push.
    FailsBeforeParking,
    /// A late transfer is recorded as done before its mark is set.
    FinishesBeforeTheMark,
    /// A late reply of which nothing reached the user is done with the transfer as its answer, without a mark.
    TransfersInTheRowWhenLate,
    /// `push` acknowledges a payment whose handler is late.
    AcknowledgesALatePayment,
    /// A reply is recorded only if the row is not late.
    RecordsOnlyInTime,
    /// A run takes the slot of the next message before it marks the message.
    TakesTheSlotBeforeMarking,
    /// A run takes the slot again when the answer was lost.
    TakesTheSlotAgain,
    /// `push` removes the transfer mark before it records the transfer.
    RemovesTheMarkFirst,
    /// `push` removes whatever transfer mark it finds, not only the one it saw.
    RemovesAnyMark,
}
