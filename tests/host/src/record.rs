//! The record of every call that passed the host.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::call::{Call, PassedCall};
use crate::error::HostError;

/// Every call in the order of arrival.
#[derive(Debug)]
pub(crate) struct Record {
    calls: Mutex<Vec<Entry>>,
    /// Changes when a call has ended.
    ended: watch::Sender<()>,
    is_over: AtomicBool,
}

#[derive(Debug)]
struct Entry {
    call: PassedCall,
    has_ended: bool,
}

/// A call's place in the record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(usize);

impl Record {
    pub(crate) fn new() -> Self {
        Self { calls: Mutex::default(), ended: watch::Sender::new(()), is_over: AtomicBool::new(false) }
    }

    /// Takes a call down as it arrives.
    pub(crate) fn arrived(&self, call: PassedCall) -> Place {
        let mut calls = self.calls.lock();
        // A place beyond all entries belongs to no call.
        let place = Place(calls.len());
        if !self.is_over.load(Ordering::Relaxed) {
            calls.push(Entry { call, has_ended: false });
        }
        place
    }

    /// Forgets all calls, and takes down no more.
    pub(crate) fn end(&self) {
        let mut calls = self.calls.lock();
        self.is_over.store(true, Ordering::Relaxed);
        calls.clear();
    }

    /// Notes that a call was answered, or will never be.
    pub(crate) fn ended(&self, place: Place) {
        if let Some(entry) = self.calls.lock().get_mut(place.0) {
            entry.has_ended = true;
        }
        self.ended.send_replace(());
    }

    /// The calls so far that a description fits, whatever number it names.
    pub(crate) fn matching(&self, description: &Call) -> Vec<PassedCall> {
        let calls = self.calls.lock();
        calls.iter().map(|entry| &entry.call).filter(|call| description.describes(call)).cloned().collect()
    }

    /// All calls so far.
    pub(crate) fn all(&self) -> Vec<PassedCall> {
        self.calls.lock().iter().map(|entry| entry.call.clone()).collect()
    }

    /// Waits until the call that is described has ended, and returns it.
    pub(crate) async fn wait_for(&self, description: &Call) -> Result<PassedCall, HostError> {
        let mut changes = self.ended.subscribe();
        let look = async {
            loop {
                if let Some(call) = self.find_ended(description) {
                    return call;
                }
                // The sender is a field of this record, so that it cannot be gone.
                let _ = changes.changed().await;
            }
        };
        HostError::unless_in_time(look, || description.to_string()).await
    }

    fn find_ended(&self, description: &Call) -> Option<PassedCall> {
        let calls = self.calls.lock();
        let mut matching = calls.iter().filter(|entry| description.describes(&entry.call));
        let found = matching.nth(description.last_number().saturating_sub(1))?;
        found.has_ended.then(|| found.call.clone())
    }
}
