//! The calls that the product makes on the way of a push, by what they are for.

use lambda_host::{Call, Point};

use crate::wechat::SEND;

/// The points just before and just after a call.
pub(crate) fn around(call: Call) -> [Point; 2] {
    [Point::before(call.clone()), Point::after(call)]
}

/// `push` reads Token and key.
pub(crate) fn reads_the_secret() -> Call {
    Call::secret().from("push")
}

/// `push` claims the push.
pub(crate) fn claims() -> Call {
    Call::dynamodb("UpdateItem").from("push").to("push-dedupe").containing(":running")
}

/// `push` opens the reply window.
pub(crate) fn opens_the_window() -> Call {
    Call::dynamodb("UpdateItem").from("push").to("reply-window")
}

/// `push` has the push handled.
pub(crate) fn has_it_handled() -> Call {
    Call::invoke("deliver-reply").from("push")
}

/// `push` puts a guard message.
pub(crate) fn puts_the_guard() -> Call {
    Call::sqs("SendMessage").from("push").to("guard")
}

/// `push` answers before the reply is there.
pub(crate) fn turns_late() -> Call {
    Call::dynamodb("UpdateItem").from("push").to("push-dedupe").containing(":late")
}

/// `push` answers while a recorded reply is being delivered.
pub(crate) fn marks_answered() -> Call {
    Call::dynamodb("UpdateItem").from("push").to("push-dedupe").containing("SET answered")
}

/// A function answers.
pub(crate) fn returns(function: &str) -> Call {
    Call::response().from(function)
}

/// `deliver-reply` asks the handler.
pub(crate) fn asks() -> Call {
    Call::invoke("handler").from("deliver-reply")
}

/// `deliver-reply` records the reply, or tries to: for a late one, the second write is the one that counts.
pub(crate) fn records() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe").containing(":reply")
}

/// `deliver-reply` takes a push over whose run died before its record.
pub(crate) fn takes_over() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe").containing("REMOVE #reply")
}

/// `deliver-reply` takes a recorded reply over whose run died.
pub(crate) fn takes_the_reply_over() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe").containing("SET #run")
}

/// `deliver-reply` reads the access token, first while it starts.
pub(crate) fn reads_the_token() -> Call {
    Call::dynamodb("GetItem").from("deliver-reply").to("access-token")
}

/// `deliver-reply` takes a slot of the reply window.
pub(crate) fn takes_a_slot() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("reply-window").containing("remaining - ")
}

/// `deliver-reply` sends a message.
pub(crate) fn sends() -> Call {
    Call::wechat(SEND).from("deliver-reply")
}

/// `deliver-reply` marks the next message as being sent.
pub(crate) fn marks_the_next() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe").containing(":next")
}

/// `deliver-reply` writes that everything has an outcome.
pub(crate) fn finishes() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe").containing(":done")
}

/// `deliver-reply` writes that the push has failed.
pub(crate) fn fails() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("push-dedupe").containing("failed")
}

/// `deliver-reply` has the user's next message transferred.
pub(crate) fn sets_the_transfer_mark() -> Call {
    Call::dynamodb("UpdateItem").from("deliver-reply").to("reply-window").containing("SET transfer_id")
}

/// `deliver-reply` parks the push or a message.
pub(crate) fn parks() -> Call {
    Call::sqs("SendMessage").from("deliver-reply").to("failed")
}
