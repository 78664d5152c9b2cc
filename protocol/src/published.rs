//! The vectors that WeChat publishes on its page "消息推送" (message push), each recomputed, for the tests.

pub(crate) const TOKEN: &str = "AAAAA";
pub(crate) const ENCODING_AES_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub(crate) const APPID: &str = "wxba5fad812f8e6fb9";

/// The query and body of the safe-mode push.
pub(crate) const TIMESTAMP: &str = "1714112445";
pub(crate) const NONCE: &str = "415670741";
pub(crate) const SIGNATURE: &str = "6c5c811b55cc85e0e1b54100749188c20beb3f5d";
pub(crate) const MSG_SIGNATURE: &str = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
pub(crate) const ENCRYPT: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
pub(crate) const MESSAGE: &str = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;

/// The encrypted reply.
pub(crate) const REPLY_TIMESTAMP: i64 = 1_713_424_427;
pub(crate) const REPLY_RANDOM: [u8; 16] = *b"707722b803182950";
pub(crate) const REPLY_MESSAGE: &str = r#"{"demo_resp":"good luck"}"#;
pub(crate) const REPLY_ENCRYPT: &str =
    "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
pub(crate) const REPLY_MSG_SIGNATURE: &str = "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1";
