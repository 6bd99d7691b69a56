"""A node that sends elsewhere, says too much, or breaks off: `python -m unittest discover -s tests`."""

import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from hufu_client.codec import FormatError
from hufu_client.node import MAX_ANSWER, Node, Problem


class Handler(BaseHTTPRequestHandler):
    """Answers each path as the server has it, and notes who asked what."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = self.server.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            # Whoever has heard enough hangs up.
            pass

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class Answers(unittest.TestCase):
    def setUp(self) -> None:
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.server.asked, self.server.answers = [], {}
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        self.node = Node(f"http://127.0.0.1:{self.server.server_port}/", bytes(32))

    def answers(self, path: str, status: int, body: bytes, **headers: str) -> None:
        self.server.answers[path] = (status, headers, body)

    def test_an_answer_is_what_it_says(self) -> None:
        self.answers("/v1/x", 200, b'{"a": 1}')
        self.node.token = "t"
        self.assertEqual(self.node.ask("/v1/x"), {"a": 1})
        self.assertEqual(self.node.ask("/v1/x", b"{}"), {"a": 1})
        self.assertEqual(self.server.asked, [("/v1/x", "Bearer t")] * 2)

    def test_a_problem_has_its_code_and_what_is_none_its_status(self) -> None:
        self.answers("/v1/x", 404, b'{"code": "H7004", "detail": "not found"}')
        self.answers("/v1/y", 502, b"<html>")
        self.answers("/v1/z", 502, b'["H7004"]')
        for path, code in (("/v1/x", "H7004"), ("/v1/y", "502"), ("/v1/z", "502")):
            with self.assertRaises(Problem) as caught:
                self.node.ask(path)
            self.assertEqual(caught.exception.code, code)

    def test_nobody_is_followed_elsewhere(self) -> None:
        self.node.token = "secret"
        self.answers("/v1/there", 200, b"{}")
        for status in (301, 302, 303, 307, 308):
            self.answers("/v1/x", status, b"", Location="/v1/there")
            for body in (None, b"{}"):
                with self.subTest(status=status, body=body):
                    with self.assertRaises(Problem) as caught:
                        self.node.ask("/v1/x", body)
                    self.assertEqual(caught.exception.code, str(status))
        self.assertNotIn("/v1/there", [path for path, _ in self.server.asked])

    def test_an_answer_has_a_bound(self) -> None:
        text = json.dumps("x" * (MAX_ANSWER - 2)).encode()
        self.assertEqual(len(text), MAX_ANSWER)
        self.answers("/v1/x", 200, text)
        self.assertEqual(len(self.node.ask("/v1/x")), MAX_ANSWER - 2)
        self.answers("/v1/x", 200, text + b" ")
        with self.assertRaisesRegex(FormatError, "more than"):
            self.node.ask("/v1/x")
        # That of a failure too: then its status is what is known of it.
        self.answers("/v1/x", 500, text + b" ")
        with self.assertRaises(Problem) as caught:
            self.node.ask("/v1/x")
        self.assertEqual(caught.exception.code, "500")


if __name__ == "__main__":
    unittest.main()
