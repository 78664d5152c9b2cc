//! The events that `simulator trigger` knows, each with a sample of WeChat's fields in `simulator/events/`.
//! Sources: "接收消息和事件" (receive messages and events), "消息订阅 统一服务消息 客服消息 消息推送" (subscriptions), and the
//! pages on virtual payment, shipping and logistics.

use std::fmt;

use clap::ValueEnum;
use protocol::format::Format;
use serde_json::{Map, Value};

/// Stands for the user in a sample.
const OPENID: &str = "OPENID";
/// What a subscription event is about, in JSON.
const LIST: &str = "List";

/// An event. Another one, which WeChat may have by now, is pushed by `simulator replay`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Event {
    /// The user enters the customer-service session.
    UserEnterTempsession,
    /// The user answers a subscribe dialog.
    #[value(name = "subscribe_msg_popup_event")]
    SubscribeMsgPopup,
    /// The user switches a template off in the settings.
    #[value(name = "subscribe_msg_change_event")]
    SubscribeMsgChange,
    /// A subscription message was delivered, or not.
    #[value(name = "subscribe_msg_sent_event")]
    SubscribeMsgSent,
    /// The debugger of WeChat's console tries the push URL.
    DebugDemo,
    /// A picture or a voice that was to be checked is checked.
    WxaMediaCheck,
    /// The user withdraws the consent to a use of personal data.
    UserAuthorizationRevoke,
    /// A virtual payment is made: deliver the goods.
    XpayGoodsDeliverNotify,
    /// A virtual payment is refunded.
    XpayRefundNotify,
    /// The user complains about a virtual payment.
    XpayComplaintNotify,
    /// Apple asks whether to refund: to be answered within three seconds.
    XpaySubscribeIosRefundQueryNotify,
    /// The mini program is to connect the API for shipping information.
    TradeManageRemindAccessApi,
    /// An order is to be shipped.
    TradeManageRemindShipping,
    /// An order is settled.
    TradeManageOrderSettlement,
    /// A parcel moved. Names no user's act; repeats the element Actions in XML.
    AddExpressPath,
    /// An appeal against a penalty is decided. Repeats the element material in XML.
    WxaAppealRecord,
    /// A complaint goes on. Its history is a list inside an object.
    ComplaintCallback,
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| formatter.write_str(value.get_name()))
    }
}

impl Event {
    /// The sample for a user, without what every push carries.
    ///
    /// # Errors
    /// Never: the tests read each sample.
    pub(crate) fn sample(self, openid: &str) -> Result<Map<String, Value>, serde_json::Error> {
        let mut fields: Map<String, Value> = serde_json::from_str(self.text())?;
        for value in fields.values_mut().filter(|value| *value == OPENID) {
            *value = openid.into();
        }
        Ok(fields)
    }

    /// Fields as this event has them in a format: in XML, the list of a subscription event stands in an element that is named
    /// like the event.
    pub(crate) fn in_format(self, format: Format, mut fields: Map<String, Value>) -> Map<String, Value> {
        let element = match self {
            Self::SubscribeMsgPopup => "SubscribeMsgPopupEvent",
            Self::SubscribeMsgChange => "SubscribeMsgChangeEvent",
            Self::SubscribeMsgSent => "SubscribeMsgSentEvent",
            _ => return fields,
        };
        if format == Format::Xml
            && let Some(list) = fields.remove(LIST)
        {
            fields.insert(element.to_owned(), Map::from_iter([(LIST.to_owned(), list)]).into());
        }
        fields
    }

    const fn text(self) -> &'static str {
        match self {
            Self::UserEnterTempsession => include_str!("../events/user_enter_tempsession.json"),
            Self::SubscribeMsgPopup => include_str!("../events/subscribe_msg_popup_event.json"),
            Self::SubscribeMsgChange => include_str!("../events/subscribe_msg_change_event.json"),
            Self::SubscribeMsgSent => include_str!("../events/subscribe_msg_sent_event.json"),
            Self::DebugDemo => include_str!("../events/debug_demo.json"),
            Self::WxaMediaCheck => include_str!("../events/wxa_media_check.json"),
            Self::UserAuthorizationRevoke => include_str!("../events/user_authorization_revoke.json"),
            Self::XpayGoodsDeliverNotify => include_str!("../events/xpay_goods_deliver_notify.json"),
            Self::XpayRefundNotify => include_str!("../events/xpay_refund_notify.json"),
            Self::XpayComplaintNotify => include_str!("../events/xpay_complaint_notify.json"),
            Self::XpaySubscribeIosRefundQueryNotify => {
                include_str!("../events/xpay_subscribe_ios_refund_query_notify.json")
            }
            Self::TradeManageRemindAccessApi => include_str!("../events/trade_manage_remind_access_api.json"),
            Self::TradeManageRemindShipping => include_str!("../events/trade_manage_remind_shipping.json"),
            Self::TradeManageOrderSettlement => include_str!("../events/trade_manage_order_settlement.json"),
            Self::AddExpressPath => include_str!("../events/add_express_path.json"),
            Self::WxaAppealRecord => include_str!("../events/wxa_appeal_record.json"),
            Self::ComplaintCallback => include_str!("../events/complaint_callback.json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::message::{self, SubscribeMsgChange, SubscribeMsgPopup, SubscribeMsgSent};
    use protocol::xml;
    use serde_json::json;

    use super::*;
    use crate::push::message::Message;

    #[test]
    fn each_sample_is_the_event_that_it_is_named_for_and_makes_a_message() {
        for &event in Event::value_variants() {
            let sample = event.sample("oUser").unwrap();
            assert_eq!(sample["MsgType"], "event", "{event}");
            assert_eq!(sample["Event"], event.to_string(), "{event}");
            Message::complete(sample, "oUser", "gh_account", 1_700_000_000, 7).unwrap();
        }
    }

    #[test]
    fn a_sample_that_names_the_user_names_the_one_who_is_meant() {
        assert_eq!(Event::XpayRefundNotify.sample("oUser").unwrap()["OpenId"], "oUser");
        for event in Event::value_variants() {
            assert!(!event.sample("oUser").unwrap().values().any(|value| value == OPENID), "{event}");
        }
    }

    #[test]
    fn the_list_of_a_subscription_event_stands_in_its_own_element_in_xml() {
        let event = Event::SubscribeMsgPopup;
        let in_json = event.in_format(Format::Json, event.sample("oUser").unwrap());
        let in_xml = event.in_format(Format::Xml, event.sample("oUser").unwrap());
        assert_eq!(in_xml["SubscribeMsgPopupEvent"], json!({"List": in_json["List"]}));
        assert_eq!(in_xml.get("List"), None);
        let revoked = Event::UserAuthorizationRevoke.sample("oUser").unwrap();
        assert_eq!(Event::UserAuthorizationRevoke.in_format(Format::Xml, revoked.clone()), revoked);
    }

    #[test]
    fn the_functions_read_the_subscription_events_in_either_format() {
        for format in [Format::Json, Format::Xml] {
            let received = |event: Event| {
                let fields = event.in_format(format, event.sample("oUser").unwrap());
                let fields = Message::complete(fields, "oUser", "gh_account", 1_700_000_000, 7).unwrap().fields;
                match format {
                    Format::Json => fields,
                    Format::Xml => xml::to_json(xml::from_json(&fields).unwrap().as_bytes()).unwrap(),
                }
            };
            let popup: SubscribeMsgPopup = message::read(received(Event::SubscribeMsgPopup)).unwrap();
            assert_eq!(popup.list[0].subscribe_status_string, "accept");
            let change: SubscribeMsgChange = message::read(received(Event::SubscribeMsgChange)).unwrap();
            assert_eq!(change.list[0].subscribe_status_string, "reject");
            let sent: SubscribeMsgSent = message::read(received(Event::SubscribeMsgSent)).unwrap();
            assert_eq!(sent.list[0].msg_id, "1700827132819554304");
        }
    }
}
