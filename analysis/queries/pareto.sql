-- Runs that no other run beats: none is at least as good in both metrics and better in one. Of equal runs one is shown.
-- {x} (output_tokens_per_s) a metric
-- {y} (ttft_p99_s) another metric
-- :sweep (every run) only runs of this sweep: its name or id
WITH front AS (
  SELECT value AS run_id, key AS position
  FROM json_each((
    SELECT pareto_front(run_id, {x.sign} * {x}, {y.sign} * {y})
    FROM run_metric
    WHERE :sweep IS NULL OR run_id IN (
      SELECT p.run_id FROM sweep_run p JOIN sweep s USING (sweep_id) WHERE s.sweep_id = :sweep OR s.name = :sweep))))
SELECT f.run_id, r.name, r.seed, m.{x}, m.{y},
  (SELECT group_concat(p.key || '=' || p.value, ', ') FROM param p WHERE p.run_id = f.run_id) AS params
FROM front f JOIN run r USING (run_id) JOIN run_metric m USING (run_id)
ORDER BY f.position;
