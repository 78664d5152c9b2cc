//! The mini programs that the simulator plays WeChat for. Each has a [`WeChat`] of its own, so that what is remembered of one
//! can never touch another: the same openid in two of them is two users.

use std::iter::once;
use std::sync::Arc;

use crate::wechat::WeChat;

/// At least one mini program. The first is the one that is meant if none is named.
#[derive(Debug)]
pub(crate) struct MiniPrograms {
    first: Arc<WeChat>,
    further: Vec<Arc<WeChat>>,
}

impl MiniPrograms {
    /// The first one and the others, whose appids must differ.
    pub(crate) fn new(first: WeChat, further: impl IntoIterator<Item = WeChat>) -> Self {
        Self { first: Arc::new(first), further: further.into_iter().map(Arc::new).collect() }
    }

    /// The one that is meant if none is named.
    pub(crate) fn first(&self) -> &Arc<WeChat> {
        &self.first
    }

    /// The one of this appid.
    pub(crate) fn find(&self, appid: &str) -> Option<&Arc<WeChat>> {
        self.all().find(|wechat| wechat.identity.appid == appid)
    }

    /// The one that this access token was issued for, whether the token still holds or not.
    pub(crate) fn find_by_token(&self, token: &str) -> Option<&Arc<WeChat>> {
        self.all().find(|wechat| wechat.memory().tokens.has_issued(token))
    }

    /// All appids, the first one's first.
    pub(crate) fn appids(&self) -> Vec<&str> {
        self.all().map(|wechat| wechat.identity.appid.as_str()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Arc<WeChat>> {
        once(&self.first).chain(&self.further)
    }
}
