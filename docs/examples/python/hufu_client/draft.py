"""A transaction as a file that people sign one after another, `hufu.tx-draft/1` (docs/formats/signing.md)."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .codec import FormatError, root, tagged, text
from .keyfile import Key, from_b64, to_b64
from .model import Body, Entry, Quantity, Register, SignedTx


class Draft:
    """A draft that was read and checked. What counts is its bytes: what it shows beside them is not believed."""

    def __init__(self, file: dict[str, Any]) -> None:
        if file.get("schema") != "hufu.tx-draft/1":
            raise FormatError("this is no draft of a transaction")
        self.file = file
        self.body = Body.from_bytes(from_b64(file["body"]))
        self.entries = tuple(Entry.from_bytes(from_b64(entry)) for entry in file["entries"])
        operation, slots = self.body.operation, self.body.signers
        if self.body.id().hex() != file["id"] or len(file["signatures"]) != len(slots):
            raise FormatError("the draft is not what its bytes say")
        if (operation != Register.of(self.entries)) if isinstance(operation, Register) else self.entries:
            raise FormatError("the entries are not those that are signed")
        for slot, signed in zip(slots, file["signatures"]):
            if signed and not holds(bytes.fromhex(signed["key"]), slot.key, self.body.message(slot), signed):
                raise FormatError(f"a signature of the draft does not hold: {slot.role}")
        subjects = [operation, getattr(operation, "terms", None), *(entry.body for entry in self.entries)]
        named = [getattr(subject, "private", None) for subject in subjects]
        for private in file.get("private", []):
            if root([field_hash(field) for field in private["fields"]]) not in named:
                raise FormatError("private fields are not those that are signed")

    @classmethod
    def read(cls, path: Path) -> "Draft":
        """Reads a file."""
        return cls(json.loads(path.read_bytes()))

    def shown(self) -> str:
        """What the bytes say, for whoever signs, and the private fields in the clear."""
        said = plain({"id": self.body.id(), "act": type(self.body.operation).__name__, **asdict(self.body)})
        private = [plain(field) for one in self.file.get("private", []) for field in one["fields"]]
        entries = [plain(asdict(entry.body)) for entry in self.entries]
        return json.dumps({**said, "entries": entries, "private": private}, ensure_ascii=False, indent=2)

    def cosign(self, key: Key) -> int:
        """Signs the slots of a key that have no signature; how many they were."""
        slots, signed = self.body.signers, self.file["signatures"]
        mine = [at for at, slot in enumerate(slots) if slot.key == key.id and not signed[at]]
        for at in mine:
            signature = to_b64(key.sign(self.body.message(slots[at])))
            signed[at] = {"key": key.public.hex(), "signature": signature}
        return len(mine)

    def complete(self) -> SignedTx | None:
        """The transaction, once nobody else has to sign."""
        if not all(self.file["signatures"]):
            return None
        signatures = tuple(from_b64(signed["signature"]) for signed in self.file["signatures"])
        return SignedTx(self.body, signatures, self.entries)

    def write(self, path: Path) -> None:
        """Writes the file whole or not at all."""
        temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        temporary.write_text(json.dumps(self.file, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)


def holds(public: bytes, key: bytes, message: bytes, signed: dict[str, str]) -> bool:
    """Whether a signature of the file is of this key over this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(from_b64(signed["signature"]), message)
    except InvalidSignature:
        return False
    return tagged("key-id", public) == key


def field_hash(field: dict[str, str]) -> bytes:
    """The commitment to a private field, or the one that stands in its place."""
    if "hash" in field:
        return bytes.fromhex(field["hash"])
    return tagged("field", from_b64(field["salt"]) + text(32).write(field["name"]) + text(4096).write(field["value"]))


def plain(value: Any) -> Any:
    """A value as JSON can hold it: bytes as hexadecimal digits."""
    if isinstance(value, dict):
        quantity = value.keys() == {"amount", "unit"}
        return str(Quantity(**value)) if quantity else {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value.hex() if isinstance(value, bytes) else value
