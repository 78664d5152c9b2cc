use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn read(xml: &str) -> Value {
    Value::Object(to_json(xml.as_bytes()).unwrap())
}

#[test]
fn the_documented_text_message_becomes_wechats_json() {
    let xml = "<xml>\n   <ToUserName><![CDATA[toUser]]></ToUserName>\n   <FromUserName><![CDATA[fromUser]]></FromUserName>\n   \
               <CreateTime>1482048670</CreateTime>\n   <MsgType><![CDATA[text]]></MsgType>\n   \
               <Content><![CDATA[this is a test]]></Content>\n   <MsgId>1234567890123456</MsgId>\n</xml>";
    assert_eq!(
        read(xml),
        json!({
            "ToUserName": "toUser", "FromUserName": "fromUser", "CreateTime": 1_482_048_670, "MsgType": "text",
            "Content": "this is a test", "MsgId": "1234567890123456",
        })
    );
}

#[test]
fn one_list_is_an_object_and_several_are_an_array() {
    let one = read("<xml><E><List><A>1</A></List></E></xml>");
    assert_eq!(one, json!({"E": {"List": {"A": "1"}}}));
    let two = read("<xml><E><List><A>1</A></List> <List><A>2</A></List></E></xml>");
    assert_eq!(two, json!({"E": {"List": [{"A": "1"}, {"A": "2"}]}}));
}

#[test]
fn a_field_smuggled_in_by_the_users_text_does_not_override() {
    let typed = "x]]></Content><FromUserName><![CDATA[victim]]></FromUserName><Content><![CDATA[y";
    let xml = format!("<xml><FromUserName><![CDATA[me]]></FromUserName><Content><![CDATA[{typed}]]></Content></xml>");
    assert_eq!(read(&xml), json!({"FromUserName": "me", "Content": "x"}));
}

#[test]
fn raw_control_characters_in_a_text_pass() {
    assert_eq!(read("<xml><Content><![CDATA[a\u{1}b\u{8}]]></Content></xml>"), json!({"Content": "a\u{1}b\u{8}"}));
}

#[test]
fn white_space_counts_in_a_text_and_not_around_a_cdata_section() {
    assert_eq!(read("<xml><A>\n <![CDATA[ x ]]>\n</A><B> y </B></xml>"), json!({"A": " x ", "B": " y "}));
}

#[test]
fn text_beside_a_section_counts_and_so_does_white_space_inside_one() {
    assert_eq!(
        read("<xml><A>a<![CDATA[b]]></A><B><![CDATA[ ]]><![CDATA[x]]></B></xml>"),
        json!({"A": "ab", "B": " x"})
    );
}

#[test]
fn the_five_entities_and_character_references_are_read_and_no_others() {
    assert_eq!(read("<xml><A>&lt;&gt;&amp;&apos;&quot;&#20013;</A></xml>"), json!({"A": "<>&'\"中"}));
    assert!(matches!(to_json(b"<xml><A>&nbsp;</A></xml>"), Err(XmlError::Entity)));
}

#[test]
fn what_wechat_never_sends_is_refused() {
    let deep = format!("<xml>{}{}</xml>", "<a>".repeat(8), "</a>".repeat(8));
    for (xml, error) in [
        ("<!DOCTYPE xml [<!ENTITY a 'b'>]><xml/>", "Forbidden"),
        ("<?php x?><xml/>", "Forbidden"),
        ("<html/>", "Root"),
        ("<xml/><xml/>", "Root"),
        ("x<xml/>", "Root"),
        ("", "Root"),
        ("<xml><a>", "Truncated"),
        ("<xml><a></b></xml>", "Syntax"),
        (deep.as_str(), "TooDeep"),
    ] {
        let refused = format!("{:?}", to_json(xml.as_bytes()).unwrap_err());
        assert!(refused.starts_with(error), "{xml}: {refused}");
    }
    assert!(matches!(to_json(b"<xml>\xFF</xml>"), Err(XmlError::NotUtf8(_))));
}

#[test]
fn a_name_may_have_128_bytes() {
    let xml = |length| format!("<xml><{0}>1</{0}></xml>", "a".repeat(length));
    assert_eq!(read(&xml(128)), json!({"a".repeat(128): "1"}));
    assert!(matches!(to_json(xml(129).as_bytes()), Err(XmlError::NameTooLong)));
}

#[test]
fn a_text_with_a_cdata_end_in_it_is_written_so_that_it_reads_back() {
    let fields = json!({"Content": "a]]>b]]"}).as_object().unwrap().clone();
    assert_eq!(to_json(from_json(&fields).unwrap().as_bytes()).unwrap(), fields);
}

#[test]
fn characters_that_xml_cannot_hold_are_not_written() {
    let fields = json!({"A": "a\u{1}\t\u{1F}\u{FFFE}b\u{10000}"}).as_object().unwrap().clone();
    assert_eq!(from_json(&fields).unwrap(), "<xml><A><![CDATA[a\tb\u{10000}]]></A></xml>");
}

#[test]
fn a_field_name_begins_with_a_letter_or_an_underscore() {
    for (name, is_name) in [("_a", true), ("a-1.b_c", true), ("1a", false), ("-a", false), (".a", false), ("", false)] {
        let fields = json!({name: 1}).as_object().unwrap().clone();
        assert_eq!(from_json(&fields).is_ok(), is_name, "{name}");
    }
}

#[test]
fn a_field_name_that_would_break_out_of_its_tag_is_refused() {
    let fields = json!({"a><b": 1}).as_object().unwrap().clone();
    assert!(matches!(from_json(&fields), Err(XmlError::ElementName(_))));
}

fn scalars() -> impl Strategy<Value = Map<String, Value>> {
    let text = proptest::string::string_regex("[^\u{0}-\u{8}\u{B}\u{C}\u{E}-\u{1F}\u{FFFE}\u{FFFF}\r]{0,40}").unwrap();
    proptest::collection::btree_map("[A-Z][A-Za-z]{0,9}", text, 1..6)
        .prop_map(|fields| fields.into_iter().map(|(name, text)| (name, Value::String(text))).collect())
}

proptest! {
    #[test]
    fn what_is_written_reads_back(mut fields in scalars(), first in scalars(), second in scalars(), time: i64) {
        fields.insert("CreateTime".into(), time.into());
        fields.insert("SubscribeMsgPopupEvent".into(), json!({"List": [first, second]}));
        prop_assert_eq!(to_json(from_json(&fields).unwrap().as_bytes()).unwrap(), fields);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, text in "[<>&;!\\[\\]a-zA-Z/ ]{0,60}") {
        let _ = to_json(&bytes);
        let _ = to_json(format!("<xml>{text}").as_bytes());
    }
}

/// A message of WeChat's in which the user typed this.
fn message(typed: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[gh]]></ToUserName>\n<FromUserName><![CDATA[me]]></FromUserName>\n\
         <CreateTime>1482048670</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n\
         <Content><![CDATA[{typed}]]></Content>\n<MsgId>1234567890123456</MsgId>\n</xml>"
    )
}

#[test]
fn a_section_end_that_the_user_typed_is_text_and_so_is_what_follows_it() {
    for typed in ["a]]>b", "a]]><b>c</b>", "]]>", "a]]> ]]>b", "a]]>&nbsp;", "]]></content>", "<![CDATA[a", "]]></xml>"]
    {
        assert_eq!(read(&message(typed))["Content"], typed, "{typed}");
        assert_eq!(read(&message(typed))["MsgId"], "1234567890123456", "{typed}");
    }
}

#[test]
fn nothing_that_the_user_types_overrides_a_field_or_makes_the_message_unreadable() {
    for typed in [
        "x]]></Content><FromUserName><![CDATA[victim]]></FromUserName><MsgId>1</MsgId><Content><![CDATA[y",
        "x]]></Content></xml>",
        "x]]></Content></xml><xml><MsgType>event</MsgType><Event>e</Event>",
        "x]]></Content><Open><MsgId>1</MsgId>",
        "x]]></Content></Stray>",
        "x]]></Content>text &nbsp; <!DOCTYPE a>",
        "x]]></Content><MsgId>1</MsgId><!--",
        "x]]></Content><MsgId>1</MsgId><A><![CDATA[",
        "x]]></Content><MsgId><MsgId>1</MsgId>",
        "x]]></Content><a><b><c><d><e><f><g><h><i>",
        "x]]></Content><MsgType>event</MsgType><Event>xpay_goods_deliver_notify</Event><Content><![CDATA[y",
        "x]]></Content><?php",
        "x]]></Content><",
    ] {
        let fields = read(&message(typed));
        assert_eq!(fields["Content"], "x", "{typed}");
        let header = ["FromUserName", "CreateTime", "MsgType", "MsgId"].map(|name| fields[name].clone());
        assert_eq!(header, [json!("me"), json!(1_482_048_670), json!("text"), json!("1234567890123456")], "{typed}");
    }
}

#[test]
fn an_end_tag_with_white_space_that_is_not_xmls_is_text() {
    for typed in ["x]]></Content\u{C}>", "x]]></Content\u{3000}>", "x]]></Content\u{B} >y"] {
        assert_eq!(read(&message(typed))["Content"], typed, "{typed:?}");
    }
    assert_eq!(read(&message("x]]></Content \r\n\t><Content><![CDATA[y"))["Content"], "x");
}

#[test]
fn nothing_but_a_section_in_the_content_lets_the_rest_be_broken() {
    for fields in ["<MsgType><![CDATA[text]]></MsgType>", "<MsgType>text</MsgType><Content>x</Content>"] {
        let broken = format!("<xml>{fields}</stray></xml>");
        assert!(matches!(to_json(broken.as_bytes()), Err(XmlError::Syntax(_))), "{broken}");
    }
}

#[test]
fn a_typed_text_ends_where_its_own_element_first_does() {
    assert_eq!(read(&message("x]]>]]></Content><Content><![CDATA[y"))["Content"], "x]]>");
    let xml = "<xml><MsgType>image</MsgType><A><![CDATA[x]]></A><A><![CDATA[a]]>b]]></A><B>1</B></xml>";
    assert_eq!(read(xml), json!({"MsgType": "image", "A": "x", "B": "1"}));
}

#[test]
fn what_comes_after_the_content_is_kept_as_far_as_it_can_be_read() {
    let xml = message("x").replace("</xml>", "<New>1</New></xml>");
    assert_eq!(read(&xml)["New"], "1");
}

#[test]
fn a_message_that_breaks_off_is_refused_whatever_stands_in_its_content() {
    let whole = message("x]]></Content><y");
    for end in 1..whole.len() {
        assert!(to_json(&whole.as_bytes()[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn the_encrypt_of_an_envelope_is_the_last_one() {
    let xml = message("x]]></Content><Encrypt>typed</Encrypt><Content><![CDATA[y")
        .replace("</xml>", "<Encrypt><![CDATA[WeChat's]]></Encrypt></xml>");
    assert_eq!(read(&xml)["Encrypt"], "WeChat's");
}

#[test]
fn of_two_ids_the_last_is_a_messages_and_the_first_an_events() {
    let ids = "<MsgId>1</MsgId><MsgId>2</MsgId></xml>";
    assert_eq!(read(&format!("<xml><MsgType>image</MsgType>{ids}"))["MsgId"], "2");
    assert_eq!(read(&format!("<xml><MsgType>event</MsgType>{ids}"))["MsgId"], "1");
}

#[test]
fn an_events_repeated_fields_are_an_array_but_for_its_header() {
    let xml = "<xml><FromUserName>me</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>add_express_path</Event>\
               <Actions><A>1</A></Actions><Actions><A>2</A></Actions><Actions><A>3</A></Actions><Event>other</Event>\
               <FromUserName>you</FromUserName><CreateTime>2</CreateTime></xml>";
    assert_eq!(
        read(xml),
        json!({"FromUserName": "me", "CreateTime": 1, "MsgType": "event", "Event": "add_express_path",
            "Actions": [{"A": "1"}, {"A": "2"}, {"A": "3"}]})
    );
}

#[test]
fn what_a_user_typed_into_the_session_of_an_event_overrides_nothing() {
    let xml = "<xml><MsgType>event</MsgType><Event>user_enter_tempsession</Event>\
               <SessionFrom><![CDATA[x]]></SessionFrom><SessionFrom><![CDATA[y]]></SessionFrom></xml>";
    assert_eq!(read(xml)["SessionFrom"], "x");
}

#[test]
fn an_events_sections_end_where_they_end() {
    let xml = "<xml><MsgType>event</MsgType><A><![CDATA[x]]>y</A><B>1</B><A><![CDATA[z]]></A></xml>";
    assert_eq!(read(xml), json!({"MsgType": "event", "A": ["xy", "z"], "B": "1"}));
}

#[test]
fn an_event_is_read_as_strictly_whatever_it_holds() {
    let broken = "<xml><MsgType>event</MsgType><Content><![CDATA[x]]></Content></stray></xml>";
    assert!(matches!(to_json(broken.as_bytes()), Err(XmlError::Syntax(_))));
    // The element had a section: it is text, and its children are none.
    let mixed = "<xml><MsgType>event</MsgType><A><![CDATA[x]]><B>1</B></A></xml>";
    assert_eq!(read(mixed)["A"], "x");
}

/// A text without the places at which one section ends and the next begins: white space between the two is layout.
fn in_one_section(text: &str) -> String {
    let mut parts = text.split("]]>");
    let mut joined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(next_section) = part.trim_start().strip_prefix("<![CDATA[") {
            joined.push_str(next_section);
        } else {
            joined.extend(["]]>", part]);
        }
    }
    joined
}

proptest! {
    #[test]
    fn whatever_the_user_types_the_message_is_wechats(
        typed in "(\\]\\]>|</?Content>|</?xml>|<MsgId>|</MsgId>|<!\\[CDATA\\[|<!--|-->|&|[<>a-z&;! /]){0,12}",
    ) {
        let fields = read(&message(&typed));
        for (name, value) in [("FromUserName", json!("me")), ("MsgType", json!("text")), ("MsgId", json!("1234567890123456"))] {
            prop_assert_eq!(&fields[name], &value);
        }
        let content = fields["Content"].as_str().unwrap();
        prop_assert!(in_one_section(&typed).starts_with(&in_one_section(content)), "{content}");
    }
}
