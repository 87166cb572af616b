"""Parameters of a request in every form that Telegram takes."""

import json
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.form import Form, read_form
from bot.playground.refusal import Refusal

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FORM = "application/x-www-form-urlencoded"


@given(st.dictionaries(TEXT, TEXT))
def test_encoded_forms(values: dict[str, str]) -> None:
    assert read_form(FORM, b"", urlencode(values).encode()).values == values


@given(TEXT, st.binary(), st.binary())
def test_multipart_forms(text: str, first: bytes, second: bytes) -> None:
    files = {"one": ("a b.bin", first, "application/x-one"), "two": ("ü.png", second, "image/png")}
    request = httpx.Request("POST", "http://localhost", data={"text": text}, files=files)
    form = read_form(request.headers["content-type"], b"", request.read())
    assert form.values == {"text": text}
    assert [(form.files[name].data, form.files[name].mime) for name in files] == [
        (first, "application/x-one"),
        (second, "image/png"),
    ]
    assert form.files["one"].name == "a b.bin"


def test_json_and_the_query_string() -> None:
    form = read_form("application/json; charset=utf-8", b"offset=3&limit=4", b'{"limit": 5, "reply_markup": {"a": 1}}')
    assert (form.number("offset"), form.number("limit")) == (3, 5)
    assert form.json("reply_markup", "markup") == {"a": 1}
    assert read_form("", b"", b"").values == {}


@given(st.one_of(st.binary(), st.recursive(st.none() | TEXT | st.integers(), st.lists).map(json.dumps).map(str.encode)))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for content_type in (FORM, "application/json", "multipart/form-data; boundary=x", "multipart/form-data", "?"):
        try:
            read_form(content_type, b"", body)
        except Refusal as refusal:
            assert refusal.code == 400  # noqa: PT017


def test_what_is_not_utf_8_is_refused_in_telegrams_words() -> None:
    with pytest.raises(Refusal, match="Bad Request: strings must be encoded in UTF-8"):
        read_form(FORM, b"", b"text=%ff")


def test_values_are_read_leniently() -> None:
    form = Form({"number": "12", "word": "x", "yes": "True", "no": "0", "list": "[1]", "broken": "["})
    assert [form.number(name, 7) for name in ("number", "word", "missing")] == [12, 7, 7]
    assert [form.truth(name) for name in ("yes", "no", "missing")] == [True, False, False]
    assert (form.json("list", "list"), form.json("missing", "list")) == ([1], None)
    with pytest.raises(Refusal, match="can't parse list JSON object"):
        form.json("broken", "list")
