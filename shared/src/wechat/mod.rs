//! What we ask of WeChat: one file per action, one caller for all of them.
//!
//! [`client`] sends one request once; [`pass_through`] does so with one that is none of the actions'; [`call_error`] says what is
//! certain about the outcome if there is no answer, and [`errcode`] what an answer asks for next. No answer is handed on that holds
//! the access token. Left out: the access token's keeping, repetition, reply windows.

pub mod call_error;
pub mod client;
pub mod customer_message;
pub mod errcode;
pub mod malformed;
pub mod pass_through;
mod received;
pub mod stable_token;
pub mod subscribe_message;
pub mod temp_media;
mod template_value;
mod token_search;
pub mod typing;
pub mod uniform_message;
