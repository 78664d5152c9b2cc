"""WeChat's end of message push by `wechatpy`, an implementation that shares nothing with ours."""

import json
import time
from dataclasses import dataclass

import xmltodict
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from local.simulator import APP_ID, ENCODING_AES_KEY, TOKEN

GH_ID = "gh_97417a04a28d"
"""The mini program's own name in pushes."""
NONCE = "415670741"
TRANSFER = {"MsgType": "transfer_customer_service"}
"""What a function returns to hand the user over to an agent."""


@dataclass(frozen=True)
class Pair:
    """What the WeChat console and the push secret both hold."""

    token: str
    encoding_aes_key: str

    def crypto(self) -> WeChatCrypto:
        return WeChatCrypto(self.token, self.encoding_aes_key, APP_ID)


PAIR = Pair(TOKEN, ENCODING_AES_KEY)


@dataclass(frozen=True)
class Push:
    """One HTTP request as WeChat makes it; sent twice, it is what WeChat sends when it asks again."""

    query: dict[str, str]
    body: bytes


def signature(*signed: str) -> str:
    """SHA-1 over the sorted parts, in hex (WeChat docs: message push)."""
    signer = WeChatSigner()
    signer.add_data(*signed)
    return signer.signature


def text(openid: str, content: str, **fields) -> dict:
    """A text message as a user sends it now."""
    now = int(time.time())
    msg_id = str(time.time_ns())
    message = {"ToUserName": GH_ID, "FromUserName": openid, "CreateTime": now, "MsgType": "text"}
    return message | {"Content": content, "MsgId": msg_id} | fields


def event(openid: str, name: str, **fields) -> dict:
    """Something that the user does now, apart from writing."""
    header = {"ToUserName": GH_ID, "FromUserName": openid, "CreateTime": int(time.time()), "MsgType": "event"}
    return header | {"Event": name} | fields


def entering(openid: str, **fields) -> dict:
    """The user opens the customer service conversation."""
    return event(openid, "user_enter_tempsession", **({"SessionFrom": "menu"} | fields))


def plain_query(timestamp: str | None = None, pair: Pair = PAIR) -> dict[str, str]:
    timestamp = timestamp or str(int(time.time()))
    return {"signature": signature(pair.token, timestamp, NONCE), "timestamp": timestamp, "nonce": NONCE}


def safe(
    message: dict | str | bytes,
    *,
    format: str = "json",
    mode: str = "safe",
    clear: dict | None = None,
    app_id: str = APP_ID,
    timestamp: str | None = None,
    pair: Pair = PAIR,
) -> Push:
    """Encrypted and signed; in compat mode the message, or `clear` in its place, rides along in the clear."""
    query = plain_query(timestamp, pair)
    content = _write(message, format) if isinstance(message, dict) else message
    encrypt = PrpCrypto(pair.crypto().key).encrypt(content, app_id).decode()
    query |= {"encrypt_type": "aes", "msg_signature": signature(pair.token, query["timestamp"], NONCE, encrypt)}
    if mode == "safe":
        beside = {"ToUserName": GH_ID}
    else:
        beside = clear or (message if isinstance(message, dict) else read(message))
    return Push(query, _write(beside | {"Encrypt": encrypt}, format).encode())


def plain(message: dict, *, format: str = "json", timestamp: str | None = None) -> Push:
    return Push(plain_query(timestamp), _write(message, format).encode())


def opened(body: bytes | str, pair: Pair = PAIR) -> dict:
    """The message inside an encrypted answer; fails where its signature, padding or AppID is wrong."""
    content = body.decode() if isinstance(body, bytes) else body
    if content.lstrip().startswith("<"):
        envelope = xmltodict.parse(content)["xml"]
        decrypted = pair.crypto().decrypt_message(
            content, envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"]
        )
        return xmltodict.parse(decrypted)["xml"]
    envelope = json.loads(content)
    signed = signature(pair.token, str(envelope["TimeStamp"]), envelope["Nonce"], envelope["Encrypt"])
    assert signed == envelope["MsgSignature"], "the answer is not signed as WeChat expects"
    return json.loads(PrpCrypto(pair.crypto().key).decrypt(envelope["Encrypt"], APP_ID))


def read(body: bytes | str) -> dict:
    """A message in the clear, in either format."""
    content = body.decode() if isinstance(body, bytes) else body
    return xmltodict.parse(content)["xml"] if content.startswith("<") else json.loads(content)


def _write(message: dict, format: str) -> str:
    return (
        xmltodict.unparse({"xml": message}, full_document=False)
        if format == "xml"
        else json.dumps(message, ensure_ascii=False)
    )
