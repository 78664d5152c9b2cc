use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::crypto::EncodingAesKey;
use crate::published::{APPID, ENCODING_AES_KEY, ENCRYPT, MESSAGE, MSG_SIGNATURE, NONCE, SIGNATURE, TIMESTAMP, TOKEN};
use crate::signature::{Token, sign_encrypted};

const NOW: i64 = 1_714_112_445;

fn credentials() -> Credentials {
    Credentials { token: Token::new(TOKEN).unwrap(), encoding_aes_key: EncodingAesKey::new(ENCODING_AES_KEY).unwrap() }
}

fn query() -> PushQuery<'static> {
    PushQuery {
        signature: Some(SIGNATURE),
        timestamp: Some(TIMESTAMP),
        nonce: Some(NONCE),
        encrypt_type: Some("aes"),
        msg_signature: Some(MSG_SIGNATURE),
    }
}

fn safe_body() -> String {
    json!({"ToUserName": "gh_97417a04a28d", "Encrypt": ENCRYPT}).to_string()
}

fn open_at(query: &PushQuery<'_>, body: &str, mode: Mode, now_seconds: i64) -> Result<Push, OpenError> {
    let rules = PushRules {
        appid: APPID,
        mode,
        tolerance_seconds: 600,
        payment_tolerance_seconds: 86_400,
        credentials: &[credentials()],
    };
    open(query, body.as_bytes(), &rules, now_seconds).map(|opened| opened.push)
}

fn refusal(result: Result<Push, OpenError>) -> Refusal {
    match result {
        Err(OpenError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn the_published_safe_push_opens() {
    let fields = open_at(&query(), &safe_body(), Mode::Safe, NOW).unwrap();
    assert_eq!(Value::Object(fields.into()), serde_json::from_str::<Value>(MESSAGE).unwrap());
}

#[test]
fn the_format_is_told_by_content_after_a_byte_order_mark_and_white_space() {
    let xml = format!("\u{FEFF} \n<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{ENCRYPT}]]></Encrypt></xml>");
    let rules = PushRules {
        appid: APPID,
        mode: Mode::Safe,
        tolerance_seconds: 0,
        payment_tolerance_seconds: 86_400,
        credentials: &[credentials()],
    };
    let opened = open(&query(), xml.as_bytes(), &rules, NOW).unwrap();
    assert_eq!((opened.seal.format, opened.seal.mode), (Format::Xml, Mode::Safe));
    assert_eq!(opened.push.fields()["Event"], "debug_demo");
}

#[test]
fn compat_reads_what_is_encrypted_and_none_of_what_stands_beside_it() {
    let body = json!({"MsgType": "text", "Content": "not signed", "FromUserName": "x", "Encrypt": ENCRYPT}).to_string();
    let fields = open_at(&query(), &body, Mode::Compat, NOW).unwrap();
    assert_eq!(Value::Object(fields.into()), serde_json::from_str::<Value>(MESSAGE).unwrap());
}

#[test]
fn no_query_and_no_missing_field_lowers_the_mode() {
    let compat = json!({"MsgType": "text", "Encrypt": ENCRYPT}).to_string();
    let plain = json!({"MsgType": "text", "Content": "x"}).to_string();
    let dropped = PushQuery { encrypt_type: None, ..query() };
    let raw = PushQuery { encrypt_type: Some("raw"), ..query() };
    let unsigned = PushQuery { msg_signature: None, ..query() };
    for mode in [Mode::Safe, Mode::Compat] {
        assert_eq!(refusal(open_at(&dropped, &safe_body(), mode, NOW)), Refusal::WeakerMode);
        assert_eq!(refusal(open_at(&raw, &safe_body(), mode, NOW)), Refusal::WeakerMode);
        assert_eq!(refusal(open_at(&query(), &plain, mode, NOW)), Refusal::WeakerMode);
        assert_eq!(refusal(open_at(&dropped, &plain, mode, NOW)), Refusal::WeakerMode);
        assert_eq!(refusal(open_at(&unsigned, &safe_body(), mode, NOW)), Refusal::SignatureMissing);
    }
    assert_eq!(refusal(open_at(&query(), &compat, Mode::Safe, NOW)), Refusal::WeakerMode);
}

#[test]
fn a_stronger_mode_than_asked_for_is_accepted() {
    assert!(open_at(&query(), &safe_body(), Mode::Compat, NOW).is_ok());
    assert!(open_at(&query(), &safe_body(), Mode::Plain, NOW).is_ok());
}

#[test]
fn a_plain_push_is_checked_by_its_signature() {
    let plain = json!({"MsgType": "text", "MsgId": 9_223_372_036_854_775_807_i64}).to_string();
    let query = PushQuery { encrypt_type: None, msg_signature: None, ..query() };
    assert_eq!(open_at(&query, &plain, Mode::Plain, NOW).unwrap().msg_id(), Some("9223372036854775807"));
    let forged = PushQuery { signature: Some(MSG_SIGNATURE), ..query };
    assert_eq!(refusal(open_at(&forged, &plain, Mode::Plain, NOW)), Refusal::SignatureWrong);
}

#[test]
fn signature_does_not_stand_in_for_msg_signature() {
    let swapped = PushQuery { msg_signature: Some(SIGNATURE), ..query() };
    assert_eq!(refusal(open_at(&swapped, &safe_body(), Mode::Safe, NOW)), Refusal::SignatureWrong);
}

#[test]
fn a_changed_body_timestamp_or_nonce_is_refused() {
    let tampered = safe_body().replace("+qdx1", "+qdx2");
    assert_eq!(refusal(open_at(&query(), &tampered, Mode::Safe, NOW)), Refusal::SignatureWrong);
    let later = PushQuery { timestamp: Some("1714112446"), ..query() };
    assert_eq!(refusal(open_at(&later, &safe_body(), Mode::Safe, NOW)), Refusal::SignatureWrong);
    let other = PushQuery { nonce: Some("415670742"), ..query() };
    assert_eq!(refusal(open_at(&other, &safe_body(), Mode::Safe, NOW)), Refusal::SignatureWrong);
}

#[test]
fn the_tolerance_holds_both_ways_to_the_second() {
    for (now, accepted) in [(NOW + 600, true), (NOW - 600, true), (NOW + 601, false), (NOW - 601, false)] {
        let result = open_at(&query(), &safe_body(), Mode::Safe, now);
        if accepted {
            assert!(result.is_ok(), "{now}");
        } else {
            assert_eq!(refusal(result), Refusal::TimestampOutsideTolerance, "{now}");
        }
    }
}

#[test]
fn another_appid_is_refused() {
    let rules = PushRules {
        appid: "wx0000000000000000",
        mode: Mode::Safe,
        tolerance_seconds: 0,
        payment_tolerance_seconds: 86_400,
        credentials: &[credentials()],
    };
    assert_eq!(
        refusal(open(&query(), safe_body().as_bytes(), &rules, NOW).map(|opened| opened.push)),
        Refusal::WrongAppid
    );
}

#[test]
fn while_a_rotation_is_under_way_either_pair_verifies_and_seals_the_reply() {
    let next = Credentials {
        token: Token::new("BBBBB").unwrap(),
        encoding_aes_key: EncodingAesKey::new(&"B".repeat(43)).unwrap(),
    };
    let same_token = Credentials { token: Token::new(TOKEN).unwrap(), ..next.clone() };
    for first in [next, same_token] {
        let pairs = [first, credentials()];
        let rules = PushRules {
            appid: APPID,
            mode: Mode::Safe,
            tolerance_seconds: 0,
            payment_tolerance_seconds: 86_400,
            credentials: &pairs,
        };
        let opened = open(&query(), safe_body().as_bytes(), &rules, NOW).unwrap();
        assert_eq!(opened.seal.credentials, &credentials());
    }
}

#[test]
fn what_wechat_signed_and_nobody_can_read_is_unreadable_and_not_refused() {
    let key = EncodingAesKey::new(ENCODING_AES_KEY).unwrap();
    let token = Token::new(TOKEN).unwrap();
    let not_json = key.encrypt([1; 16], b"\x00garbage", APPID);
    let no_type = key.encrypt([1; 16], br#"{"FromUserName":"o1"}"#, APPID);
    let other_key = EncodingAesKey::new(&"B".repeat(43)).unwrap().encrypt([1; 16], b"{}", APPID);
    for encrypt in [not_json, no_type, other_key, "not base64!".into(), "AAAA".into()] {
        let signature = sign_encrypted(&token, TIMESTAMP, NONCE, &encrypt);
        let query = PushQuery { msg_signature: Some(&signature), ..query() };
        let body = json!({"ToUserName": "gh", "Encrypt": encrypt}).to_string();
        assert!(matches!(open_at(&query, &body, Mode::Safe, NOW), Err(OpenError::Unreadable(_))), "{encrypt}");
    }
}

#[test]
fn url_verification_checks_signature_and_tolerance() {
    let credentials = [credentials()];
    let rules = PushRules {
        appid: APPID,
        mode: Mode::Safe,
        tolerance_seconds: 600,
        payment_tolerance_seconds: 86_400,
        credentials: &credentials,
    };
    let query = PushQuery {
        signature: Some("f464b24fc39322e44b38aa78f5edd27bd1441696"),
        timestamp: Some("1714036504"),
        nonce: Some("1514711492"),
        ..PushQuery::default()
    };
    assert_eq!(verify_url(&query, &rules, 1_714_036_504), Ok(()));
    assert_eq!(verify_url(&query, &rules, 1_714_037_105), Err(Refusal::TimestampOutsideTolerance));
    assert_eq!(
        verify_url(&PushQuery { nonce: Some("1"), ..query }, &rules, 1_714_036_504),
        Err(Refusal::SignatureWrong)
    );
    assert_eq!(
        verify_url(&PushQuery { signature: None, ..query }, &rules, 1_714_036_504),
        Err(Refusal::SignatureMissing)
    );
    let nobody = PushRules { credentials: &[], ..rules };
    assert_eq!(verify_url(&query, &nobody, 1_714_036_504), Err(Refusal::UnknownAppid));
}

proptest! {
    #[test]
    fn arbitrary_queries_and_bodies_never_panic_and_never_open(
        body: Vec<u8>, parts in proptest::collection::vec(proptest::option::of(".{0,50}"), 5), plain: bool,
    ) {
        let mode = if plain { Mode::Plain } else { Mode::Safe };
        let query = PushQuery {
            signature: parts[0].as_deref(), timestamp: parts[1].as_deref(), nonce: parts[2].as_deref(),
            encrypt_type: parts[3].as_deref(), msg_signature: parts[4].as_deref(),
        };
        let credentials = [credentials()];
        let rules = PushRules { appid: APPID, mode, tolerance_seconds: 0, payment_tolerance_seconds: 86_400, credentials: &credentials };
        prop_assert!(open(&query, &body, &rules, NOW).is_err());
        let aes = PushQuery { encrypt_type: Some("aes"), ..query };
        prop_assert!(open(&aes, &body, &rules, NOW).is_err());
    }

    #[test]
    fn arbitrary_messages_that_are_properly_signed_never_panic(message: Vec<u8>, xml: bool, timestamp: i64, nonce in ".{0,20}") {
        let encrypt = EncodingAesKey::new(ENCODING_AES_KEY).unwrap().encrypt([7; 16], &message, APPID);
        let timestamp = timestamp.to_string();
        let signature = sign_encrypted(&Token::new(TOKEN).unwrap(), &timestamp, &nonce, &encrypt);
        let query = PushQuery { timestamp: Some(&timestamp), nonce: Some(&nonce), msg_signature: Some(&signature), ..query() };
        let body = if xml { format!("<xml><Encrypt>{encrypt}</Encrypt></xml>") } else { json!({"Encrypt": encrypt}).to_string() };
        let credentials = [credentials()];
        let rules = PushRules { appid: APPID, mode: Mode::Safe, tolerance_seconds: 0, payment_tolerance_seconds: 86_400, credentials: &credentials };
        match open(&query, body.as_bytes(), &rules, NOW) {
            Err(OpenError::Refused(refusal)) => prop_assert!(false, "refused: {refusal}"),
            Err(OpenError::Unreadable(_)) | Ok(_) => {}
        }
    }
}

#[test]
fn a_payment_may_be_older_than_a_message_in_both_modes() {
    let pairs = [credentials()];
    let opens = |msg_type: &str, event: &str, age_seconds: i64| {
        let body = json!({"MsgType": msg_type, "Event": event, "FromUserName": "o"}).to_string();
        let signed = signature::sign(&pairs[0].token, TIMESTAMP, NONCE);
        let plain = PushQuery { signature: Some(&signed), encrypt_type: None, msg_signature: None, ..query() };
        let rules = |mode| PushRules {
            appid: APPID,
            mode,
            tolerance_seconds: 600,
            payment_tolerance_seconds: 86_400,
            credentials: &pairs,
        };
        let now_seconds = TIMESTAMP.parse::<i64>().unwrap() + age_seconds;
        let plainly = open(&plain, body.as_bytes(), &rules(Mode::Plain), now_seconds).map(|opened| opened.push);
        let encrypt = pairs[0].encoding_aes_key.encrypt([0; 16], body.as_bytes(), APPID);
        let signed = sign_encrypted(&pairs[0].token, TIMESTAMP, NONCE, &encrypt);
        let sealed = PushQuery { msg_signature: Some(&signed), ..query() };
        let body = json!({"Encrypt": encrypt}).to_string();
        let safely = open(&sealed, body.as_bytes(), &rules(Mode::Safe), now_seconds).map(|opened| opened.push);
        [plainly, safely]
    };
    for result in opens("event", "xpay_goods_deliver_notify", 86_400) {
        assert!(result.is_ok());
    }
    for result in opens("event", "xpay_goods_deliver_notify", 86_401).into_iter().chain(opens("text", "xpay_x", 601)) {
        assert_eq!(refusal(result), Refusal::TimestampOutsideTolerance);
    }
}

/// A message, encrypted for a mini program with its pair and signed with its token, as seen by another one.
fn open_as_another(sealed_with: &Credentials, sealed_for: &str, appid: &str, pair: Credentials) -> OpenError {
    let message = json!({"MsgType": "text", "FromUserName": "o", "MsgId": "24", "Content": "x"}).to_string();
    let encrypt = sealed_with.encoding_aes_key.encrypt([0; 16], message.as_bytes(), sealed_for);
    let signature = sign_encrypted(&sealed_with.token, TIMESTAMP, NONCE, &encrypt);
    let query = PushQuery { msg_signature: Some(&signature), ..query() };
    let rules =
        PushRules { appid, mode: Mode::Safe, tolerance_seconds: 0, payment_tolerance_seconds: 0, credentials: &[pair] };
    open(&query, json!({"Encrypt": encrypt}).to_string().as_bytes(), &rules, NOW).unwrap_err()
}

#[test]
fn a_push_for_one_mini_program_is_not_accepted_for_another_whatever_they_share() {
    const OTHER: &str = "wx00112233445566ff";
    let (shop, other_key) = (credentials(), EncodingAesKey::new(&("B".repeat(42) + "A")).unwrap());
    let club = Credentials { token: Token::new("BBBBB").unwrap(), encoding_aes_key: other_key };
    let error = open_as_another(&shop, APPID, OTHER, club.clone());
    assert!(matches!(error, OpenError::Refused(Refusal::SignatureWrong)), "{error:?}");
    let same_token = Credentials { token: shop.token.clone(), ..club.clone() };
    let error = open_as_another(&shop, APPID, OTHER, same_token);
    assert!(matches!(error, OpenError::Unreadable(Unreadable::Decrypt(_))), "{error:?}");
    let same_key = Credentials { encoding_aes_key: shop.encoding_aes_key.clone(), ..club };
    let error = open_as_another(&shop, APPID, OTHER, same_key);
    assert!(matches!(error, OpenError::Refused(Refusal::SignatureWrong)), "{error:?}");
    let error = open_as_another(&shop, APPID, OTHER, shop.clone());
    assert!(matches!(error, OpenError::Refused(Refusal::WrongAppid)), "{error:?}");
}

#[test]
fn a_mini_program_without_a_pair_is_unknown_whatever_is_sent() {
    let rules = PushRules {
        appid: APPID,
        mode: Mode::Plain,
        tolerance_seconds: 0,
        payment_tolerance_seconds: 0,
        credentials: &[],
    };
    for query in [query(), PushQuery::default()] {
        let result = open(&query, safe_body().as_bytes(), &rules, NOW).map(|opened| opened.push);
        assert_eq!(refusal(result), Refusal::UnknownAppid);
        assert_eq!(verify_url(&query, &rules, NOW), Err(Refusal::UnknownAppid));
    }
}
