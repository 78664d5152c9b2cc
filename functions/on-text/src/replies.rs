//! The keyword table, `replies.json`: the first row with a keyword that stands in the text.

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::wechat::customer_message::CustomerMessage;
use shared::wechat::malformed::Malformed;

/// The table.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Replies(Vec<Row>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    keywords: Vec<String>,
    /// A customer message without `touser`.
    reply: Map<String, Value>,
}

/// Why the table is none: the function does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RepliesError {
    #[error("replies.json is not a list of {{\"keywords\", \"reply\"}}")]
    Json(#[from] serde_json::Error),
    #[error("replies.json, row {row}, reply.{malformed}")]
    Reply { row: usize, malformed: Malformed },
    #[error("replies.json, row {0}: an empty keyword stands in every text")]
    EmptyKeyword(usize),
}

impl Replies {
    /// The table that the function was built with.
    pub(crate) fn embedded() -> Result<Self, RepliesError> {
        Self::parse(include_str!("../replies.json"))
    }

    fn parse(json: &str) -> Result<Self, RepliesError> {
        let mut replies: Self = serde_json::from_str(json)?;
        for (index, row) in replies.0.iter_mut().enumerate() {
            let number = index.saturating_add(1);
            check(&row.reply).map_err(|malformed| RepliesError::Reply { row: number, malformed })?;
            for keyword in &mut row.keywords {
                *keyword = keyword.trim().to_lowercase();
                if keyword.is_empty() {
                    return Err(RepliesError::EmptyKeyword(number));
                }
            }
        }
        Ok(replies)
    }

    /// The reply to a text; upper and lower case are one.
    pub(crate) fn find(&self, content: &str) -> Option<&Map<String, Value>> {
        let content = content.to_lowercase();
        let row = self.0.iter().find(|row| row.keywords.iter().any(|keyword| content.contains(keyword)))?;
        Some(&row.reply)
    }
}

fn check(reply: &Map<String, Value>) -> Result<(), Malformed> {
    let mut body = reply.clone();
    body.insert("touser".into(), "any".into());
    CustomerMessage::from_body(body).map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_that_ships_is_valid_and_answers_its_keywords() {
        let replies = Replies::embedded().unwrap();
        assert_eq!(replies.find("请问你们的营业时间？").unwrap()["msgtype"], "text");
    }

    #[test]
    fn the_first_row_whose_keyword_stands_in_the_text_answers_in_either_case() {
        let row = |keyword: &str, content: &str| json!({"keywords": [keyword], "reply": {"msgtype": "text", "text": {"content": content}}});
        let replies = Replies::parse(&json!([row("Hours", "first"), row("hour", "second")]).to_string()).unwrap();
        let content = |text: &str| replies.find(text).map(|reply| reply["text"]["content"].clone());
        assert_eq!(content("your HOURS?"), Some("first".into()));
        assert_eq!(content("an hour"), Some("second".into()));
        assert_eq!(content("something else"), None);
    }

    #[test]
    fn a_row_that_cannot_be_sent_is_named() {
        let error = |table: Value| Replies::parse(&table.to_string()).unwrap_err().to_string();
        let reply = json!({"msgtype": "text", "text": {"content": "x"}});
        assert_eq!(
            error(json!([{"keywords": ["a"], "reply": {"msgtype": "text"}}])),
            "replies.json, row 1, reply.text: is required by msgtype"
        );
        assert_eq!(
            error(json!([{"keywords": [" "], "reply": reply}])),
            "replies.json, row 1: an empty keyword stands in every text"
        );
        assert!(error(json!({})).starts_with("replies.json is not a list"));
    }
}
