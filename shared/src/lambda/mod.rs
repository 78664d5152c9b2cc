//! How a function starts, is served and ends.
//!
//! A function's `main.rs` reads its [`settings`], builds what it may use ([`clients`], [`secrets`]), and is served as a
//! push type ([`serve_push_type`]) or as an action ([`serve_action`]). [`customer_service`] joins `api` and `state` into
//! a message sent within the reply window with the shared access token ([`wechat`], [`token_source`]).
//!
//! This is the one place that reads the clock, draws random bytes, and maps errors to HTTP and Lambda.

pub mod action;
pub mod chance;
pub mod clients;
pub mod clock;
pub mod customer_service;
pub mod logs;
pub mod secrets;
pub mod serve_action;
pub mod serve_push_type;
pub mod settings;
pub mod token_source;
pub mod wechat;
