//! What WeChat sends us and what we answer, as pure functions: the clock and the random bytes are arguments.
//!
//! A push comes in as a query and a body. [`envelope`] verifies, decrypts and parses it into its fields; [`message`]
//! gives the fields types, [`route`] the function that handles them, [`push_key`] the name to recognise it by when it
//! comes again; [`reply`] turns what the function returned into the body that WeChat reads.
//!
//! Left out: fetching the secrets, remembering what was seen, invoking anything.

pub mod credentials;
pub mod crypto;
pub mod envelope;
mod fields;
pub mod message;
#[cfg(test)]
pub(crate) mod published;
pub mod push_key;
pub mod reply;
pub mod route;
mod scalar;
pub mod signature;
pub mod xml;
