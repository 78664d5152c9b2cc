//! What every function of the stack stands on.
//!
//! | module | owns | leaves out |
//! |---|---|---|
//! | [`push`] | what WeChat sends us and what we answer: signature, encryption, envelope, message, reply | any IO, the clock, randomness |
//! | [`api`] | what we ask of WeChat | where the access token comes from |
//! | [`state`] | what we remember between invocations, in DynamoDB | what it is remembered for |
//! | [`lambda`] | how a function starts, is served and ends | what a function does |
//!
//! Arrows run `lambda → api, state, push` and `api, state → push`; `push` knows nobody. [`secret`] is a leaf for all but
//! `push`. `tests/layers.rs` holds that.

#[cfg(feature = "lambda")]
pub mod api;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod push;
#[cfg(feature = "lambda")]
pub mod secret;
#[cfg(feature = "lambda")]
pub mod state;
