-- mock.lua - distinct chat requests for wrk, with a prompt of about 1 KB:
--
--     wrk -t1 -c64 -d10s -s bench/mock.lua http://127.0.0.1:8080/v1/chat/completions
--
-- Every request has another body, also between threads.
local threads = 0
function setup(thread)
	threads = threads + 1
	thread:set("id", threads)
end

local head = '{"model":"mock","messages":[' ..
	'{"role":"system","content":"You write training examples."},' ..
	'{"role":"user","content":"' .. string.rep("Say what the sentence means. ", 32) .. 'Number '
local tail = '?"}],"temperature":0.7,"max_tokens":40}'
local fields = { ["Content-Type"] = "application/json" }
local n = 0

function request()
	n = n + 1
	return wrk.format("POST", nil, fields, head .. id .. "-" .. n .. tail)
end
