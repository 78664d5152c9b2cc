//! The reply protocol: what a handler says reaches the user once, whenever it comes.
//!
//! One push of WeChat's is followed until nothing happens any more: its attempts, the processes of `push` and
//! `deliver-reply`, the dedupe row that decides between them, the guard, and redrive. The model has no clock. A lease that
//! can expire does so at any moment, which covers every length of every lease.
//!
//! | file | holds |
//! |---|---|
//! | `protocol` | the settings of one check: the kind of push, how much may fail, which rule is broken on purpose |
//! | `fault` | the rules that can be broken on purpose |
//! | `row` | the dedupe row and its conditional writes |
//! | `state` | everything that a check remembers |
//! | `action` | the things that happen |
//! | `possible` | what can happen next in a state |
//! | `push`, `deliver_reply` | the steps of the two functions |
//! | `wechat` | `WeChat`'s attempts |
//! | `surroundings` | Lambda's queue, the guard queue, redrive, and time |
//! | `forget` | what makes two states alike |
//! | `model` | the above as a model that the checker can visit |
//! | `properties` | what must always hold |
//! | `reachable` | what must be reachable, so that the model is not empty |

mod action;
mod deliver_reply;
mod fault;
mod forget;
mod model;
mod possible;
mod properties;
mod protocol;
mod push;
mod reachable;
mod row;
mod state;
mod surroundings;
mod wechat;

pub use action::{Action, How};
pub use fault::Fault;
pub use properties::name;
pub use protocol::{Kind, ReplyProtocol, WhenHandlerFails};
pub use row::{Answer, Phase, Plan, Row};
pub use state::{LateWrite, State, WeChat};
