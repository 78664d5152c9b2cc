//! The reply window: how many customer messages may still be sent to a user, and until when.
//!
//! One user is followed: they write and enter the conversation, their pushes come late, out of order or again, and two senders
//! write to them at once. `WeChat` keeps its own count, and nobody else knows it. Time goes by in a few ticks, which are longer
//! than any process takes between two steps or shorter, as it comes.
//!
//! | file | holds |
//! |---|---|
//! | `protocol` | the settings of one check: how much may happen and fail, which rule is broken on purpose |
//! | `fault` | the rules that can be broken on purpose |
//! | `row` | the row of the user and its conditional writes, as `state/reply_window.rs` makes them |
//! | `write` | makes a write, at once or long after it was sent |
//! | `wechat` | `WeChat`'s own count |
//! | `state` | everything that a check remembers |
//! | `action` | the things that happen |
//! | `possible` | what can happen next in a state |
//! | `opener` | the steps of `push`, which opens the window |
//! | `sender` | the steps of whoever sends, as `sending/customer_service.rs` makes them |
//! | `model` | the above as a model that the checker can visit |
//! | `properties` | what must always hold, and what must be reachable |

mod action;
mod fault;
mod model;
mod opener;
mod possible;
mod properties;
mod protocol;
mod row;
mod sender;
mod state;
mod wechat;
mod write;

pub use action::{Action, How};
pub use fault::Fault;
pub use properties::name;
pub use protocol::ReplyWindow;
pub use row::{Act, Correction, Opening, Row, Slot, Write};
pub use state::{Opener, Sender, Settlement, State, Wrong};
pub use wechat::WeChat;
