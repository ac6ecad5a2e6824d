-- What the services of this folder claim: in a table without a key, in one with it, and as a row that is there already.
\echo server :SERVER_VERSION_NAME
CREATE TABLE claims (key text, owner text);
CREATE TABLE keyed (key text PRIMARY KEY, owner text);
CREATE TABLE slots (key text PRIMARY KEY, owner text);
CREATE VIEW taken AS
    SELECT key FROM claims UNION ALL SELECT key FROM keyed UNION ALL SELECT key FROM slots WHERE owner IS NOT NULL;
