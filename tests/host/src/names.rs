//! How AWS names things: ARNs, queue URLs, and the names inside them.

use percent_encoding::percent_decode_str;

/// The region in which everything seems to run.
pub(crate) const REGION: &str = "us-east-1";
/// The account to which everything seems to belong.
pub(crate) const ACCOUNT: &str = "000000000000";

/// The ARN of the function with this name.
#[must_use]
pub fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// The URL of the queue with this name. It names the queue; nothing connects to it.
#[must_use]
pub fn queue_url(name: &str) -> String {
    format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}")
}

/// The ARN of the queue with this name.
#[must_use]
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// The ARN of the secret with this name.
#[must_use]
pub fn secret_arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}")
}

/// The name in a function's name or ARN as it appears in a URL path. A version or alias is dropped: there is one of each.
pub(crate) fn function_name(path_segment: &str) -> String {
    let decoded = percent_decode_str(path_segment).decode_utf8_lossy();
    let after_marker = decoded.split_once(":function:").map_or(&*decoded, |(_, rest)| rest);
    after_marker.split(':').next().unwrap_or_default().to_owned()
}

/// The name in a queue's URL, ARN or plain name.
pub(crate) fn queue_name(url_or_arn: &str) -> &str {
    url_or_arn.rsplit(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_its_name_its_arn_and_an_alias() {
        for segment in ["on-text", "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aon-text", "on-text:live"]
        {
            assert_eq!(function_name(segment), "on-text");
        }
        assert_eq!(function_name(&function_arn("on-text")), "on-text");
    }

    #[test]
    fn a_queue_is_found_by_its_url_and_its_arn() {
        assert_eq!(queue_name(&queue_url("failed")), "failed");
        assert_eq!(queue_name(&queue_arn("failed")), "failed");
    }
}
