"""What our own functions make of a push before anyone edits a line."""

TRANSFER = "an agent takes over"
SUCCESS = "acknowledged"
XPAY = "left to WeChat, which sends it again"
