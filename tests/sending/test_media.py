"""POST /cgi-bin/media/upload and GET /cgi-bin/media/get: a picture there and back through API Gateway byte for byte."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from outbound import GET_MEDIA, GIF, UPLOAD, Request, got, uploaded

# Whatever a parser of forms, text or base64 might trip over.
NOISE = bytes(range(256)) + b"\r\n--\r\n\r\n--boundary--\r\n\x00" + random.Random(4).randbytes(150_000) + b"\r\n--"
PICTURES = {
    "image/png": b"\x89PNG\r\n\x1a\n" + NOISE,
    "image/jpeg": b"\xff\xd8\xff\xe0" + NOISE,
    "image/gif": b"GIF87a" + NOISE,
}
LIMIT = 2 * 1024 * 1024
"""The smaller of the two that WeChat's page gives."""


def media(media_id: str) -> Request:
    return got(f"{GET_MEDIA}?media_id={media_id}")


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_comes_back_byte_for_byte(deployment, kind):
    kept = uploaded(PICTURES[kind], name="picture", kind=kind).by_the_api(deployment)
    assert (kept.status_code, kept.json()["type"]) == (200, "image")

    answer = media(kept.json()["media_id"]).by_the_api(deployment)

    assert answer.status_code == 200
    assert answer.content == PICTURES[kind]
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")


def test_a_picture_is_told_by_its_content_not_by_its_name(deployment):
    kept = uploaded(PICTURES["image/png"], name="notes.txt", kind="text/plain").by_the_api(deployment).json()

    assert media(kept["media_id"]).by_the_api(deployment).headers["Content-Type"] == "image/png"


def test_something_else_is_refused_whatever_its_name(deployment, simulator):
    before = len(simulator.calls())

    answer = uploaded(b"<svg/>", name="a.png", kind="image/png").by_the_api(deployment)

    assert (answer.status_code, answer.json()["errcode"]) == (400, 40005)
    assert "media" in answer.json()["errmsg"]
    assert len(simulator.calls()) == before


def test_a_picture_may_have_two_megabytes(deployment):
    largest = GIF.ljust(LIMIT, b"\x2c")

    kept = uploaded(largest).by_the_api(deployment).json()

    assert media(kept["media_id"]).by_the_api(deployment).content == largest


def test_a_larger_one_is_refused_with_both_limits(deployment, simulator):
    before = len(simulator.calls())

    answer = uploaded(GIF.ljust(LIMIT + 1, b"\x2c")).by_the_api(deployment)

    assert answer.status_code == 413
    assert set(answer.json()) == {"errcode", "errmsg"}
    for named in ("media", "WeChat", "2 MB", "Lambda", "6 MB"):
        assert named in answer.json()["errmsg"]
    assert len(simulator.calls()) == before


def test_wechats_error_is_told_from_a_file(deployment):
    answer = media("made-up").by_the_api(deployment)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json()["errcode"] == 40007


def test_a_media_id_is_one_parameter_whatever_is_in_it(deployment, simulator):
    kept = uploaded(GIF).by_the_api(deployment).json()["media_id"]

    answer = Request("GET", GET_MEDIA, query={"media_id": f"x&media_id={kept}"}).by_the_api(deployment)

    assert answer.json()["errcode"] == 40007


def test_an_upload_while_wechat_is_busy_is_repeated_whole(deployment, simulator):
    with simulator.failing(UPLOAD, "errcode", errcode=-1, times=2):
        kept = uploaded(PICTURES["image/png"]).by_the_api(deployment).json()

    assert media(kept["media_id"]).by_the_api(deployment).content == PICTURES["image/png"]


@pytest.mark.parametrize("fault", ["drop_after_body", "html", "empty", "half", "status_500"])
@pytest.mark.parametrize("path", [UPLOAD, GET_MEDIA])
def test_what_is_not_wechats_answer_is_a_clear_error(deployment, simulator, path, fault):
    media_id = uploaded(GIF).by_the_api(deployment).json()["media_id"]

    with simulator.failing(path, fault, times=1):
        answer = (uploaded(GIF) if path == UPLOAD else media(media_id)).by_the_api(deployment)

    assert answer.status_code == 504
    assert answer.json()["errcode"] == -1
    assert answer.json()["errmsg"]


@contextmanager
def a_wechat_that_answers(answer: dict) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_the_url_of_a_video_passes_through(deployment):
    video = {"video_url": "http://vweixin.tc.qq.com/v?a=1&b=2"}

    with (
        a_wechat_that_answers(video) as url,
        deployment.configured("GetTempMediaFunction", WECHAT_API_BASE_URL=url),
    ):
        answer = media("a-video").by_the_api(deployment)

    assert (answer.status_code, answer.headers["Content-Type"], answer.json()) == (200, "application/json", video)
