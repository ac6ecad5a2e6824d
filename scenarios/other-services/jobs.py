#!/usr/bin/env python3
"""Queues of jobs: an API that adds jobs and shows them, and a worker that is started by cron and does one job.

Python's standard library and SQLite. `work --claim late` marks a job once it is done; `--claim first` marks it before,
with one UPDATE, so that two workers never have the same one.
"""
import argparse
import json
import os
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JOBS = 3
NOTHING_TO_DO = 3

ARGUMENTS = argparse.ArgumentParser(description=__doc__)
ARGUMENTS.add_argument("verb", choices=["migrate", "serve", "work"])
ARGUMENTS.add_argument("--port", type=int, help="serve on this loopback port")
ARGUMENTS.add_argument("--queue", help="work on this queue")
ARGUMENTS.add_argument("--claim", choices=["late", "first"], default="first")


def connect():
    connection = sqlite3.connect(os.environ["DATABASE"], timeout=5, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def do(number):
    """The job itself."""
    time.sleep(0.05)


def work(queue, claims_first):
    """Does the first job that waits, says which, and tells by its exit status whether there was one."""
    database = connect()
    waiting = "SELECT min(number) FROM jobs WHERE queue = ? AND state = 'waiting'"
    while True:
        number = database.execute(waiting, (queue,)).fetchone()[0]
        if number is None:
            return NOTHING_TO_DO
        job = (queue, number)
        if not claims_first:
            do(number)
            database.execute("UPDATE jobs SET state = 'done' WHERE queue = ? AND number = ?", job)
            break
        claim = "UPDATE jobs SET state = 'claimed' WHERE queue = ? AND number = ? AND state = 'waiting'"
        if database.execute(claim, job).rowcount:
            do(number)
            database.execute("UPDATE jobs SET state = 'done' WHERE queue = ? AND number = ?", job)
            break
    print(json.dumps({"job": number}))
    return 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"status": "up"})

    def do_POST(self):
        queue = self.path.split("/")[2]
        database = connect()
        database.executemany(
            "INSERT INTO jobs VALUES (?, ?, 'waiting')", [(queue, number) for number in range(JOBS)])
        database.close()
        self.answer(201, {"jobs": JOBS})

    def log_message(self, *_):
        pass


def main(arguments):
    if arguments.verb == "work":
        return work(arguments.queue, arguments.claim == "first")
    if arguments.verb == "migrate":
        database = connect()
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE jobs (queue TEXT, number INTEGER, state TEXT, PRIMARY KEY (queue, number))")
        return 0
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler).serve_forever()


if __name__ == "__main__":
    sys.exit(main(ARGUMENTS.parse_args()))
