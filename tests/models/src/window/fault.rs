//! The rules that a check can break on purpose, to prove that the checker would notice.

/// One rule of the reply window, broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The SDK repeats the write that gives a slot back.
    GivesBackTwice,
    /// A slot is given back although the message was perhaps sent.
    GivesBackTheUnknown,
    /// The slot of a message that certainly was not sent is kept.
    KeepsTheSlotOfWhatWasNotSent,
    /// A slot is given back although `WeChat` has refused another message of the same count since.
    GivesBackAfterACorrection,
    /// `WeChat`'s refusal closes whatever window it finds.
    CorrectsAnyWindow,
    /// `WeChat`'s refusal closes a window whose count kept its name, although the user has entered since.
    CorrectsAfterAnEntering,
    /// A push opens the window whatever opened it before.
    OpensByAnOldPush,
}
