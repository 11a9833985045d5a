"""A local server that answers, and misbehaves, as Yahoo's chart and FRED's CSV end-points do."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import curl_cffi
import numpy as np
import pandas as pd

Answer = tuple[int, dict[str, str], bytes]
CHART = "/v8/finance/chart/"


class VendorServer:
    """Holds the vendors' data; `faults[name]` lists what to do wrong before answering well.

    Faults: "429", "500", "cut" (body shorter than announced), "html", "empty", "unknown", "half"
    (whole HTTP answer, data missing at its end).
    """

    def __init__(self) -> None:
        self.bars: dict[str, pd.DataFrame] = {}
        self.macro: dict[str, pd.Series] = {}
        self.faults: defaultdict[str, list[str]] = defaultdict(list)
        self.always: dict[str, str] = {}
        self.requests: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: Any) -> None:
                """Keep the test's output clean."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def session(self) -> curl_cffi.requests.Session:
        """A session that asks this server whatever the host."""
        base = self.url

        class Redirected(curl_cffi.requests.Session):
            def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
                parts = urlsplit(url)
                query = f"?{parts.query}" if parts.query else ""
                return super().request(method, f"{base}{parts.path}{query}", *args, **kwargs)

        return Redirected()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        if parts.path.startswith(CHART):
            name, make = parts.path.removeprefix(CHART).replace("%5E", "^"), self._chart
            if "1d" in parse_qs(parts.query).get("range", []):
                return self._send(handler, self._chart(name, ""))  # yfinance asks for the time zone
        elif parts.path.endswith("fredgraph.csv"):
            name, make = parse_qs(parts.query)["id"][0], self._csv
        else:  # cookies and crumbs
            return self._send(handler, (200, {"Content-Type": "text/plain"}, b"crumb"))
        self.requests.append(name)
        fault = self.faults[name].pop(0) if self.faults[name] else self.always.get(name, "")
        fault = fault or self.always.get("*", "")
        if fault == "429":
            return self._send(handler, (429, {"Retry-After": "7"}, b"Too Many Requests"))
        if fault == "500":
            return self._send(handler, (500, {}, b"oops"))
        if fault == "html":
            page = b"<html><body>We are under maintenance</body></html>"
            return self._send(handler, (200, {"Content-Type": "text/html"}, page))
        return self._send(handler, make(name, fault), cut=fault == "cut")

    def _chart(self, name: str, fault: str) -> Answer:
        known = name in self.bars and fault != "unknown"
        if not known:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            body = {"chart": {"result": None, "error": error}}
            return 404, {"Content-Type": "application/json"}, json.dumps(body).encode()
        bars = self.bars[name]
        bars = bars.iloc[:0] if fault == "empty" else bars
        bars = bars.iloc[:-30] if fault == "half" else bars
        opens = (bars.index + pd.Timedelta(hours=9.5)).tz_localize("America/New_York")
        quote = {c: _numbers(bars[c]) for c in ("open", "high", "low", "close", "volume")}
        result = {
            "meta": {
                "currency": "USD",
                "symbol": name,
                "instrumentType": "ETF",
                "exchangeTimezoneName": "America/New_York",
                "timezone": "EST",
                "gmtoffset": -18000,
                "dataGranularity": "1d",
                "validRanges": ["1d", "max"],
            },
            "timestamp": [int(moment.timestamp()) for moment in opens],
            "indicators": {
                "quote": [quote],
                "adjclose": [{"adjclose": _numbers(bars["adj_close"])}],
            },
        }
        body = {"chart": {"result": [result], "error": None}}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def _csv(self, name: str, fault: str) -> Answer:
        if name not in self.macro or fault == "unknown":
            return 404, {}, b"not found"
        series = self.macro[name]
        series = series.iloc[:-30] if fault == "half" else series
        lines = [f"observation_date,{name}"]
        for day, value in series.items():
            text = "." if np.isnan(value) else f"{value}"
            lines.append(f"{day:%Y-%m-%d},{text}")
        body = ("\n".join(lines) + "\n").encode()
        if fault == "empty":
            body = body.partition(b"\n")[0] + b"\n"
        return 200, {"Content-Type": "application/csv"}, body

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, answer: Answer, cut: bool = False) -> None:
        status, headers, body = answer
        handler.send_response(status)
        for key, value in headers.items():
            handler.send_header(key, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            handler.close_connection = True


def _numbers(values: pd.Series) -> list[float]:
    """As Yahoo sends them: in single precision."""
    return [float(np.float32(value)) for value in values]
