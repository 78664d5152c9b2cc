//! The SDK gateway: any WeChat SDK and any WeChat API through the stack, without WeChat's access token.
//!
//! [`gateway::Gateway`] answers a [`call`]: it hands out a caller token ([`grant`]), serves one of the six actions, or passes the
//! call on ([`target`]). An [`edge`] says who may call and how a failure ([`error`]) is told there.

mod call;
mod edge;
mod error;
pub mod gateway;
mod grant;
mod line;
pub mod serve_gateway;
pub mod settings;
mod target;
