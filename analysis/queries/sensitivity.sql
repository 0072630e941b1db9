-- Which axis of a sweep matters to a metric: its mean over the runs that share a value of the axis, lowest and highest, and the fraction of the variance among runs that the axis alone explains.
-- {metric} (output_tokens_per_s) a metric
-- :sweep (that of the run started last) name or id
WITH chosen AS (
  SELECT sweep_id FROM sweep
  WHERE sweep_id = coalesce(:sweep, (SELECT sweep_id FROM sweep_run WHERE run_id = (SELECT run_id FROM latest_run)),
      (SELECT sweep_id FROM sweep LIMIT 1))
    OR name = :sweep
  ORDER BY sweep_id LIMIT 1),
mean AS MATERIALIZED (
  SELECT json_extract(value, '$[0]') AS axis, json_extract(value, '$[1]') AS value, json_extract(value, '$[2]') AS runs,
    CAST(json_extract(value, '$[3]') AS REAL) AS mean,
    CAST(json_extract(value, '$[4]') AS REAL) AS mean_of_squares
  FROM json_each((
    SELECT axis_means(p.coordinates, m.{metric})
    -- In the order of the table they are looked up in.
    FROM (SELECT run_id, coordinates FROM sweep_run WHERE sweep_id = (SELECT sweep_id FROM chosen) ORDER BY run_id) p
    CROSS JOIN run_metric m ON m.run_id = p.run_id))),
named AS (
  SELECT m.*, v.name, v.label FROM mean m JOIN axis_value v USING (axis, value)
  WHERE v.sweep_id = (SELECT sweep_id FROM chosen)),
of_axis AS (
  SELECT axis, name, count(*) AS values_seen, sum(runs) AS runs, min(mean) AS lowest, max(mean) AS highest,
    sum(runs * mean) / sum(runs) AS mean,
    sum(runs * mean * mean) / sum(runs) AS square_of_means, sum(runs * mean_of_squares) / sum(runs) AS mean_of_squares
  FROM named GROUP BY axis, name)
SELECT a.name AS axis, a.values_seen AS "values", a.runs,
  a.lowest AS lowest_mean, (SELECT label FROM named n WHERE n.axis = a.axis AND n.mean = a.lowest ORDER BY value LIMIT 1) AS lowest_at,
  a.highest AS highest_mean, (SELECT label FROM named n WHERE n.axis = a.axis AND n.mean = a.highest ORDER BY value LIMIT 1) AS highest_at,
  a.highest / nullif(a.lowest, 0) AS ratio,
  max(0.0, min(1.0, (a.square_of_means - a.mean * a.mean) / nullif(a.mean_of_squares - a.mean * a.mean, 0))) AS explained_fraction
FROM of_axis a
ORDER BY explained_fraction DESC, ratio DESC, a.axis;
