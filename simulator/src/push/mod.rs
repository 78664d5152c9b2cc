//! WeChat to product: a user's action becomes a message, the message a signed push, the push is delivered, and what
//! comes back is judged as WeChat would.

pub(crate) mod answer;
pub(crate) mod answer_fault;
pub(crate) mod attempt;
pub(crate) mod delivery;
#[cfg(test)]
mod delivery_tests;
pub(crate) mod message;
pub(crate) mod of_its_own;
pub(crate) mod outgoing;
pub(crate) mod payment;
pub(crate) mod recorded;
pub(crate) mod sealed;
