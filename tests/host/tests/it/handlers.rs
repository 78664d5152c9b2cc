//! Handlers that are closures in the test: what a user of the product writes, in any language.

use lambda_host::Function;
use serde_json::{Value, json};
use tokio::sync::watch;

/// Lets a handler return; until then it takes its time.
pub(crate) struct Gate(watch::Sender<bool>);

impl Gate {
    /// Lets the handler return, now and from now on.
    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }
}

/// A handler that returns this.
pub(crate) fn says(output: Value) -> Function {
    Function::handler(move |_| {
        let output = output.clone();
        async move { Ok(output) }
    })
}

/// A handler that throws.
pub(crate) fn throws() -> Function {
    Function::handler(|_| async { Err("no luck".to_owned()) })
}

/// A handler that returns this once its gate is open.
pub(crate) fn says_late(output: Value) -> (Function, Gate) {
    late(Ok(output))
}

/// A handler that throws once its gate is open.
pub(crate) fn throws_late() -> (Function, Gate) {
    late(Err("no luck".to_owned()))
}

fn late(result: Result<Value, String>) -> (Function, Gate) {
    let (gate, opened) = watch::channel(false);
    let handler = Function::handler(move |_| {
        let (result, mut opened) = (result.clone(), opened.clone());
        async move {
            // Ends with an error when the test is over, and drops the gate.
            let _ = opened.wait_for(|is_open| *is_open).await;
            result
        }
    });
    (handler, Gate(gate))
}

/// What a handler returns to have the user handed to an agent.
pub(crate) fn transfer() -> Value {
    json!({"MsgType": "transfer_customer_service"})
}
