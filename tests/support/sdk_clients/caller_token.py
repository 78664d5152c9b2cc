"""A caller token of the SDK gateway, written and read as its format says and not by the product's code.

    bytes  MAC (32) | expires_at, a signed 64-bit number, big-endian (8) | appid (18) | the caller's name
    MAC    HMAC-SHA256, keyed with the caller's secret, of LABEL and all that follows the MAC
    text   base64url without padding
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

LABEL = b"wechat-gateway caller token v1"
LIFETIME_SECONDS = 7200


@dataclass(frozen=True)
class CallerToken:
    caller: str
    appid: str
    expires_at: int

    def signed(self, secret: str, label: bytes = LABEL) -> str:
        claims = struct.pack(">q", self.expires_at) + self.appid.encode() + self.caller.encode()
        return written(hmac.digest(secret.encode(), label + claims, hashlib.sha256) + claims)


def written(token: bytes) -> str:
    return urlsafe_b64encode(token).rstrip(b"=").decode()


def read(text: str) -> CallerToken:
    """Without a look at the MAC."""
    token = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return CallerToken(token[58:].decode(), token[40:58].decode(), struct.unpack(">q", token[32:40])[0])
