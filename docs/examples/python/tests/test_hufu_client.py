"""The client against the golden vectors that the Rust programs made: `python -m unittest discover -s tests`."""

import json
import os
import tempfile
import unittest
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hufu_client import keyfile, model
from hufu_client.codec import FormatError, Reader, Record, U64, option, root, tagged, text, u64
from hufu_client.draft import Draft, field_hash
from hufu_client.keyfile import Key, from_b64, hchacha20, to_b64

VECTORS = Path(__file__).parents[3] / "formats" / "vectors"
SIGNING = json.loads((VECTORS / "signing.json").read_text(encoding="utf-8"))


def key(seed: str) -> Key:
    return Key(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)))


def bytes_of(said: Any) -> Any:
    """Hexadecimal digits as bytes, wherever they stand; numbers, words and codes as they are."""
    if isinstance(said, dict):
        return {name: bytes_of(value) for name, value in said.items()}
    is_hash = isinstance(said, str) and len(said) in (32, 64) and not set(said) - set("0123456789abcdef")
    return bytes.fromhex(said) if is_hash else said


def terms(said: dict[str, Any]) -> model.Terms:
    fields = bytes_of(said)
    return model.Terms(**{**fields, "at": model.Point(**fields["at"])})


def operation(act: str, said: dict[str, Any]) -> model.Operation:
    fields = bytes_of(said)
    if "terms" in fields and isinstance(fields["terms"], dict):
        fields["terms"] = terms(said["terms"])
    if "at" in fields:
        fields["at"] = model.Point(**fields["at"])
    if "quantity" in fields:
        fields["quantity"] = model.Quantity.of(fields["quantity"])
    return getattr(model, act.capitalize())(**fields)


def entry(said: dict[str, Any]) -> model.Entry:
    it = bytes_of(said)
    quantity = model.Quantity.of(it["quantity"])
    registration = model.Registration(it["class"], it["code"], quantity, it["purpose"], it["private"])
    return model.Entry(it["salt"], registration)


def transaction(said: dict[str, Any]) -> model.SignedTx:
    """A transaction made of its fields and seeds alone."""
    keys = [key(signer["seed"]) for signer in said["signers"]]
    pairs = list(zip(keys, said["signers"]))
    slots = tuple(model.Slot("ed25519", bytes.fromhex(s["org"]), k.id, s["role"]) for k, s in pairs)
    nonce, network = bytes.fromhex(said["nonce"]), bytes.fromhex(said["network"])
    body = model.Body(network, nonce, said["expires"], slots, operation(said["act"], said["fields"]))
    signatures = tuple(k.sign(body.message(slot)) for k, slot in zip(keys, slots))
    return model.SignedTx(body, signatures, tuple(entry(e) for e in said["entries"]))


def draft(said: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The file of a draft that nobody has signed."""
    tx = transaction(said)
    entries = [to_b64(e.to_bytes()) for e in tx.entries]
    unsigned = [None for _ in tx.signatures]
    file = {"schema": "hufu.tx-draft/1", "id": said["id"], "body": to_b64(tx.body.to_bytes()), "entries": entries}
    return {**file, "signatures": unsigned, "readable": {}, **more}


class Bytes(unittest.TestCase):
    def test_every_act_from_its_fields_to_its_signatures(self) -> None:
        self.assertEqual(len(SIGNING["transactions"]), 6)
        for said in SIGNING["transactions"]:
            with self.subTest(said["act"]):
                tx = transaction(said)
                self.assertEqual(tx.body.to_bytes().hex(), said["body"])
                self.assertEqual(tx.body.id().hex(), said["id"])
                self.assertEqual([s.hex() for s in tx.signatures], [s["signature"] for s in said["signers"]])
                for slot, signer in zip(tx.body.signers, said["signers"]):
                    self.assertEqual(slot.to_bytes().hex(), signer["slot"])
                    self.assertEqual(tx.body.message(slot).hex(), signer["message"])
                    self.assertEqual(key(signer["seed"]).public.hex(), signer["public"])
                self.assertEqual(tx.to_bytes().hex(), said["bytes"])
                self.assertEqual(model.SignedTx.from_bytes(tx.to_bytes()), tx)
                for one, told in zip(tx.entries, said["entries"]):
                    self.assertEqual(one.to_bytes().hex(), told["bytes"])
                    self.assertEqual(tagged("entry", one.to_bytes()).hex(), told["hash"])
        register = transaction(SIGNING["transactions"][0])
        self.assertEqual(model.Register.of(register.entries), register.body.operation)

    def test_terms_points_and_identities(self) -> None:
        for said in SIGNING["terms"]:
            self.assertEqual(terms(said["fields"]).to_bytes().hex(), said["bytes"])
            self.assertEqual(terms(said["fields"]).hash().hex(), said["hash"])
        points = bytes_of(SIGNING["points"])
        start = model.Point.start(points["item"])
        self.assertEqual(start, model.Point(**points["start"]))
        self.assertEqual(start.after(points["tx"]), model.Point(**points["after"]))
        item, gtin, org = (bytes_of(SIGNING[name]) for name in ("item", "class", "org"))
        self.assertEqual(model.item_id(item["network"], item["tx"], item["index"]), item["id"])
        self.assertEqual(model.class_id(gtin["gtin"]), gtin["id"])
        self.assertEqual(model.org_id(org["scheme"], org["value"]), org["id"])

    def test_documents_and_private_fields(self) -> None:
        documents = SIGNING["documents"]
        listed = [(bytes.fromhex(one["salt"]), one["text"].encode()) for one in documents["list"]]
        self.assertEqual(model.Anchor.of(listed), model.Anchor(bytes.fromhex(documents["root"]), 3))
        private = SIGNING["private"]
        fields = [{**field, "salt": to_b64(bytes.fromhex(field["salt"]))} for field in private["fields"]]
        hashes = [field_hash({name: f[name] for name in ("salt", "name", "value")}) for f in fields]
        self.assertEqual([h.hex() for h in hashes], [field["hash"] for field in private["fields"]])
        self.assertEqual(root(hashes).hex(), private["root"])

    def test_login_and_possession(self) -> None:
        login, possession = bytes_of(SIGNING["login"]), bytes_of(SIGNING["possession"])
        message = tagged("login", login["network"] + login["key"] + login["challenge"])
        mine = key(SIGNING["login"]["seed"])
        self.assertEqual((mine.id, message), (login["key"], login["message"]))
        self.assertEqual(mine.sign(message).hex(), SIGNING["login"]["signature"])
        parts = (possession["network"], possession["org"], possession["person"], mine.public)
        message = tagged("key-possession", b"".join(parts))
        self.assertEqual(message, possession["message"])
        self.assertEqual(mine.sign(message).hex(), SIGNING["possession"]["signature"])

    def test_what_the_ledgers_codec_vectors_say(self) -> None:
        codec = json.loads((VECTORS / "ledger-codec.json").read_text(encoding="utf-8"))
        for one in codec["integers"]:
            self.assertEqual(u64.write(int(one["value"])).hex(), one["bytes"])
        for one in codec["texts"]:
            self.assertEqual(text(256).write(one["value"]).hex(), one["bytes"])
        for one in codec["options"]:
            self.assertEqual(option(u64).write(one["value"]).hex(), one["bytes"])
        for one in codec["quantities"]:
            self.assertEqual(model.Quantity.of(one["value"]).to_bytes().hex(), one["bytes"])
            self.assertEqual(str(model.Quantity.of(one["value"])), one["value"])
        for one in codec["item_codes"]:
            self.assertEqual(model.write_code(one["value"]).hex(), one["bytes"])
            self.assertEqual(model.read_code(Reader(bytes.fromhex(one["bytes"]))), one["value"])

    def test_other_forms_of_the_same_value_are_refused(self) -> None:
        class Number(Record):
            value: U64

            def __init__(self, value: int) -> None:
                self.value = value

        codec = json.loads((VECTORS / "ledger-codec.json").read_text(encoding="utf-8"))
        refused = [one["bytes"] for one in codec["refused"] if one["type"] == "u64"]
        self.assertGreater(len(refused), 5)
        for bad in refused:
            with self.assertRaises(FormatError, msg=bad):
                Number.from_bytes(bytes.fromhex(bad))
        for one in codec["refused"]:
            if one["type"] == "text":
                with self.assertRaises((FormatError, UnicodeDecodeError), msg=one["why"]):
                    text(256).write(text(256).read(Reader(bytes.fromhex(one["bytes"]))))
        body = bytes.fromhex(SIGNING["transactions"][3]["body"])
        for bad in (body[:-1], body + b"\0", b""):
            with self.assertRaises(FormatError):
                model.Body.from_bytes(bad)
        for bad in ("12.5 QQQ", "12,5 MLT", "0.00001 MLT", "1000000000000000000 H87", "MLT", "-1 H87"):
            with self.assertRaises(FormatError, msg=bad):
                model.Quantity.of(bad)
        for bad in ("01/09521100000018/10/L1", "01/09521100000017", "L1", "00/095211000000000018"):
            with self.assertRaises(FormatError, msg=bad):
                _ = model.Registration(bytes(32), bad, model.Quantity.of("1 H87")).to_bytes()


class KeyFiles(unittest.TestCase):
    def setUp(self) -> None:
        self.vector = json.loads((VECTORS / "keystore.json").read_text(encoding="utf-8"))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "key.json"

    def write(self, file: dict[str, Any], mode: int = 0o600) -> Path:
        self.path.write_text(json.dumps(file), encoding="utf-8")
        os.chmod(self.path, mode)
        return self.path

    def test_a_file_opens_with_its_password_and_no_other(self) -> None:
        opened = keyfile.read(self.write(self.vector["file"]), self.vector["password"])
        self.assertEqual(opened.private.private_bytes_raw().hex(), self.vector["seed"])
        self.assertEqual(opened.org.hex(), self.vector["file"]["header"]["org"])
        with self.assertRaisesRegex(FormatError, "password"):
            keyfile.read(self.path, "wrong horse")

    def test_what_stands_in_the_open_is_bound(self) -> None:
        for change in ({"label": "warehousf"}, {"roles": ["officer"]}, {"org": "00" * 32}):
            file = {**self.vector["file"], "header": {**self.vector["file"]["header"], **change}}
            with self.assertRaisesRegex(FormatError, "changed"):
                keyfile.read(self.write(file), self.vector["password"])

    def test_a_file_that_others_can_read_or_that_costs_too_much_is_refused(self) -> None:
        with self.assertRaisesRegex(FormatError, "others"):
            keyfile.read(self.write(self.vector["file"], 0o640), self.vector["password"])
        file = {**self.vector["file"], "kdf": {**self.vector["file"]["kdf"], "m_kib": 1 << 21}}
        with self.assertRaisesRegex(FormatError, "cost"):
            keyfile.read(self.write(file), self.vector["password"])

    def test_hchacha20_as_its_draft_has_it(self) -> None:
        """draft-irtf-cfrg-xchacha-03, section 2.2.1."""
        made = hchacha20(bytes(range(32)), bytes.fromhex("000000090000004a0000000031415927"))
        self.assertEqual(made.hex(), "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")


class Drafts(unittest.TestCase):
    def setUp(self) -> None:
        self.said = next(said for said in SIGNING["transactions"] if said["act"] == "handover")

    def test_two_sign_one_after_another(self) -> None:
        first, second = (key(signer["seed"]) for signer in self.said["signers"])
        one = Draft(draft(self.said))
        self.assertEqual((one.cosign(key("07" * 32)), one.complete()), (0, None))
        self.assertEqual((one.cosign(first), one.cosign(first), one.complete()), (1, 0, None))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "draft.json"
            one.write(path)
            self.assertEqual(os.listdir(folder), ["draft.json"])
            two = Draft.read(path)
        self.assertEqual(two.cosign(second), 1)
        self.assertEqual(two.complete().to_bytes().hex(), self.said["bytes"])
        self.assertIn('"purpose": "research"', two.shown())

    def test_a_changed_draft_is_refused(self) -> None:
        one = Draft(draft(self.said))
        one.cosign(key(self.said["signers"][0]["seed"]))
        file = one.file
        swapped = [None, file["signatures"][0]]
        body = bytearray(from_b64(file["body"]))
        body[40] ^= 1
        unknown = next(t for t in json.loads((VECTORS / "ledger-transactions.json").read_text())["transactions"])
        for change in (
            {"schema": "hufu.tx-draft/2"},
            {"id": "00" * 32},
            {"signatures": swapped},
            {"signatures": []},
            {"body": to_b64(bytes(body))},
            {"body": to_b64(bytes.fromhex(unknown["body"]))},
            {"private": [{"root": "00" * 32, "fields": [{"hash": "00" * 32}]}]},
        ):
            with self.assertRaises(FormatError, msg=str(change)):
                Draft({**file, **change})

    def test_entries_and_private_fields_are_those_that_are_signed(self) -> None:
        register = SIGNING["transactions"][0]
        file = draft(register)
        self.assertEqual(len(Draft(file).entries), len(register["entries"]))
        with self.assertRaises(FormatError):
            Draft({**file, "entries": file["entries"][:-1]})
        fields = [{**field, "salt": to_b64(bytes.fromhex(field["salt"]))} for field in SIGNING["private"]["fields"]]
        for field in fields:
            del field["hash"]
        said = json.loads(json.dumps(self.said))
        said["fields"]["terms"]["private"] = SIGNING["private"]["root"]
        said["id"] = transaction(said).body.id().hex()
        private = {"root": SIGNING["private"]["root"], "fields": fields}
        self.assertIn("12.50 CNY", Draft(draft(said, private=[private])).shown())
        fields[0]["value"] = "11.50 CNY"
        with self.assertRaises(FormatError):
            Draft(draft(said, private=[private]))


if __name__ == "__main__":
    unittest.main()
