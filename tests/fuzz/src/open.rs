//! A push, from its query and body.

use aes::Aes256;
use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use protocol::credentials::Credentials;
use protocol::crypto::EncodingAesKey;
use protocol::envelope::{OpenError, Opened, PushQuery, PushRules, Unreadable, open, verify_url};
use protocol::message;
use protocol::mode::Mode;
use protocol::push::{Kind, Push};
use protocol::reply::Reply;
use protocol::signature::{Token, sign, sign_encrypted};
use serde_json::{Map, Value, json};

use crate::limits::{check_growth, timed};

const APPID: &str = "wxba5fad812f8e6fb9";
/// Not the published one, with which a stranger could take over a published signature.
const TOKEN: &str = "hostile1nput";
const NONCE: &str = "415670741";
const NOW: i64 = 1_714_112_445;
const TOLERANCE: i64 = 600;
const PAYMENT_TOLERANCE: i64 = 86_400;
/// 43 times `A`, as bytes.
const KEY: [u8; 32] = [0; 32];

/// The first byte says who makes the push, the second how old it is; the rest is theirs to choose.
///
/// What nobody signed is refused. What WeChat signed is read, is the same push in each mode, and stays it as JSON.
pub(crate) fn check(input: &[u8]) {
    let Some(([by, age], rest)) = input.split_first_chunk() else { return };
    let Some(credentials) = credentials() else { return };
    let sent = NOW.saturating_sub(i64::from(*age).saturating_mul(TOLERANCE));
    let wechat = WeChat { credentials: &credentials, timestamp: sent.to_string() };
    match by & 7 {
        0 => check_stranger(rest, &credentials),
        1 => wechat.check_modes(rest, false),
        2 => wechat.check_modes(rest, true),
        3 => drop(wechat.open_plain(rest)),
        4 => wechat.check_encrypt(&String::from_utf8_lossy(rest)),
        5 => wechat.check_encrypt(&encrypted(rest)),
        6 => wechat.check_envelope(rest),
        _ => wechat.check_reply(rest),
    }
}

/// The pair in use, behind the previous one with the same token, whose key does not decrypt.
fn credentials() -> Option<[Credentials; 2]> {
    let pair = |key: &str| {
        let encoding_aes_key = EncodingAesKey::new(key).ok()?;
        Some(Credentials { token: Token::new(TOKEN).ok()?, encoding_aes_key })
    };
    Some([pair(&"B".repeat(43))?, pair(&"A".repeat(43))?])
}

fn rules(mode: Mode, credentials: &[Credentials]) -> PushRules<'_> {
    PushRules {
        appid: APPID,
        mode,
        tolerance_seconds: TOLERANCE,
        payment_tolerance_seconds: PAYMENT_TOLERANCE,
        credentials,
    }
}

/// Somebody who does not know the token chooses query and body, each of the query's parts on a line of its own.
fn check_stranger(input: &[u8], credentials: &[Credentials]) {
    let mut lines = input.splitn(6, |byte| *byte == b'\n');
    let mut part = || lines.next().and_then(|line| std::str::from_utf8(line).ok()).filter(|line| !line.is_empty());
    let [signature, timestamp, nonce, encrypt_type, msg_signature] = std::array::from_fn(|_| part());
    let body = lines.next().unwrap_or_default();
    let query = PushQuery { signature, timestamp, nonce, encrypt_type, msg_signature };
    for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
        let rules = rules(mode, credentials);
        let opened = timed(|| open(&query, body, &rules, NOW));
        assert!(matches!(opened, Err(OpenError::Refused(_))), "{opened:?}");
        assert!(verify_url(&query, &rules, NOW).is_err());
    }
}

/// Whoever knows the token and the key.
struct WeChat<'a> {
    credentials: &'a [Credentials; 2],
    timestamp: String,
}

impl WeChat<'_> {
    /// One message in each mode.
    fn check_modes(&self, message: &[u8], is_xml: bool) {
        let [_, pair] = self.credentials;
        let encrypt = pair.encoding_aes_key.encrypt([0; 16], message, APPID);
        let plain = self.open_plain(message);
        for msg_type in [None, Some("text")] {
            let envelope = envelope(&encrypt, msg_type, is_xml);
            let least = if msg_type.is_some() { Mode::Compat } else { Mode::Safe };
            let push = self.open_encrypted(&envelope, &encrypt, least);
            assert_eq!(plain, push, "{envelope}");
        }
        // The weaker mode is refused where the stronger one is asked for.
        let weaker = self.open_encrypted(&envelope(&encrypt, Some("text"), is_xml), &encrypt, Mode::Safe);
        assert_eq!(weaker, None);
    }

    fn check_encrypt(&self, encrypt: &str) {
        self.open_encrypted(&envelope(encrypt, None, false), encrypt, Mode::Safe);
    }

    /// An envelope of any shape around an `Encrypt` that is in order.
    fn check_envelope(&self, envelope: &[u8]) {
        let [_, pair] = self.credentials;
        let encrypt = pair.encoding_aes_key.encrypt([0; 16], br#"{"MsgType":"text"}"#, APPID);
        let envelope = String::from_utf8_lossy(envelope).replace('$', &encrypt);
        self.open_encrypted(&envelope, &encrypt, Mode::Compat);
    }

    fn open_plain(&self, body: &[u8]) -> Option<Push> {
        let [pair, _] = self.credentials;
        let signature = sign(&pair.token, &self.timestamp, NONCE);
        let query = PushQuery { signature: Some(&signature), ..self.query() };
        let rules = rules(Mode::Plain, self.credentials);
        self.check_opened(timed(|| open(&query, body, &rules, NOW)), body.len())
    }

    fn open_encrypted(&self, body: &str, encrypt: &str, mode: Mode) -> Option<Push> {
        let [pair, _] = self.credentials;
        let msg_signature = sign_encrypted(&pair.token, &self.timestamp, NONCE, encrypt);
        let query = PushQuery { msg_signature: Some(&msg_signature), encrypt_type: Some("aes"), ..self.query() };
        let rules = rules(mode, self.credentials);
        self.check_opened(timed(|| open(&query, body.as_bytes(), &rules, NOW)), body.len())
    }

    fn query(&self) -> PushQuery<'_> {
        PushQuery { timestamp: Some(&self.timestamp), nonce: Some(NONCE), ..PushQuery::default() }
    }

    fn check_opened(&self, opened: Result<Opened<'_>, OpenError>, length: usize) -> Option<Push> {
        let age = NOW.saturating_sub(self.timestamp.parse().unwrap_or_default());
        match opened {
            Ok(opened) => {
                let most = if opened.push.kind() == Kind::Payment { PAYMENT_TOLERANCE } else { TOLERANCE };
                assert!(age <= most, "accepted at an age of {age} s");
                check_push(&opened.push, length);
                Some(opened.push)
            }
            Err(OpenError::Unreadable(Unreadable::Fields(error))) => {
                check_growth(length, error.to_string().len());
                None
            }
            Err(_) => None,
        }
    }

    /// The fields as a reply to a push of each mode and format.
    fn check_reply(&self, message: &[u8]) {
        let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(message) else { return };
        let [_, pair] = self.credentials;
        for body in [r#"{"MsgType":"text"}"#, "<xml><MsgType>text</MsgType></xml>"] {
            let encrypt = pair.encoding_aes_key.encrypt([0; 16], body.as_bytes(), APPID);
            let envelope = envelope(&encrypt, None, body.starts_with('<'));
            let msg_signature = sign_encrypted(&pair.token, &self.timestamp, NONCE, &encrypt);
            let query = PushQuery { msg_signature: Some(&msg_signature), encrypt_type: Some("aes"), ..self.query() };
            let rules = rules(Mode::Safe, self.credentials);
            let Ok(opened) = open(&query, envelope.as_bytes(), &rules, NOW) else { continue };
            let Ok(encoded) = Reply::Passive(fields.clone()).encode(&opened.seal, NOW, [0; 16]) else { continue };
            check_growth(message.len().saturating_add(1024), encoded.body.len());
        }
    }
}

/// What else is asked of a push.
fn check_push(push: &Push, length: usize) {
    let fields = Value::Object(push.fields().clone());
    let text = fields.to_string();
    check_growth(length, text.len());
    assert_eq!(push.key().as_str().len(), 64);
    let read = serde_json::from_str::<Push>(&text).ok();
    assert_eq!(read.as_ref(), Some(push));
    assert_eq!(read.map(|push| push.key()), Some(push.key()));
    let _ = (push.route(), push.created_at(), push.openid(), push.is_query());
    let fields = || push.fields().clone();
    let _ = message::read::<message::Text>(fields());
    let _ = message::read::<message::Image>(fields());
    let _ = message::read::<message::Miniprogrampage>(fields());
    let _ = message::read::<message::UserEnterTempsession>(fields());
    let _ = message::read::<message::SubscribeMsgPopup>(fields());
    let _ = message::read::<message::SubscribeMsgChange>(fields());
    let _ = message::read::<message::SubscribeMsgSent>(fields());
    let other = message::read::<message::Other>(fields());
    assert!(other.is_ok_and(|other| other.fields == *push.fields()));
}

fn envelope(encrypt: &str, msg_type: Option<&str>, is_xml: bool) -> String {
    match (is_xml, msg_type) {
        (false, None) => json!({"Encrypt": encrypt}).to_string(),
        (false, Some(msg_type)) => json!({"Encrypt": encrypt, "MsgType": msg_type}).to_string(),
        (true, None) => format!("<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>"),
        (true, Some(msg_type)) => {
            format!("<xml><MsgType>{msg_type}</MsgType><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>")
        }
    }
}

/// Any plaintext, encrypted with the key: length, padding and appid are whatever it says.
fn encrypted(plaintext: &[u8]) -> String {
    let mut plaintext = plaintext.to_vec();
    plaintext.resize(plaintext.len().next_multiple_of(16), 0);
    let encryptor = cbc::Encryptor::<Aes256>::new(&KEY.into(), &[0; 16].into());
    STANDARD.encode(encryptor.encrypt_padded_vec::<NoPadding>(&plaintext))
}
