//! Queues as SQS keeps them: delays, visibility, receive counts and dead letters.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::clock::now_milliseconds;
use crate::error::HostError;

/// A queue.
#[derive(Debug)]
pub struct Queue {
    pub(crate) name: String,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    messages: Vec<Message>,
    visibility_timeout: Duration,
    dead_letters: Option<(u32, Arc<Queue>)>,
}

/// A message in a queue.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) body: String,
    pub(crate) attributes: Map<String, Value>,
    pub(crate) sent_milliseconds: u64,
    pub(crate) first_received_milliseconds: Option<u64>,
    pub(crate) receive_count: u32,
    /// Of the last time that it was received.
    pub(crate) receipt_handle: String,
    visible_at: Instant,
}

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages that can be received now.
    pub visible: usize,
    /// Messages that were received and neither deleted nor made visible again.
    pub in_flight: usize,
    /// Messages that were sent with a delay which is not over.
    pub delayed: usize,
}

impl Queue {
    fn new(name: &str) -> Self {
        let state = State { messages: Vec::new(), visibility_timeout: Duration::from_secs(30), dead_letters: None };
        Self { name: name.to_owned(), state: Mutex::new(state), changed: Notify::new() }
    }

    /// Sets how long a received message stays invisible; 30 seconds at first.
    pub fn set_visibility_timeout(&self, timeout: Duration) {
        self.state.lock().visibility_timeout = timeout;
    }

    /// Has a message moved to `queue` when it would be received more than `max_receive_count` times.
    pub fn set_dead_letters(&self, max_receive_count: u32, queue: &Arc<Self>) {
        self.state.lock().dead_letters = Some((max_receive_count, queue.clone()));
    }

    /// Puts a message into the queue.
    pub fn send(&self, body: impl Into<String>) {
        self.send_later(body.into(), Map::new(), Duration::ZERO);
    }

    /// The bodies of all messages, in the order in which they were sent, whether they can be received or not.
    #[must_use]
    pub fn bodies(&self) -> Vec<String> {
        self.state.lock().messages.iter().map(|message| message.body.clone()).collect()
    }

    /// The ids and bodies of all messages, in the order in which they were sent.
    #[must_use]
    pub fn messages(&self) -> Vec<(String, String)> {
        self.state.lock().messages.iter().map(|message| (message.id.clone(), message.body.clone())).collect()
    }

    /// How many messages there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let now = Instant::now();
        self.state.lock().messages.iter().fold(Counts::default(), |mut counts, message| {
            match (message.visible_at <= now, message.receive_count) {
                (true, _) => counts.visible += 1,
                (false, 0) => counts.delayed += 1,
                (false, _) => counts.in_flight += 1,
            }
            counts
        })
    }

    /// Waits until a message can be received, takes it out of the queue and returns its body.
    ///
    /// # Errors
    /// [`HostError::NeverHappened`].
    pub async fn take(&self) -> Result<String, HostError> {
        let receive = self.receive_when_there_is_one(1, None);
        let messages = HostError::unless_in_time(receive, || format!("a message in queue {}", self.name)).await?;
        let message = messages.into_iter().next();
        let message =
            message.ok_or_else(|| HostError::NeverHappened { what: format!("a message in {}", self.name) })?;
        self.delete(&message.receipt_handle);
        Ok(message.body)
    }

    /// Takes all messages out of the queue, whether they can be received or not, and returns their bodies.
    #[must_use]
    pub fn drain(&self) -> Vec<String> {
        self.state.lock().messages.drain(..).map(|message| message.body).collect()
    }

    /// Makes every message receivable now: ends delays and visibility timeouts.
    pub fn make_all_visible(&self) {
        let now = Instant::now();
        self.state.lock().messages.iter_mut().for_each(|message| message.visible_at = now);
        self.changed.notify_waiters();
    }

    pub(crate) fn send_later(&self, body: String, attributes: Map<String, Value>, delay: Duration) -> String {
        let id = Uuid::new_v4().to_string();
        let message = Message {
            id: id.clone(),
            body,
            attributes,
            sent_milliseconds: now_milliseconds(),
            first_received_milliseconds: None,
            receive_count: 0,
            receipt_handle: String::new(),
            visible_at: Instant::now() + delay,
        };
        self.state.lock().messages.push(message);
        self.changed.notify_waiters();
        id
    }

    /// Receives up to `max` messages that are visible now.
    pub(crate) fn receive(&self, max: usize, visibility_timeout: Option<Duration>) -> Vec<Message> {
        let now = Instant::now();
        let mut state = self.state.lock();
        let visible_again = now + visibility_timeout.unwrap_or(state.visibility_timeout);
        let mut dead = Vec::new();
        if let Some((max_receive_count, queue)) = state.dead_letters.clone() {
            let is_dead =
                |message: &mut Message| message.visible_at <= now && message.receive_count >= max_receive_count;
            dead.extend(state.messages.extract_if(.., is_dead).map(|message| (queue.clone(), message)));
        }
        let visible = state.messages.iter_mut().filter(|message| message.visible_at <= now).take(max);
        let received = visible.map(|message| {
            message.receive_count += 1;
            message.first_received_milliseconds.get_or_insert_with(now_milliseconds);
            message.receipt_handle = Uuid::new_v4().to_string();
            message.visible_at = visible_again;
            message.clone()
        });
        let received = received.collect();
        drop(state);
        for (queue, message) in dead {
            queue.state.lock().messages.push(message);
            queue.changed.notify_waiters();
        }
        received
    }

    /// Receives as soon as there is something.
    pub(crate) async fn receive_when_there_is_one(&self, max: usize, visibility: Option<Duration>) -> Vec<Message> {
        self.receive_guarded(max, visibility, || ()).await.0
    }

    /// Receives as soon as there is something, with a guard that is made before the messages become invisible.
    pub(crate) async fn receive_guarded<G>(
        &self,
        max: usize,
        visibility: Option<Duration>,
        guard: impl Fn() -> G,
    ) -> (Vec<Message>, G) {
        loop {
            // Listens before it looks, so that no change in between is missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let made = guard();
            let messages = self.receive(max, visibility);
            if !messages.is_empty() {
                return (messages, made);
            }
            drop(made);
            self.until_next_is_visible(changed).await;
        }
    }

    /// Waits until a message that is invisible now becomes visible, or `changed`.
    async fn until_next_is_visible(&self, changed: impl Future<Output = ()>) {
        let next = self.state.lock().messages.iter().map(|message| message.visible_at).min();
        match next {
            Some(next) => {
                tokio::select! {
                    () = changed => {}
                    () = tokio::time::sleep_until(next.into()) => {}
                }
            }
            None => changed.await,
        }
    }

    pub(crate) fn delete(&self, receipt_handle: &str) {
        self.state.lock().messages.retain(|message| message.receipt_handle != receipt_handle);
    }

    /// Changes when a received message becomes visible; false if there is no such message.
    pub(crate) fn change_visibility(&self, receipt_handle: &str, timeout: Duration) -> bool {
        let mut state = self.state.lock();
        let found = state.messages.iter_mut().find(|message| message.receipt_handle == receipt_handle);
        let is_found = found.map(|message| message.visible_at = Instant::now() + timeout).is_some();
        drop(state);
        self.changed.notify_waiters();
        is_found
    }

    pub(crate) fn visibility_timeout(&self) -> Duration {
        self.state.lock().visibility_timeout
    }
}

/// The queues by name.
#[derive(Debug, Default)]
pub(crate) struct Queues(Mutex<HashMap<String, Arc<Queue>>>);

impl Queues {
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Queue>> {
        self.0.lock().get(name).cloned()
    }

    pub(crate) fn get_or_create(&self, name: &str) -> Arc<Queue> {
        self.0.lock().entry(name.to_owned()).or_insert_with(|| Arc::new(Queue::new(name))).clone()
    }
}
