//! The six actions of WeChat's API that are more than a call: what reads each request, and what acts.
//!
//! The functions of the same names serve one each, the SDK gateway serves all of them.

pub mod get_temp_media;
mod multipart;
pub mod send_customer_message;
pub mod send_subscribe_message;
pub mod send_uniform_message;
pub mod set_typing;
pub mod upload_temp_media;
