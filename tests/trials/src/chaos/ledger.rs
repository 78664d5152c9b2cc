//! The ledger: what WeChat saw, what the handlers were given and returned, and what was done to the product. It reads none of the
//! product's tables.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use lambda_host::{Act as Done, Disturbance, Killed, PassedCall, Service};
use parking_lot::Mutex;
use serde_json::Value;

use super::acts::{Act, openid_in};
use super::behaviour::marked_number;
use super::causes;
use crate::mini_program::ENTER_QUOTA;
use crate::product::HANDLERS;

/// How many messages a message of the user's allows.
const MESSAGE_QUOTA: u32 = 5;
const SEND: &str = "/cgi-bin/message/custom/send";

/// Everything that is known of a trial.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<Book>);

/// What the ledger holds.
#[derive(Debug, Default, Clone)]
pub(crate) struct Book {
    pub(crate) entries: BTreeMap<u32, Entry>,
    /// How often a user has got a text, by openid and text.
    pub(crate) arrived: HashMap<(String, String), u32>,
    /// What each user's pushes met.
    pub(crate) troubles: HashMap<String, Vec<(Instant, String)>>,
    /// All disturbances by name.
    pub(crate) disturbances: BTreeMap<String, u32>,
    pub(crate) killed_handling: u32,
    pub(crate) killed_idle: u32,
    /// Messages that WeChat refused, by errcode.
    pub(crate) refusals: BTreeMap<i64, u32>,
    /// Messages that reached a user whose window had no room.
    pub(crate) over_quota: u32,
    /// How often a token was revoked, by mini program.
    pub(crate) revocations: BTreeMap<String, u64>,
    room: HashMap<String, u32>,
}

/// One push.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) act: Act,
    began: Instant,
    ended: Option<Instant>,
    /// What WeChat made of it, once it is over.
    pub(crate) delivery: Value,
    /// How often a handler was asked, how often it returned, and how often it threw.
    pub(crate) asked: u32,
    pub(crate) returned: u32,
    pub(crate) thrown: u32,
}

impl Ledger {
    /// Everything that is known now.
    pub(crate) fn book(&self) -> Book {
        self.0.lock().clone()
    }

    /// A user acts.
    pub(crate) fn begins(&self, act: &Act) {
        let entry = Entry {
            act: act.clone(),
            began: Instant::now(),
            ended: None,
            delivery: Value::Null,
            asked: 0,
            returned: 0,
            thrown: 0,
        };
        self.0.lock().entries.insert(act.number, entry);
    }

    /// WeChat has an answer, or has given up.
    pub(crate) fn ends(&self, number: u32, delivery: Value) {
        if let Some(entry) = self.0.lock().entries.get_mut(&number) {
            entry.delivery = delivery;
            entry.ended = Some(Instant::now());
        }
    }

    /// A call passes the host, and this happens to it.
    pub(crate) fn passes(&self, call: &PassedCall, disturbance: Option<&Disturbance>) {
        let is_for_handler = call.service == Service::Lambda
            && call.targets.first().is_some_and(|target| HANDLERS.contains(&target.as_str()));
        let is_of_handler = call.service == Service::Runtime && HANDLERS.contains(&call.caller.as_str());
        if disturbance.is_none() && !is_for_handler && !is_of_handler {
            return;
        }
        let mut book = self.0.lock();
        if let Some(disturbance) = disturbance {
            let name = causes::name(call, disturbance);
            if matches!(disturbance.act, Done::Kill) {
                book.killed_handling += 1;
            }
            book.note(call.event.as_deref().and_then(openid_in), name);
        }
        if !causes::lets_through(disturbance) {
            return;
        }
        let text = if is_for_handler { Some(&call.body) } else { call.event.as_ref() };
        let number = text.and_then(|text| marked_number(text));
        let Some(entry) = number.and_then(|number| book.entries.get_mut(&number)) else { return };
        match call.operation.as_str() {
            _ if is_for_handler => entry.asked += 1,
            "Response" if is_of_handler => entry.returned += 1,
            "Error" if is_of_handler => entry.thrown += 1,
            _ => {}
        }
    }

    /// A process was killed in between.
    pub(crate) fn killed(&self, function: &str, killed: &Killed) {
        let mut book = self.0.lock();
        let is_handling = killed.event.is_some();
        let count = if is_handling { &mut book.killed_handling } else { &mut book.killed_idle };
        *count += 1;
        book.note(killed.event.as_deref().and_then(openid_in), causes::killed(function));
    }

    /// A mini program's token was revoked.
    pub(crate) fn revoked(&self, appid: &str) {
        *self.0.lock().revocations.entry(appid.to_owned()).or_default() += 1;
    }

    /// Something happened in WeChat.
    pub(crate) fn happens(&self, happening: &Value) {
        let text = |name: &str| happening.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("what") {
            "push_starts" if text("occasion") == "act" => self.0.lock().acts(text("openid"), happening),
            "call" => self.0.lock().takes(happening.get("call").unwrap_or(&Value::Null)),
            _ => {}
        }
    }
}

impl Book {
    fn note(&mut self, openid: Option<&str>, name: String) {
        *self.disturbances.entry(name.clone()).or_default() += 1;
        if let Some(openid) = openid {
            self.troubles.entry(openid.to_owned()).or_default().push((Instant::now(), name));
        }
    }

    /// A user's act opens their window.
    fn acts(&mut self, openid: &str, happening: &Value) {
        let field = |name: &str| happening.pointer(&format!("/message/{name}")).and_then(Value::as_str);
        let room = self.room.entry(openid.to_owned()).or_default();
        match (field("MsgType"), field("Event")) {
            (Some("event"), Some("user_enter_tempsession")) => *room = (*room).max(ENTER_QUOTA),
            (Some("event") | None, _) => {}
            _ => *room = MESSAGE_QUOTA,
        }
    }

    /// WeChat takes or refuses a message.
    fn takes(&mut self, call: &Value) {
        if call.get("path").and_then(Value::as_str) != Some(SEND) {
            return;
        }
        if call.get("acted") != Some(&Value::Bool(true)) {
            if let Some(errcode) = call.get("errcode").and_then(Value::as_i64) {
                *self.refusals.entry(errcode).or_default() += 1;
            }
            return;
        }
        let text = |pointer| call.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let openid = text("/openid");
        match self.room.get_mut(&openid) {
            Some(room) if *room > 0 => *room -= 1,
            _ => self.over_quota += 1,
        }
        *self.arrived.entry((openid, text("/body/text/content"))).or_default() += 1;
    }

    /// What a push met while WeChat waited, and at any time.
    pub(crate) fn met(&self, entry: &Entry, is_while_waited: bool) -> Vec<String> {
        let troubles = self.troubles.get(&entry.act.openid).into_iter().flatten();
        let ended = entry.ended.filter(|_| is_while_waited);
        let within = troubles.filter(|(at, _)| *at >= entry.began && ended.is_none_or(|ended| *at <= ended));
        let mut names: Vec<_> = within.map(|(_, name)| name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// The last act of each user whom a handler wanted to hand to an agent, after WeChat had its answer, and who was handed to
    /// none since: the next message must be.
    pub(crate) fn waiting_for_agent(&self) -> Vec<Act> {
        let mut waiting = BTreeMap::new();
        for entry in self.entries.values() {
            let openid = &entry.act.openid;
            if entry.is_transferred() {
                waiting.remove(openid);
            } else if entry.act.behaviour.is_transfer() && entry.returned > 0 && entry.is_placed() {
                waiting.insert(openid.clone(), entry.act.clone());
            }
        }
        waiting.into_values().collect()
    }

    /// How often the user has got a text.
    pub(crate) fn times(&self, openid: &str, text: &str) -> u32 {
        self.arrived.get(&(openid.to_owned(), text.to_owned())).copied().unwrap_or_default()
    }
}

impl Entry {
    /// Whether WeChat has an answer.
    pub(crate) fn is_placed(&self) -> bool {
        self.delivery.get("outcome").is_some_and(|outcome| outcome == "answered")
    }

    /// Whether the answer hands the user to an agent.
    pub(crate) fn is_transferred(&self) -> bool {
        is_transfer(&self.delivery)
    }

    /// WeChat's attempts.
    pub(crate) fn attempts(&self) -> &[Value] {
        self.delivery.get("attempts").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// Whether the answer that WeChat got in the end hands the user to an agent.
pub(crate) fn is_transfer(delivery: &Value) -> bool {
    let attempts = delivery.get("attempts").and_then(Value::as_array);
    let last = attempts.and_then(|attempts| attempts.last()?.pointer("/reply/MsgType"));
    last.is_some_and(|kind| kind == "transfer_customer_service")
}
