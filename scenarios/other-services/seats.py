#!/usr/bin/env python3
"""Seats that are booked once: a booking service, a service that shows bookings, and a lock server beside them.

Python's standard library and SQLite. `--role locks` keeps its locks in memory, so that a restart forgets them.
`--role bookings --guard lock` looks and books under such a lock; `--guard index` lets a unique index decide as well.
"""
import argparse
import json
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("--role", choices=["bookings", "shows", "locks"], required=True)
ARGUMENTS.add_argument("--port", type=int, help="serve on this loopback port; without it, only create the table")
ARGUMENTS.add_argument("--database", help="path of the SQLite file")
ARGUMENTS.add_argument("--locks", help="URL of the lock server")
ARGUMENTS.add_argument("--guard", choices=["lock", "index"], default="index")


def connect(path):
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


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
        seat = self.path.split("/")[2]
        database = connect(self.arguments.database)
        guests = [row[0] for row in database.execute("SELECT guest FROM bookings WHERE seat = ?", (seat,))]
        database.close()
        self.answer(200, {"guests": guests})

    def log_message(self, *_):
        pass


class Locks(Handler):
    held = set()
    mutex = threading.Lock()

    def do_PUT(self):
        with self.mutex:
            is_free = self.path not in self.held
            self.held.add(self.path)
        self.answer(201 if is_free else 409, {})

    def do_DELETE(self):
        with self.mutex:
            self.held.discard(self.path)
        self.answer(200, {})


class Bookings(Handler):
    def lock(self, method, seat):
        """The lock server's status; 0 while it is not there."""
        request = urllib.request.Request(f"{self.arguments.locks}/{seat}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=1) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        seat = self.path.split("/")[2]
        until = time.monotonic() + 2
        while self.lock("PUT", seat) != 201:
            if time.monotonic() > until:
                return self.answer(503, {"error": "no lock"})
            time.sleep(0.02)
        try:
            self.answer(201 if self.book(seat, document["guest"]) else 409, {})
        finally:
            self.lock("DELETE", seat)

    def book(self, seat, guest):
        database = connect(self.arguments.database)
        try:
            if database.execute("SELECT 1 FROM bookings WHERE seat = ?", (seat,)).fetchone():
                return False
            time.sleep(0.5)  # the guest's card is charged
            database.execute("INSERT INTO bookings (seat, guest) VALUES (?, ?)", (seat, guest))
            return True
        except sqlite3.IntegrityError:
            return False
        finally:
            database.close()


if __name__ == "__main__":
    Handler.arguments = ARGUMENTS.parse_args()
    if Handler.arguments.port is None:
        DATABASE = connect(Handler.arguments.database)
        DATABASE.execute("PRAGMA journal_mode = WAL")
        DATABASE.execute("CREATE TABLE bookings (seat TEXT, guest TEXT)")
        if Handler.arguments.guard == "index":
            DATABASE.execute("CREATE UNIQUE INDEX bookings_seat ON bookings (seat)")
    else:
        ROLE = {"locks": Locks, "bookings": Bookings, "shows": Handler}[Handler.arguments.role]
        ThreadingHTTPServer.request_queue_size = 128
        ThreadingHTTPServer(("127.0.0.1", Handler.arguments.port), ROLE).serve_forever()
