"""GET /push: what the WeChat console asks when the URL is saved."""

import pytest

from local.vectors import VERIFICATION


def test_the_published_vector_is_answered_with_its_echostr(deployment):
    answer = deployment.verify(VERIFICATION)

    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query",
    [
        VERIFICATION | {"signature": "0" * 40},
        VERIFICATION | {"nonce": "1514711493"},
        VERIFICATION | {"signature": ""},
        VERIFICATION | {"signature": "not hex"},
        {name: value for name, value in VERIFICATION.items() if name != "signature"},
        {},
    ],
    ids=["forged", "another nonce", "empty", "malformed", "missing", "no query"],
)
def test_a_signature_that_is_not_right_is_refused_without_detail(deployment, query):
    answer = deployment.verify(query)

    assert answer.status_code == 403
    assert "4375120948345356249" not in answer.text
    assert VERIFICATION["signature"] not in answer.text
