-- SLO attainment by request class, of the requests that arrived in the measure window, and which threshold was missed. Of a run without request rows only the attainment of all classes together is known.
-- :run (the run started last) run id
WITH chosen AS (SELECT coalesce(:run, (SELECT run_id FROM latest_run)) AS run_id)
SELECT l.run_id, l.request_class, s.ttft_s AS ttft_slo_s, s.tpot_s AS tpot_slo_s, s.e2e_s AS e2e_slo_s,
  count(*) AS judged, sum(l.met_slo) AS met, avg(l.met_slo) AS attainment,
  sum(l.status <> 'finished') AS not_served,
  sum(l.status = 'finished' AND coalesce(l.ttft_s > s.ttft_s, 0)) AS missed_ttft,
  sum(l.status = 'finished' AND coalesce(l.tpot_s > s.tpot_s, 0)) AS missed_tpot,
  sum(l.status = 'finished' AND coalesce(l.e2e_s > s.e2e_s, 0)) AS missed_e2e
FROM request_latency l JOIN slo s USING (run_id, request_class)
WHERE l.run_id = (SELECT run_id FROM chosen) AND l.measured AND l.met_slo IS NOT NULL
GROUP BY l.request_class
UNION ALL
SELECT run_id, '(all)', iif(count(*) = 1, s.ttft_s, NULL), iif(count(*) = 1, s.tpot_s, NULL), iif(count(*) = 1, s.e2e_s, NULL), NULL, NULL, m.slo_attainment, NULL, NULL, NULL, NULL
FROM run_metric m JOIN slo s USING (run_id)
WHERE run_id = (SELECT run_id FROM chosen) AND NOT EXISTS (SELECT 1 FROM request WHERE run_id = m.run_id)
GROUP BY run_id
ORDER BY 2;
