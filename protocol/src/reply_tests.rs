use super::*;
use crate::credentials::Credentials;
use crate::crypto::EncodingAesKey;
use crate::published::{
    APPID, ENCODING_AES_KEY, NONCE, REPLY_ENCRYPT, REPLY_MESSAGE, REPLY_MSG_SIGNATURE, REPLY_RANDOM, REPLY_TIMESTAMP,
    TOKEN,
};
use crate::signature::Token;

fn credentials() -> Credentials {
    Credentials { token: Token::new(TOKEN).unwrap(), encoding_aes_key: EncodingAesKey::new(ENCODING_AES_KEY).unwrap() }
}

fn encode(reply: &Reply, mode: Mode, format: Format) -> Encoded {
    let seal = Seal { mode, format, nonce: NONCE, appid: APPID, credentials: &credentials() };
    reply.encode(&seal, REPLY_TIMESTAMP, REPLY_RANDOM).unwrap()
}

fn passive(fields: &Value) -> Reply {
    Reply::from_output(fields.clone()).unwrap()
}

#[test]
fn the_published_reply_is_reproduced() {
    let reply = Reply::from_output(serde_json::from_str(REPLY_MESSAGE).unwrap()).unwrap();
    let encoded = encode(&reply, Mode::Safe, Format::Json);
    assert_eq!(encoded.content_type, "application/json");
    assert_eq!(
        serde_json::from_str::<Value>(&encoded.body).unwrap(),
        json!({"Encrypt": REPLY_ENCRYPT, "MsgSignature": REPLY_MSG_SIGNATURE, "TimeStamp": REPLY_TIMESTAMP, "Nonce": NONCE})
    );
}

#[test]
fn an_xml_push_gets_its_reply_in_an_xml_envelope() {
    let encoded = encode(&Reply::transfer_customer_service(), Mode::Compat, Format::Xml);
    assert_eq!(encoded.content_type, "application/xml");
    let envelope = xml::to_json(encoded.body.as_bytes()).unwrap();
    let encrypt = envelope["Encrypt"].as_str().unwrap();
    assert!(encoded.body.contains(&format!("<TimeStamp>{REPLY_TIMESTAMP}</TimeStamp>")), "{}", encoded.body);
    let message = credentials().encoding_aes_key.decrypt(encrypt, APPID).unwrap();
    assert_eq!(message, b"<xml><MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>");
}

#[test]
fn success_is_plain_in_every_mode() {
    for mode in [Mode::Plain, Mode::Compat, Mode::Safe] {
        let encoded = encode(&Reply::Success, mode, Format::Json);
        assert_eq!((encoded.content_type, encoded.body.as_str()), ("text/plain", "success"));
    }
}

#[test]
fn a_plain_push_gets_a_plain_reply() {
    let encoded = encode(&Reply::transfer_customer_service(), Mode::Plain, Format::Json);
    assert_eq!(encoded.body, r#"{"MsgType":"transfer_customer_service"}"#);
}

#[test]
fn nothing_and_success_are_taken_note_of_and_an_object_is_a_reply() {
    for output in [json!(null), json!(""), json!("success")] {
        assert_eq!(Reply::from_output(output), Ok(Reply::Success));
    }
    for output in [json!("Success!"), json!(1), json!(true), json!([])] {
        assert!(Reply::from_output(output).is_err());
    }
}

#[test]
fn a_reply_is_addressed_where_its_function_did_not() {
    let push: Push =
        serde_json::from_value(json!({"MsgType": "text", "ToUserName": "gh_1", "FromUserName": "o1"})).unwrap();
    assert_eq!(
        Reply::transfer_customer_service().addressed(&push, 7).into_output(),
        json!({"MsgType": "transfer_customer_service", "ToUserName": "o1", "FromUserName": "gh_1", "CreateTime": 7})
    );
    let own = json!({"MsgType": "transfer_customer_service", "ToUserName": "a", "FromUserName": "b", "CreateTime": 1});
    assert_eq!(passive(&own).addressed(&push, 7).into_output(), own);
}

#[test]
fn an_object_that_is_no_message_is_not_addressed() {
    let push: Push =
        serde_json::from_value(json!({"MsgType": "text", "ToUserName": "gh_1", "FromUserName": "o1"})).unwrap();
    let acknowledged = json!({"ErrCode": 0, "ErrMsg": "success"});
    assert_eq!(passive(&acknowledged).addressed(&push, 7).into_output(), acknowledged);
}
