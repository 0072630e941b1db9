-- The requests that waited longest for their first token; those that never got one come first.
-- :run (the run started last) run id
-- :rows (20) how many
-- needs rows in: request
SELECT l.run_id, l.request_id, l.request_class, l.status, r.reason, l.arrival_s, l.prompt_tokens, l.output_tokens,
  r.cached_tokens, r.preemptions, r.replica, l.queueing_s, l.ttft_s, l.tpot_s, l.e2e_s, l.met_slo
FROM request_latency l JOIN request r USING (run_id, request_id)
WHERE l.run_id = coalesce(:run, (SELECT run_id FROM latest_run))
ORDER BY l.ttft_s IS NOT NULL, l.ttft_s DESC, l.request_id
LIMIT coalesce(:rows, 20);
