//! What WeChat pushes of its own accord, about a user who did nothing: a report.

use std::sync::Arc;

use protocol::format::Format;
use protocol::mode::Mode;
use serde_json::{Map, Value};

use super::message::Message;
use super::outgoing::{Outgoing, Target};
use super::sealed::{Chance, SealedPush, Signature, Style};
use crate::timeline::Occasion;
use crate::wechat::WeChat;
use crate::{clock, random};

/// Pushes an event, in the style of the user's last push. It is nobody's last push itself, and nobody waits for it: one
/// that cannot be pushed (no push URL, say) is not.
pub(crate) async fn push(wechat: Arc<WeChat>, openid: String, event: Map<String, Value>) {
    let now = clock::now();
    let (Ok(nonce), Ok(encryption)) = (random::bytes(), random::bytes()) else { return };
    let Ok(message) = Message::complete(event, &openid, &wechat.identity.account, now, clock::growing_id()) else {
        return;
    };
    let (style, url) = {
        let memory = wechat.memory();
        let last = memory.last_pushes.get(&openid).map(|push| (push.mode, push.format));
        let (mode, format) = last.unwrap_or((Mode::Safe, Format::Json));
        (Style { mode, format, signature: Signature::Genuine }, memory.push_url.clone())
    };
    let Some(url) = url else { return };
    let Ok(push) = SealedPush::seal(message, style, &wechat.identity, now, Chance { nonce, encryption }) else {
        return;
    };
    // Err: no TLS for this URL. Whoever drives the simulator has been told by then, by a push of a user's.
    let Ok(target) = Target::new(url, &wechat.clients) else { return };
    let outgoing = Outgoing::start(&mut wechat.memory(), Arc::new(push), target, Occasion::Report, None);
    outgoing.deliver(&wechat).await;
}
