"""A person's key out of its file, `hufu.key/1` (docs/formats/keystore.md)."""

import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from .codec import FormatError, tagged, text, u16, u32
from .model import ROLES


def to_b64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64(said: str) -> bytes:
    """The bytes of base64url without padding; another form of the same bytes is refused."""
    data = urlsafe_b64decode(said + "=" * (-len(said) % 4))
    if to_b64(data) != said:
        raise FormatError("not base64url without padding")
    return data


@dataclass(frozen=True)
class Key:
    """A key that signs, and for whom."""

    private: Ed25519PrivateKey
    org: bytes = bytes(32)

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self.private.public_key().public_bytes_raw()

    @property
    def id(self) -> bytes:
        """Its identity, as slots name it."""
        return tagged("key-id", self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature over a tagged hash."""
        return self.private.sign(message)


def read(path: Path, password: str) -> Key:
    """Opens a key file; a password file loses line ends at its end, and nothing else."""
    if path.stat().st_mode & 0o077:
        raise FormatError(f"{path}: others than its owner can read or write it")
    file = json.loads(path.read_bytes())
    header, kdf, cipher = file["header"], file["kdf"], file["cipher"]
    names = (file["schema"], kdf["name"], cipher["name"])
    if names != ("hufu.key/1", "argon2id-19", "xchacha20poly1305"):
        raise FormatError(f"{path}: {names} is not known here")
    cost = (kdf["m_kib"], kdf["t"], kdf["p"])
    if not (8 <= cost[0] <= 1 << 20 and 1 <= cost[1] <= 64 and 1 <= cost[2] <= 16):
        raise FormatError(f"{path}: {cost} is no cost that a reader accepts")
    salt, nonce = from_b64(kdf["salt"]), from_b64(cipher["nonce"])
    public, org, person = (bytes.fromhex(header[name]) for name in ("key", "org", "person"))
    bound = b"".join(map(text(64).write, names)) + public + org + person
    bound += u16.write(sum(1 << ROLES.index(role) for role in header["roles"])) + text(64).write(header["label"])
    bound += b"".join(map(u32.write, cost)) + salt
    secret = hash_secret_raw(password.encode(), salt, cost[1], cost[0], cost[2], 32, Type.ID, 0x13)
    # XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key made of the first 16 bytes of its nonce.
    aead = ChaCha20Poly1305(hchacha20(secret, nonce[:16]))
    try:
        opened = aead.decrypt(bytes(4) + nonce[16:], from_b64(cipher["text"]), bound)
    except InvalidTag:
        raise FormatError(f"{path}: the password is another, or the file was changed") from None
    key = Key(Ed25519PrivateKey.from_private_bytes(opened[:32]), org)
    if key.public != public or key.id.hex() != header["id"]:
        raise FormatError(f"{path}: the header names another key than the file holds")
    return key


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """20 rounds of ChaCha over key and nonce, of which the first and last words are the key of XChaCha20."""
    x = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    columns = [(at, at + 4, at + 8, at + 12) for at in range(4)]
    diagonals = [(at, 4 + (at + 1) % 4, 8 + (at + 2) % 4, 12 + (at + 3) % 4) for at in range(4)]
    for a, b, c, d in (columns + diagonals) * 10:
        for to, add, mixed, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[to] = (x[to] + x[add]) & 0xFFFFFFFF
            x[mixed] ^= x[to]
            x[mixed] = (x[mixed] << turn | x[mixed] >> 32 - turn) & 0xFFFFFFFF
    return struct.pack("<8I", *x[:4], *x[12:])
