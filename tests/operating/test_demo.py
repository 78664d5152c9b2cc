"""`make demo` beside a step that does not hold. That all of them hold, `make end-to-end` shows: it runs the demo itself."""

from contextlib import nullcontext

from local import demo


def test_a_step_that_does_not_hold_is_named_and_ends_it_with_1(stack, openid, monkeypatch, capsys):
    monkeypatch.setattr(demo, "LocalStack", lambda _: nullcontext(stack))
    monkeypatch.setattr(demo.secrets, "token_urlsafe", lambda _: openid.removeprefix("o"))
    monkeypatch.setattr(demo, "KEYWORD", "no keyword stands in this")

    assert demo.main() == 1

    said = capsys.readouterr()
    assert "This does not hold: the answer to the push: expected 'success', found " in said.err
    assert "All of it holds" not in said.out
