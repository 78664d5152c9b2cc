//! What every function of the stack stands on.
//!
//! | room | owns | leaves out |
//! |---|---|---|
//! | [`wechat`] | the calls to WeChat, one file per action | where the access token comes from |
//! | [`state`] | what is remembered between invocations, in DynamoDB | what it is remembered for |
//! | [`host`] | how a function starts: settings, clients, secrets, logs, metrics, the clock, random bytes | what a function does |
//! | [`sending`] | access token, reply window and call together: a message goes out | HTTP and the Lambda runtime |
//! | [`serve`] | the edges: push types and actions, and their errors as HTTP and Lambda errors | what an action does |
//!
//! Arrows run `serve → sending → wechat, state → protocol`; `host` is used by `serve` and `sending`, and [`secret`] by all
//! but `serve`. `tests/layers.rs` holds that; the crate `protocol` is held by the compiler.

pub mod host;
pub mod secret;
pub mod sending;
pub mod serve;
pub mod state;
pub mod wechat;
