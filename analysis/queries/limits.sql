-- What the hardware allows, limit by limit, and the fraction attained of each time limit.
-- :run (the run started last) run id
SELECT l.run_id, l.name, l.metric, l.value, l.unit, l.binding_resource,
  CASE WHEN l.metric = 'makespan_s' AND m.makespan_s > 0 THEN l.value / m.makespan_s END AS attained_fraction, l.source
FROM "limit" l LEFT JOIN run_metric m USING (run_id)
WHERE l.run_id = coalesce(:run, (SELECT run_id FROM latest_run))
ORDER BY l.position;
