//! The options that `push`, `trigger` and `replay` share: to which simulator, for which user, how the push travels and what
//! becomes of its answers.

use clap::Args;
use protocol::format::Format;
use protocol::mode::Mode;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::push::answer_fault::AnswerFaultKind;
use crate::push::attempt::ATTEMPTS;

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct SendingOptions {
    /// The running simulator.
    #[arg(long, env = "SIMULATOR_URL", default_value = "http://127.0.0.1:8199", global = true)]
    pub(crate) simulator: Url,
    /// safe, compat or plain.
    #[arg(long, default_value = "safe", global = true)]
    pub(crate) mode: Mode,
    /// json or xml; json unless given, for replay the format of the file.
    #[arg(long, global = true)]
    pub(crate) format: Option<Format>,
    /// The mini program that the push is for. Default: the simulator's first one.
    #[arg(long, global = true)]
    pub(crate) appid: Option<String>,
    /// The user. Default: a demo user; for replay, the user in the file.
    #[arg(long, global = true)]
    pub(crate) openid: Option<String>,
    /// Send the push with a wrong signature.
    #[arg(long, global = true)]
    bad_signature: bool,
    /// slow or drop: delay or lose the answers, so that the push is repeated.
    #[arg(long, global = true)]
    pub(crate) fault: Option<AnswerFaultKind>,
    /// The number of answers that the fault affects, from the first on. Default: all.
    #[arg(long, global = true, requires = "fault", value_parser = clap::value_parser!(u32).range(1..=i64::from(ATTEMPTS)))]
    pub(crate) fault_attempts: Option<u32>,
}

impl SendingOptions {
    /// An order to push, with its own fields beside these options.
    pub(crate) fn order(&self, own: Map<String, Value>) -> Value {
        let mut order = self.order_again();
        order.insert("mode".to_owned(), json!(self.mode.to_string()));
        order.insert("format".to_owned(), json!(self.format.map(|format| format.to_string())));
        order.insert("bad_signature".to_owned(), json!(self.bad_signature));
        order.extend(own);
        order.into()
    }

    /// The options that an order to push the same bytes again has: how they travel is settled.
    pub(crate) fn order_again(&self) -> Map<String, Value> {
        Map::from_iter([
            ("appid".to_owned(), json!(self.appid)),
            ("openid".to_owned(), json!(self.openid)),
            ("fault".to_owned(), json!(self.fault.map(|kind| kind.to_string()))),
            ("fault_attempts".to_owned(), json!(self.fault_attempts)),
        ])
    }
}
