"""A node over HTTP (docs/formats/http.md, docs/openapi.json)."""

import json
import secrets
from datetime import datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from .codec import FormatError, tagged
from .keyfile import Key, to_b64
from .model import Body, Entry, Operation, Point, SignedTx, Slot

HOUR_MS = 3_600_000
# Most bytes of an answer.
MAX_ANSWER = 16 * 1024 * 1024


class Problem(Exception):
    """What a node answered instead: a code that never changes its meaning, and a text."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class Stay(HTTPRedirectHandler):
    """Follows nobody to another place: what is sent there would be the token."""

    def redirect_request(self, *_: Any) -> None:
        """Leaves the answer as it is, which is an error then."""


def whole(answer: Any) -> bytes:
    """All bytes of an answer, as far as it has a bounded number."""
    if len(data := answer.read(MAX_ANSWER + 1)) > MAX_ANSWER:
        raise FormatError(f"the answer has more than {MAX_ANSWER} bytes")
    return data


class Node:
    """A node, and the network that it must be of."""

    def __init__(self, base: str, network: bytes) -> None:
        self.base, self.network, self.token = base.rstrip("/"), network, ""
        self.opener = build_opener(Stay)

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """The answer to a GET, or to a POST of a body."""
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        try:
            with self.opener.open(Request(self.base + path, body, headers), timeout=90) as answer:
                return json.loads(whole(answer))
        except HTTPError as error:
            with error:
                try:
                    problem = json.loads(whole(error))
                    code, detail = problem["code"], problem["detail"]
                except (ValueError, KeyError, TypeError):
                    code, detail = str(error.code), error.reason
            raise Problem(code, detail) from None

    def login(self, key: Key) -> None:
        """Signs a challenge; only for the network that this node must be of."""
        said = self.ask("/v1/login/challenge", json.dumps({"key": key.id.hex()}).encode())
        if said["network"] != self.network.hex():
            raise FormatError(f"the node is of network {said['network']}")
        message = tagged("login", self.network + key.id + bytes.fromhex(said["challenge"]))
        answer = {"key": key.id.hex(), "challenge": said["challenge"], "signature": to_b64(key.sign(message))}
        self.token = self.ask("/v1/login", json.dumps(answer).encode())["token"]

    def now(self) -> int:
        """Block time, by which expiry is judged, in milliseconds."""
        return milliseconds(self.ask("/v1/network")["as_of"]["time"])

    def item(self, code: str) -> tuple[bytes, Point, dict[str, Any]]:
        """An item by its identity or the path of its code: identity, point of custody, and all that the node says."""
        said = self.ask(f"/v1/items/{code}")
        return bytes.fromhex(said["id"]), Point(said["custody"]["seq"], bytes.fromhex(said["custody"]["trail"])), said

    def submit(self, tx: SignedTx) -> str:
        """Sends a transaction, as often as one likes; its identity."""
        return self.ask("/v1/tx", tx.to_bytes(), "application/octet-stream")["id"]

    def receipt(self, tx: str, seconds: int = 60) -> dict[str, Any]:
        """Waits until a transaction is decided: `committed`, or `refused` with its `rejection`."""
        return self.ask(f"/v1/tx/{tx}?wait=committed&timeout_ms={min(seconds, 60) * 1000}")

    def act(self, key: Key, role: str, operation: Operation, entries: tuple[Entry, ...] = ()) -> dict[str, Any]:
        """Makes, signs and sends an act of one signer, and waits for its receipt."""
        slot = Slot("ed25519", key.org, key.id, role)
        body = Body(self.network, secrets.token_bytes(16), self.now() + HOUR_MS, (slot,), operation)
        return self.receipt(self.submit(SignedTx(body, (key.sign(body.message(slot)),), entries)))


def milliseconds(time: str) -> int:
    """A time of RFC 3339 as milliseconds since 1970."""
    return round(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)
