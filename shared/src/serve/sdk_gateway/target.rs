//! What a path of the gateway leads to.

use lambda_http::http::Method;
use protocol::gateway_path::{GatewayPath, PathList};

use crate::wechat::{customer_message, subscribe_message, temp_media, typing, uniform_message};

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A caller token, by the older call, whose parameters stand in the query.
    Token,
    /// A caller token, by the newer call, whose parameters stand in the body.
    StableToken,
    /// One of the six actions, in this process.
    Action(ActionName),
    /// WeChat, as it is, by this entry of the list.
    Passed(String),
    /// Nowhere: WeChat's other call for customer messages, which would go around the reply window.
    OtherSend,
    /// Nowhere.
    Refused,
}

/// The actions that are more than a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActionName {
    SendCustomerMessage,
    SetTyping,
    SendSubscribeMessage,
    SendUniformMessage,
    UploadTempMedia,
    GetTempMedia,
}

const ACTIONS: [(Method, &str, ActionName); 7] = [
    (Method::POST, customer_message::PATH, ActionName::SendCustomerMessage),
    (Method::POST, typing::PATH, ActionName::SetTyping),
    (Method::POST, typing::NEWER_PATH, ActionName::SetTyping),
    (Method::POST, subscribe_message::PATH, ActionName::SendSubscribeMessage),
    (Method::POST, uniform_message::PATH, ActionName::SendUniformMessage),
    (Method::POST, temp_media::UPLOAD_PATH, ActionName::UploadTempMedia),
    (Method::GET, temp_media::GET_PATH, ActionName::GetTempMedia),
];

/// Sends customer messages as well, with `businessid`.
const OTHER_SEND: &str = "/cgi-bin/message/custom/business/send";

impl Target {
    /// Where a call goes. An action's path in another method or case goes nowhere: it would go around the action's state.
    pub(super) fn of(method: &Method, path: &GatewayPath, list: &PathList) -> Self {
        match (method, path.as_str()) {
            (&Method::GET, "/cgi-bin/token") => return Self::Token,
            (&Method::POST, "/cgi-bin/stable_token") => return Self::StableToken,
            (&Method::GET | &Method::POST, _) => {}
            _ => return Self::Refused,
        }
        if path.is_at_or_below(OTHER_SEND) {
            return Self::OtherSend;
        }
        let mut resembling = ACTIONS.iter().filter(|(_, known, _)| path.resembles(known)).peekable();
        if resembling.peek().is_none() {
            return list.entry(path).map_or(Self::Refused, |entry| Self::Passed(entry.to_owned()));
        }
        let mut exact = resembling.filter(|(expected, known, _)| expected == method && *known == path.as_str());
        exact.next().map_or(Self::Refused, |(.., action)| Self::Action(*action))
    }

    /// What metrics count it as: a name of ours or an entry of the operator's, never what a caller chose.
    pub(super) fn group(&self) -> &str {
        match self {
            Self::Token | Self::StableToken => "token",
            Self::Action(action) => action.function(),
            Self::Passed(entry) => entry,
            Self::OtherSend | Self::Refused => "refused",
        }
    }
}

impl ActionName {
    /// The function that serves the same action on the main API.
    pub(super) fn function(self) -> &'static str {
        match self {
            Self::SendCustomerMessage => "send-customer-message",
            Self::SetTyping => "set-typing",
            Self::SendSubscribeMessage => "send-subscribe-message",
            Self::SendUniformMessage => "send-uniform-message",
            Self::UploadTempMedia => "upload-temp-media",
            Self::GetTempMedia => "get-temp-media",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(method: &Method, path: &str) -> String {
        let list: PathList = "/cgi-bin/*,/wxa/*".parse().unwrap();
        Target::of(method, &GatewayPath::read(path).unwrap(), &list).group().to_owned()
    }

    #[test]
    fn each_path_goes_where_it_belongs() {
        for (method, path, expected) in [
            (Method::GET, "/cgi-bin/token", "token"),
            (Method::POST, "/cgi-bin/stable_token", "token"),
            (Method::POST, "/cgi-bin/message/custom/send", "send-customer-message"),
            (Method::POST, "/cgi-bin/message/custom/typing", "set-typing"),
            (Method::POST, "/cgi-bin/message/custom/business/typing", "set-typing"),
            (Method::POST, "/cgi-bin/message/subscribe/send", "send-subscribe-message"),
            (Method::POST, "/cgi-bin/message/wxopen/template/uniform_send", "send-uniform-message"),
            (Method::POST, "/cgi-bin/media/upload", "upload-temp-media"),
            (Method::GET, "/cgi-bin/media/get", "get-temp-media"),
            (Method::GET, "/cgi-bin/getcallbackip", "/cgi-bin/*"),
            (Method::POST, "/wxa/getwxacodeunlimit", "/wxa/*"),
        ] {
            assert_eq!(group(&method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn nothing_goes_around_an_actions_state_or_reaches_what_is_denied() {
        for (method, path) in [
            (Method::GET, "/cgi-bin/message/custom/send"),
            (Method::POST, "/cgi-bin/message/custom/SEND"),
            (Method::POST, "/CGI-bin/message/custom/send"),
            (Method::POST, "/cgi-bin/message/custom/business/send"),
            (Method::POST, "/cgi-bin/message/custom/Business/SEND"),
            (Method::POST, "/cgi-bin/message/custom/business/send/x"),
            (Method::GET, "/cgi-bin/message/custom/business/send"),
            (Method::GET, "/cgi-bin/message/subscribe/send"),
            (Method::GET, "/cgi-bin/media/upload"),
            (Method::POST, "/cgi-bin/media/get"),
            (Method::POST, "/cgi-bin/media/Get"),
            (Method::POST, "/cgi-bin/token"),
            (Method::GET, "/cgi-bin/stable_token"),
            (Method::GET, "/cgi-bin/Token"),
            (Method::POST, "/cgi-bin/clear_quota"),
            (Method::POST, "/cgi-bin/clear_quota/v2"),
            (Method::GET, "/sns/jscode2session"),
            (Method::PUT, "/wxa/a"),
            (Method::DELETE, "/cgi-bin/message/custom/send"),
        ] {
            assert_eq!(group(&method, path), "refused", "{method} {path}");
        }
    }
}
