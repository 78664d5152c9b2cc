//! A push that was recorded somewhere, a log, a page of WeChat's or the failed queue: the message in it, to be sent anew.

use protocol::crypto::DecryptError;
use protocol::fields::{self, FieldsError};
use protocol::format::Format;
use serde_json::{Map, Value, json};

use crate::identity::Identity;

/// A message as it was recorded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) format: Format,
    /// Empty if it was encrypted and cannot be read: it is sent all the same, as what failed the first time.
    pub(crate) fields: Map<String, Value>,
    /// Its bytes, unless a field was changed since.
    pub(crate) written: Option<Vec<u8>>,
}

/// Why a body is no push.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRecorded {
    #[error(transparent)]
    Fields(#[from] FieldsError),
    #[error("Encrypt: this mini program's EncodingAESKey does not open it ({0})")]
    Encrypt(#[from] DecryptError),
}

impl Recorded {
    /// Reads a message, or the body of a push that has one in `Encrypt`.
    pub(crate) fn open(body: &[u8], identity: &Identity) -> Result<Self, NotRecorded> {
        let (format, fields) = fields::read(body)?;
        let Some(encrypt) = fields.get("Encrypt").and_then(Value::as_str) else {
            return Ok(Self { format, fields, written: Some(body.to_vec()) });
        };
        let written = identity.aes_key.decrypt(encrypt, &identity.appid)?;
        let (format, fields) = fields::read(&written).unwrap_or((format, Map::new()));
        Ok(Self { format, fields, written: Some(written) })
    }

    /// The user whom it names.
    pub(crate) fn openid(&self) -> Option<&str> {
        self.fields.get("FromUserName").and_then(Value::as_str).filter(|openid| !openid.is_empty())
    }

    /// Replaces fields.
    pub(crate) fn set(&mut self, fields: Map<String, Value>) {
        for (name, value) in fields {
            if self.fields.get(&name) != Some(&value) {
                self.fields.insert(name, value);
                self.written = None;
            }
        }
    }

    /// Makes it a new push instead of the same once more: with this time and, if it has a `MsgId`, with this one.
    pub(crate) fn renew(&mut self, now: i64, msg_id: u64) {
        let is_text = self.fields.get("CreateTime").is_some_and(Value::is_string);
        let time = if is_text { json!(now.to_string()) } else { json!(now) };
        self.set(Map::from_iter([("CreateTime".to_owned(), time)]));
        if self.fields.contains_key("MsgId") {
            self.set(Map::from_iter([("MsgId".to_owned(), json!(msg_id))]));
        }
    }

    /// Has it written in a format.
    pub(crate) fn rewrite(&mut self, format: Format) {
        if self.format != format {
            self.format = format;
            self.written = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::published;

    const XML: &str = "<xml>\n <FromUserName><![CDATA[oUser]]></FromUserName><CreateTime>1</CreateTime>\n</xml>";

    fn open(body: &str) -> Recorded {
        Recorded::open(body.as_bytes(), &published()).unwrap()
    }

    fn encrypted(message: &str) -> String {
        let Identity { aes_key, appid, .. } = published();
        json!({"ToUserName": "gh_1", "Encrypt": aes_key.encrypt([7; 16], message.as_bytes(), &appid)}).to_string()
    }

    #[test]
    fn a_message_keeps_its_bytes_until_it_is_changed() {
        let mut recorded = open(XML);
        assert_eq!((recorded.format, recorded.openid()), (Format::Xml, Some("oUser")));
        recorded.set(Map::from_iter([("FromUserName".to_owned(), json!("oUser"))]));
        recorded.rewrite(Format::Xml);
        assert_eq!(recorded.written.as_deref(), Some(XML.as_bytes()));

        let mut renamed = recorded.clone();
        renamed.set(Map::from_iter([("FromUserName".to_owned(), json!("oOther"))]));
        assert_eq!((renamed.openid(), &renamed.written), (Some("oOther"), &None));
        recorded.rewrite(Format::Json);
        assert_eq!((recorded.format, recorded.written), (Format::Json, None));
    }

    #[test]
    fn a_body_is_opened_with_the_mini_programs_key_and_no_other() {
        assert_eq!(open(&encrypted(XML)), open(XML));
        let of_another = json!({"Encrypt": "AAAA"}).to_string();
        let error = Recorded::open(of_another.as_bytes(), &published()).unwrap_err();
        assert!(error.to_string().starts_with("Encrypt: "), "{error}");
    }

    #[test]
    fn a_message_that_cannot_be_read_is_kept_if_it_was_encrypted() {
        let recorded = open(&encrypted("{broken"));
        assert_eq!((recorded.written.as_deref(), recorded.fields.len()), (Some(b"{broken".as_slice()), 0));
        assert!(matches!(Recorded::open(b"{broken", &published()), Err(NotRecorded::Fields(_))));
    }

    #[test]
    fn a_renewed_message_has_a_new_id_and_a_new_time_of_the_same_type() {
        for (given, expected) in [
            (json!({"CreateTime": 1, "MsgId": "6"}), json!({"CreateTime": 9, "MsgId": 7})),
            (json!({"CreateTime": "1"}), json!({"CreateTime": "9"})),
        ] {
            let mut recorded = open(&given.to_string());
            recorded.renew(9, 7);
            assert_eq!((Value::from(recorded.fields), recorded.written), (expected, None));
        }
    }
}
