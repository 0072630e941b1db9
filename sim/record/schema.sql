-- The tables of a results file. Column names and their units are the API: `_s` is simulated seconds
-- since the start of the run, `_ns` nanoseconds, `_bytes` bytes; counts, fractions and tokens are
-- bare numbers. Per-run tables are WITHOUT ROWID with a primary key that starts with run_id: one run
-- is one contiguous range, and no index is kept beside it. Foreign keys guard the tables of few
-- rows; on `request` and `iteration` they would cost a look-up per row.

-- One row per distinct resolved scenario, and one per base of a sweep. The scenarios of a sweep have
-- no text: theirs is the base, changed by the `param` rows of a run in the order of their keys, and
-- by its seed.
CREATE TABLE scenario (
  scenario_id INTEGER PRIMARY KEY, -- 63-bit content hash
  text TEXT,                       -- resolved, with the origin of each value; a base: as written
  base_scenario_id INTEGER REFERENCES scenario,
  CHECK (text IS NOT NULL OR base_scenario_id IS NOT NULL)
);

CREATE TABLE run (
  run_id INTEGER PRIMARY KEY,      -- 63-bit hash of (scenario_id, seed, code_version, repeat)
  name TEXT NOT NULL,
  scenario_id INTEGER NOT NULL REFERENCES scenario,
  seed INTEGER NOT NULL,
  code_version TEXT NOT NULL,
  repeat INTEGER NOT NULL,         -- 0 for the first run of the same scenario, seed and code
  status TEXT NOT NULL CHECK (status IN ('finished', 'failed')),
  reason TEXT NOT NULL             -- why it failed; '' when it did not
);

CREATE TABLE sweep (
  sweep_id INTEGER PRIMARY KEY,    -- 63-bit hash of base and text
  name TEXT NOT NULL,
  text TEXT NOT NULL,              -- the sweep file without comments
  base_scenario_id INTEGER NOT NULL REFERENCES scenario,
  points INTEGER NOT NULL          -- of the whole sweep, recorded or not
);

CREATE TABLE axis_value (          -- the values of the axes of a sweep
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  axis INTEGER NOT NULL,           -- from 0, in the order of the file
  value INTEGER NOT NULL,          -- from 0
  name TEXT NOT NULL,              -- of the axis: a key, or the name of a zip or of variants
  label TEXT NOT NULL,             -- of the value
  PRIMARY KEY (sweep_id, axis, value)
) WITHOUT ROWID;

CREATE TABLE sweep_run (           -- the points of sweeps that are recorded; a run may be of several
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  position INTEGER NOT NULL,       -- from 0: last axis fastest, then the seed
  run_id INTEGER NOT NULL REFERENCES run,
  coordinates TEXT NOT NULL,       -- JSON: axis_value.value of each axis, [2,0,1]
  PRIMARY KEY (sweep_id, position)
) WITHOUT ROWID;

CREATE TABLE run_host (            -- the only place for facts of the machine that simulated
  run_id INTEGER PRIMARY KEY REFERENCES run,
  wall_s REAL NOT NULL,
  cpu_s REAL NOT NULL,
  peak_rss_bytes INTEGER NOT NULL,
  started_at TEXT NOT NULL,        -- ISO 8601, UTC
  host TEXT NOT NULL
);

CREATE TABLE param (               -- keys that the axes of a sweep have set
  run_id INTEGER NOT NULL REFERENCES run,
  key TEXT NOT NULL,               -- dotted
  value TEXT NOT NULL,             -- as written, with its unit
  number REAL,                     -- in base units; NULL when the value is no number
  unit TEXT NOT NULL,              -- of `number`: s, B, B/s, FLOP/s, /s, USD/h; '' for a bare one
  source TEXT NOT NULL,            -- axis
  PRIMARY KEY (run_id, key)
) WITHOUT ROWID;

CREATE TABLE slo (                 -- the thresholds that were judged; NULL: always met
  run_id INTEGER NOT NULL REFERENCES run,
  request_class TEXT NOT NULL,     -- a class without a row has no SLO and is not counted
  ttft_s REAL, tpot_s REAL, e2e_s REAL,
  PRIMARY KEY (run_id, request_class)
) WITHOUT ROWID;

CREATE TABLE warning (             -- what a reader of the metrics must know
  run_id INTEGER NOT NULL REFERENCES run,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
) WITHOUT ROWID;

-- Every metric of a run. Computed at write by the simulator; the view `run_metric_definition` says
-- what each means, and a test holds both equal. NULL: there was nothing to measure. Percentiles
-- interpolate linearly (numpy's default).
CREATE TABLE run_metric (
  run_id INTEGER PRIMARY KEY REFERENCES run,
  makespan_s REAL NOT NULL,
  requests INTEGER NOT NULL, completed INTEGER NOT NULL,
  rejected INTEGER NOT NULL, cancelled INTEGER NOT NULL,
  preemptions INTEGER NOT NULL,
  -- Of completed requests.
  prompt_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
  iterations INTEGER NOT NULL,
  measure_after_s REAL NOT NULL, measure_until_s REAL NOT NULL, -- the window, both ends included
  measured_requests INTEGER NOT NULL, -- completed requests that arrived in the window
  requests_per_s REAL NOT NULL, output_tokens_per_s REAL NOT NULL, total_tokens_per_s REAL NOT NULL,
  ttft_mean_s REAL, ttft_p50_s REAL, ttft_p90_s REAL, ttft_p95_s REAL, ttft_p99_s REAL,
  ttft_queued_mean_s REAL, ttft_queued_p50_s REAL, ttft_queued_p90_s REAL,
  ttft_queued_p95_s REAL, ttft_queued_p99_s REAL,
  tpot_mean_s REAL, tpot_p50_s REAL, tpot_p90_s REAL, tpot_p95_s REAL, tpot_p99_s REAL,
  itl_mean_s REAL, itl_p50_s REAL, itl_p90_s REAL, itl_p95_s REAL, itl_p99_s REAL,
  e2e_mean_s REAL, e2e_p50_s REAL, e2e_p90_s REAL, e2e_p95_s REAL, e2e_p99_s REAL,
  queueing_mean_s REAL, queueing_p50_s REAL, queueing_p90_s REAL, queueing_p95_s REAL, queueing_p99_s REAL,
  slo_attainment REAL, goodput_requests_per_s REAL,
  kv_blocks INTEGER NOT NULL, kv_peak_blocks INTEGER NOT NULL, -- per replica; the peak is over replicas
  prefix_hit_rate REAL,
  binding_resource TEXT NOT NULL,
  attained_fraction REAL NOT NULL,
  price_per_hour REAL,              -- USD/h of all replicas; NULL: nobody gave a price
  cost_usd_per_million_output_tokens REAL -- that price / output_tokens_per_s
);

CREATE TABLE request (
  run_id INTEGER NOT NULL,
  request_id INTEGER NOT NULL,     -- position in the workload, from 0
  request_class TEXT NOT NULL,
  arrival_s REAL NOT NULL,
  queued_s REAL,                   -- the engine saw it
  scheduled_s REAL,                -- the first iteration that computed any of it started
  first_token_s REAL,              -- the iteration that sampled its first token ended
  finish_s REAL,
  prompt_tokens INTEGER NOT NULL,
  output_tokens INTEGER NOT NULL,  -- emitted
  cached_tokens INTEGER NOT NULL,  -- of the prompt, found in the prefix cache at first admission
  preemptions INTEGER NOT NULL,
  replica INTEGER,
  status TEXT NOT NULL,            -- finished, rejected, cancelled
  reason TEXT NOT NULL,
  parent_id INTEGER,               -- the sequence it was forked from
  PRIMARY KEY (run_id, request_id)
) WITHOUT ROWID;

CREATE TABLE iteration (
  run_id INTEGER NOT NULL,
  iteration_id INTEGER NOT NULL,   -- in the order they were recorded, from 0
  replica INTEGER NOT NULL,
  start_s REAL NOT NULL,
  duration_s REAL NOT NULL,
  prefill_tokens INTEGER NOT NULL,
  decode_tokens INTEGER NOT NULL,
  kv_blocks_used INTEGER NOT NULL,
  PRIMARY KEY (run_id, iteration_id)
) WITHOUT ROWID;

-- The distribution of a latency, in one row; `latency_histogram` shows its bins. Bins are
-- log-linear with 2^bits per power of two: those below 2^(bits + 1) ns are 1 ns wide, bin i above is
-- [l << o, (l + 1) << o) ns with o = i / 2^bits - 1 and l = i - o * 2^bits.
CREATE TABLE histogram (
  run_id INTEGER NOT NULL REFERENCES run,
  metric TEXT NOT NULL,            -- 'itl'
  bits INTEGER NOT NULL,           -- 7: bins at most 0.78 % of their start wide; fewer in summary mode
  first_bin INTEGER NOT NULL,
  bins TEXT NOT NULL,              -- JSON, from first_bin on: [count, exact sum in ns], or count alone
  PRIMARY KEY (run_id, metric)
) WITHOUT ROWID;

CREATE TABLE resource_use (
  run_id INTEGER NOT NULL REFERENCES run,
  resource TEXT NOT NULL,
  replica INTEGER NOT NULL,
  bin_start_s REAL NOT NULL,
  bin_width_s REAL NOT NULL,
  busy_s REAL NOT NULL,            -- time in the bin in which it was the resource in use
  amount REAL NOT NULL,            -- work done on it in the bin
  capacity REAL NOT NULL,          -- the most that fits in the bin
  PRIMARY KEY (run_id, resource, replica, bin_start_s)
) WITHOUT ROWID;

CREATE TABLE resource_total (      -- the same over the whole run, of all devices of the resource
  run_id INTEGER NOT NULL REFERENCES run,
  resource TEXT NOT NULL,          -- compute (FLOP), hbm (bytes), links of nodes (bytes)
  amount REAL NOT NULL,            -- work done on it, however often
  capacity REAL NOT NULL,          -- the most that fits in the makespan: idle time counts
  PRIMARY KEY (run_id, resource)
) WITHOUT ROWID;

CREATE TABLE cache_stat (
  run_id INTEGER NOT NULL REFERENCES run,
  cache TEXT NOT NULL,
  tier TEXT NOT NULL,
  accesses INTEGER NOT NULL,
  hits INTEGER NOT NULL,
  evictions INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  offline_optimal_hits INTEGER,
  PRIMARY KEY (run_id, cache, tier)
) WITHOUT ROWID;

-- What limits and categories are called, once for all runs. Ids are 47-bit content hashes, so that
-- neither the order of runs nor merging shows. The views `limit` and `ledger` join them.
CREATE TABLE limit_kind (
  limit_kind_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,              -- ideal, capacity, offered, ...
  metric TEXT NOT NULL,            -- what the value bounds
  unit TEXT NOT NULL,
  binding_resource TEXT NOT NULL,
  source TEXT NOT NULL             -- formula and where it comes from
);

CREATE TABLE limit_value (
  run_id INTEGER NOT NULL REFERENCES run,
  position INTEGER NOT NULL,       -- order of presentation
  limit_kind_id INTEGER NOT NULL REFERENCES limit_kind,
  value REAL NOT NULL,
  PRIMARY KEY (run_id, position)
) WITHOUT ROWID;

CREATE TABLE ledger_kind (
  ledger_kind_id INTEGER PRIMARY KEY,
  category TEXT NOT NULL,
  resource TEXT NOT NULL           -- the resource class whose devices these nanoseconds account for
);

CREATE TABLE ledger_entry (        -- sums to devices x makespan, exactly
  run_id INTEGER NOT NULL REFERENCES run,
  position INTEGER NOT NULL,       -- order of presentation
  ledger_kind_id INTEGER NOT NULL REFERENCES ledger_kind,
  duration_ns INTEGER NOT NULL,    -- summed over devices
  devices INTEGER NOT NULL,
  PRIMARY KEY (run_id, position)
) WITHOUT ROWID;
