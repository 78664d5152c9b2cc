use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::xml;

fn message<T: DeserializeOwned>(fields: Value) -> T {
    let Value::Object(fields) = fields else { panic!("not an object") };
    read(fields).unwrap()
}

fn from_xml<T: DeserializeOwned>(xml: &str) -> T {
    read(xml::to_json(xml.as_bytes()).unwrap()).unwrap()
}

fn header(msg_type: &str) -> Value {
    json!({"ToUserName": "toUser", "FromUserName": "fromUser", "CreateTime": 1_482_048_670, "MsgType": msg_type})
}

fn with(mut fields: Value, more: &Value) -> Value {
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

#[test]
fn a_text_reads_the_same_from_json_and_xml() {
    let text: Text =
        message(with(header("text"), &json!({"Content": "this is a test", "MsgId": 1_234_567_890_123_456_i64})));
    let xml = "<xml><ToUserName><![CDATA[toUser]]></ToUserName><FromUserName><![CDATA[fromUser]]></FromUserName>\
               <CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>\
               <Content><![CDATA[this is a test]]></Content><MsgId>1234567890123456</MsgId></xml>";
    assert_eq!(text, from_xml(xml));
    assert_eq!(text.content, "this is a test");
    assert_eq!(text.header.create_time, 1_482_048_670);
    assert_eq!(text.header.msg_id.as_deref(), Some("1234567890123456"));
}

#[test]
fn msg_id_is_lossless_in_each_of_its_forms() {
    for (msg_id, text) in [
        (json!(9_223_372_036_854_775_807_i64), "9223372036854775807"),
        (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
        (json!("9223372036854775807"), "9223372036854775807"),
        (
            json!("49d72b67b16d115e7935ac386f2f0fa41535298877_1555684067"),
            "49d72b67b16d115e7935ac386f2f0fa41535298877_1555684067",
        ),
    ] {
        let read: Text = message(with(header("text"), &json!({"Content": "x", "MsgId": msg_id})));
        assert_eq!(read.header.msg_id.as_deref(), Some(text));
    }
}

#[test]
fn an_image_may_spell_its_media_id_either_way() {
    for spelling in ["MediaId", "Mediaid"] {
        let fields = with(header("image"), &json!({"PicUrl": "this is a url", spelling: "media_id", "MsgId": 1}));
        let image: Image = message(fields);
        assert_eq!((image.pic_url.as_str(), image.media_id.as_str()), ("this is a url", "media_id"));
    }
}

#[test]
fn a_card_without_a_cover_is_a_card() {
    let fields = with(
        header("miniprogrampage"),
        &json!({"MsgId": 1, "Title": "title", "AppId": "appid", "PagePath": "path", "ThumbUrl": "", "ThumbMediaId": ""}),
    );
    let card: Miniprogrampage = message(fields);
    assert_eq!((card.title.as_str(), card.app_id.as_str(), card.page_path.as_str()), ("title", "appid", "path"));
    assert_eq!(card.thumb_url, "");
}

#[test]
fn entering_the_conversation_carries_session_from_and_no_msg_id() {
    let fields =
        with(header("event"), &json!({"Event": "user_enter_tempsession", "SessionFrom": "sessionFrom", "Scene": 1}));
    let enter: UserEnterTempsession = message(fields);
    assert_eq!((enter.session_from.as_str(), enter.header.msg_id), ("sessionFrom", None));
}

#[test]
fn a_popups_list_is_accepted_in_every_shape_that_wechat_uses() {
    let item = |template: &str| json!({"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "0"});
    let one = json!({"PopupScene": 0, "TemplateId": "a", "SubscribeStatusString": "accept"});
    for (shape, templates) in [
        (json!({"List": item("a")}), vec!["a"]),
        (json!({"List": one}), vec!["a"]),
        (json!({"List": [item("a"), item("b")]}), vec!["a", "b"]),
        (json!({"SubscribeMsgPopupEvent": [item("a"), item("b")]}), vec!["a", "b"]),
        (json!({"SubscribeMsgPopupEvent": {"List": item("a")}}), vec!["a"]),
        (json!({"SubscribeMsgPopupEvent": {"List": [item("a"), item("b")]}}), vec!["a", "b"]),
    ] {
        let fields = with(
            with(header("event"), &json!({"Event": "subscribe_msg_popup_event", "CreateTime": "1620973045"})),
            &shape,
        );
        let popup: SubscribeMsgPopup = message(fields);
        assert_eq!(popup.list.iter().map(|item| item.template_id.as_str()).collect::<Vec<_>>(), templates, "{shape}");
        assert_eq!(popup.header.create_time, 1_620_973_045);
        assert!(popup.list.iter().all(|item| item.popup_scene == "0" && item.subscribe_status_string == "accept"));
    }
}

#[test]
fn a_popup_in_xml_lists_one_or_many() {
    let list = |template: &str| {
        format!(
            "<List><TemplateId><![CDATA[{template}]]></TemplateId><SubscribeStatusString><![CDATA[reject]]>\
             </SubscribeStatusString><PopupScene>0</PopupScene></List>"
        )
    };
    for templates in [vec!["a"], vec!["a", "b"]] {
        let lists: String = templates.iter().map(|template| list(template)).collect();
        let popup: SubscribeMsgPopup = from_xml(&format!(
            "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1610969440</CreateTime>\
             <MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>\
             <SubscribeMsgPopupEvent>{lists}</SubscribeMsgPopupEvent></xml>"
        ));
        assert_eq!(popup.list.iter().map(|item| item.template_id.as_str()).collect::<Vec<_>>(), templates);
    }
}

#[test]
fn a_change_carries_its_rejections() {
    let fields = with(
        header("event"),
        &json!({"Event": "subscribe_msg_change_event", "SubscribeMsgChangeEvent": [{"TemplateId": "t", "SubscribeStatusString": "reject"}]}),
    );
    let change: SubscribeMsgChange = message(fields);
    assert_eq!(change.list, [SubscriptionChange { template_id: "t".into(), subscribe_status_string: "reject".into() }]);
}

#[test]
fn a_sent_event_keeps_all_19_digits_of_its_msgid_as_string_or_number() {
    for (msg_id, error_code) in
        [(json!("1864323726461255680"), json!("0")), (json!(1_864_323_726_461_255_680_i64), json!(0))]
    {
        let item = json!({"TemplateId": "t", "MsgID": msg_id, "ErrorCode": error_code, "ErrorStatus": "success"});
        let fields = with(
            header("event"),
            &json!({"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": item}}),
        );
        let sent: SubscribeMsgSent = message(fields);
        assert_eq!((sent.list[0].msg_id.as_str(), sent.list[0].error_code), ("1864323726461255680", 0));
    }
}

#[test]
fn a_type_that_is_not_known_keeps_every_field() {
    let fields = with(header("event"), &json!({"Event": "wxa_media_check", "trace_id": "x", "result": {"label": 100}}));
    let other: Other = message(fields.clone());
    assert_eq!(Value::Object(other.fields), fields);
}

#[test]
fn an_error_names_the_missing_field_and_never_a_value() {
    let Value::Object(missing) = header("text") else { panic!("not an object") };
    assert_eq!(read::<Text>(missing).unwrap_err().to_string(), "missing field `Content`");
    let Value::Object(wrong) = with(header("text"), &json!({"Content": ["hunter2"]})) else { panic!("not an object") };
    assert!(!read::<Text>(wrong).unwrap_err().to_string().contains("hunter2"));
}

proptest! {
    #[test]
    fn typed_messages_survive_json_and_xml(
        content in "[^\u{0}-\u{8}\u{B}\u{C}\u{E}-\u{1F}\u{FFFE}\u{FFFF}\r]{0,60}",
        openid in "[A-Za-z0-9_-]{28}", time in 0_i64..i64::MAX, msg_id: u64, templates in proptest::collection::vec("[A-Za-z0-9_-]{43}", 1..4),
    ) {
        let header = |msg_type: &str, event: Option<&str>, msg_id: Option<u64>| Header {
            to_user_name: "gh_97417a04a28d".into(), from_user_name: openid.clone(), create_time: time,
            msg_type: msg_type.into(), event: event.map(Into::into), msg_id: msg_id.map(|id| id.to_string()),
            user_info: None,
        };
        let answers = templates.iter().map(|template| PopupAnswer {
            template_id: template.clone(), subscribe_status_string: "accept".into(), popup_scene: "0".into(),
        });
        survives(&Text { header: header("text", None, Some(msg_id)), content });
        survives(&SubscribeMsgPopup {
            header: header("event", Some("subscribe_msg_popup_event"), None),
            list: answers.collect(),
        });
    }
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(original: &T) {
    let Value::Object(fields) = serde_json::to_value(original).unwrap() else { panic!("not an object") };
    assert_eq!(&read::<T>(fields.clone()).unwrap(), original);
    // In XML WeChat puts the list inside the event's element: at the top level only the first counts.
    let mut for_xml = fields;
    if let Some(list) = for_xml.remove("List") {
        for_xml.insert("SubscribeMsgPopupEvent".into(), json!({"List": list}));
    }
    let from_xml = xml::to_json(xml::from_json(&for_xml).unwrap().as_bytes()).unwrap();
    assert_eq!(&read::<T>(from_xml).unwrap(), original);
}

#[test]
fn an_event_says_whose_push_it_is_if_it_came_by_the_stack() {
    let mut event = json!({
        "ToUserName": "gh_1", "FromUserName": "o", "CreateTime": 1, "MsgType": "text", "Content": "hello",
    });
    let appid = |event: &Value| -> Option<String> {
        let text: Text = serde_json::from_value(event.clone()).unwrap();
        text.header.appid().map(|appid| appid.as_str().to_owned())
    };
    assert_eq!(appid(&event), None);
    event["userInfo"] = json!({"appId": "wxba5fad812f8e6fb9", "openId": null});
    assert_eq!(appid(&event).as_deref(), Some("wxba5fad812f8e6fb9"));
    // A wrong one must not fall back to another mini program's rows.
    event["userInfo"] = json!({"appId": "wx1", "openId": "o"});
    assert!(serde_json::from_value::<Text>(event).is_err());
}

#[test]
fn any_other_push_says_its_type_and_its_event() {
    for (fields, expected) in [
        (json!({"MsgType": "event", "Event": "wxa_media_check"}), ("event", "wxa_media_check")),
        (json!({"Event": "wxa_media_check"}), ("event", "wxa_media_check")),
        (json!({"MsgType": "voice"}), ("voice", "")),
        (json!({"MsgType": "voice", "Event": "typed"}), ("voice", "")),
        (json!({}), ("", "")),
    ] {
        assert_eq!(message::<Other>(fields).msg_type_and_event(), expected);
    }
}
