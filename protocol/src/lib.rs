//! What WeChat pushes and what is answered, and what the SDK gateway allows, as pure functions: the clock and the random
//! bytes are arguments.
//!
//! A push comes in as a query and a body. [`envelope`] verifies, decrypts and parses it into a [`push::Push`], which
//! knows its [`route`] (the function that handles it) and its [`push_key`] (the name to recognise it by when it comes
//! again); [`message`] gives its fields types; [`reply`] turns what the function returned into the body that WeChat reads.
//!
//! The SDK gateway's rules stand beside that: who a [`caller`] is, what a [`caller_token`] proves, and which [`gateway_path`]
//! may be passed on to WeChat.
//!
//! Left out: fetching the secrets, remembering what was seen, invoking anything. The crate depends on no other of the
//! workspace, and on nothing that does IO.

pub mod appid;
pub mod caller;
pub mod caller_token;
pub mod credentials;
pub mod crypto;
pub mod envelope;
pub mod fields;
pub mod format;
pub mod gateway_path;
pub mod message;
pub mod mode;
#[cfg(test)]
pub(crate) mod published;
pub mod push;
pub mod push_key;
pub mod reply;
pub mod route;
mod scalar;
pub mod signature;
pub mod xml;
