<?php
// The service of PHP's PDO, for its built-in server: DRIVER is php (the server prepares) or php-emulated (PDO fills values in), with DATABASE_URL.

function connection(): PDO
{
    static $connection;
    if (!$connection) {
        $address = parse_url(getenv('DATABASE_URL'));
        $name = sprintf('pgsql:host=%s;port=%d;dbname=%s', $address['host'], $address['port'], substr($address['path'], 1));
        $connection = new PDO($name, $address['user'], $address['pass'] ?? '', [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_EMULATE_PREPARES => getenv('DRIVER') === 'php-emulated',
        ]);
    }
    return $connection;
}

function execute(string $name, array $values): PDOStatement
{
    foreach (file(__DIR__ . '/statements.txt') as $line) {
        [$each, $sql] = explode(': ', trim($line), 2);
        $statements[$each] = $sql;
    }
    $statement = connection()->prepare($statements[$name]);
    $statement->execute($values);
    return $statement;
}

function claim(string $mode, string $key, string $owner): bool
{
    if ($mode !== 'check' && $mode !== 'copy') {
        $values = $mode === 'open' ? ['key' => $key] : ['key' => $key, 'owner' => $owner];
        return execute($mode, $values)->rowCount() === 1;
    }
    connection()->beginTransaction();
    $free = (int) execute('look', ['key' => $key])->fetchColumn() === 0;
    if ($free && $mode === 'check') {
        execute('insert', ['key' => $key, 'owner' => $owner]);
    } elseif ($free) {
        connection()->pgsqlCopyFromArray('claims', ["$key\t$owner"]);
    }
    connection()->commit();
    return $free;
}

[$first, $key, $owner] = explode('/', substr($_SERVER['REQUEST_URI'], 1)) + [1 => '', 2 => ''];
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    http_response_code(claim($first, $key, $owner) ? 201 : 409);
    echo '{}';
} elseif ($first === 'health') {
    echo '{}';
} else {
    echo json_encode(['count' => (int) execute('count', ['key' => $first])->fetchColumn()]);
}
