"""Results files for the tests of the report: real runs, and copies of them with values that runs seldom have."""
import pathlib
import sqlite3
import subprocess

SCENARIO = """
name: small chat
model: llama-3.1-8b
hardware: {gpu: h100-sxm, replicas: 1}
dtype: {weights: bf16, kv_cache: bf16}
serving: {engine: vllm-0.19, max_num_seqs: 32}
workload:
  arrivals: {process: poisson, rate: 12 /s}
  prompt_tokens: {distribution: uniform, min: 100, max: 900}
  output_tokens: {distribution: uniform, min: 20, max: 200}
  requests: 120
slo: {ttft: 300 ms, tpot: 20 ms}
record: {resource_bin: 100 ms}
"""


class Databases:
    def __init__(self, headroom, folder):
        self.headroom = headroom
        self.folder = pathlib.Path(folder)
        (self.folder / "small.yaml").write_text(SCENARIO)

    def run(self, name, *overrides, record="requests"):
        path = self.folder / f"{name}.sqlite"
        command = [self.headroom, "run", "small.yaml", "--db", path.name, "--record", record]
        for override in overrides:
            command += ["--set", override]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        return path

    def grid(self, name, record="requests"):
        """Two GPUs by three batch sizes by two rates."""
        for gpu in ("h100-sxm", "l40s"):
            for seqs in (8, 16, 64):
                for rate in (6, 20):
                    path = self.run(name, f"hardware.gpu={gpu}", f"serving.max_num_seqs={seqs}", f"workload.arrivals.rate={rate} /s",
                                    record=record)
        return path

    def models(self):
        for model in ("llama-3.1-8b", "mixtral-8x7b", "qwen3-32b"):
            path = self.run("models", f"model={model}", "hardware.gpu=b200-sxm")
        return path

    def none_completed(self):
        """Every request asks for more than the model's context, so all are rejected."""
        return self.run("none", "workload.prompt_tokens={distribution: fixed, value: 900}", "serving.max_model_len=64")

    def failed(self):
        """A run that has no results at all."""
        path = self.run("failed")
        with sqlite3.connect(path) as database:
            run_id = database.execute("SELECT run_id FROM run").fetchone()[0]
            database.execute("UPDATE run SET status = 'failed', reason = 'killed by signal 9 (out of memory?)'")
            for table in per_run_tables(database) - {"run"}:
                database.execute(f'DELETE FROM "{table}" WHERE run_id = ?', (run_id,))
        return path

    def infinities(self):
        path = self.grid("infinite")
        with sqlite3.connect(path) as database:
            ids = [row[0] for row in database.execute("SELECT run_id FROM run ORDER BY run_id")]
            for run_id, changes in zip(ids, ["ttft_p99_s = 9e999", "slo_attainment = NULL, ttft_p99_s = NULL", "output_tokens_per_s = 9e999",
                                             "tpot_p99_s = -9e999", "goodput_requests_per_s = 9e999, attained_fraction = 9e999"]):
                database.execute(f"UPDATE run_metric SET {changes} WHERE run_id = ?", (run_id,))
            table = "limit_value" if has_table(database, "limit_value") else '"limit"'
            database.execute(f"UPDATE {table} SET value = 9e999 WHERE run_id = ?", (ids[0],))
        return path

    def hostile(self):
        """Names that try to be HTML, JavaScript or JSON."""
        path = self.grid("hostile")
        names = ["</script><script>window.broken = 1</script>", "<!--<script>", "\"'\\ `${1}` \u2028 \u2029 \U0001f680 \u00e9\u4e2d", "<img src=x onerror=window.broken=1>",
                 "&lt;b&gt; & co", "a" * 300]
        with sqlite3.connect(path) as database:
            ids = [row[0] for row in database.execute("SELECT run_id FROM run ORDER BY run_id")]
            for run_id, name in zip(ids, names):
                database.execute("UPDATE run SET name = ? WHERE run_id = ?", (name, run_id))
        return path

    def many(self, count):
        """A thousand runs by copying and scaling the runs of the grid, each with a scenario text of its own."""
        path = self.grid("many")
        with sqlite3.connect(path) as database:
            templates = [row[0] for row in database.execute("SELECT run_id FROM run ORDER BY run_id")]
            tables = {table: columns_of(database, table) for table in per_run_tables(database)}
            for copy in range(count - len(templates)):
                copy_run(database, tables, templates[copy % len(templates)], copy)
        with sqlite3.connect(path) as database:
            database.execute("VACUUM")
        return path


def has_table(database, name):
    return database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def columns_of(database, table):
    return [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]


def per_run_tables(database):
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name for name in names if "run_id" in columns_of(database, name)}


def copy_run(database, tables, template, copy):
    run_id = 10_000_000_000_000 + copy
    scale = 1 + 0.001 * (copy % 500)
    for table, columns in sorted(tables.items()):
        # Requests and iterations are what a summary does not have, and resource series what most runs of a sweep do not.
        if table in ("request", "iteration", "resource_use", "sweep_run"):
            continue
        chosen = ", ".join("?1" if column == "run_id" else f"{column} * ?3" if table == "run_metric" and column.endswith("_s") else
                           "-?1" if column == "scenario_id" else column for column in columns)
        database.execute(f'INSERT INTO "{table}" SELECT {chosen} FROM "{table}" WHERE run_id = ?2 AND ?3 > 0', (run_id, template, scale))
    database.execute("""INSERT INTO scenario (scenario_id, text) SELECT -?1, replace(text, 'requests: 120 ', 'requests: ' || ?3)
                        FROM scenario JOIN run USING (scenario_id) WHERE run_id = ?2""", (run_id, template, 121 + copy // 12))
