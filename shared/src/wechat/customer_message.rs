//! customerServiceMessage.send, from the page "发送客服消息" (sending customer messages).

use reqwest::Url;
use serde_json::{Map, Value, json};

use super::errcode::Errcode;
use super::malformed::{Malformed, required_id, required_text};

/// Where WeChat takes it.
pub const PATH: &str = "/cgi-bin/message/custom/send";

/// What a text may hold, in bytes of UTF-8.
const MAX_CONTENT_BYTES: usize = 2048;

/// A customer message that is worth sending: `touser`, `msgtype` and the object that it names are there and well-formed.
/// Fields beside them pass through.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerMessage(Map<String, Value>);

impl CustomerMessage {
    /// A text for a user.
    ///
    /// # Errors
    /// [`Malformed`] where the text is empty or longer than 2048 bytes.
    pub fn text(openid: &str, content: &str) -> Result<Self, Malformed> {
        let Value::Object(body) = json!({"touser": openid, "msgtype": "text", "text": {"content": content}}) else {
            return Err(Malformed::parameter("text", "must be an object"));
        };
        Self::from_body(body)
    }

    /// Checks a body as WeChat's page describes it.
    ///
    /// # Errors
    /// [`Malformed`], naming the first field that breaks its rule.
    pub fn from_body(body: Map<String, Value>) -> Result<Self, Malformed> {
        required_id(&body, "", "touser")?;
        let msgtype = required_text(&body, "", "msgtype")?;
        let object = || match body.get(msgtype) {
            Some(Value::Object(object)) => Ok(object),
            Some(_) => Err(Malformed::parameter(msgtype, "must be an object")),
            None => Err(Malformed::parameter(msgtype, "is required by msgtype")),
        };
        match msgtype {
            "text" => {
                if required_text(object()?, msgtype, "content")?.len() > MAX_CONTENT_BYTES {
                    let rule = "must not exceed 2048 bytes of UTF-8";
                    return Err(Malformed::new(Errcode::CONTENT_TOO_LONG, "text.content", rule));
                }
            }
            "image" => drop(required_text(object()?, msgtype, "media_id")?),
            "link" => {
                required_text(object()?, msgtype, "title")?;
                required_text(object()?, msgtype, "description")?;
                absolute_url(object()?, msgtype, "url")?;
                absolute_url(object()?, msgtype, "thumb_url")?;
            }
            "miniprogrampage" => {
                required_text(object()?, msgtype, "title")?;
                required_text(object()?, msgtype, "pagepath")?;
                required_text(object()?, msgtype, "thumb_media_id")?;
            }
            _ => {
                let rule = "must be text, image, link or miniprogrampage";
                return Err(Malformed::new(Errcode::INVALID_MESSAGE_TYPE, "msgtype", rule));
            }
        }
        if let Some(service) = body.get("customservice") {
            let service =
                service.as_object().ok_or_else(|| Malformed::parameter("customservice", "must be an object"))?;
            required_text(service, "customservice", "kf_account")?;
        }
        Ok(Self(body))
    }

    /// Whom it is for.
    #[must_use]
    pub fn openid(&self) -> &str {
        self.0.get("touser").and_then(Value::as_str).unwrap_or_default()
    }

    /// The body for WeChat.
    #[must_use]
    pub fn body(&self) -> &Map<String, Value> {
        &self.0
    }
}

fn absolute_url(object: &Map<String, Value>, path: &str, name: &str) -> Result<(), Malformed> {
    let is_absolute = Url::parse(required_text(object, path, name)?)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    is_absolute
        .then_some(())
        .ok_or_else(|| Malformed::parameter(format!("{path}.{name}"), "must be an absolute http or https URL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &Value) -> Result<CustomerMessage, Malformed> {
        CustomerMessage::from_body(body.as_object().unwrap().clone())
    }

    #[test]
    fn each_documented_message_is_accepted_and_passes_through_whole() {
        for body in [
            json!({"touser": "OPENID", "msgtype": "text", "text": {"content": "Hello World"}}),
            json!({"touser": "OPENID", "msgtype": "image", "image": {"media_id": "MEDIA_ID"}}),
            json!({"touser": "OPENID", "msgtype": "link", "link": {"title": "Happy Day", "description": "Is Really A Happy Day",
                "url": "https://example.com/a", "thumb_url": "https://example.com/a.png"}}),
            json!({"touser": "OPENID", "msgtype": "miniprogrampage", "miniprogrampage": {"title": "title",
                "pagepath": "pages/index/index?foo=bar", "thumb_media_id": "THUMB"}}),
            json!({"touser": "OPENID", "msgtype": "text", "text": {"content": "x"}, "customservice": {"kf_account": "a@b"}, "new": 1}),
        ] {
            let message = check(&body).unwrap();
            assert_eq!(message.openid(), "OPENID");
            assert_eq!(Value::Object(message.body().clone()), body);
        }
    }

    #[test]
    fn what_is_malformed_is_named_by_field_rule_and_code() {
        let link = |field: &str, value: &str| {
            let mut body = json!({"touser": "o", "msgtype": "link", "link": {"title": "t", "description": "d",
                "url": "https://a/", "thumb_url": "https://a/"}});
            body["link"][field] = value.into();
            body
        };
        for (body, errcode, message) in [
            (json!({}), 40035, "touser: is required"),
            (json!({"touser": 1}), 40035, "touser: must be a string"),
            (json!({"touser": ""}), 40035, "touser: must not be empty"),
            (json!({"touser": "o"}), 40035, "msgtype: is required"),
            (
                json!({"touser": "o", "msgtype": "voice"}),
                40008,
                "msgtype: must be text, image, link or miniprogrampage",
            ),
            (json!({"touser": "o", "msgtype": "text"}), 40035, "text: is required by msgtype"),
            (json!({"touser": "o", "msgtype": "text", "text": "x"}), 40035, "text: must be an object"),
            (json!({"touser": "o", "msgtype": "text", "text": {}}), 40035, "text.content: is required"),
            (
                json!({"touser": "o", "msgtype": "text", "text": {"content": "x".repeat(2049)}}),
                45002,
                "text.content: must not exceed 2048 bytes of UTF-8",
            ),
            (
                json!({"touser": "o", "msgtype": "text", "text": {"content": "汉".repeat(683)}}),
                45002,
                "text.content: must not exceed 2048 bytes of UTF-8",
            ),
            (json!({"touser": "o", "msgtype": "image", "image": {}}), 40035, "image.media_id: is required"),
            (link("url", "/relative"), 40035, "link.url: must be an absolute http or https URL"),
            (link("thumb_url", "javascript:alert(1)"), 40035, "link.thumb_url: must be an absolute http or https URL"),
            (
                json!({"touser": "o", "msgtype": "miniprogrampage", "miniprogrampage": {"title": "t"}}),
                40035,
                "miniprogrampage.pagepath: is required",
            ),
            (
                json!({"touser": "o", "msgtype": "text", "text": {"content": "x"}, "customservice": {}}),
                40035,
                "customservice.kf_account: is required",
            ),
        ] {
            let malformed = check(&body).unwrap_err();
            assert_eq!((malformed.errcode.0, malformed.to_string().as_str()), (errcode, message), "{body}");
        }
    }

    #[test]
    fn a_text_of_exactly_2048_bytes_is_accepted() {
        assert!(CustomerMessage::text("o", &"x".repeat(2048)).is_ok());
    }
}
