#!/usr/bin/env python3
"""Payments with an Idempotency-Key: a request that is sent again gets the answer of the first, and pays once.

Python's standard library and SQLite. `--keys racy` looks for the key first and inserts then; `--keys fixed` has a unique
index, and lets one INSERT decide.
"""
import argparse
import json
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--database", required=True, help="path of the SQLite file")
ARGUMENTS.add_argument("--port", type=int, help="serve on this loopback port; without it, only create the tables")
ARGUMENTS.add_argument("--keys", choices=["racy", "fixed"], default="fixed")


def connect(path):
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def payment(database, key):
    row = database.execute("SELECT id FROM payments WHERE key = ? ORDER BY id DESC", (key,)).fetchone()
    return row[0] if row else None


def pay(database, racy, key, order):
    """The payment, and whether it was there before."""
    if racy:
        known = payment(database, key)
        if known:
            return known, True
    insert = "INSERT INTO payments (key, sale) VALUES (?, ?)" + ("" if racy else " ON CONFLICT (key) DO NOTHING")
    made = database.execute(insert, (key, order))
    return (made.lastrowid, False) if made.rowcount > 0 else (payment(database, key), True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    arguments = None

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, {"status": "up"})
        database = connect(self.arguments.database)
        count = database.execute(
            "SELECT count(*) FROM payments WHERE sale = ?", (self.path.split("/")[2],)).fetchone()[0]
        database.close()
        self.answer(200, {"payments": count})

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        database = connect(self.arguments.database)
        made, replayed = pay(
            database, self.arguments.keys == "racy", self.headers["Idempotency-Key"], document["order"])
        database.close()
        self.answer(200 if replayed else 201, {"payment": made, "replayed": replayed})

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Handler.arguments = ARGUMENTS.parse_args()
    if Handler.arguments.port is None:
        DATABASE = connect(Handler.arguments.database)
        DATABASE.execute("PRAGMA journal_mode = WAL")
        DATABASE.execute("CREATE TABLE payments (id INTEGER PRIMARY KEY, key TEXT, sale TEXT)")
        if Handler.arguments.keys == "fixed":
            DATABASE.execute("CREATE UNIQUE INDEX payments_key ON payments (key)")
    else:
        ThreadingHTTPServer.request_queue_size = 128
        ThreadingHTTPServer(("127.0.0.1", Handler.arguments.port), Handler).serve_forever()
