"""The command line: `python -m hufu_client cosign DRAFT --key K --password-file P`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .codec import FormatError
from .draft import Draft
from .keyfile import Key, read
from .model import Accept, Offer, Terms, org_id
from .node import HOUR_MS, Node, Problem, milliseconds


def organisation(word: str) -> bytes:
    """An identity, or SCHEME:VALUE of a registered identifier."""
    return org_id(*word.split(":", 1)) if ":" in word else bytes.fromhex(word)


def cosign(args: argparse.Namespace, key: Key, node: Node | None) -> dict[str, Any]:
    """Adds a signature to a draft, and sends it where a node is named and nobody else has to sign."""
    draft = Draft.read(args.draft)
    if node and draft.body.network != node.network:
        raise FormatError("the draft is of another network")
    print(draft.shown(), file=sys.stderr)
    if not args.yes and input("Sign this? Type yes: ") != "yes":
        raise FormatError("not signed")
    if not draft.cosign(key):
        raise FormatError("no signature of this key is missing")
    draft.write(args.out or args.draft)
    whole = draft.complete()
    sent = {"status": "signed" if whole else "incomplete"}
    if node and whole:
        node.login(key)
        sent = node.receipt(node.submit(whole))
    return {"id": draft.body.id().hex(), **sent}


def offer(args: argparse.Namespace, key: Key, node: Node) -> dict[str, Any]:
    """Offers an item for 48 hours."""
    node.login(key)
    item, at, _ = node.item(args.item)
    terms = Terms(node.network, item, at, key.org, organisation(args.to), node.now() + 48 * HOUR_MS, args.purpose)
    return node.act(key, "custodian", Offer(terms))


def accept(args: argparse.Namespace, key: Key, node: Node) -> dict[str, Any]:
    """Accepts an offer, if its hash is that of the terms which the node tells."""
    node.login(key)
    item, at, said = node.item(args.item)
    if not (told := said["offer"]):
        raise FormatError("nothing is offered")
    giver, receiver = bytes.fromhex(said["custodian"]["id"]), bytes.fromhex(told["receiver"])
    private = bytes.fromhex(args.private) if args.private else None
    until, purpose, premises = milliseconds(told["expires"]), told["purpose"], told["premises"]
    terms = Terms(node.network, item, at, giver, receiver, until, purpose, premises, private)
    if terms.hash().hex() != told["terms"] or receiver != key.org:
        raise FormatError("the offer is for another, or has private terms: ask for them, and pass their root")
    return node.act(key, "receiver", Accept(item, terms.hash(), at))


def main() -> int:
    """Runs a command: 0 done, 1 refused or undecided, 2 not possible."""
    parser = argparse.ArgumentParser(prog="hufu_client", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for run in (cosign, offer, accept):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("draft" if run is cosign else "item", type=Path if run is cosign else str)
        command.add_argument("--key", type=Path, required=True, help="key file")
        command.add_argument("--password-file", type=Path, required=True)
        command.add_argument("--node", required=run is not cosign, help="address, such as http://127.0.0.1:8001")
        command.add_argument("--network", required=run is not cosign, help="identity of the network")
        if run is cosign:
            command.add_argument("--out", type=Path, help="file to write instead of the draft itself")
            command.add_argument("--yes", action="store_true", help="sign without being asked")
        elif run is offer:
            command.add_argument("--to", required=True, help="receiver: identity, or SCHEME:VALUE")
            command.add_argument("--purpose", default="unstated")
        else:
            command.add_argument("--private", help="root of the private terms, where there are any")
    args = parser.parse_args()
    try:
        if bool(args.node) != bool(args.network):
            raise FormatError("--node and --network stand together")
        key = read(args.key, args.password_file.read_text(encoding="utf-8").rstrip("\r\n"))
        node = Node(args.node, bytes.fromhex(args.network)) if args.node else None
        result = args.run(args, key, node)
    except (ValueError, TypeError, LookupError, OSError, Problem) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["status"] in ("signed", "incomplete", "committed") else 1


if __name__ == "__main__":
    sys.exit(main())
