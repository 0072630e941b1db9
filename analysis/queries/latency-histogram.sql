-- The distribution of the gaps between output tokens: bins, counts and the share of gaps up to the end of each bin.
-- :run (the run started last) run id
-- :metric (itl) which histogram
SELECT run_id, metric, bin_start_s, bin_width_s, count, total_ns / 1e9 / count AS mean_s,
  sum(count) OVER (ORDER BY bin_start_s) * 1.0 / sum(count) OVER () AS cumulative_fraction
FROM latency_histogram
WHERE run_id = coalesce(:run, (SELECT run_id FROM latest_run)) AND metric = coalesce(:metric, 'itl')
ORDER BY bin_start_s;
