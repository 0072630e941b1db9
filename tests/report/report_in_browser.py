#!/usr/bin/env python3
"""Looks at reports in headless Chromium: what is drawn, what is said to the console, what is asked of the network, and whether
tooltips, clicks, sorting and themes work. Skipped, and saying so, where Chromium or Selenium is not installed."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77
HEADROOM = SCREENSHOTS = None
MOST_BYTES = 6_000_000
MOST_SECONDS = 2.0
SCATTERS = ("tradeoff", "cost", "roofline")


def make_report(database, *options):
    out = database.with_suffix(".html")
    subprocess.run([HEADROOM, "report", str(database), "--out", str(out), *options], check=True, stdout=subprocess.DEVNULL)
    return out


class BrowserTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from browser import Browser
        from databases import Databases
        cls.folder = tempfile.TemporaryDirectory(prefix="headroom-report-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.databases = Databases(HEADROOM, cls.folder.name)
        cls.browser = Browser(shutil.which("chromium"), shutil.which("chromedriver"))
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.browser.resize(1400)
        self.browser.prefer("light")

    def open(self, page):
        """Opens a page that must be silent, ask for nothing, and draw no canvas without a name."""
        times = self.browser.open(page)
        self.check_quiet(page)
        return times

    def check_quiet(self, page):
        self.assertEqual(self.browser.console(), [])
        others = [url for url in self.browser.requested() if url != page.resolve().as_uri() and not url.startswith("data:")]
        self.assertEqual(others, [])

    def charts(self):
        """By section: the canvas, for the charts that are shown."""
        shown = {}
        for figure in self.browser.find_all("figure"):
            section = figure.find_element("xpath", "..").get_attribute("id")
            canvas = figure.find_element("css selector", "canvas")
            if canvas.is_displayed():
                shown[section] = canvas
        return shown

    def check_charts(self, expected):
        charts = self.charts()
        self.assertEqual(sorted(charts), sorted(expected))
        for section, canvas in charts.items():
            with self.subTest(section=section):
                self.assertEqual(canvas.get_attribute("role"), "img")
                self.assertGreater(len(canvas.get_attribute("aria-label")), 20)
                self.assertGreater(self.browser.drawn(canvas), 200)
                for title in self.browser.script("return Object.values(Chart.getChart(arguments[0]).scales).filter(({options}) => options.display !== false).map(({options}) => options.title)", canvas):
                    self.assertTrue(title["display"] and title["text"], title)
        for figure in self.browser.find_all("figure"):
            empty = figure.find_element("css selector", ".empty")
            canvas = figure.find_element("css selector", "canvas")
            self.assertNotEqual(empty.is_displayed(), canvas.is_displayed())

    ALL = ["cost", "heatmap", "latency", "ledger", "roofline", "tradeoff", "usage"]

    def press(self, key):
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys
        ActionChains(self.browser.driver, duration=0).send_keys(getattr(Keys, key)).perform()


class LargeReport(BrowserTest):
    """Measured, so it wants the machine for itself."""

    def test_a_thousand_runs(self):
        page = make_report(self.databases.many(1000), "--series", "0")
        self.assertLess(page.stat().st_size, MOST_BYTES)
        seconds, complete = min(self.open(page) for _ in range(3))
        print(f"\n1,000 runs: {page.stat().st_size / 1e6:.2f} MB, interactive after {seconds:.2f} s, all drawn after {complete:.2f} s", file=sys.stderr)
        self.assertLess(seconds, MOST_SECONDS)
        self.check_charts(self.ALL)
        self.browser.find("#run-table button[data-column='ttft_p99_s']").click()
        self.assertEqual(len(self.browser.find_all("#run-table tbody tr")), 100)


class Reports(BrowserTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grid = make_report(cls.databases.grid("grid"))

    def test_charts_are_drawn_with_names_and_units(self):
        self.open(self.grid)
        self.check_charts(self.ALL)
        axes = self.browser.script("""return Object.fromEntries(Object.values(Chart.instances).map((chart) => [chart.canvas.closest("section").id,
            Object.values(chart.scales).map(({options}) => options.title.text).join(" | ")]))""")
        self.assertIn("TTFT p99, less is better [s], log scale", axes["tradeoff"])
        self.assertIn("output throughput, more is better [tokens/s]", axes["tradeoff"])
        self.assertIn("arithmetic intensity [FLOP/B]", axes["roofline"])
        self.assertIn("arithmetic per GPU [TFLOP/s]", axes["roofline"])
        self.assertIn("share of device time [%]", axes["ledger"])
        self.assertIn("simulated time [s]", axes["usage"])
        self.assertEqual(axes["heatmap"], "serving.max_num_seqs | hardware.gpu")

    def test_a_tooltip_says_the_run_and_its_values(self):
        self.open(self.grid)
        for section in ("tradeoff", "cost", "roofline", "ledger", "heatmap"):
            with self.subTest(section=section):
                canvas = self.charts()[section]
                dataset = 1 if section == "roofline" else 0
                self.browser.to_point(canvas, dataset, 0).perform()
                text = " ".join(self.browser.tooltip(canvas))
                self.assertRegex(text, r"h100-sxm|l40s")
                self.assertRegex(text, r"\d")
        self.check_quiet(self.grid)

    def test_a_click_opens_the_scenario_behind_a_point(self):
        self.open(self.grid)
        for section in SCATTERS + ("ledger", "heatmap"):
            with self.subTest(section=section):
                self.browser.to_point(self.charts()[section], 1 if section == "roofline" else 0, 0).click().perform()
                dialog = self.browser.find("dialog")
                self.browser.wait(lambda: dialog.get_property("open"))
                self.assertIn("model: llama-3.1-8b", dialog.find_element("css selector", "pre.scenario").text)
                self.press("ESCAPE")
                self.browser.wait(lambda: not dialog.get_property("open"))
        self.check_quiet(self.grid)

    def column(self, index):
        return self.browser.script("return [...document.querySelectorAll('#run-table tbody tr')].map((row) => row.cells[arguments[0]].textContent)", index)

    def test_the_table_sorts_by_mouse_and_by_keyboard(self):
        self.open(self.grid)
        heads = self.browser.find_all("#run-table thead th")
        titles = [head.text for head in heads]
        index = next(i for i, title in enumerate(titles) if title.startswith("TTFT p99"))
        numbers = lambda: [float(text.replace(",", "")) for text in self.column(index)]
        unsorted = numbers()
        heads[index].find_element("css selector", "button").click()
        self.assertEqual(self.sort_states()[index], "ascending")
        self.assertEqual(numbers(), sorted(unsorted))
        # The button that was clicked has the focus again, so that Enter turns the order round.
        self.press("ENTER")
        self.assertEqual(self.sort_states()[index], "descending")
        self.assertEqual(numbers(), sorted(unsorted, reverse=True))
        # And the next column is one Tab away.
        self.press("TAB")
        self.press("SPACE")
        self.assertIn(self.sort_states()[index + 1], ("ascending", "descending"))
        self.assertEqual(self.sort_states()[index], "none")
        self.check_quiet(self.grid)

    def sort_states(self):
        return [head.get_attribute("aria-sort") for head in self.browser.find_all("#run-table thead th")]

    def test_the_order_of_the_table_is_that_of_the_ledger_bars(self):
        self.open(self.grid)
        self.browser.find("#run-table button[data-column='output_tokens_per_s']").click()
        canvas = self.charts()["ledger"]
        self.browser.to_point(canvas, 0, 0).perform()
        first = self.browser.tooltip(canvas)[0]
        self.assertEqual(self.browser.find("#run-table tbody button").get_attribute("aria-label"), f"Details of {first}")

    def test_words_filter_the_table(self):
        self.open(self.grid)
        self.browser.find("#runs input[type=search]").send_keys("l40s 64")
        self.assertEqual(len(self.browser.find_all("#run-table tbody tr")), 2)

    def test_compared_runs_are_those_that_are_ticked(self):
        self.open(self.grid)
        lines = lambda: self.browser.script("return Chart.getChart(document.querySelector('#latency canvas')).data.datasets.filter(({run}) => run !== undefined).length")
        before = lines()
        box = next(box for box in self.browser.find_all("#run-table tbody input") if not box.is_selected())
        box.click()
        self.assertEqual(lines(), before + 1)
        box.click()
        self.assertEqual(lines(), before)

    def test_every_choice_of_every_control_can_be_drawn(self):
        self.open(self.grid)
        self.browser.script("""for (const select of document.querySelectorAll("figure select"))
            for (const {value} of [...select.options]) {
              select.value = value;
              select.dispatchEvent(new Event("change"));
            }
            for (const details of document.querySelectorAll("details")) details.open = true;""")
        self.check_quiet(self.grid)
        self.assertGreater(len(self.browser.find_all(".numbers td")), 50)

    def test_themes_follow_the_system_and_the_button(self):
        background = lambda: self.browser.script("return getComputedStyle(document.body).backgroundColor")
        self.open(self.grid)
        light = background()
        self.browser.find("#theme-toggle").click()
        dark = background()
        self.assertNotEqual(light, dark)
        self.browser.find("#theme-toggle").click()
        self.assertEqual(background(), light)
        self.browser.prefer("dark")
        self.open(self.grid)
        self.assertEqual(background(), dark)
        self.check_charts(self.ALL)

    def test_a_narrow_screen_does_not_scroll_sideways(self):
        for width in (420, 320):
            self.browser.resize(width)
            self.open(self.grid)
            self.assertLessEqual(self.browser.script("return document.documentElement.scrollWidth"), width)
            self.check_charts(self.ALL)

    def test_one_run(self):
        page = make_report(self.databases.run("one"))
        self.open(page)
        self.check_charts(["cost", "latency", "ledger", "roofline", "tradeoff", "usage"])

    def test_no_completed_request(self):
        page = make_report(self.databases.none_completed())
        self.open(page)
        self.assertNotIn("tradeoff", self.charts())
        self.assertIn("none has completed a request", self.browser.find("#tradeoff .empty").text)

    def test_a_failed_run_and_nothing_else(self):
        page = make_report(self.databases.failed())
        self.open(page)
        self.check_charts([])
        self.browser.find("#run-table tbody button").click()
        self.assertIn("killed by signal 9", self.browser.find("dialog").text)

    def test_no_run_at_all(self):
        database = self.databases.run("nothing")
        page = make_report(database, "--runs", "SELECT run_id FROM run WHERE 0")
        self.open(page)
        self.check_charts([])

    def test_three_models(self):
        page = make_report(self.databases.models())
        self.open(page)
        self.check_charts(self.ALL)
        self.assertIn("3 models", self.browser.find("#subtitle").text)

    def test_infinities_and_absent_values(self):
        page = make_report(self.databases.infinities())
        self.open(page)
        self.check_charts(self.ALL)
        self.assertIn("not shown", self.browser.find("#tradeoff .notes").text)
        self.assertIn("∞", self.browser.find("#run-table").text)

    def test_names_are_text_and_nothing_else(self):
        page = make_report(self.databases.hostile(), "--title", "</title><script>window.broken = 1</script>")
        self.open(page)
        self.assertIsNone(self.browser.script("return window.broken ?? null"))
        self.assertEqual(self.browser.driver.title, "</title><script>window.broken = 1</script>")
        self.assertEqual(self.browser.find("#title").text, "</title><script>window.broken = 1</script>")
        names = " ".join(self.column(1))
        self.assertIn("</script><script>window.broken = 1</script>", names)
        self.assertIn("&lt;b&gt; & co", names)
        self.assertIn("\U0001f680", names)
        self.check_charts(self.ALL)

    def test_summaries_are_simulated_again_for_their_time_series(self):
        page = make_report(self.databases.grid("summaries", record="summary"), "--series", "3")
        self.open(page)
        self.assertIn("3 of 12 runs have time series", self.browser.find("#usage .notes").text)

    def test_the_same_file_gives_the_same_bytes(self):
        database = self.databases.folder / "grid.sqlite"
        first = make_report(database).read_bytes()
        self.assertEqual(make_report(database).read_bytes(), first)

    def test_screenshots(self):
        if SCREENSHOTS is None:
            self.skipTest("only with --screenshots FOLDER")
        pages = {"grid": self.grid, "many": make_report(self.databases.many(1000), "--series", "0"), "one": make_report(self.databases.run("one"))}
        for name, page in pages.items():
            for theme in ("light", "dark"):
                for width in (1400, 420):
                    self.browser.prefer(theme)
                    self.browser.resize(width)
                    self.browser.open(page)
                    self.browser.screenshot(SCREENSHOTS / f"{name}-{theme}-{width}.png")
        self.browser.find("#run-table tbody button").click()
        self.browser.screenshot(SCREENSHOTS / "details-dark-420.png", full=False)


def missing():
    """What keeps us from looking, "" for nothing."""
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "Selenium for Python (python3-selenium) is not installed"
    return ""


def main():
    global HEADROOM, SCREENSHOTS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headroom", required=True, help="the program")
    parser.add_argument("--screenshots", type=pathlib.Path, help="also take screenshots, into this folder")
    options, rest = parser.parse_known_args()
    HEADROOM = str(pathlib.Path(options.headroom).resolve())
    SCREENSHOTS = options.screenshots
    if SCREENSHOTS is not None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    why = missing()
    if why:
        print(f"SKIPPED: reports are not looked at in a browser: {why}")
        return SKIPPED
    sys.argv[1:] = rest
    unittest.main(verbosity=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
