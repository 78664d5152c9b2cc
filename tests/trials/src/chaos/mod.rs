//! The trial of faults: users act, faults and kills strike, and the ledger says what became of each push.

mod acts;
pub mod behaviour;
mod causes;
mod conversation;
mod faults;
mod kills;
mod ledger;
mod orders;
mod report;
mod settle;
mod tokens;
mod trial;
mod verdict;

pub use orders::Orders;
pub use report::Report;
pub use trial::hold;
