//! Messages that a push type sends of its own accord: each has the line and the metrics that an action's call has.

use std::time::Instant;

use protocol::appid::Appid;

use super::action_line::ActionLine;
use crate::host::clock;
use crate::sending::customer_service::{CustomerService, Part, SendError, Sent};
use crate::wechat::customer_message::CustomerMessage;

/// The messages of one push type's function.
#[derive(Debug)]
pub struct OwnMessages {
    stack: String,
    function: &'static str,
    service: CustomerService,
}

impl OwnMessages {
    /// The messages that `function` of the stack `stack` sends.
    #[must_use]
    pub fn new(stack: String, function: &'static str, service: CustomerService) -> Self {
        Self { stack, function, service }
    }

    /// As [`CustomerService::open_connections`].
    pub async fn open_connections(&self, appid: &Appid) {
        self.service.open_connections(appid).await;
    }

    /// Sends a message of a reply and writes its line.
    ///
    /// # Errors
    /// As [`CustomerService::send_part`].
    pub async fn send_part(&self, appid: &Appid, message: &CustomerMessage, part: &Part) -> Result<Sent, SendError> {
        let started = Instant::now();
        let mut line = ActionLine::own_message(&self.stack, self.function, appid, message.openid());
        let result = self.service.send_part(appid, message, part).await;
        line.sent(&result);
        line.milliseconds = clock::milliseconds_since(started);
        line.write();
        result
    }

    /// Shows the user the typing state, as [`CustomerService::show_typing`].
    pub async fn show_typing(&self, appid: &Appid, openid: &str) {
        self.service.show_typing(appid, openid).await;
    }
}
