//! What a push costs `push` in computing: verify, decrypt, parse, and encrypt a reply, for a text of 1 KiB in safe mode.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use protocol::credentials::Credentials;
use protocol::crypto::EncodingAesKey;
use protocol::envelope::{self, PushQuery, PushRules};
use protocol::mode::Mode;
use protocol::reply::Reply;
use protocol::signature::{self, Token};
use protocol::xml;
use serde_json::json;

const APPID: &str = "wxba5fad812f8e6fb9";
const NOW: i64 = 1_714_112_445;
const TIMESTAMP: &str = "1714112445";
const NONCE: &str = "415670741";

fn verify_decrypt_parse_reply(criterion: &mut Criterion) {
    let (Ok(token), Ok(encoding_aes_key)) = (Token::new("AAAAA"), EncodingAesKey::new(&"A".repeat(43))) else { return };
    let credentials = [Credentials { token, encoding_aes_key }];
    let [pair] = &credentials;
    let rules = PushRules {
        appid: APPID,
        mode: Mode::Safe,
        tolerance_seconds: 600,
        payment_tolerance_seconds: 600,
        credentials: &credentials,
    };
    let message = json!({
        "ToUserName": "gh_97417a04a28d", "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY", "CreateTime": NOW,
        "MsgType": "text", "Content": "x".repeat(1024), "MsgId": 1_234_567_890_123_456_i64,
    });
    let fields = message.as_object().cloned().unwrap_or_default();
    let in_xml = xml::from_json(&fields).unwrap_or_default();
    for (format, message) in [("json", message.to_string()), ("xml", in_xml)] {
        let encrypt = pair.encoding_aes_key.encrypt(*b"a8eedb185eb2fecf", message.as_bytes(), APPID);
        let msg_signature = signature::sign_encrypted(&pair.token, TIMESTAMP, NONCE, &encrypt);
        let query = PushQuery {
            timestamp: Some(TIMESTAMP),
            nonce: Some(NONCE),
            encrypt_type: Some("aes"),
            msg_signature: Some(&msg_signature),
            ..PushQuery::default()
        };
        let envelope = json!({"ToUserName": "gh_97417a04a28d", "Encrypt": encrypt});
        let body = match format {
            "json" => envelope.to_string(),
            _ => envelope.as_object().map(|fields| xml::from_json(fields).unwrap_or_default()).unwrap_or_default(),
        };
        criterion.bench_function(
            &format!("verify, decrypt, parse, encrypt a reply: 1 KiB text, safe, {format}"),
            |bench| {
                bench.iter(|| {
                    let opened = envelope::open(black_box(&query), black_box(body.as_bytes()), &rules, NOW).ok()?;
                    let reply = Reply::transfer_customer_service().addressed(&opened.push, NOW);
                    reply.encode(&opened.seal, NOW, *b"707722b803182950").ok()
                });
            },
        );
    }
}

criterion_group!(benches, verify_decrypt_parse_reply);
criterion_main!(benches);
