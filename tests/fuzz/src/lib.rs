//! What hostile input must not do: make a parser panic, grow to more than ten times its size, take longer than 10 ms, or
//! come out as something else than what went in.
//!
//! Each [`target`] is one parser and what must hold of it for any bytes. `tests/corpora.rs` asks it of the inputs that are
//! kept in `corpora/`; `make fuzz` looks for new ones.

mod caller_token;
mod gateway_path;
pub mod grown;
pub mod limits;
mod multipart;
mod open;
pub mod target;
mod template_value;
mod xml;
