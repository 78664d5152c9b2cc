//! The handler in Rust that docs/handlers.md shows, for `TextFunctionArn`.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    content: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Text>) -> Result<Value, Error> {
    let content = event.payload.content;
    if content.contains("人工") {
        return Ok(json!({"MsgType": "transfer_customer_service"}));
    }
    Ok(json!([
        format!("您说的是：{content}"),
        {"msgtype": "miniprogrampage", "miniprogrampage": {
            "title": "常见问题", "pagepath": "pages/help", "thumb_media_id": "MEDIA_ID",
        }},
    ]))
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;

    use super::*;

    async fn returned(content: &str) -> Value {
        let text = json!({"MsgType": "text", "Content": content, "MsgId": "24539385847165523"});
        handler(LambdaEvent::new(serde_json::from_value(text).unwrap(), Context::default())).await.unwrap()
    }

    #[tokio::test]
    async fn who_asks_for_a_human_gets_an_agent_and_everybody_else_an_echo_and_a_card() {
        assert_eq!(returned("我要找人工客服").await, json!({"MsgType": "transfer_customer_service"}));
        let messages = returned("您好").await;
        assert_eq!(messages[0], "您说的是：您好");
        assert_eq!(messages[1]["msgtype"], "miniprogrampage");
    }
}
