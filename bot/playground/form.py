"""The parameters of a Bot API request, in each of the forms that Telegram takes.

https://core.telegram.org/bots/api#making-requests: query string, `application/x-www-form-urlencoded`,
`application/json`, `multipart/form-data`. Objects and lists in forms are JSON in a field.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message as Headers
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import parse_qsl

from bot.playground.refusal import bad_request


@dataclass(frozen=True)
class Upload:
    """A file in a multipart form."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """Parameters by name, and files by the name of their field. A parameter that is missing reads as empty."""

    values: Mapping[str, Any]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A string."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number; what is none reads as `otherwise`, as at Telegram."""
        try:
            return int(self.text(name))
        except ValueError:
            return otherwise

    def truth(self, name: str) -> bool:
        """A boolean."""
        return self.text(name).lower() in ("true", "yes", "1")

    def json(self, name: str, what: str) -> Any:
        """An object or list, None where it is missing; `what` names it when it can't be read."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None


def read_form(content_type: str, query: bytes, body: bytes) -> Form:
    """The parameters of one request.

    Raises:
        Refusal: when they can't be read.
    """
    try:
        values: dict[str, Any] = _pairs(query)
        headers = Headers()
        headers["Content-Type"] = content_type or "application/octet-stream"
        match headers.get_content_type():
            case "application/x-www-form-urlencoded":
                return Form(values | _pairs(body))
            case "application/json":
                given = json.loads(body or b"{}")
                if not isinstance(given, dict):
                    raise bad_request("can't parse request JSON object")
                return Form(values | given)
            case "multipart/form-data":
                fields, files = _parts(body, str(headers.get_boundary()))
                return Form(values | fields, files)
            case _:
                return Form(values)
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad_request("can't parse request JSON object") from None


def _pairs(encoded: bytes) -> dict[str, str]:
    return dict(parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict"))


def _parts(body: bytes, boundary: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """Split a multipart body (RFC 7578) into text fields and files."""
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in (b"\r\n" + body).split(f"\r\n--{boundary}".encode())[1:-1]:
        head, _, data = part.partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head.lstrip() + b"\r\n\r\n")
        name = str(headers.get_param("name", "", "content-disposition"))
        file_name = headers.get_filename()
        if file_name is None:
            fields[name] = data.decode()
        else:
            files[name] = Upload(file_name, headers.get_content_type(), data)
    return fields, files
