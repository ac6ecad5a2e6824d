#!/usr/bin/env python3
"""A ledger as somebody might write it: books of named cells, which one request reads and writes together.

Python's standard library and SQLite. `--requests fixed` makes each request one transaction; `--requests racy` lets every
statement stand alone. Run several replicas on one database to see the difference.
"""
import argparse
import json
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--database", required=True, help="path of the SQLite file")
ARGUMENTS.add_argument("--port", type=int, help="serve on this loopback port; without it, only create the table")
ARGUMENTS.add_argument("--requests", choices=["racy", "fixed"], default="fixed")


class Book:
    """The cells of one book, as the request sees them."""

    def __init__(self, database, name):
        self.database = database
        self.name = name

    def read(self, cell):
        row = self.database.execute(
            "SELECT value FROM cells WHERE book = ? AND name = ?", (self.name, cell)).fetchone()
        return json.loads(row[0]) if row else None

    def write(self, cell, value):
        self.database.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?)", (self.name, cell, json.dumps(value)))

    def all(self):
        rows = self.database.execute("SELECT name, value FROM cells WHERE book = ?", (self.name,))
        return {name: json.loads(value) for name, value in rows}

    def transfer(self, source, target, amount):
        held, held_there = self.read(source), self.read(target)
        if source == target or held < amount:
            return 409, {}
        self.write(source, held - amount)
        self.write(target, held_there + amount)
        return 201, {}

    def run(self, steps):
        results = []
        for step in steps:
            if "read" in step:
                results.append(self.read(step["read"]))
                continue
            if "append" in step:
                self.write(step["append"], (self.read(step["append"]) or []) + [step["value"]])
            else:
                self.write(step["write"], step["value"])
            results.append(None)
        return 200, {"results": results}


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

    def together(self, work):
        database = sqlite3.connect(self.arguments.database, timeout=5, isolation_level=None)
        database.execute("PRAGMA synchronous = OFF")
        parts = self.path.split("/")
        try:
            if self.arguments.requests == "fixed":
                database.execute("BEGIN IMMEDIATE")
            status, document = work(Book(database, parts[2] if len(parts) > 2 else None), parts)
            if self.arguments.requests == "fixed":
                database.execute("COMMIT")
        finally:
            database.close()
        self.answer(status, document)

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, {"status": "up"})
        self.together(lambda book, _: (200, {"cells": book.all()}))

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")

        def work(book, parts):
            if len(parts) == 2:
                book.name = document["id"]
                for cell, value in document["cells"].items():
                    book.write(cell, value)
                return 201, {}
            if parts[3] == "transfers":
                return book.transfer(document["from"], document["to"], document["amount"])
            return book.run(document)

        self.together(work)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Handler.arguments = ARGUMENTS.parse_args()
    if Handler.arguments.port is None:
        DATABASE = sqlite3.connect(Handler.arguments.database)
        DATABASE.execute("PRAGMA journal_mode = WAL")
        DATABASE.execute("CREATE TABLE cells (book TEXT, name TEXT, value TEXT, PRIMARY KEY (book, name))")
    else:
        ThreadingHTTPServer.request_queue_size = 128
        ThreadingHTTPServer(("127.0.0.1", Handler.arguments.port), Handler).serve_forever()
