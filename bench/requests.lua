-- Sends the requests of a file, one after the other and again from the start; they are whole HTTP
-- requests with a NUL between them. Prints one line of JSON at the end.
local requests, threads = {}, {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for request in file:read("*a"):gmatch("[^%z]+") do
    requests[#requests + 1] = request
  end
  file:close()
  place, sent = tonumber(arguments[2]) or 0, 0 -- global: done() asks the thread for them
end

function request()
  place, sent = place % #requests + 1, sent + 1
  return requests[place]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "sent": %d, "place": %d, "seconds": %.6f, "p50": %.3f, "p95": %.3f, "p99": %.3f, "refused": %d, "failed": %d}\n',
    summary.requests, threads[1]:get("sent"), threads[1]:get("place"), summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
