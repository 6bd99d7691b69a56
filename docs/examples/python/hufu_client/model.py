"""What is signed: the operations that are known here, and the transaction around them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self
from urllib.parse import quote, unquote

import blake3

from .codec import Bytes16, Bytes64, Codec, FormatError, Hash, Reader, Record, U32, U64
from .codec import choice, root, tagged, text, u32, u64, words

ROLES = tuple(
    "custodian receiver declarant officer countersigner administrator project-lead tester expert laboratory joint "
    "delegate".split()
)
Purpose = Annotated[str, words("unstated", "research", "production", "medical", "testing", "sale", "disposal")]
# Digits behind the point, by unit of UN/ECE Recommendation 20.
SCALE = dict.fromkeys("BQL C62 DZN E27 E53 EA H87 KT NMP PR SET SYR U2".split(), 0)
SCALE |= dict.fromkeys("CMK CMT".split(), 2)
SCALE |= dict.fromkeys("2Q 4G CMQ FH M5 MC MGM MLT MMQ MMT MTR NIU Q34 Z9".split(), 3)
SCALE |= dict.fromkeys("4N C18 GRM KGM LTR MCU MIU MTK".split(), 6)
SCALE |= dict.fromkeys("C34 GBQ MTQ TNE".split(), 9)


def digits(length: int) -> Codec:
    """A GTIN, GLN or SSCC as text, of which the last digit checks; a u64."""

    def write(number: str) -> bytes:
        weighted = sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(reversed(number)) if digit.isdecimal())
        if not re.fullmatch(rf"[0-9]{{{length}}}", number) or weighted % 10:
            raise FormatError(f"{number!r} is not {length} digits of which the last one checks")
        return u64.write(int(number))

    return Codec(write, lambda reader: f"{u64.read(reader):0{length}}")


def write_code(path: str) -> bytes:
    if match := re.fullmatch(r"01/([0-9]{14})/(10|21)/([^/]+)", path):
        return bytes([match[2] == "21"]) + digits(14).write(match[1]) + text(20).write(unquote(match[3]))
    if match := re.fullmatch(r"hufu:([a-z0-9-]+)/([^/]+)", path):
        return b"\2" + text(16).write(match[1]) + text(64).write(unquote(match[2]))
    if match := re.fullmatch(r"00/([0-9]{18})", path):
        return b"\3" + digits(18).write(match[1])
    raise FormatError(f"{path!r} is none of 01/GTIN/10/LOT, 01/GTIN/21/SERIAL, hufu:SCHEME/VALUE, 00/SSCC")


def read_code(reader: Reader) -> str:
    match kind := reader.take(1)[0]:
        case 0 | 1:
            return f"01/{digits(14).read(reader)}/{('10', '21')[kind]}/{quote(text(20).read(reader), safe='')}"
        case 2:
            return f"hufu:{text(16).read(reader)}/{quote(text(64).read(reader), safe='')}"
        case 3:
            return f"00/{digits(18).read(reader)}"
    raise FormatError(f"no code of an item begins with {kind}")


Gln = Annotated[str, digits(13)]
Code = Annotated[str, Codec(write_code, read_code)]


@dataclass(frozen=True)
class Quantity(Record):
    """An amount, counted in the last digit that its unit has."""

    amount: U64
    unit: Annotated[str, text(3)]

    @classmethod
    def of(cls, said: str) -> Self:
        """`12.5 MLT`: number, one blank, unit."""
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ([0-9A-Z]{2,3})", said)
        number, unit = match.groups() if match else ("", "")
        amount = Decimal(number).scaleb(SCALE[unit]) if unit in SCALE else Decimal("Infinity")
        if not amount < 10**18 or amount != int(amount):
            raise FormatError(f"{said!r} is no quantity such as '12.5 MLT', or too large or precise for its unit")
        return cls(int(amount), unit)

    def __str__(self) -> str:
        return f"{Decimal(self.amount).scaleb(-SCALE.get(self.unit, 0)).normalize():f} {self.unit}"


@dataclass(frozen=True)
class Point(Record):
    """A point in the custody of an item; an act names the one it builds on."""

    seq: U64
    trail: Hash

    @classmethod
    def start(cls, item: bytes) -> Self:
        """That of an item that was just registered."""
        return cls(0, tagged("trail-zero", item))

    def after(self, tx: bytes) -> "Point":
        """The one after a transaction; known before any node is asked."""
        return Point(self.seq + 1, tagged("trail", self.trail + u64.write(self.seq + 1) + tx))


@dataclass(frozen=True)
class Terms(Record):
    """The terms of one handover."""

    network: Hash
    item: Hash
    at: Point
    giver: Hash
    receiver: Hash
    expires: U64
    purpose: Purpose = "unstated"
    premises: Gln | None = None
    private: Hash | None = None

    def hash(self) -> bytes:
        """What an acceptance names."""
        return tagged("handover-terms", self.to_bytes())


@dataclass(frozen=True)
class Registration(Record):
    """An item to be registered."""

    class_id: Hash
    code: Code
    quantity: Quantity
    purpose: Purpose = "unstated"
    private: Hash | None = None


@dataclass(frozen=True)
class Entry(Record):
    """A registration with 128 random bits."""

    salt: Bytes16
    body: Annotated[Registration, choice({0: Registration})]


@dataclass(frozen=True)
class Register(Record):
    """Registers items, whose entries travel beside the body."""

    count: U32
    root: Hash

    @classmethod
    def of(cls, entries: tuple[Entry, ...]) -> Self:
        """The act of these entries."""
        return cls(len(entries), root([tagged("entry", entry.to_bytes()) for entry in entries]))


@dataclass(frozen=True)
class Offer(Record):
    """Offers an item to somebody, who accepts it."""

    terms: Terms


@dataclass(frozen=True)
class Accept(Record):
    """Accepts an offer; custody moves."""

    item: Hash
    terms: Hash
    at: Point


class Handover(Offer):
    """Hands an item over, both signing; custody moves."""


@dataclass(frozen=True)
class Use(Record):
    """Uses some of an item."""

    item: Hash
    at: Point
    quantity: Quantity
    private: Hash | None = None


@dataclass(frozen=True)
class Anchor(Record):
    """Anchors documents that stay where they are."""

    documents: Hash
    count: U32

    @classmethod
    def of(cls, documents: list[tuple[bytes, bytes]]) -> Self:
        """The act of some documents, each a salt of 16 bytes and its exact bytes."""
        hashes = [tagged("document", salt + blake3.blake3(data).digest()) for salt, data in documents]
        return cls(root(hashes), len(hashes))


Operation = Register | Offer | Accept | Handover | Use | Anchor
OPERATIONS = {7: Register, 11: Offer, 12: Accept, 15: Handover, 16: Use, 50: Anchor}


@dataclass(frozen=True)
class Slot(Record):
    """A signer: for which organisation, with which key, in which role."""

    suite: Annotated[str, words("none", "ed25519")]
    org: Hash
    key: Hash
    role: Annotated[str, words(*ROLES)]


@dataclass(frozen=True)
class Body(Record):
    """What is signed."""

    network: Hash
    nonce: Bytes16
    expires: U64
    signers: tuple[Slot, ...]
    operation: Annotated[Operation, choice(OPERATIONS)]

    def id(self) -> bytes:
        """The identity of the transaction; signatures and entries are no part of it."""
        return tagged("tx-id", self.to_bytes())

    def message(self, slot: Slot) -> bytes:
        """What the signer of this slot signs."""
        return tagged("tx-sign", self.network + self.id() + slot.to_bytes())


@dataclass(frozen=True)
class SignedTx(Record):
    """A transaction as a node takes it: a signature for each slot, in their order."""

    body: Body
    signatures: tuple[Bytes64, ...]
    entries: tuple[Entry, ...] = ()


def item_id(network: bytes, tx: bytes, index: int = 0) -> bytes:
    """The identity of the item that an entry of a transaction registers."""
    return tagged("item-id", network + tx + u32.write(index))


def class_id(gtin: str) -> bytes:
    """The identity of the class of a GTIN."""
    return tagged("class-id", u32.write(0) + digits(14).write(gtin))


def org_id(scheme: str, value: str) -> bytes:
    """The identity of an organisation by its registered identifier."""
    return tagged("org-id", text(16).write(scheme) + text(64).write(value))
