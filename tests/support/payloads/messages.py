"""Messages: each form of body, and the JSON that comes of it."""

from .answers import SUCCESS, TRANSFER
from .forms import json, received, xml

TEXT = received(CreateTime=1482048670, MsgType="text", Content="this is a test", MsgId="1234567890123456")
IMAGE = received(
    CreateTime=1482048670,
    MsgType="image",
    PicUrl="http://mmbiz.example/pic?a=1&b=2",
    MediaId="3cNkJ-media-1",
    MsgId="1234567890123456",
)
CARD = received(
    CreateTime=1482048670,
    MsgType="miniprogrampage",
    MsgId="1234567890123456",
    Title="Title",
    AppId="wx1234567890abcdef",
    PagePath="pages/index?id=1",
    ThumbUrl="",
    ThumbMediaId="",
)


def _text_json(msg_id: str) -> str:
    return json(
        f'"CreateTime": 1482048670, "MsgType": "text", "Content": "this is a test", "MsgId": {msg_id}',
    )


TEXTS = [
    (
        "text, XML",
        xml(
            "<CreateTime>1482048670</CreateTime>\n   <MsgType><![CDATA[text]]></MsgType>\n"
            "   <Content><![CDATA[this is a test]]></Content>\n   <MsgId>1234567890123456</MsgId>"
        ),
        TEXT,
    ),
    ("text, JSON", _text_json("1234567890123456"), TEXT),
    ("text, MsgId of 19 digits", _text_json("9223372036854775807"), TEXT | {"MsgId": "9223372036854775807"}),
    ("text, MsgId of 64 bits", _text_json("18446744073709551615"), TEXT | {"MsgId": "18446744073709551615"}),
    ("text, MsgId a string of digits", _text_json('"7190000000000000001"'), TEXT | {"MsgId": "7190000000000000001"}),
    (
        "text, MsgId of the cloud-function form",
        _text_json('"49d72f67-4e92-11e9-8e2d_1555684067"'),
        TEXT | {"MsgId": "49d72f67-4e92-11e9-8e2d_1555684067"},
    ),
    (
        "text, XML, MsgId of 19 digits",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[this is a test]]></Content><MsgId>9223372036854775807</MsgId>"
        ),
        TEXT | {"MsgId": "9223372036854775807"},
    ),
    (
        "text, XML, with fields smuggled in",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[x]]></Content><FromUserName><![CDATA[victim]]></FromUserName>"
            "<MsgType><![CDATA[event]]></MsgType><Content><![CDATA[y]]></Content><MsgId>1234567890123456</MsgId>"
        ),
        TEXT | {"Content": "x"},
    ),
    (
        "text, XML, with control characters",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[ a\x01b\x08\n<c>&amp; 中🙂 ]]></Content><MsgId>1234567890123456</MsgId>"
        ),
        TEXT | {"Content": " a\x01b\x08\n<c>&amp; 中🙂 "},
    ),
]
IMAGES = [
    (
        "image, XML",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[image]]></MsgType>"
            "<PicUrl><![CDATA[http://mmbiz.example/pic?a=1&b=2]]></PicUrl><MediaId><![CDATA[3cNkJ-media-1]]></MediaId>"
            "<MsgId>1234567890123456</MsgId>"
        ),
        IMAGE,
    ),
    (
        "image, JSON",
        json(
            '"CreateTime": 1482048670, "MsgType": "image", "PicUrl": "http://mmbiz.example/pic?a=1&b=2", '
            '"MediaId": "3cNkJ-media-1", "MsgId": 1234567890123456'
        ),
        IMAGE,
    ),
    (
        "image, JSON, Mediaid",
        json(
            '"CreateTime": 1482048670, "MsgType": "image", "PicUrl": "http://mmbiz.example/pic?a=1&b=2", '
            '"Mediaid": "3cNkJ-media-1", "MsgId": 1234567890123456'
        ),
        {"Mediaid" if name == "MediaId" else name: value for name, value in IMAGE.items()},
    ),
    (
        "image, XML, Mediaid",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[image]]></MsgType>"
            "<PicUrl><![CDATA[http://mmbiz.example/pic?a=1&b=2]]></PicUrl><Mediaid><![CDATA[3cNkJ-media-1]]></Mediaid>"
            "<MsgId>1234567890123456</MsgId>"
        ),
        {"Mediaid" if name == "MediaId" else name: value for name, value in IMAGE.items()},
    ),
]
CARDS = [
    (
        "miniprogrampage, XML",
        xml(
            "<CreateTime>1482048670</CreateTime><MsgType><![CDATA[miniprogrampage]]></MsgType>"
            "<MsgId>1234567890123456</MsgId><Title><![CDATA[Title]]></Title>"
            "<AppId><![CDATA[wx1234567890abcdef]]></AppId><PagePath><![CDATA[pages/index?id=1]]></PagePath>"
            "<ThumbUrl><![CDATA[]]></ThumbUrl><ThumbMediaId></ThumbMediaId>"
        ),
        CARD,
    ),
    (
        "miniprogrampage, JSON",
        json(
            '"CreateTime": 1482048670, "MsgType": "miniprogrampage", "MsgId": 1234567890123456, "Title":"Title", '
            '"AppId":"wx1234567890abcdef", "PagePath":"pages/index?id=1", "ThumbUrl":"", "ThumbMediaId":""'
        ),
        CARD,
    ),
]
UNKNOWN_MESSAGES = [
    (
        "a message of a type that is not documented",
        json('"CreateTime": 1482048670, "MsgType": "voice", "MediaId": "3cNkJ-media-1", "MsgId": 1234567890123456'),
        received(CreateTime=1482048670, MsgType="voice", MediaId="3cNkJ-media-1", MsgId="1234567890123456"),
    ),
]
MESSAGES = [
    ("text", TRANSFER, TEXTS),
    ("image", TRANSFER, IMAGES),
    ("miniprogrampage", TRANSFER, CARDS),
    ("other", SUCCESS, UNKNOWN_MESSAGES),
]
"""Of each type: its route, what becomes of it, and its payloads."""
