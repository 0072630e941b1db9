-- One line per run: what was served, how fast, and how much of the hardware limit that is.
-- :run (every run) only this run id
-- :sweep (every run) only runs of this sweep: its name or id
-- :rows (1000) how many: those started last
WITH chosen AS (
  SELECT r.run_id, h.started_at
  FROM run r LEFT JOIN run_host h USING (run_id)
  WHERE (:run IS NULL OR r.run_id = :run)
    AND (:sweep IS NULL OR r.run_id IN (
      SELECT p.run_id FROM sweep_run p JOIN sweep s USING (sweep_id) WHERE s.sweep_id = :sweep OR s.name = :sweep))
  ORDER BY h.started_at DESC, r.name DESC, r.seed DESC, r.repeat DESC, r.run_id DESC
  LIMIT coalesce(:rows, 1000))
SELECT r.run_id, r.name, r.seed, r.repeat, r.status, m.completed, m.rejected, m.preemptions,
  m.makespan_s, m.requests_per_s, m.output_tokens_per_s, m.ttft_p50_s, m.ttft_p99_s, m.tpot_p50_s,
  m.tpot_p99_s, m.slo_attainment, m.binding_resource, m.attained_fraction,
  coalesce(nullif(r.reason, ''),
    (SELECT group_concat(text, '; ') FROM warning w WHERE w.run_id = r.run_id)) AS remarks
FROM chosen c JOIN run r USING (run_id) LEFT JOIN run_metric m USING (run_id)
ORDER BY c.started_at, r.name, r.seed, r.repeat, r.run_id;
