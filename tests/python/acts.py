"""Acts of one signer by the client in Python: `acts.py NODE NETWORK KEY PASSWORD_FILE ACT CODE`; receipts as JSON lines."""

import json
import secrets
import sys
from pathlib import Path

from hufu_client import keyfile, model, node

address, network, key_file, password_file, act, code = sys.argv[1:]
key = keyfile.read(Path(key_file), Path(password_file).read_text(encoding="utf-8").rstrip("\r\n"))
ledger = node.Node(address, bytes.fromhex(network))
ledger.login(key)


def register() -> dict:
    registration = model.Registration(model.class_id(code[3:17]), code, model.Quantity.of("40 H87"))
    entries = (model.Entry(secrets.token_bytes(16), registration),)
    receipt = ledger.act(key, "declarant", model.Register.of(entries), entries)
    item, at, _ = ledger.item(code)
    assert item == model.item_id(ledger.network, bytes.fromhex(receipt["id"])), "the identity of the item"
    assert at == model.Point.start(item), "the point of custody"
    return receipt


def use() -> dict:
    item, before, _ = ledger.item(code)
    receipt = ledger.act(key, "custodian", model.Use(item, before, model.Quantity.of("5 H87")))
    assert ledger.item(code)[1] == before.after(bytes.fromhex(receipt["id"])), "the point of custody after the act"
    return receipt


def anchor() -> dict:
    documents = [(secrets.token_bytes(16), text.encode()) for text in (code, "收货单", "")]
    return ledger.act(key, "custodian", model.Anchor.of(documents))


print(json.dumps({"register": register, "use": use, "anchor": anchor}[act]()))
