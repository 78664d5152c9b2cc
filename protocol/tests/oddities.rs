//! What WeChat's pushes look like in the field, beside its pages: each oddity in both formats, through the public API.

#![cfg(test)]

use protocol::credentials::Credentials;
use protocol::crypto::EncodingAesKey;
use protocol::envelope::{self, PushQuery, PushRules};
use protocol::message::{self, Image, SubscribeMsgPopup, SubscribeMsgSent, UserEnterTempsession};
use protocol::mode::Mode;
use protocol::push::{Kind, Push};
use protocol::route::Route;
use protocol::signature::{self, Token};
use serde_json::{Value, json};

const NOW: i64 = 1_714_112_445;
const HEADER: &str = "<ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>\
                      <CreateTime>1714112445</CreateTime>";

/// A plain push, signed as WeChat signs it.
fn open(body: &str) -> Push {
    let token = Token::new("AAAAA").unwrap();
    let signature = signature::sign(&token, "1714112445", "1");
    let credentials = [Credentials { token, encoding_aes_key: EncodingAesKey::new(&"A".repeat(43)).unwrap() }];
    let rules = PushRules {
        appid: "wx1",
        mode: Mode::Plain,
        tolerance_seconds: 600,
        payment_tolerance_seconds: 600,
        credentials: &credentials,
    };
    let query = PushQuery {
        signature: Some(&signature),
        timestamp: Some("1714112445"),
        nonce: Some("1"),
        ..PushQuery::default()
    };
    envelope::open(&query, body.as_bytes(), &rules, NOW).unwrap().push
}

/// WeChat's JSON: the usual header, and these fields.
fn with_header(fields: &Value) -> Value {
    let mut all = json!({"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": NOW});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    all
}

/// The same push from its XML and from its JSON, each with the usual header.
fn both(xml: &str, json: &Value) -> [Push; 2] {
    [open(&format!("<xml>{HEADER}{xml}</xml>")), open(&with_header(json).to_string())]
}

fn event(event: &str, xml: &str, mut json: Value) -> [Push; 2] {
    json.as_object_mut().unwrap().extend([("MsgType".into(), "event".into()), ("Event".into(), event.into())]);
    both(&format!("<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{event}]]></Event>{xml}"), &json)
}

fn popup_templates(push: Push) -> Vec<String> {
    let popup: SubscribeMsgPopup = message::read(push.into()).unwrap();
    popup.list.into_iter().map(|item| item.template_id).collect()
}

#[test]
fn one_item_of_a_subscription_event_is_an_object_and_several_are_an_array() {
    let item = |id: &str| {
        let fields = "<SubscribeStatusString>accept</SubscribeStatusString><PopupScene>0</PopupScene>";
        format!("<List><TemplateId><![CDATA[{id}]]></TemplateId>{fields}</List>")
    };
    let value = |id: &str| json!({"TemplateId": id, "SubscribeStatusString": "accept", "PopupScene": 0});
    let xml = |items: &str| format!("<SubscribeMsgPopupEvent>{items}</SubscribeMsgPopupEvent>");
    for json in [
        json!({"List": value("A")}),
        json!({"SubscribeMsgPopupEvent": {"List": value("A")}}),
        json!({"SubscribeMsgPopupEvent": [value("A")]}),
    ] {
        for push in event("subscribe_msg_popup_event", &xml(&item("A")), json) {
            assert_eq!(popup_templates(push), ["A"]);
        }
    }
    let two = xml(&[item("A"), item("B")].concat());
    for push in event("subscribe_msg_popup_event", &two, json!({"List": [value("A"), value("B")]})) {
        assert_eq!(popup_templates(push), ["A", "B"]);
    }
}

#[test]
fn a_number_may_be_a_string_of_its_digits() {
    let xml = "<SubscribeMsgSentEvent><List><TemplateId>A</TemplateId><MsgID>1700827132819554304</MsgID>\
               <ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent>";
    for (msg_id, code) in [(json!("1700827132819554304"), json!("0")), (json!(1_700_827_132_819_554_304_i64), json!(0))]
    {
        let list = json!({"List": {"TemplateId": "A", "MsgID": msg_id, "ErrorCode": code, "ErrorStatus": "success"}});
        for push in event("subscribe_msg_sent_event", xml, list) {
            let sent: SubscribeMsgSent = message::read(push.into()).unwrap();
            assert_eq!((sent.list[0].msg_id.as_str(), sent.list[0].error_code), ("1700827132819554304", 0));
        }
    }
}

#[test]
fn a_msg_id_of_64_bits_keeps_its_digits_and_one_that_is_no_number_its_text() {
    let cloud = "49d72b67b16d115e7935ac386f2f0fa41535298877_1555684067";
    for (xml, json, expected) in [
        ("<MsgId>9223372036854775807</MsgId>".to_owned(), json!(i64::MAX), "9223372036854775807"),
        (format!("<MsgId><![CDATA[{cloud}]]></MsgId>"), json!(cloud), cloud),
    ] {
        let xml = format!("<MsgType>text</MsgType><Content><![CDATA[hi]]></Content>{xml}");
        for push in both(&xml, &json!({"MsgType": "text", "Content": "hi", "MsgId": json})) {
            assert_eq!(push.msg_id(), Some(expected));
        }
    }
}

#[test]
fn an_event_without_msg_type_is_an_event() {
    let [xml, json] = both(
        "<Event>user_enter_tempsession</Event><SessionFrom>s</SessionFrom>",
        &json!({"Event": "user_enter_tempsession", "SessionFrom": "s"}),
    );
    assert_eq!((&xml, xml.key()), (&json, json.key()), "one push in either format");
    assert_eq!((xml.route(), xml.kind()), (Route::UserEnterTempsession, Kind::Event));
    let entered: UserEnterTempsession = message::read(xml.into()).unwrap();
    assert_eq!((entered.header.msg_type.as_str(), entered.session_from.as_str()), ("event", "s"));
}

#[test]
fn a_push_may_lack_a_user_and_a_recipient() {
    let name = "trade_manage_remind_access_api";
    let xml = format!("<xml><CreateTime>1714112445</CreateTime><MsgType>event</MsgType><Event>{name}</Event></xml>");
    let json = json!({"CreateTime": NOW, "MsgType": "event", "Event": name}).to_string();
    for push in [open(&xml), open(&json)] {
        assert_eq!((push.openid(), push.created_at(), push.route()), (None, Some(NOW), Route::Other));
        assert_eq!(push.fields().get("ToUserName"), None);
    }
}

#[test]
fn create_time_may_be_empty_or_beyond_32_bits() {
    let pushes = |xml: &str, json: Value| {
        let xml = format!("<xml><CreateTime>{xml}</CreateTime><MsgType>event</MsgType><Event>e</Event></xml>");
        [open(&xml), open(&json!({"CreateTime": json, "MsgType": "event", "Event": "e"}).to_string())]
    };
    for push in pushes("", json!("")) {
        assert_eq!((push.created_at(), &push.fields()["CreateTime"]), (None, &json!("")));
    }
    for push in pushes("12344555555", json!(12_344_555_555_i64)) {
        assert_eq!(push.created_at(), Some(12_344_555_555));
    }
}

#[test]
fn an_events_name_may_have_a_space() {
    for push in event("complaint callback", "", json!({})) {
        assert_eq!((push.event(), push.route()), (Some("complaint callback"), Route::Other));
    }
}

#[test]
fn a_byte_order_mark_line_ends_a_declaration_and_text_between_elements_are_layout() {
    let xml = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<xml>\r\n  <FromUserName>o1</FromUserName> between \
               \r\n  <MsgType><![CDATA[text]]></MsgType>\r\n  <Content><![CDATA[hi]]></Content>\r\n</xml>\r\n";
    let json = "\u{FEFF}\r\n{\r\n \"FromUserName\": \"o1\",\r\n \"MsgType\": \"text\", \"Content\": \"hi\"}\r\n";
    for push in [open(xml), open(json)] {
        assert_eq!(Value::Object(push.into()), json!({"FromUserName": "o1", "MsgType": "text", "Content": "hi"}));
    }
}

#[test]
fn what_a_user_types_stays_what_it_is() {
    for typed in
        ["a\u{1}\u{8}b", "a]]>b", "a]]><b>c</b>", "]]></xml>", "<FromUserName>victim</FromUserName>", "&lt;&nbsp;"]
    {
        let xml = format!("<MsgType>text</MsgType><Content><![CDATA[{typed}]]></Content><MsgId>7</MsgId>");
        let [xml, json] = both(&xml, &json!({"MsgType": "text", "Content": typed, "MsgId": 7}));
        assert_eq!(xml.fields()["Content"], typed);
        assert_eq!((&xml, xml.key()), (&json, json.key()), "{typed}");
    }
}

#[test]
fn repeated_elements_of_an_event_are_all_there() {
    for (name, field) in [("add_express_path", "Actions"), ("wxa_appeal_record", "material")] {
        let element = |id: u8| format!("<{field}><Id>{id}</Id></{field}>");
        for push in event(name, &(element(1) + &element(2)), json!({field: [{"Id": "1"}, {"Id": "2"}]})) {
            assert_eq!(push.fields()[field], json!([{"Id": "1"}, {"Id": "2"}]));
        }
        for push in event(name, &element(1), json!({field: {"Id": "1"}})) {
            assert_eq!(push.fields()[field], json!({"Id": "1"}));
        }
    }
}

#[test]
fn repeated_elements_of_an_event_without_msg_type_are_all_there() {
    let [xml, json] = both(
        "<Event>add_express_path</Event><Actions>1</Actions><Actions>2</Actions>",
        &json!({"Event": "add_express_path", "Actions": ["1", "2"]}),
    );
    assert_eq!(xml, json);
}

#[test]
fn a_nested_list_is_one_object_or_several() {
    let history = |id: u8| format!("<history><Id>{id}</Id></history>");
    for (items, expected) in
        [(history(1), json!({"Id": "1"})), (history(1) + &history(2), json!([{"Id": "1"}, {"Id": "2"}]))]
    {
        let xml = format!("<complaint>{items}</complaint>");
        for push in event("complaint_callback", &xml, json!({"complaint": {"history": expected}})) {
            assert_eq!(push.fields()["complaint"]["history"], expected);
        }
    }
}

#[test]
fn an_image_may_spell_its_media_id_either_way() {
    for spelling in ["MediaId", "Mediaid"] {
        let xml = format!("<MsgType>image</MsgType><PicUrl>u</PicUrl><{spelling}>m</{spelling}><MsgId>1</MsgId>");
        for push in both(&xml, &json!({"MsgType": "image", "PicUrl": "u", spelling: "m", "MsgId": 1})) {
            let image: Image = message::read(push.into()).unwrap();
            assert_eq!(image.media_id, "m");
        }
    }
}

#[test]
fn a_type_that_is_not_known_here_is_kept_whole() {
    let xml = "<trace_id>t</trace_id><result><suggest>pass</suggest></result>";
    for push in event("wxa_media_check", xml, json!({"trace_id": "t", "result": {"suggest": "pass"}})) {
        assert_eq!(push.route(), Route::Other);
        assert_eq!((&push.fields()["trace_id"], &push.fields()["result"]), (&json!("t"), &json!({"suggest": "pass"})));
    }
}
