//! What is done with a request.

use shared::api::temp_media;
use shared::lambda::action::{ActionAnswer, ActionError};
use shared::lambda::wechat::Wechat;

/// Hands on the file with WeChat's content type and disposition, or the JSON that came in its place.
pub(crate) async fn get_temp_media(media_id: String, wechat: &Wechat) -> Result<ActionAnswer, ActionError> {
    ActionAnswer::downloaded(wechat.get(temp_media::GET_PATH, &[("media_id", &media_id)]).await?)
}
