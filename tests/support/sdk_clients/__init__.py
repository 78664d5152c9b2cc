"""WeChat SDKs as back ends use them, pointed at the SDK gateway by the examples of docs/sdk-gateway.md."""
