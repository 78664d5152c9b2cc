//! Which mini program an order or a question is about: the one that its `appid` names, otherwise the first.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::fields::{object, text};
use super::refusal::Refusal;
use crate::mini_programs::MiniPrograms;
use crate::wechat::WeChat;

/// The mini program that the query parameter `appid` names, where there is no body to name it.
pub(super) struct Asked(pub(super) Arc<WeChat>);

#[derive(Deserialize)]
struct Named {
    appid: Option<String>,
}

impl FromRequestParts<Arc<MiniPrograms>> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, mini_programs: &Arc<MiniPrograms>) -> Result<Self, Refusal> {
        let named = Query::<Named>::try_from_uri(&parts.uri).map_err(|error| Refusal::Query(error.body_text()))?;
        find(mini_programs, named.appid.as_deref()).map(Self)
    }
}

/// Reads an order: an object of known fields, and the mini program that its field `appid` names.
pub(super) fn order(
    mini_programs: &MiniPrograms,
    body: &[u8],
    known: &[&str],
) -> Result<(Arc<WeChat>, Map<String, Value>), Refusal> {
    let mut fields = object(body, &[&["appid"], known].concat())?;
    let wechat = find(mini_programs, text(&fields, "appid")?)?;
    fields.remove("appid");
    Ok((wechat, fields))
}

fn find(mini_programs: &MiniPrograms, appid: Option<&str>) -> Result<Arc<WeChat>, Refusal> {
    let Some(appid) = appid else { return Ok(mini_programs.first().clone()) };
    mini_programs.find(appid).cloned().ok_or_else(|| Refusal::UnknownAppid(mini_programs.appids().join(", ")))
}
