//! The edges: how a function is served as a push type or as an action.
//!
//! [`serve_push_type`] takes a message as WeChat's JSON and returns a reply; [`serve_action`] takes a request, read by
//! [`input`], and answers it as [`action`] says; [`own_messages`] are those that a push type sends itself;
//! [`sdk_gateway`] serves SDKs. This is the one room that maps errors to HTTP and Lambda.

pub mod action;
mod action_line;
pub mod actions;
pub mod diagnostic;
pub mod input;
pub mod own_messages;
pub mod sdk_gateway;
pub mod serve_action;
pub mod serve_push_type;
pub mod settings;
