//! What we ask of WeChat: one file per action, one caller for all of them.
//!
//! [`client`] sends one request once and says what is certain about its outcome; [`pass_through`] does so with one that is none of
//! the actions'; [`errcode`] says what WeChat's answer
//! asks for next. Left out: the access token's keeping, repetition, reply windows.

pub mod client;
pub mod customer_message;
pub mod errcode;
pub mod malformed;
pub mod pass_through;
pub mod stable_token;
pub mod subscribe_message;
pub mod temp_media;
mod template_value;
pub mod typing;
pub mod uniform_message;
