#!/usr/bin/env python3
"""Sessions of one account: a cookie says whose session it is, and each refresh token buys the next one, once.

Python's standard library and SQLite. The account keeps all its sessions in one JSON document. `--tokens racy` reads it,
changes it and writes it back; `--tokens fixed` does so in a transaction that nobody else can be in.
"""
import argparse
import json
import secrets
import sqlite3
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--database", required=True, help="path of the SQLite file")
ARGUMENTS.add_argument("--port", type=int, help="serve on this loopback port; without it, only create the tables")
ARGUMENTS.add_argument("--tokens", choices=["racy", "fixed"], default="fixed")


def connect(path):
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


class Account:
    """The sessions of one account, as they are read and written."""

    def __init__(self, database, name, racy):
        self.database, self.name, self.racy = database, name, racy

    def __enter__(self):
        if not self.racy:
            self.database.execute("BEGIN IMMEDIATE")
        row = self.database.execute("SELECT sessions FROM accounts WHERE name = ?", (self.name,)).fetchone()
        self.sessions = json.loads(row[0]) if row else {}
        return self

    def write(self):
        self.database.execute("REPLACE INTO accounts VALUES (?, ?)", (self.name, json.dumps(self.sessions)))

    def __exit__(self, *_):
        if not self.racy:
            self.database.execute("COMMIT")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    arguments = None

    def answer(self, status, document, cookie=None):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def account(self, database):
        return Account(database, self.path.split("/")[2], self.arguments.tokens == "racy")

    @property
    def session(self):
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("sid")
        return cookie.value if cookie else None

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, {"status": "up"})
        database = connect(self.arguments.database)
        with self.account(database) as account:
            sessions = account.sessions
        database.close()
        if self.session not in sessions:
            return self.answer(401, {})
        self.answer(200, {"token": sessions[self.session], "sessions": sessions})

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        token = secrets.token_hex(8)
        database = connect(self.arguments.database)
        with self.account(database) as account:
            if self.path.endswith("/login"):
                session, status = secrets.token_hex(8), 201
            else:
                session = next((s for s, t in account.sessions.items() if t == document["refresh_token"]), None)
                status = 200 if session else 409
            if session:
                account.sessions[session] = token
                account.write()
        database.close()
        if not session:
            return self.answer(status, {})
        self.answer(status, {"refresh_token": token, "session": session}, f"sid={session}; Path=/accounts; HttpOnly")

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Handler.arguments = ARGUMENTS.parse_args()
    if Handler.arguments.port is None:
        DATABASE = connect(Handler.arguments.database)
        DATABASE.execute("PRAGMA journal_mode = WAL")
        DATABASE.execute("CREATE TABLE accounts (name TEXT PRIMARY KEY, sessions TEXT)")
    else:
        ThreadingHTTPServer.request_queue_size = 128
        ThreadingHTTPServer(("127.0.0.1", Handler.arguments.port), Handler).serve_forever()
