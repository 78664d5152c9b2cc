//! How a function starts, and what it has from the machine it runs on.
//!
//! A function's `main.rs` starts the [`logs`], reads its [`settings`] and builds what it may use ([`clients`],
//! [`secrets`], [`route_functions`]). This is the one room that reads the clock and draws random bytes.

pub mod app_secrets;
mod aws_http;
pub mod caller_secrets;
pub mod causes;
pub mod clients;
pub mod clock;
pub mod connections;
pub mod deliver_reply;
pub mod failed_pushes;
pub mod invoke;
pub mod logs;
pub mod metrics;
pub mod own_texts;
pub mod push_secret;
pub mod random;
pub mod redriven;
pub mod reply_guard;
pub mod route_functions;
pub mod secrets;
pub mod settings;
pub mod tls;

#[cfg(test)]
mod secrets_manager_stand_in;
