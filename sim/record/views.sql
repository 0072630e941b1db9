-- Rows as they are asked for, where the tables keep repeated texts once.

-- LIMIT is an SQL keyword: write this view's name in double quotes.
CREATE VIEW "limit" AS
SELECT v.run_id, v.position, k.name, k.metric, v.value, k.unit, k.binding_resource, k.source
FROM limit_value v JOIN limit_kind k USING (limit_kind_id);

CREATE VIEW ledger AS
SELECT e.run_id, e.position, k.category, k.resource, e.duration_ns, e.devices
FROM ledger_entry e JOIN ledger_kind k USING (ledger_kind_id);

-- One row per bin that holds anything. total_ns is the exact sum of the values in the bin; in
-- summary mode, where bins are wide, it counts every value as the middle of its bin.
CREATE VIEW latency_histogram AS
SELECT run_id, metric, (low << octave) / 1e9 AS bin_start_s, (1 << octave) / 1e9 AS bin_width_s,
  count, coalesce(total_ns, count * (low << octave) + (count << octave) / 2) AS total_ns
FROM (
  SELECT run_id, metric, count, total_ns, octave, bin - (octave << bits) AS low
  FROM (
    SELECT h.run_id, h.metric, h.bits, h.first_bin + b.key AS bin,
      max((h.first_bin + b.key >> h.bits) - 1, 0) AS octave,
      iif(b.type = 'array', json_extract(b.value, '$[0]'), b.value) AS count,
      iif(b.type = 'array', json_extract(b.value, '$[1]'), NULL) AS total_ns
    FROM histogram h JOIN json_each(h.bins) b)
  WHERE count > 0);

-- Where the points of a sweep lie: one row per axis.
CREATE VIEW sweep_coordinate AS
SELECT s.sweep_id, s.position, s.run_id, v.axis, v.value, v.name, v.label
FROM sweep_run s JOIN json_each(s.coordinates) c
JOIN axis_value v ON v.sweep_id = s.sweep_id AND v.axis = c.key AND v.value = c.value;

-- What every request-level metric means. Simulated dates are whole nanoseconds, and are stored as
-- seconds: a difference is rounded back to the nanosecond, so that 0.3 s is not 0.30000000000000004.

-- One row per request: its latencies, and whether it met the SLO of its class.
-- measured: it arrived in the window of the run, so it counts in distributions and in SLO attainment.
-- A window that ends with the run, at its last token, has no upper bound on arrivals: only refused
-- requests arrive later, and they miss their SLO.
-- counted: it finished in the window, so it counts in rates.
CREATE VIEW request_latency AS
WITH timed AS (
  SELECT r.run_id, r.request_id, r.request_class, r.arrival_s, r.status, r.prompt_tokens, r.output_tokens,
    r.arrival_s >= m.measure_after_s
      AND (r.arrival_s <= m.measure_until_s OR m.measure_until_s = m.makespan_s) AS measured,
    r.status = 'finished' AND r.finish_s BETWEEN m.measure_after_s AND m.measure_until_s AS counted,
    round((r.first_token_s - r.arrival_s) * 1e9) / 1e9 AS ttft_s,
    round((r.first_token_s - r.queued_s) * 1e9) / 1e9 AS ttft_queued_s,
    -- The pace after the first token: a request of one output token has none.
    CASE WHEN r.output_tokens > 1
      THEN round((r.finish_s - r.first_token_s) * 1e9) / 1e9 / (r.output_tokens - 1) END AS tpot_s,
    round((r.finish_s - r.arrival_s) * 1e9) / 1e9 AS e2e_s,
    round((r.scheduled_s - r.arrival_s) * 1e9) / 1e9 AS queueing_s
  FROM request r JOIN run_metric m USING (run_id))
SELECT t.*,
  -- NULL without an SLO. A rejected request misses it; one that the client cancelled is not judged.
  CASE WHEN s.run_id IS NULL OR t.status = 'cancelled' THEN NULL
    ELSE t.status = 'finished'
      AND (s.ttft_s IS NULL OR t.ttft_s <= s.ttft_s)
      AND (s.tpot_s IS NULL OR t.tpot_s IS NULL OR t.tpot_s <= s.tpot_s)
      AND (s.e2e_s IS NULL OR t.e2e_s <= s.e2e_s) END AS met_slo
FROM timed t LEFT JOIN slo s USING (run_id, request_class);

-- The samples behind each distribution: completed requests that arrived in the window.
CREATE VIEW latency_sample AS
WITH done AS (SELECT * FROM request_latency WHERE measured AND status = 'finished')
SELECT run_id, 'ttft' AS metric, ttft_s AS value_s FROM done WHERE ttft_s IS NOT NULL
UNION ALL SELECT run_id, 'ttft_queued', ttft_queued_s FROM done WHERE ttft_queued_s IS NOT NULL
UNION ALL SELECT run_id, 'tpot', tpot_s FROM done WHERE tpot_s IS NOT NULL
UNION ALL SELECT run_id, 'e2e', e2e_s FROM done WHERE e2e_s IS NOT NULL
UNION ALL SELECT run_id, 'queueing', queueing_s FROM done WHERE queueing_s IS NOT NULL;

-- Mean and percentiles of the samples. Percentile q of n sorted values is the value at (n - 1) q,
-- interpolated linearly.
CREATE VIEW sample_summary AS
WITH ranked AS (
  SELECT run_id, metric, value_s,
    row_number() OVER (PARTITION BY run_id, metric ORDER BY value_s) - 1 AS k,
    count(*) OVER (PARTITION BY run_id, metric) AS n
  FROM latency_sample),
quantile (q) AS (VALUES (0.5), (0.9), (0.95), (0.99)),
bracketed AS (
  SELECT run_id, metric, q, n, (n - 1) * q - CAST((n - 1) * q AS INTEGER) AS fraction,
    max(CASE WHEN k = CAST((n - 1) * q AS INTEGER) THEN value_s END) AS low,
    max(CASE WHEN k = min(CAST((n - 1) * q AS INTEGER) + 1, n - 1) THEN value_s END) AS high
  FROM ranked CROSS JOIN quantile
  WHERE k BETWEEN CAST((n - 1) * q AS INTEGER) AND CAST((n - 1) * q AS INTEGER) + 1
  GROUP BY run_id, metric, q)
SELECT s.run_id, s.metric, s.mean_s,
  max(CASE WHEN q = 0.5 THEN low + (high - low) * fraction END) AS p50_s,
  max(CASE WHEN q = 0.9 THEN low + (high - low) * fraction END) AS p90_s,
  max(CASE WHEN q = 0.95 THEN low + (high - low) * fraction END) AS p95_s,
  max(CASE WHEN q = 0.99 THEN low + (high - low) * fraction END) AS p99_s
FROM (SELECT run_id, metric, avg(value_s) AS mean_s FROM latency_sample GROUP BY run_id, metric) s
JOIN bracketed b ON b.run_id = s.run_id AND b.metric = s.metric
GROUP BY s.run_id, s.metric;

-- The same for a histogram: every value of a bin counts as the mean of the bin, which is off by less
-- than the bin is wide.
CREATE VIEW histogram_summary AS
WITH ranked AS (
  SELECT run_id, metric, total_ns / 1e9 / count AS value_s,
    sum(count) OVER (PARTITION BY run_id, metric ORDER BY bin_start_s) AS upto, count,
    sum(count) OVER (PARTITION BY run_id, metric) AS n,
    sum(total_ns) OVER (PARTITION BY run_id, metric) AS total_ns
  FROM latency_histogram),
quantile (q) AS (VALUES (0.5), (0.9), (0.95), (0.99)),
bracketed AS (
  SELECT run_id, metric, q, n, total_ns, (n - 1) * q - CAST((n - 1) * q AS INTEGER) AS fraction,
    max(CASE WHEN upto - count <= CAST((n - 1) * q AS INTEGER) AND CAST((n - 1) * q AS INTEGER) < upto
      THEN value_s END) AS low,
    max(CASE WHEN upto - count <= min(CAST((n - 1) * q AS INTEGER) + 1, n - 1)
      AND min(CAST((n - 1) * q AS INTEGER) + 1, n - 1) < upto THEN value_s END) AS high
  FROM ranked CROSS JOIN quantile
  GROUP BY run_id, metric, q)
SELECT run_id, metric, total_ns / 1e9 / n AS mean_s,
  max(CASE WHEN q = 0.5 THEN low + (high - low) * fraction END) AS p50_s,
  max(CASE WHEN q = 0.9 THEN low + (high - low) * fraction END) AS p90_s,
  max(CASE WHEN q = 0.95 THEN low + (high - low) * fraction END) AS p95_s,
  max(CASE WHEN q = 0.99 THEN low + (high - low) * fraction END) AS p99_s
FROM bracketed GROUP BY run_id, metric;

-- The columns of run_metric that request rows and histograms determine, for runs that recorded them.
CREATE VIEW run_metric_definition AS
WITH summary AS (SELECT * FROM sample_summary UNION ALL SELECT * FROM histogram_summary),
totals AS (
  SELECT run_id, count(*) AS requests,
    sum(status = 'finished') AS completed, sum(status = 'rejected') AS rejected,
    sum(status = 'cancelled') AS cancelled,
    sum(preemptions) AS preemptions,
    sum(iif(status = 'finished', prompt_tokens, 0)) AS prompt_tokens,
    sum(iif(status = 'finished', output_tokens, 0)) AS output_tokens,
    sum(iif(status = 'finished', cached_tokens, 0)) AS cached_tokens
  FROM request GROUP BY run_id),
windowed AS (
  SELECT run_id, sum(measured AND status = 'finished') AS measured_requests, sum(counted) AS finished,
    sum(iif(counted, output_tokens, 0)) AS output_tokens,
    sum(iif(counted, prompt_tokens + output_tokens, 0)) AS total_tokens,
    avg(iif(measured, met_slo, NULL)) AS slo_attainment,
    sum(iif(counted, met_slo, NULL)) AS good,
    count(met_slo) AS judged
  FROM request_latency GROUP BY run_id),
span AS (SELECT run_id, measure_until_s - measure_after_s AS length_s, price_per_hour FROM run_metric)
SELECT t.*, measured_requests,
  iif(length_s > 0, finished / length_s, 0.0) AS requests_per_s,
  iif(length_s > 0, w.output_tokens / length_s, 0.0) AS output_tokens_per_s,
  iif(length_s > 0, total_tokens / length_s, 0.0) AS total_tokens_per_s,
  ttft.mean_s AS ttft_mean_s, ttft.p50_s AS ttft_p50_s, ttft.p90_s AS ttft_p90_s, ttft.p95_s AS ttft_p95_s,
  ttft.p99_s AS ttft_p99_s,
  seen.mean_s AS ttft_queued_mean_s, seen.p50_s AS ttft_queued_p50_s, seen.p90_s AS ttft_queued_p90_s,
  seen.p95_s AS ttft_queued_p95_s, seen.p99_s AS ttft_queued_p99_s,
  tpot.mean_s AS tpot_mean_s, tpot.p50_s AS tpot_p50_s, tpot.p90_s AS tpot_p90_s, tpot.p95_s AS tpot_p95_s,
  tpot.p99_s AS tpot_p99_s,
  itl.mean_s AS itl_mean_s, itl.p50_s AS itl_p50_s, itl.p90_s AS itl_p90_s, itl.p95_s AS itl_p95_s,
  itl.p99_s AS itl_p99_s,
  e2e.mean_s AS e2e_mean_s, e2e.p50_s AS e2e_p50_s, e2e.p90_s AS e2e_p90_s, e2e.p95_s AS e2e_p95_s,
  e2e.p99_s AS e2e_p99_s,
  wait.mean_s AS queueing_mean_s, wait.p50_s AS queueing_p50_s, wait.p90_s AS queueing_p90_s,
  wait.p95_s AS queueing_p95_s, wait.p99_s AS queueing_p99_s,
  slo_attainment,
  -- Requests that met their SLO and finished in the window, per second of it.
  iif(judged > 0, iif(length_s > 0, coalesce(good, 0) / length_s, 0.0), NULL) AS goodput_requests_per_s,
  price_per_hour / 3600 / nullif(w.output_tokens / length_s, 0) * 1e6 AS cost_usd_per_million_output_tokens
FROM totals t JOIN windowed w USING (run_id) JOIN span USING (run_id)
LEFT JOIN summary ttft ON ttft.run_id = t.run_id AND ttft.metric = 'ttft'
LEFT JOIN summary seen ON seen.run_id = t.run_id AND seen.metric = 'ttft_queued'
LEFT JOIN summary tpot ON tpot.run_id = t.run_id AND tpot.metric = 'tpot'
LEFT JOIN summary itl ON itl.run_id = t.run_id AND itl.metric = 'itl'
LEFT JOIN summary e2e ON e2e.run_id = t.run_id AND e2e.metric = 'e2e'
LEFT JOIN summary wait ON wait.run_id = t.run_id AND wait.metric = 'queueing';

-- The run that was started last: what a query means by `run` when it is given none.
CREATE VIEW latest_run AS
SELECT r.run_id FROM run r LEFT JOIN run_host h USING (run_id)
ORDER BY h.started_at DESC, r.repeat DESC, r.run_id DESC LIMIT 1;
