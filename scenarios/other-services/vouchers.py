#!/usr/bin/env python3
"""Vouchers that are redeemed once, served over TLS.

Python's standard library and SQLite. `--guard look` reads the state and writes it in two statements; `--guard update`
has the condition in the UPDATE.
"""
import argparse
import json
import os
import sqlite3
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--migrate", metavar="DATABASE", help="make the table, and end")
ARGUMENTS.add_argument("--port", type=int, help="serve on this loopback port")
ARGUMENTS.add_argument("--certificate", help="the server's certificate, in PEM")
ARGUMENTS.add_argument("--key", help="its key, in PEM")
ARGUMENTS.add_argument("--guard", choices=["look", "update"], default="update")


def connect(path):
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    guard = "update"

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do(self, work):
        database = connect(os.environ["DATABASE"])
        try:
            self.answer(*work(database, self.path.split("/")[2]))
        finally:
            database.close()

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, {"status": "up"})
        self.do(lambda database, code: (200, {"state": state(database, code)}))

    def do_PUT(self):
        def issue(database, code):
            database.execute("INSERT INTO vouchers VALUES (?, 'issued')", (code,))
            return 201, {"state": "issued"}
        self.do(issue)

    def do_POST(self):
        self.do(redeem_after_a_look if self.guard == "look" else redeem)

    def log_message(self, *_):
        pass


def state(database, code):
    return database.execute("SELECT state FROM vouchers WHERE code = ?", (code,)).fetchone()[0]


def redeem_after_a_look(database, code):
    if state(database, code) != "issued":
        return 409, {"state": "redeemed"}
    database.execute("UPDATE vouchers SET state = 'redeemed' WHERE code = ?", (code,))
    return 200, {"state": "redeemed"}


def redeem(database, code):
    update = "UPDATE vouchers SET state = 'redeemed' WHERE code = ? AND state = 'issued'"
    return (200 if database.execute(update, (code,)).rowcount else 409), {"state": "redeemed"}


class Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, port, certificate, key):
        super().__init__(("127.0.0.1", port), Handler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)

    def get_request(self):
        connection, address = super().get_request()
        # The handshake is left to the connection's own thread.
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address


def main(arguments):
    if arguments.migrate:
        database = connect(arguments.migrate)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE vouchers (code TEXT PRIMARY KEY, state TEXT)")
        return
    Handler.guard = arguments.guard
    Server(arguments.port, arguments.certificate, arguments.key).serve_forever()


if __name__ == "__main__":
    main(ARGUMENTS.parse_args())
