//! The two APIs that the gateway stands behind, told by the resource, which API Gateway sets and none of its callers can forge.
//!
//! Whoever may invoke the function directly (`lambda:InvokeFunction`) writes the event and can claim either edge, the one of IAM
//! callers too. That permission is therefore worth as much as `execute-api:Invoke` on all paths.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

/// Where a call comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    /// The SDK API, without IAM: a caller token says who calls.
    Sdk,
    /// The main API: API Gateway has checked the caller's signature.
    Iam,
}

/// Each resource with its edge, and what stands before `proxy` in its paths.
const RESOURCES: [(&str, Edge, &str); 3] = [
    ("/{proxy+}", Edge::Sdk, "/"),
    ("/cgi-bin/{proxy+}", Edge::Iam, "/cgi-bin/"),
    ("/wxa/{proxy+}", Edge::Iam, "/wxa/"),
];

impl Edge {
    /// The edge of a request, and what its path begins with; nothing for a request that came in elsewhere.
    pub(super) fn of(request: &Request) -> Option<(Self, &'static str)> {
        let RequestContext::ApiGatewayV1(context) = request.request_context_ref()? else { return None };
        let resource = context.resource_path.as_deref()?;
        RESOURCES.iter().find(|(known, ..)| *known == resource).map(|(_, edge, start)| (*edge, *start))
    }

    /// For the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sdk => "sdk",
            Self::Iam => "iam",
        }
    }
}
