"""What every action refuses without asking WeChat: the error names the field, and never what is in it."""

from dataclasses import replace

import pytest

import outbound
from outbound import ACTIONS, GET_MEDIA, GIF, SEND, SUBSCRIBE, TEMPLATE, TYPING, UNIFORM, UPLOAD, Request, posted, uploaded

MARK = "o-2f6d1c-not-to-be-repeated"
"""Stands in requests, and must not come back."""
TEXT = outbound.text_to(MARK)
LINK = {"title": MARK, "description": "d", "url": "https://a.example/", "thumb_url": "https://a.example/"}
CARD = {"title": MARK, "pagepath": "pages/index", "thumb_media_id": "M"}
MP = outbound.uniform_to(MARK)["mp_template_msg"]


def a_link(**fields: object) -> Request:
    return posted(SEND, {"touser": MARK, "msgtype": "link", "link": LINK | fields})


def a_card(**fields: object) -> Request:
    return posted(SEND, {"touser": MARK, "msgtype": "miniprogrampage", "miniprogrampage": CARD | fields})


def without(body: dict, name: str) -> dict:
    return {key: value for key, value in body.items() if key != name}


OF_WECHATS = [action.request(MARK) for action in ACTIONS if action.resource.startswith("/cgi-bin/")]
TAKE_JSON = [
    request.path for request in OF_WECHATS if (request.method, request.content_type) == ("POST", "application/json")
]
BY_EVERY_JSON_ACTION = [
    (name, Request("POST", path, body), "body")
    for path in TAKE_JSON
    for name, body in [
        (f"{path}: not JSON", b'{"touser": "' + MARK.encode() + b'"'),
        (f"{path}: not an object", b'["' + MARK.encode() + b'"]'),
        (f"{path}: nothing", b""),
        (f"{path}: not UTF-8", b'{"touser": "\xff"}'),
        (f"{path}: a null", b"null"),
    ]
]
BY_FIELD = [
    ("send: no touser", posted(SEND, without(TEXT, "touser")), "touser"),
    ("send: touser a number", posted(SEND, TEXT | {"touser": 1}), "touser"),
    ("send: touser empty", posted(SEND, TEXT | {"touser": ""}), "touser"),
    ("send: no msgtype", posted(SEND, without(TEXT, "msgtype")), "msgtype"),
    ("send: another msgtype", posted(SEND, TEXT | {"msgtype": "voice", "voice": {}}), "msgtype"),
    ("send: no text", posted(SEND, without(TEXT, "text")), "text"),
    ("send: text a string", posted(SEND, TEXT | {"text": MARK}), "text"),
    ("send: content a number", posted(SEND, TEXT | {"text": {"content": 1}}), "text.content"),
    ("send: no media_id", posted(SEND, {"touser": MARK, "msgtype": "image", "image": {}}), "image.media_id"),
    ("send: link without title", a_link(title=None), "link.title"),
    ("send: link without description", a_link(description=""), "link.description"),
    ("send: link to nowhere", a_link(url="pages/index"), "link.url"),
    ("send: link with a relative picture", a_link(thumb_url="/a.png"), "link.thumb_url"),
    ("send: card without pagepath", a_card(pagepath=1), "miniprogrampage.pagepath"),
    ("send: card without picture", a_card(thumb_media_id=""), "miniprogrampage.thumb_media_id"),
    ("send: customservice a string", posted(SEND, TEXT | {"customservice": MARK}), "customservice"),
    ("send: no kf_account", posted(SEND, TEXT | {"customservice": {}}), "customservice.kf_account"),
    ("typing: no touser", posted(TYPING, {"command": "Typing"}), "touser"),
    ("typing: no command", posted(TYPING, {"touser": MARK}), "command"),
    ("typing: another command", posted(TYPING, {"touser": MARK, "command": "Dance"}), "command"),
    ("typing: command a list", posted(TYPING, {"touser": MARK, "command": ["Typing"]}), "command"),
    ("subscribe: no touser", posted(SUBSCRIBE, {"template_id": TEMPLATE, "data": {}}), "touser"),
    ("subscribe: no template_id", posted(SUBSCRIBE, {"touser": MARK, "data": {}}), "template_id"),
    ("subscribe: no data", posted(SUBSCRIBE, {"touser": MARK, "template_id": TEMPLATE}), "data"),
    ("subscribe: data a list", posted(SUBSCRIBE, {"touser": MARK, "template_id": TEMPLATE, "data": []}), "data"),
    (
        "subscribe: a bare value",
        posted(SUBSCRIBE, {"touser": MARK, "template_id": TEMPLATE, "data": {"thing1": MARK}}),
        "data.thing1",
    ),
    ("subscribe: value a list", posted(SUBSCRIBE, outbound.subscribed_by(MARK, thing1=[MARK])), "data.thing1.value"),
    ("subscribe: page a number", posted(SUBSCRIBE, outbound.subscribed_by(MARK) | {"page": 1}), "page"),
    (
        "subscribe: another miniprogram_state",
        posted(SUBSCRIBE, outbound.subscribed_by(MARK) | {"miniprogram_state": "beta"}),
        "miniprogram_state",
    ),
    ("subscribe: another lang", posted(SUBSCRIBE, outbound.subscribed_by(MARK) | {"lang": "de_DE"}), "lang"),
    ("uniform: no touser", posted(UNIFORM, {"mp_template_msg": MP}), "touser"),
    ("uniform: no message", posted(UNIFORM, {"touser": MARK}), "mp_template_msg"),
    ("uniform: no appid", posted(UNIFORM, {"touser": MARK, "mp_template_msg": without(MP, "appid")}), "appid"),
    ("uniform: data a string", posted(UNIFORM, {"touser": MARK, "mp_template_msg": MP | {"data": MARK}}), "data"),
    ("upload: JSON", posted(UPLOAD, {"media": MARK}), "body"),
    ("upload: no media", uploaded(GIF, field="file"), "media"),
    ("upload: media empty", uploaded(b""), "media"),
    ("upload: media no picture", uploaded(MARK.encode()), "media"),
    ("upload: another type", replace(uploaded(GIF), query={"type": "video"}), "type"),
    ("get: no media_id", Request("GET", GET_MEDIA), "media_id"),
    ("get: media_id empty", Request("GET", GET_MEDIA, query={"media_id": ""}), "media_id"),
]


def cases(table: list[tuple[str, Request, str]]) -> dict:
    return {"argvalues": [case[1:] for case in table], "ids": [case[0] for case in table]}


def test_every_action_of_wechats_is_asked_something_malformed():
    assert {request.path for _, request, _ in BY_FIELD} == {request.path for request in OF_WECHATS}


@pytest.mark.parametrize(("request_", "field"), **cases(BY_EVERY_JSON_ACTION + BY_FIELD))
def test_a_malformed_request_is_refused_with_the_name_of_the_field(deployment, simulator, request_, field):
    calls = len(simulator.calls())

    answer = request_.by_the_api(deployment)

    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"errcode", "errmsg"}
    assert answer.json()["errcode"] not in (0, -1)
    assert field in answer.json()["errmsg"]
    assert MARK not in answer.text
    assert len(simulator.calls()) == calls


@pytest.mark.parametrize("path", TAKE_JSON)
def test_a_body_that_is_too_large_is_refused_with_the_limit(deployment, path):
    answer = posted(path, TEXT | {"padding": "x" * 256 * 1024}).by_the_api(deployment)

    assert answer.status_code == 413
    assert answer.json()["errcode"] not in (0, -1)
    assert "body" in answer.json()["errmsg"]
    assert str(256 * 1024) in answer.json()["errmsg"]


def test_a_text_may_have_2048_bytes_of_utf_8_and_no_more(deployment, simulator, openid):
    outbound.writes(simulator, openid)
    longest = "汉" * 682 + "ab"

    assert deployment.send(outbound.text_to(openid, longest)).json()["errcode"] == 0
    answer = deployment.send(outbound.text_to(openid, longest + "c"))

    assert (answer.status_code, answer.json()["errcode"]) == (400, 45002)
    assert "text.content" in answer.json()["errmsg"]
    assert "2048" in answer.json()["errmsg"]
    assert deployment.send(outbound.text_to(openid)).headers["x-reply-window-remaining"] == "3", "refused at no cost"


@pytest.mark.parametrize(
    ("key", "value", "length"),
    [
        ("thing1", "汉" * 21, 21),
        ("number2", "1" * 33, 33),
        ("number2", "twelve", 6),
        ("letter3", "abc1", 4),
        ("symbol4", "!!!!!!", 6),
        ("character_string5", "汉字", 2),
        ("time6", "25:01", 5),
        ("date7", "2019年13月1日", 10),
        ("amount8", "￥12345678901元", 13),
        ("phone_number9", "0" * 18, 18),
        ("car_number10", "粤A8Z888挂粤", 9),
        ("name11", "汉" * 11, 11),
        ("name12", "x" * 21, 21),
        ("phrase13", "汉汉汉汉汉汉", 6),
        ("phrase13", "ok", 2),
    ],
)
def test_a_value_that_breaks_the_rule_of_its_key_is_refused(deployment, simulator, openid, key, value, length):
    answer = posted(SUBSCRIBE, outbound.subscribed_by(openid, **{key: value})).by_the_api(deployment)

    assert (answer.status_code, answer.json()["errcode"]) == (400, 47003)
    assert answer.json()["errmsg"].startswith(f"data.{key}.value: must be ")
    assert f"it has {length} characters" in answer.json()["errmsg"]
    assert value not in answer.text
    assert not [call for call in simulator.calls_of(SUBSCRIBE) if call["openid"] == openid]
