//! Whether a push was published as an event. It has no part in what becomes of its reply.

use protocol::appid::Appid;
use protocol::push_key::PushKey;

use super::push_dedupe::PushDedupe;
use crate::state::table::{StateError, flag};

impl PushDedupe {
    /// Notes that the push was published, if it has a row, so that no later run publishes it again.
    ///
    /// # Errors
    /// [`StateError`] where DynamoDB does not answer; writing it again is harmless.
    pub async fn mark_published(&self, appid: &Appid, key: &PushKey) -> Result<(), StateError> {
        let update = "SET published = :true";
        self.write(appid, key, "attribute_exists(push_key)", update, [(":true", flag())]).await.map(drop)
    }
}
