//! What a function may not return.

/// A function returned what it may not. Nothing of it is repeated.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum InvalidReply {
    /// It is of no form that there is.
    #[error(
        "a function must return null, a string, an object with msgtype or MsgType, or an array of strings and objects with msgtype, \
         and returned {0}"
    )]
    Form(&'static str),
    /// An object's `MsgType` cannot be converted.
    #[error("MsgType: must be transfer_customer_service, text (with Content) or image (with Image.MediaId)")]
    MsgType,
    /// A message breaks a rule of WeChat's.
    #[error("message {number}: {malformed}")]
    Message {
        /// Counted from 1.
        number: usize,
        /// The field and the rule.
        malformed: String,
    },
    /// A message is for somebody else.
    #[error("message {0}: touser must be left out, or be the user of the push")]
    OtherUser(usize),
    /// There is nobody to say it to.
    #[error("the push concerns no user, so no message can be sent")]
    NoUser,
    /// A text is longer than WeChat takes, and may not be split.
    #[error("message {0}: text.content must not exceed 2048 bytes of UTF-8 with LongText=refuse")]
    TextTooLong(usize),
    /// All of it together is too much.
    #[error("a reply must not exceed 65536 bytes of JSON")]
    TooLarge,
    /// WeChat wants an object for a payment.
    #[error("the function of an xpay_* event must return an object whose ErrCode is a whole number, and no message")]
    NoErrCode,
}
