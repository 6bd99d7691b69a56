"""Canonical bytes, bincode 2 in its standard configuration, and the hashes over them (docs/formats/signing.md)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin, get_type_hints

import blake3


class FormatError(ValueError):
    """A value without bytes, or bytes without a value."""


class Reader:
    """Bytes that are read from the front."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count > len(self.data) - self.at:
            raise FormatError("the bytes end too early")
        self.at += count
        return self.data[self.at - count : self.at]


@dataclass(frozen=True)
class Codec:
    """How values of one type are written and read."""

    write: Callable[[Any], bytes]
    read: Callable[[Reader], Any]


def uint(bits: int) -> Codec:
    """A number: one byte up to 250, else a mark and the fewest of 2, 4 and 8 bytes that hold it."""

    def write(value: int) -> bytes:
        if not 0 <= value < 1 << bits:
            raise FormatError(f"{value} does not fit {bits} bits")
        if value <= 250:
            return bytes([value])
        mark, size = next((m, s) for m, s in ((251, 2), (252, 4), (253, 8)) if value < 1 << 8 * s)
        return bytes([mark]) + value.to_bytes(size, "little")

    def read(reader: Reader) -> int:
        if (first := reader.take(1)[0]) > 253:
            raise FormatError(f"no number begins with {first}")
        return first if first <= 250 else int.from_bytes(reader.take(2 << first - 251), "little")

    return Codec(write, read)


def fixed(size: int) -> Codec:
    """Bytes of one length, as they are."""

    def write(value: bytes) -> bytes:
        if len(value) != size:
            raise FormatError(f"{len(value)} bytes where {size} stand")
        return value

    return Codec(write, lambda reader: reader.take(size))


u16, u32, u64, hash32, bytes16, bytes64 = uint(16), uint(32), uint(64), fixed(32), fixed(16), fixed(64)
Hash = Annotated[bytes, hash32]
Bytes16 = Annotated[bytes, bytes16]
Bytes64 = Annotated[bytes, bytes64]
U32 = Annotated[int, u32]
U64 = Annotated[int, u64]


# Characters that control, or that show nothing and change how the rest is read.
UNSEEN = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def text(most: int) -> Codec:
    """UTF-8 of at most so many bytes, behind its length."""

    def write(value: str) -> bytes:
        if len(data := value.encode()) > most or UNSEEN.search(value):
            raise FormatError(f"{value!r} is longer than {most} bytes, or has characters that are not seen")
        return u64.write(len(data)) + data

    return Codec(write, lambda reader: reader.take(u64.read(reader)).decode())


def option(inner: Codec) -> Codec:
    """0 for None; 1 and the value."""
    return Codec(
        lambda value: b"\0" if value is None else b"\1" + inner.write(value),
        lambda reader: inner.read(reader) if reader.take(1) != b"\0" else None,
    )


def many(inner: Codec) -> Codec:
    """The number of elements, then each."""
    return Codec(
        lambda values: u64.write(len(values)) + b"".join(map(inner.write, values)),
        lambda reader: tuple(inner.read(reader) for _ in range(u64.read(reader))),
    )


def words(*names: str) -> Codec:
    """An enum without fields: its number as u32; a word here."""

    def write(value: str) -> bytes:
        if value not in names:
            raise FormatError(f"{value!r} is none of {', '.join(names)}")
        return u32.write(names.index(value))

    return Codec(write, lambda reader: _known(dict(enumerate(names)), u32.read(reader)))


def choice(variants: "dict[int, type[Record]]") -> Codec:
    """An enum with fields: the number of the variant as u32, then its fields."""
    numbers = {kind: number for number, kind in variants.items()}
    return Codec(
        lambda value: u32.write(_known(numbers, type(value))) + value.to_bytes(),
        lambda reader: _known(variants, u32.read(reader)).codec().read(reader),
    )


def _known(table: dict, key: Any) -> Any:
    if key not in table:
        raise FormatError(f"{key} is not known here")
    return table[key]


def _codec_of(hint: Any) -> Codec:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return option(_codec_of(inner[0]))
    if origin is tuple:
        return many(_codec_of(inner[0]))
    return hint.__metadata__[0] if hasattr(hint, "__metadata__") else hint.codec()


class Record:
    """A dataclass whose fields stand one behind another, in their order."""

    @classmethod
    @cache
    def codec(cls) -> Codec:
        """The codec that the annotations of the fields say."""
        fields = {name: _codec_of(hint) for name, hint in get_type_hints(cls, include_extras=True).items()}
        return Codec(
            lambda value: b"".join(codec.write(getattr(value, name)) for name, codec in fields.items()),
            lambda reader: cls(*(codec.read(reader) for codec in fields.values())),
        )

    def to_bytes(self) -> bytes:
        """The canonical bytes."""
        return self.codec().write(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The value of exactly these bytes; every other form of the same value is refused."""
        reader = Reader(data)
        try:
            value = cls.codec().read(reader)
        except UnicodeDecodeError as error:
            raise FormatError("a text is not UTF-8") from error
        if value.to_bytes() != data:
            raise FormatError("the bytes are not the canonical encoding, or are too many")
        return value


def tagged(tag: str, data: bytes) -> bytes:
    """BLAKE3 of data under the key BLAKE3(tag); `hufu/1/` stands before every tag."""
    return blake3.blake3(data, key=blake3.blake3(f"hufu/1/{tag}".encode()).digest()).digest()


def root(items: "list[bytes]") -> bytes:
    """The root of the Merkle list of hashes: pairs are joined, one without a partner goes up as it is."""
    level = [tagged("list-leaf", item) for item in items]
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [tagged("list-node", b"".join(pair)) if len(pair) == 2 else pair[0] for pair in pairs]
    return tagged("list-root", len(items).to_bytes(8, "little") + level[0])
