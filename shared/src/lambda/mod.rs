//! How a function starts, is served and ends.
//!
//! A function's `main.rs` reads its [`settings`], builds what it may use ([`clients`], [`secrets`]), and is served as a
//! push type ([`serve_push_type`]) or as an action ([`serve_action`], what it is asked by [`input`]). [`wechat`] calls
//! WeChat with the shared access token ([`token_source`]); [`customer_service`] joins it and `state` into a message sent
//! within the reply window.
//!
//! This is the one place that reads the clock, draws random bytes, and maps errors to HTTP and Lambda.

pub mod action;
mod action_line;
pub mod chance;
pub mod clients;
pub mod clock;
pub mod customer_service;
pub mod failure;
pub mod input;
pub mod logs;
pub mod metrics;
pub mod route_functions;
pub mod secrets;
pub mod serve_action;
pub mod serve_push_type;
pub mod settings;
pub mod token_source;
pub mod wechat;
