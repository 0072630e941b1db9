-- One line per run: what was served, how fast, and how much of the hardware limit that is.
-- :run (every run) only this run id
SELECT r.run_id, r.name, r.seed, r.repeat, r.status, m.completed, m.rejected, m.preemptions,
  m.makespan_s, m.requests_per_s, m.output_tokens_per_s, m.ttft_p50_s, m.ttft_p99_s, m.tpot_p50_s,
  m.tpot_p99_s, m.slo_attainment, m.binding_resource, m.attained_fraction,
  coalesce(nullif(r.reason, ''),
    (SELECT group_concat(text, '; ') FROM warning w WHERE w.run_id = r.run_id)) AS remarks
FROM run r LEFT JOIN run_metric m USING (run_id) LEFT JOIN run_host h USING (run_id)
WHERE :run IS NULL OR r.run_id = :run
ORDER BY h.started_at, r.name, r.seed, r.repeat, r.run_id;
