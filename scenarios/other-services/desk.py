#!/usr/bin/env python3
"""A help desk: members who are admins or agents, of whom one admin must stay, and a ticket that one of them claims.

Python's standard library and SQLite. `--requests racy` looks first and writes then; `--requests fixed` lets one UPDATE
decide and write. Changes come as HTML forms.
"""
import argparse
import json
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--database", required=True, help="path of the SQLite file")
ARGUMENTS.add_argument("--port", type=int, help="serve on this loopback port; without it, only create the tables")
ARGUMENTS.add_argument("--requests", choices=["racy", "fixed"], default="fixed")


def connect(path):
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def open_desk(database, racy, desk, names):
    database.execute("INSERT INTO desks VALUES (?, 'free')", (desk,))
    database.executemany("INSERT INTO members VALUES (?, ?, 'admin')", [(desk, name) for name in names["admin"]])
    return True


def demote(database, racy, desk, form):
    admins = "(SELECT count(*) FROM members WHERE desk = :desk AND role = 'admin')"
    values = {"desk": desk, "name": form["name"][0]}
    if racy and database.execute(f"SELECT {admins}", values).fetchone()[0] < 2:
        return False
    only = "" if racy else f" AND {admins} > 1"
    return database.execute(
        f"UPDATE members SET role = 'agent' WHERE desk = :desk AND name = :name AND role = 'admin'{only}",
        values).rowcount > 0


def assign(database, racy, desk, before, after):
    if racy:
        if database.execute("SELECT assignee FROM desks WHERE id = ?", (desk,)).fetchone()[0] != before:
            return False
        return database.execute("UPDATE desks SET assignee = ? WHERE id = ?", (after, desk)).rowcount > 0
    return database.execute(
        "UPDATE desks SET assignee = ? WHERE id = ? AND assignee = ?", (after, desk, before)).rowcount > 0


ACTIONS = {
    "members": open_desk,
    "demotions": demote,
    "claims": lambda database, racy, desk, form: assign(database, racy, desk, "free", form["user"][0]),
    "releases": lambda database, racy, desk, form: assign(database, racy, desk, form["user"][0], "free"),
}


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
        desk = self.path.split("/")[2]
        database = connect(self.arguments.database)
        row = database.execute("SELECT assignee FROM desks WHERE id = ?", (desk,)).fetchone()
        members = database.execute("SELECT name, role FROM members WHERE desk = ? ORDER BY name", (desk,)).fetchall()
        database.close()
        if row is None:
            return self.answer(404, {})
        self.answer(200, {"assignee": row[0], "members": [{"name": name, "role": role} for name, role in members]})

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self.answer(415, {})
        _, _, desk, action = self.path.split("/")
        database = connect(self.arguments.database)
        done = ACTIONS[action](database, self.arguments.requests == "racy", desk, form)
        database.close()
        self.answer(200 if done else 409, {})

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Handler.arguments = ARGUMENTS.parse_args()
    if Handler.arguments.port is None:
        DATABASE = connect(Handler.arguments.database)
        DATABASE.execute("PRAGMA journal_mode = WAL")
        DATABASE.execute("CREATE TABLE desks (id TEXT PRIMARY KEY, assignee TEXT)")
        DATABASE.execute("CREATE TABLE members (desk TEXT, name TEXT, role TEXT, PRIMARY KEY (desk, name))")
    else:
        ThreadingHTTPServer.request_queue_size = 128
        ThreadingHTTPServer(("127.0.0.1", Handler.arguments.port), Handler).serve_forever()
