//! A message goes out: access token, reply window and call together.
//!
//! [`access_token`] finds the shared token, [`authorized_api`] calls WeChat with it and repeats a call only if WeChat
//! certainly did not act, [`customer_service`] sends within the reply window. The results say what WeChat answered and
//! what is left of the window; how that is told over HTTP is the business of `serve`.

pub mod access_token;
pub mod authorized_api;
pub mod customer_service;
pub mod settings;
