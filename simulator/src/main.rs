//! A stand-in for WeChat, for development: pushes messages and events to the product's URL, and serves the part of
//! WeChat's API that the product calls, by WeChat's rules.
//!
//! | module | owns |
//! |---|---|
//! | `push` | WeChat to product: message, signature and encryption, delivery with retries, judging the answer |
//! | `api` | product to WeChat: access tokens, messages, typing, media, subscriptions; errcodes and faults |
//! | `users`, `reply_window`, `typing_state`, `session` | what WeChat knows about each user |
//! | `mini_programs` | which mini programs are played, each with all of the above to itself |
//! | `timeline` | what happened, for whoever watches |
//! | `control` | what drives it and lets it be watched: `/simulator/…` |
//! | `chat_page` | a page for a browser that does the same by clicks (`page/`) |
//! | `cli`, `serve`, `connection` | the command line, and what it serves on |
//! | `acts`, `event`, `replay_file`, `push_command` | the commands that let something be pushed |
//!
//! Nothing outlives the process. Rules take the time as an argument; only `clock` and `random` ask the system.

mod acts;
mod api;
mod chat_page;
mod cli;
mod clock;
mod connection;
mod control;
mod event;
mod http_clients;
mod identity;
mod mini_program_settings;
mod mini_programs;
mod push;
mod push_command;
mod push_url;
mod random;
mod replay_file;
mod reply_window;
mod sending_options;
mod serve;
mod session;
mod set_field;
mod terminal;
mod timeline;
mod typing_state;
mod users;
mod wechat;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
