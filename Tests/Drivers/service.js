// The service of node-postgres: `service.js node|node-prepared PORT`, with DATABASE_URL.
const fs = require('fs')
const http = require('http')
const { Pool } = require('pg')

const [driver, port] = process.argv.slice(2)
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4 })
const statements = Object.fromEntries(fs.readFileSync(__dirname + '/statements.txt', 'utf8').trim().split('\n').map(line => {
  const [name, ...sql] = line.split(': ')
  return [name, sql.join(': ').replaceAll(':key', '$1').replaceAll(':owner', '$2')]
}))

function execute(client, name, ...values) {
  const query = { text: statements[name], values }
  return client.query(driver === 'node-prepared' ? { name, ...query } : query)
}

async function claim(mode, key, owner) {
  // Several statements in one query.
  if (mode === 'batch') {
    const insert = each => statements.single.replaceAll('$1', `'${each}'`).replaceAll('$2', `'${owner}'`)
    const results = await pool.query(`${insert(key)}; ${insert(key + '-2')}`)
    return results.some(result => result.rowCount > 0)
  }
  if (mode !== 'check') return (await execute(pool, mode, ...(mode === 'open' ? [key] : [key, owner]))).rowCount === 1
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const free = Number((await execute(client, 'look', key)).rows[0].count) === 0
    if (free) await execute(client, 'insert', key, owner)
    await client.query('COMMIT')
    return free
  } finally {
    client.release()
  }
}

async function answer(request) {
  const [first, key, owner] = request.url.slice(1).split('/')
  if (request.method === 'POST') return [await claim(first, key, owner) ? 201 : 409, {}]
  if (first === 'health') return [200, {}]
  return [200, { count: Number((await execute(pool, 'count', first)).rows[0].count) }]
}

http.createServer((request, response) => {
  request.resume()
  answer(request).catch(error => {
    console.error(error)
    return [500, { error: String(error) }]
  }).then(([status, body]) => response.writeHead(status).end(JSON.stringify(body)))
}).listen(Number(port), '127.0.0.1')
