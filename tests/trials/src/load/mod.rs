//! The trial of load: what a push costs, and how many the machine takes, by the number of environments and of rows.

mod cpu;
mod measure;
mod plot;
mod table;
mod trial;

pub use plot::plot;
pub use table::table;
pub use trial::{Orders, Series, hold};
