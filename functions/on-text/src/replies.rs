//! A keyword table, such as `replies.json`: the first row with a keyword that stands in the text.

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::wechat::customer_message::CustomerMessage;
use shared::wechat::malformed::Malformed;

/// The table.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Vec<Row>")]
pub(crate) struct Replies(Vec<Row>);

/// What a mini program may have of its own (see [`shared::host::own_texts`]).
#[derive(Debug, Deserialize)]
pub(crate) struct OwnReplies {
    /// Its table, in place of the built one; without it, the built one.
    pub(crate) replies: Option<Replies>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    keywords: Vec<String>,
    /// A customer message without `touser`.
    reply: Map<String, Value>,
}

/// Why a list is no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RepliesError {
    #[error("row {row}, reply.{malformed}")]
    Reply { row: usize, malformed: Malformed },
    #[error("row {0}: a keyword must not be empty, since every text contains it")]
    EmptyKeyword(usize),
}

/// `replies.json` is no table: the function does not start.
#[derive(Debug, thiserror::Error)]
#[error("replies.json must be a list of {{\"keywords\", \"reply\"}}: {0}")]
pub(crate) struct EmbeddedError(#[from] serde_json::Error);

impl Replies {
    /// The table that the function was built with.
    pub(crate) fn embedded() -> Result<Self, EmbeddedError> {
        Self::parse(include_str!("../replies.json"))
    }

    fn parse(json: &str) -> Result<Self, EmbeddedError> {
        Ok(serde_json::from_str(json)?)
    }

    /// The reply to a text; upper and lower case are one.
    pub(crate) fn find(&self, content: &str) -> Option<&Map<String, Value>> {
        let content = content.to_lowercase();
        let row = self.0.iter().find(|row| row.keywords.iter().any(|keyword| content.contains(keyword)))?;
        Some(&row.reply)
    }
}

impl TryFrom<Vec<Row>> for Replies {
    type Error = RepliesError;

    fn try_from(mut rows: Vec<Row>) -> Result<Self, RepliesError> {
        for (index, row) in rows.iter_mut().enumerate() {
            let number = index.saturating_add(1);
            check(&row.reply).map_err(|malformed| RepliesError::Reply { row: number, malformed })?;
            for keyword in &mut row.keywords {
                *keyword = keyword.trim().to_lowercase();
                if keyword.is_empty() {
                    return Err(RepliesError::EmptyKeyword(number));
                }
            }
        }
        Ok(Self(rows))
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
        let without_text = error(json!([{"keywords": ["a"], "reply": {"msgtype": "text"}}]));
        assert!(without_text.ends_with("row 1, reply.text: is required by msgtype"), "{without_text}");
        let empty = error(json!([{"keywords": [" "], "reply": reply}]));
        assert!(empty.ends_with("row 1: a keyword must not be empty, since every text contains it"), "{empty}");
        assert!(error(json!({})).starts_with("replies.json must be a list"));
    }
}
