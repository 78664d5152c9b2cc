//! The refresh of an access token: of any number of processes that find the same token dead, one asks `WeChat` for another.
//!
//! Two callers use one mini program's token while `WeChat` revokes it, or it comes to its natural end. Whoever is refused
//! invokes the function `access-token`, each time another process; the schedule invokes it as well. Time is counted in
//! ticks, which are few so that there are few states: the clocks of two processes differ by at most one tick, and a lease holds for
//! two. A process may take any time between two steps, and the pause after a forced refresh may end at any time.
//!
//! | file | holds |
//! |---|---|
//! | `protocol` | the settings of one check: how much may happen and fail, which rule is broken on purpose |
//! | `fault` | the rules that can be broken on purpose |
//! | `row` | the row of the token and its conditional writes, as `state/access_token.rs` makes them |
//! | `wechat` | which tokens are live, and what `stable_token` answers |
//! | `state` | everything that a check remembers |
//! | `action` | the things that happen |
//! | `possible` | what can happen next in a state |
//! | `caller` | the steps of a call, as `sending/access_token.rs` and `sending/authorized_api.rs` make them |
//! | `refresher` | the steps of the function `access-token` |
//! | `model` | the above as a model that the checker can visit |
//! | `recovery` | what comes of a state if nothing fails from then on |
//! | `properties` | what must always hold, and what must be reachable |

mod action;
mod caller;
mod fault;
mod model;
mod possible;
mod properties;
mod protocol;
mod recovery;
mod refresher;
mod row;
mod state;
mod wechat;

pub use action::{Action, How};
pub use fault::Fault;
pub use properties::name;
pub use protocol::TokenRefresh;
pub use row::{Lease, Row, Write};
pub use state::{Caller, CallerStep, Refresher, RefresherStep, Request, State};
pub use wechat::{NaturalEnd, WeChat};
