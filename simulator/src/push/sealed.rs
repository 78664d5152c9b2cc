//! A push as it travels: the message in its format, encrypted as its mode wants, signed.
//! Source: "消息推送" (message push) and "消息加解密说明" (message encryption).

use std::borrow::Cow;

use protocol::format::Format;
use protocol::mode::Mode;
use protocol::signature;
use protocol::xml::{self, XmlError};
use serde_json::{Map, Value, json};

use super::message::Message;
use super::payment;
use crate::identity::Identity;

/// A query and a body. Every delivery of it, the first and any retry, is the same byte for byte, unless the message says
/// which retry it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SealedPush {
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) mode: Mode,
    pub(crate) format: Format,
    pub(crate) signature: Signature,
    pub(crate) message: Message,
    /// When it was signed.
    at: i64,
    chance: Chance,
}

/// How a push is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) mode: Mode,
    pub(crate) format: Format,
    pub(crate) signature: Signature,
}

/// Whether the signatures are WeChat's or a forger's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// Made with the Token.
    Genuine,
    /// Well-formed and wrong.
    Forged,
}

/// The random bytes of one push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chance {
    /// For the nonce.
    pub(crate) nonce: [u8; 4],
    /// For the encryption.
    pub(crate) encryption: [u8; 16],
}

impl SealedPush {
    /// Writes, encrypts and signs a message at the time `now`.
    ///
    /// # Errors
    /// [`XmlError`] if a field's name cannot be an XML element.
    pub(crate) fn seal(
        message: Message,
        style: Style,
        identity: &Identity,
        now: i64,
        chance: Chance,
    ) -> Result<Self, XmlError> {
        let Style { mode, format, signature } = style;
        let timestamp = now.to_string();
        let nonce = u32::from_le_bytes(chance.nonce).to_string();
        let mark = |genuine: String| match signature {
            Signature::Genuine => genuine,
            Signature::Forged => forge(&genuine),
        };

        let mut query = vec![
            ("signature", mark(signature::sign(&identity.token, &timestamp, &nonce))),
            ("timestamp", timestamp.clone()),
            ("nonce", nonce.clone()),
            ("openid", message.openid.clone()),
        ];
        let plain = message.written.clone().map_or_else(|| write(format, &message.fields), Ok)?;
        let body = if mode == Mode::Plain {
            plain
        } else {
            let encrypt = identity.aes_key.encrypt(chance.encryption, &plain, &identity.appid);
            let msg_signature = signature::sign_encrypted(&identity.token, &timestamp, &nonce, &encrypt);
            query.push(("encrypt_type", "aes".to_owned()));
            query.push(("msg_signature", mark(msg_signature)));
            let mut outer = match mode {
                Mode::Compat => message.fields.clone(),
                _ => message.fields.iter().filter(|(name, _)| *name == "ToUserName").map(owned).collect(),
            };
            outer.insert("Encrypt".to_owned(), json!(encrypt));
            write(format, &outer)?
        };
        Ok(Self { query, body, mode, format, signature, message, at: now, chance })
    }

    /// The push as it goes out for the `repeat`th time after the first.
    pub(crate) fn repeated(&self, repeat: u32, identity: &Identity) -> Cow<'_, Self> {
        let mut message = self.message.clone();
        if repeat == 0 || !payment::count(&mut message.fields, repeat) {
            return Cow::Borrowed(self);
        }
        message.written = None;
        let style = Style { mode: self.mode, format: self.format, signature: self.signature };
        // Never an error: the same fields were written before.
        Self::seal(message, style, identity, self.at, self.chance).map_or(Cow::Borrowed(self), Cow::Owned)
    }
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn write(format: Format, fields: &Map<String, Value>) -> Result<Vec<u8>, XmlError> {
    match format {
        Format::Json => Ok(Value::from(fields.clone()).to_string().into_bytes()),
        Format::Xml => xml::from_json(fields).map(String::into_bytes),
    }
}

/// The same digits in another order: as long, as hexadecimal, and wrong.
fn forge(signature: &str) -> String {
    let reversed: String = signature.chars().rev().collect();
    if reversed == signature { "0".repeat(signature.len()) } else { reversed }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::identity::published;

    const NOW: i64 = 1_714_112_445;
    const CHANCE: Chance = Chance { nonce: 415_670_741_u32.to_le_bytes(), encryption: *b"a8eedb185eb2fecf" };

    fn seal(mode: Mode, format: Format, signature: Signature) -> SealedPush {
        let fields = json!({"MsgType": "text", "Content": "1 < 2 & 中文"}).as_object().unwrap().clone();
        let message = Message::complete(fields, "oUser", "gh_account", NOW, 7).unwrap();
        SealedPush::seal(message, Style { mode, format, signature }, &published(), NOW, CHANCE).unwrap()
    }

    fn read(format: Format, body: &[u8]) -> Map<String, Value> {
        match format {
            Format::Json => serde_json::from_slice(body).unwrap(),
            Format::Xml => xml::to_json(body).unwrap(),
        }
    }

    fn parameter<'a>(push: &'a SealedPush, name: &str) -> Option<&'a str> {
        push.query.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_published_signature_comes_out() {
        let push = seal(Mode::Plain, Format::Json, Signature::Genuine);
        assert_eq!(parameter(&push, "signature"), Some("6c5c811b55cc85e0e1b54100749188c20beb3f5d"));
    }

    #[test]
    fn a_plain_push_carries_the_message_and_no_sign_of_encryption() {
        for format in [Format::Json, Format::Xml] {
            let push = seal(Mode::Plain, format, Signature::Genuine);
            assert_eq!(read(format, &push.body)["Content"], "1 < 2 & 中文");
            let names: Vec<_> = push.query.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, ["signature", "timestamp", "nonce", "openid"]);
        }
    }

    #[test]
    fn a_safe_push_shows_only_the_account_and_decrypts_to_the_message() {
        for format in [Format::Json, Format::Xml] {
            let push = seal(Mode::Safe, format, Signature::Genuine);
            let outer = read(format, &push.body);
            let names: BTreeSet<_> = outer.keys().map(String::as_str).collect();
            assert_eq!(names, BTreeSet::from(["Encrypt", "ToUserName"]));

            let encrypt = outer["Encrypt"].as_str().unwrap();
            let expected = signature::sign_encrypted(&published().token, "1714112445", "415670741", encrypt);
            assert_eq!(parameter(&push, "msg_signature"), Some(expected.as_str()));
            assert_eq!(parameter(&push, "encrypt_type"), Some("aes"));

            let inner = published().aes_key.decrypt(encrypt, "wxba5fad812f8e6fb9").unwrap();
            assert_eq!(read(format, &inner)["Content"], "1 < 2 & 中文");
        }
    }

    #[test]
    fn a_compat_push_shows_the_message_beside_its_encryption() {
        for format in [Format::Json, Format::Xml] {
            let push = seal(Mode::Compat, format, Signature::Genuine);
            let outer = read(format, &push.body);
            assert_eq!(outer["Content"], "1 < 2 & 中文");
            assert!(outer["Encrypt"].is_string());
        }
    }

    #[test]
    fn a_repeat_differs_where_its_event_says_which_it_is_and_keeps_timestamp_and_nonce() {
        let seal = |event: &str| {
            let fields = json!({"MsgType": "event", "Event": event}).as_object().unwrap().clone();
            let message = Message::complete(fields, "oUser", "gh_account", NOW, 7).unwrap();
            let style = Style { mode: Mode::Compat, format: Format::Json, signature: Signature::Genuine };
            SealedPush::seal(message, style, &published(), NOW, CHANCE).unwrap()
        };
        for event in ["xpay_refund_notify", "xpay_complaint_notify"] {
            let push = seal(event);
            let repeated = push.repeated(2, &published());
            assert_eq!(read(Format::Json, &push.body)["RetryTimes"], 0, "{event}");
            assert_eq!(read(Format::Json, &repeated.body)["RetryTimes"], 2, "{event}");
            for ((name, first), (_, again)) in push.query.iter().zip(&repeated.query) {
                assert_eq!(first != again, *name == "msg_signature", "{name}");
            }
        }
        let push = seal("xpay_goods_deliver_notify");
        assert_eq!(push.repeated(2, &published()).as_ref(), &push);
    }

    #[test]
    fn what_was_written_before_is_sent_as_it_was_written() {
        let written = b"<xml>\n  <MsgType>text</MsgType><Content><![CDATA[a\x01b]]></Content>\n</xml>".to_vec();
        let seal = |mode: Mode| {
            let fields = xml::to_json(&written).unwrap();
            let message = Message::recorded(fields, Some(written.clone()), "oUser").unwrap();
            let style = Style { mode, format: Format::Xml, signature: Signature::Genuine };
            SealedPush::seal(message, style, &published(), NOW, CHANCE).unwrap()
        };
        assert_eq!(seal(Mode::Plain).body, written);
        let outer = read(Format::Xml, &seal(Mode::Safe).body);
        let inner = published().aes_key.decrypt(outer["Encrypt"].as_str().unwrap(), "wxba5fad812f8e6fb9");
        assert_eq!(inner.unwrap(), written);
    }

    #[test]
    fn a_forged_push_differs_in_its_signatures_alone() {
        let genuine = seal(Mode::Safe, Format::Json, Signature::Genuine);
        let forged = seal(Mode::Safe, Format::Json, Signature::Forged);
        assert_eq!(genuine.body, forged.body);
        for ((name, genuine), (_, forged)) in genuine.query.iter().zip(&forged.query) {
            assert_eq!(genuine != forged, name.ends_with("signature"), "{name}");
            assert_eq!(genuine.len(), forged.len(), "{name}");
        }
    }
}
