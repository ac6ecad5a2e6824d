"""The service of the Python drivers, and of libpq through ctypes: `service.py DRIVER PORT`, with DATABASE_URL."""

import asyncio
import contextlib
import ctypes
import io
import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse

driver, port, url = sys.argv[1], int(sys.argv[2]), os.environ["DATABASE_URL"]
address = urlparse(url)
folder = os.path.dirname(os.path.abspath(__file__))
named = dict(line.rstrip("\n").split(": ", 1) for line in open(folder + "/statements.txt"))
numbered = {n: s.replace(":key", "$1").replace(":owner", "$2") for n, s in named.items()}
pyformat = {n: re.sub(":(key|owner)", r"%(\1)s", s) for n, s in named.items()}


class Driver:
    """`execute` gives the rows changed and the first value. A thread has a connection of its own."""

    def __init__(self):
        self.own = threading.local()

    @property
    def connection(self):
        if not hasattr(self.own, "connection"):
            self.own.connection = self.connect()
        return self.own.connection

    def claim(self, mode, key, owner):
        if mode == "batch":
            return self.batch(key, owner)
        if mode == "cancel":
            return self.cancel()
        if mode not in ("check", "copy"):
            return self.execute(mode, key, owner)[0] == 1
        with self.transaction():
            free = self.execute("look", key)[1] == 0
            if free and mode == "check":
                self.execute("insert", key, owner)
            elif free:
                self.copy(key, owner)
        return free

    def count(self, key):
        return self.execute("count", key)[1]

    def cancelled(self, cancel, run, error):
        """Whether a sleep of 30 seconds ends with this error, and the connection is of use afterwards.

        PostgreSQL signals twice (the process, then its group), so the cancel has to end before the next statement.
        """
        timer = threading.Timer(0.1, cancel)
        timer.start()
        try:
            run()
            is_ended = False
        except error:
            is_ended = True
        timer.join()
        return is_ended and self.count("nothing") == 0


class Interface(Driver):
    """psycopg2, psycopg (alone or in pipeline mode) and pg8000 through the Python database interface."""

    statements = pyformat

    def connect(self):
        if driver == "psycopg2":
            import psycopg2

            connection = psycopg2.connect(url)
        elif driver == "pg8000":
            import pg8000.dbapi

            pg8000.dbapi.paramstyle = "named"
            self.statements = named
            connection = pg8000.dbapi.connect(
                user=address.username, password=address.password, host=address.hostname, port=address.port,
                database=address.path[1:])
        else:
            import psycopg

            connection = psycopg.connect(url)
        connection.autocommit = True
        return connection

    def execute(self, name, key, owner=None):
        connection = self.connection
        cursor = connection.cursor()
        cursor.execute(self.statements[name], {"key": key, "owner": owner})
        return cursor.rowcount, cursor.fetchone()[0] if cursor.description else None

    @contextlib.contextmanager
    def transaction(self):
        self.connection.autocommit = False
        yield
        self.connection.commit()
        self.connection.autocommit = True

    def batch(self, key, owner):
        cursor = self.connection.cursor()
        values = [{"key": key, "owner": owner}, {"key": key + "-2", "owner": owner}]
        if driver == "psycopg2":
            import psycopg2.extras

            # Several statements in one query, whose rows are not told.
            psycopg2.extras.execute_batch(cursor, self.statements["single"], values)
            return self.execute("mine", key, owner)[1] == 1
        cursor.executemany(self.statements["single"], values)
        return cursor.rowcount > 0

    def copy(self, key, owner):
        cursor, row = self.connection.cursor(), f"{key}\t{owner}\n".encode()
        if driver == "psycopg2":
            cursor.copy_expert("COPY claims (key, owner) FROM STDIN", io.BytesIO(row))
        elif driver == "pg8000":
            cursor.execute("COPY claims (key, owner) FROM STDIN", stream=io.BytesIO(row))
        else:
            with cursor.copy("COPY claims (key, owner) FROM STDIN") as copy:
                copy.write(row)

    def cancel(self):
        sleep = lambda: self.connection.cursor().execute("SELECT pg_sleep(30)")
        import psycopg, psycopg2

        error = psycopg2.extensions.QueryCanceledError, psycopg.errors.QueryCanceled
        return self.cancelled(self.connection.cancel, sleep, error)


class Pipeline(Interface):
    def execute(self, name, key, owner=None):
        with self.connection.pipeline():
            cursor = self.connection.execute(pyformat[name], {"key": key, "owner": owner})
            value = cursor.fetchone()[0] if name in ("look", "count") else None
        return cursor.rowcount, value

    @contextlib.contextmanager
    def transaction(self):
        with self.connection.pipeline(), self.connection.transaction():
            yield

    def batch(self, key, owner):
        with self.connection.pipeline(), self.connection.transaction():
            values = [{"key": key, "owner": owner}, {"key": key + "-2", "owner": owner}]
            cursors = [self.connection.execute(pyformat["single"], each) for each in values]
        return sum(cursor.rowcount for cursor in cursors) > 0


class Asyncpg(Driver):
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.pool = self.result(self.make_pool())

    async def make_pool(self):
        import asyncpg

        return await asyncpg.create_pool(url, min_size=1, max_size=4)

    def result(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def claim(self, mode, key, owner):
        return self.result(self.claim_in_loop(mode, key, owner))

    def count(self, key):
        return self.result(self.pool.fetchval(numbered["count"], key))

    async def claim_in_loop(self, mode, key, owner):
        async with self.pool.acquire() as connection:
            if mode in ("check", "copy"):
                async with connection.transaction():
                    free = await connection.fetchval(numbered["look"], key) == 0
                    if free and mode == "check":
                        await connection.execute(numbered["insert"], key, owner)
                    elif free:
                        await connection.copy_records_to_table("claims", records=[(key, owner)])
                return free
            if mode == "batch":
                await connection.executemany(numbered["single"], [(key, owner), (key + "-2", owner)])
                return await connection.fetchval(numbered["mine"], key, owner) == 1
            if mode == "cancel":
                try:
                    await connection.execute("SELECT pg_sleep(30)", timeout=0.1)
                except asyncio.TimeoutError:
                    return await connection.fetchval(numbered["count"], "nothing") == 0
                return False
            values = [key] if mode == "open" else [key, owner]
            return (await connection.execute(numbered[mode], *values)).endswith(" 1")


class SQLAlchemy(Driver):
    def __init__(self):
        import sqlalchemy

        super().__init__()
        self.text = sqlalchemy.text
        address = url.replace("postgresql:", "postgresql+psycopg2:")
        self.engine = sqlalchemy.create_engine(address, pool_pre_ping=True)

    @contextlib.contextmanager
    def transaction(self):
        with self.engine.begin() as self.own.open:
            yield
        self.own.open = None

    def execute(self, name, key, owner=None):
        if getattr(self.own, "open", None):
            return self.execute_on(self.own.open, name, key, owner)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return self.execute_on(connection, name, key, owner)

    def execute_on(self, connection, name, key, owner):
        result = connection.execute(self.text(named[name]), {"key": key, "owner": owner})
        return result.rowcount, result.scalar() if result.returns_rows else None


class Django(Driver):
    """The object mapper as its users write it; `single` has no form in it."""

    def __init__(self):
        import django
        from django.conf import settings

        names = dict(
            NAME=address.path[1:], USER=address.username, PASSWORD=address.password, HOST=address.hostname,
            PORT=address.port)
        settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **names}})
        django.setup()
        from django.db import connection, models, transaction

        self.django, self.atomic = connection, transaction.atomic

        def model(table):
            columns = dict(key=models.TextField(primary_key=True), owner=models.TextField(null=True))
            meta = type("Meta", (), dict(app_label="claims", db_table=table, managed=False))
            return type(table, (models.Model,), dict(columns, Meta=meta, __module__=__name__)).objects

        self.claims, self.keyed, self.slots = model("claims"), model("keyed"), model("slots")

    def execute(self, name, key, owner=None):
        with self.django.cursor() as cursor:
            cursor.execute(pyformat[name], {"key": key, "owner": owner})
            return cursor.rowcount, cursor.fetchone()[0] if cursor.description else None

    def claim(self, mode, key, owner):
        if mode == "conflict":
            return self.keyed.get_or_create(key=key, defaults={"owner": owner})[1]
        if mode == "update":
            return self.slots.filter(key=key, owner=None).update(owner=owner) == 1
        if mode == "check":
            with self.atomic():
                free = not self.claims.filter(key=key).exists()
                if free:
                    self.claims.create(key=key, owner=owner)
            return free
        return super().claim(mode, key, owner)


class LibPQ(Driver):
    """PostgreSQL's own library: libpq-exec, libpq-params, libpq-prepared and libpq-pipeline."""

    def __init__(self):
        super().__init__()
        self.pq = pq = ctypes.CDLL("libpq.so.5")
        for function in ("PQconnectdb", "PQexec", "PQexecParams", "PQprepare", "PQexecPrepared", "PQgetResult", "PQgetCancel"):
            getattr(pq, function).restype = ctypes.c_void_p
        for function in ("PQerrorMessage", "PQresultErrorMessage", "PQcmdTuples", "PQgetvalue"):
            getattr(pq, function).restype = ctypes.c_char_p

    def connect(self):
        pq = self.pq
        self.own.prepared = set()
        connection = ctypes.c_void_p(pq.PQconnectdb(url.encode()))
        if pq.PQstatus(connection) != 0:
            raise RuntimeError(pq.PQerrorMessage(connection).decode())
        if driver == "libpq-pipeline":
            pq.PQenterPipelineMode(connection)
        return connection

    def read(self, result):
        """Commands and rows (1, 2) are right, and so is the end of a pipeline's batch (10)."""
        result = ctypes.c_void_p(result)
        if self.pq.PQresultStatus(result) not in (1, 2, 10):
            raise RuntimeError(self.pq.PQresultErrorMessage(result).decode())
        value = self.pq.PQgetvalue(result, 0, 0) if self.pq.PQntuples(result) else None
        changed = int(self.pq.PQcmdTuples(result) or 0)
        self.pq.PQclear(result)
        return changed, int(value) if value and value.isdigit() else None

    def pipelined(self, *statements):
        """All in one batch; their results in order."""
        for sql, values in statements:
            texts = self.texts(values)
            if not self.pq.PQsendQueryParams(self.connection, sql.encode(), len(values), None, texts, None, None, 0):
                raise RuntimeError(self.pq.PQerrorMessage(self.connection).decode())
        self.pq.PQpipelineSync(self.connection)
        results = []
        for _ in statements:
            results.append(self.read(self.pq.PQgetResult(self.connection)))
            assert self.pq.PQgetResult(self.connection) is None
        self.read(self.pq.PQgetResult(self.connection))
        return results

    @staticmethod
    def texts(values):
        return (ctypes.c_char_p * len(values))(*(value.encode() for value in values))

    def execute(self, name, key, owner=None):
        sql = numbered[name]
        values = [v for v, place in ((key, "$1"), (owner, "$2")) if place in sql]
        if driver == "libpq-pipeline":
            return self.pipelined((sql, values))[0]
        if driver == "libpq-exec":
            for place, value in enumerate(values):
                sql = sql.replace(f"${place + 1}", "'" + value.replace("'", "''") + "'")
            return self.read(self.pq.PQexec(self.connection, sql.encode()))
        common = len(values), self.texts(values), None, None, 0
        if driver == "libpq-params":
            count, *rest = common
            return self.read(self.pq.PQexecParams(self.connection, sql.encode(), count, None, *rest))
        connection = self.connection
        if name not in self.own.prepared:
            self.read(self.pq.PQprepare(connection, name.encode(), sql.encode(), 0, None))
            self.own.prepared.add(name)
        return self.read(self.pq.PQexecPrepared(connection, name.encode(), *common))

    def plain(self, sql):
        if driver == "libpq-pipeline":
            return self.pipelined((sql, []))
        return self.read(self.pq.PQexec(self.connection, sql.encode()))

    @contextlib.contextmanager
    def transaction(self):
        self.plain("BEGIN")
        yield
        self.plain("COMMIT")

    def batch(self, key, owner):
        values = [[key, owner], [key + "-2", owner]]
        return sum(changed for changed, _ in self.pipelined(*((numbered["single"], v) for v in values))) > 0

    def cancel(self):
        cancel = ctypes.c_void_p(self.pq.PQgetCancel(self.connection))
        words = ctypes.create_string_buffer(256)
        try:
            return self.cancelled(
                lambda: self.pq.PQcancel(cancel, words, 256), lambda: self.execute("sleep", ""), RuntimeError)
        finally:
            self.pq.PQfreeCancel(cancel)


kinds = {"psycopg-pipeline": Pipeline, "asyncpg": Asyncpg, "sqlalchemy": SQLAlchemy, "django": Django}
database = LibPQ() if driver.startswith("libpq") else kinds.get(driver, Interface)()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *arguments):
        pass

    def answer(self, status, body={}):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self):
        mode, key, owner = self.path[1:].split("/")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.answer(201 if database.claim(mode, key, owner) else 409)
        except Exception as error:
            print(repr(error), file=sys.stderr, flush=True)
            self.answer(500, {"error": repr(error)})

    def do_GET(self):
        self.answer(200, {} if self.path == "/health" else {"count": database.count(self.path[1:])})


if "sslmode" in url:
    database.connection  # its words are this program's last
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
