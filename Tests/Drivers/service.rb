# The service of Ruby's pg: `service.rb PORT`, with DATABASE_URL.
require 'json'
require 'pg'
require 'webrick'

STATEMENTS = File.readlines("#{__dir__}/statements.txt", chomp: true).to_h do |line|
  name, sql = line.split(': ', 2)
  [name, sql.gsub(':key', '$1').gsub(':owner', '$2')]
end

def connection = Thread.current[:connection] ||= PG.connect(ENV.fetch('DATABASE_URL'))

def execute(name, *values) = connection.exec_params(STATEMENTS[name], values)

def count(name, key) = execute(name, key).getvalue(0, 0).to_i

# Both statements in one batch of libpq's pipeline mode.
def batch(key, owner)
  connection.enter_pipeline_mode
  [key, "#{key}-2"].each { |each| connection.send_query_params(STATEMENTS['single'], [each, owner]) }
  connection.pipeline_sync
  changed = 2.times.sum do
    rows = connection.get_result.check.cmd_tuples
    connection.get_result
    rows
  end
  connection.get_result.check
  connection.exit_pipeline_mode
  changed.positive?
end

def claim(mode, key, owner)
  return batch(key, owner) if mode == 'batch'
  return execute(mode, *(mode == 'open' ? [key] : [key, owner])).cmd_tuples == 1 unless %w[check copy].include?(mode)

  connection.transaction do
    free = count('look', key).zero?
    if free && mode == 'check'
      execute('insert', key, owner)
    elsif free
      connection.copy_data('COPY claims (key, owner) FROM STDIN') { connection.put_copy_data("#{key}\t#{owner}\n") }
    end
    free
  end
end

server = WEBrick::HTTPServer.new(
  BindAddress: '127.0.0.1', Port: ARGV[0].to_i, AccessLog: [], Logger: WEBrick::Log.new($stderr, WEBrick::Log::ERROR)
)
server.mount_proc('/') do |request, response|
  first, key, owner = request.path[1..].split('/')
  response.status, body =
    if request.request_method == 'POST' then [claim(first, key, owner) ? 201 : 409, {}]
    elsif first == 'health' then [200, {}]
    else [200, { count: count('count', first) }]
    end
  response.body = JSON.generate(body)
end
%w[INT TERM].each { |signal| trap(signal) { server.shutdown } }
server.start
