"""A headless Chromium that looks at one page and remembers what the page did."""
import base64
import json
import pathlib

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.ui import WebDriverWait

# Pixels of a canvas that are drawn on, of a grid of samples.
DRAWN = """
const canvas = arguments[0], data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
let drawn = 0;
for (let i = 3; i < data.length; i += 4 * 37) if (data[i] > 0) ++drawn;
return drawn;
"""
POINT = """
const [canvas, dataset, index] = arguments, chart = Chart.getChart(canvas);
canvas.scrollIntoView({block: 'center', behavior: 'instant'});
const point = chart.getDatasetMeta(dataset).data[index].getCenterPoint();
const box = canvas.getBoundingClientRect();
return [point.x - box.width / 2, point.y - box.height / 2];
"""


class Browser:
    def __init__(self, chromium, chromedriver, width=1400, height=1000):
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                         "--disable-background-networking", f"--window-size={width},{height}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(chromedriver), options=options)
        self.resize(width, height)

    def close(self):
        self.driver.quit()

    def resize(self, width, height=1000):
        # A window is at least 500 pixels wide; what the page sees need not be.
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, scheme):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, path):
        """Loads the page and waits until all of it is drawn. Returns two seconds of the page's own clock: when it answers (the
        first screen is painted and further tasks get their turn), and when all is drawn."""
        for log in ("browser", "performance"):
            self.driver.get_log(log)
        self.driver.get(pathlib.Path(path).resolve().as_uri())
        stages = lambda: self.script("const {answers, complete} = document.documentElement.dataset; return answers && complete && [answers, complete]")
        return [float(stage) / 1000 for stage in self.wait(stages, seconds=60)]

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def find_all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def console(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requested(self):
        """Addresses that the page asked for since it was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]

    def drawn(self, canvas):
        return self.script(DRAWN, canvas)

    def to_point(self, canvas, dataset, index):
        """Mouse actions that start at an element of a chart."""
        x, y = self.script(POINT, canvas, dataset, index)
        return ActionChains(self.driver, duration=0).move_to_element_with_offset(canvas, round(x), round(y))

    def wait(self, condition, seconds=10):
        """What the condition gives once it gives something: the browser answers events in its own time."""
        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda driver: condition())

    def tooltip(self, canvas):
        return self.wait(lambda: self.shown_tooltip(canvas))

    def shown_tooltip(self, canvas):
        return self.script("""const tip = Chart.getChart(arguments[0]).tooltip;
            return tip.opacity > 0 ? tip.title.concat(...tip.body.map(({lines}) => lines)) : []""", canvas)

    def screenshot(self, path, full=True):
        """The window, or the whole page."""
        options = {"format": "png", "captureBeyondViewport": full}
        if full:
            size = self.script("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
            options["clip"] = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        image = self.driver.execute_cdp_cmd("Page.captureScreenshot", options)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(image))
