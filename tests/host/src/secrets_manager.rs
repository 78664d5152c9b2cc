//! Secrets Manager: `GetSecretValue`, by name or ARN, and by staging label.

use std::collections::HashMap;

use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::names;

/// The staging label of the value that a read without a label gets.
pub const CURRENT: &str = "AWSCURRENT";
/// The staging label of the value before.
pub const PREVIOUS: &str = "AWSPREVIOUS";

/// The secrets by ARN, each with its values by staging label.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Mutex<HashMap<String, HashMap<String, String>>>);

impl Secrets {
    /// Puts a new current value, as `PutSecretValue` does: the one before becomes the previous one.
    pub(crate) fn put(&self, arn: &str, value: &str) {
        let mut secrets = self.0.lock();
        let stages = secrets.entry(arn.to_owned()).or_default();
        if let Some(before) = stages.insert(CURRENT.to_owned(), value.to_owned()) {
            stages.insert(PREVIOUS.to_owned(), before);
        }
    }

    /// Sets the value with one staging label, or removes it.
    pub(crate) fn set(&self, arn: &str, stage: &str, value: Option<&str>) {
        let mut secrets = self.0.lock();
        let stages = secrets.entry(arn.to_owned()).or_default();
        match value {
            Some(value) => stages.insert(stage.to_owned(), value.to_owned()),
            None => stages.remove(stage),
        };
    }

    pub(crate) fn answer(&self, operation: &str, request: &Value) -> Answer {
        if operation != "GetSecretValue" {
            let message = format!("{operation} is not among what the host does");
            return Answer::aws_error(StatusCode::BAD_REQUEST, "InvalidRequestException", &message);
        }
        let id = secret_of(request);
        let stage = request.get("VersionStage").and_then(Value::as_str).unwrap_or(CURRENT);
        let secrets = self.0.lock();
        let found = [id, names::secret_arn(id).as_str()].iter().find_map(|arn| secrets.get_key_value(*arn));
        let Some((arn, value)) = found.and_then(|(arn, stages)| Some((arn, stages.get(stage)?))) else {
            let message = format!("Secrets Manager can't find the specified secret value for staging label: {stage}");
            return Answer::aws_error(StatusCode::BAD_REQUEST, "ResourceNotFoundException", &message);
        };
        let name = arn.rsplit(':').next();
        let answer =
            json!({"ARN": arn, "Name": name, "SecretString": value, "VersionId": stage, "VersionStages": [stage]});
        Answer::json(StatusCode::OK, &answer)
    }
}

/// The secret that a request is about.
pub(crate) fn secret_of(request: &Value) -> &str {
    request.get("SecretId").and_then(Value::as_str).unwrap_or_default()
}
