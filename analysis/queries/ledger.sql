-- Where the time of the binding resource went. The categories sum to devices x makespan, exactly.
-- :run (the run started last) run id
SELECT run_id, category, resource, duration_ns / 1e9 AS duration_s, devices,
  duration_ns * 1.0 / nullif(sum(duration_ns) OVER (PARTITION BY resource), 0) AS fraction
FROM ledger
WHERE run_id = coalesce(:run, (SELECT run_id FROM latest_run))
ORDER BY position;
