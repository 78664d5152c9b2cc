//! getCallbackIp and getApiDomainIp: where WeChat's pushes come from, and where its API answers.
//! Source: "获取微信推送服务器IP" and "获取微信API服务器IP". The addresses are those that RFC 5737 keeps for documentation.

use serde_json::{Value, json};

/// Where pushes come from; WeChat lists addresses and ranges.
pub(super) fn callback_ips() -> Value {
    json!({"ip_list": ["203.0.113.1", "203.0.113.2", "198.51.100.0/25"]})
}

/// Where the API answers.
pub(super) fn api_domain_ips() -> Value {
    json!({"ip_list": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]})
}
