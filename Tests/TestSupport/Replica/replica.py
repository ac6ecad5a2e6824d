"""A replica for the tests of Engine: items with one value, kept in SQLite, racy or safe by the third argument."""

import json
import os
import signal
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, path, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3]
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def connect():
    connection = sqlite3.connect(path, timeout=8, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, value TEXT)")
    return connection


local = threading.local()
seen = {}  # the racy replica answers reads from its own memory, as a cache without invalidation would


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def database(self):
        if not hasattr(local, "connection"):
            local.connection = connect()
        return local.connection

    def do_GET(self):
        if self.path == "/ready":
            return self.reply(200, {})
        if mode == "crash":
            os._exit(3)
        item = self.path.rsplit("/", 1)[1]
        if mode == "racy" and item in seen:
            return self.reply(200, {"value": seen[item]})
        row = self.database().execute("SELECT value FROM items WHERE id = ?", (item,)).fetchone()
        self.reply(200, {"value": row[0]}) if row else self.reply(404, {})

    def do_PUT(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if mode == "slow":
            time.sleep(0.2)
        if mode == "refuse":
            return self.reply(409, {})
        item = self.path.rsplit("/", 1)[1]
        if mode == "racy":
            seen[item] = body["value"]
        self.database().execute("INSERT OR REPLACE INTO items VALUES (?, ?)", (item, body["value"]))
        self.reply(200, {})


connect().close()
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
