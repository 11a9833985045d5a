"""The instruments and series that the system knows by name."""

from __future__ import annotations

BENCHMARK = "SPY"

SECTORS: dict[str, str] = {
    "XLB": "Materials",
    "XLC": "Communication services",
    "XLE": "Energy",
    "XLF": "Financials",
    "XLI": "Industrials",
    "XLK": "Technology",
    "XLP": "Consumer staples",
    "XLRE": "Real estate",
    "XLU": "Utilities",
    "XLV": "Health care",
    "XLY": "Consumer discretionary",
}
"""Select Sector SPDR ticker -> sector. XLRE lists in October 2015, XLC in June 2018."""

SECTORS_REDEFINED = "2002-07-01"
"""From here on the sector funds hold what their names say; before June 2002 they did not."""

BOND_ETFS: dict[str, str] = {
    "HYG": "High-yield corporate bonds",
    "JNK": "High-yield corporate bonds",
    "LQD": "Investment-grade corporate bonds",
    "IEF": "Treasuries, 7-10 years",
    "TLT": "Treasuries, 20+ years",
    "SHY": "Treasuries, 1-3 years",
    "TIP": "Inflation-protected Treasuries",
}
"""Bond ETF ticker -> what it holds. Read as stress proxies only, never traded."""

MACRO_SERIES: dict[str, str] = {
    "BAMLH0A0HYM2": "ICE BofA US high-yield option-adjusted spread, percent",
    "BAMLC0A0CM": "ICE BofA US corporate option-adjusted spread, percent",
    "BAMLC0A4CBBB": "ICE BofA BBB US corporate option-adjusted spread, percent",
    "BAA10Y": "Moody's Baa yield less 10-year Treasury, percent",
    "AAA10Y": "Moody's Aaa yield less 10-year Treasury, percent",
    "DGS2": "2-year Treasury yield, percent",
    "DGS10": "10-year Treasury yield, percent",
    "DGS3MO": "3-month Treasury yield, percent",
    "DFII10": "10-year real Treasury yield, percent",
    "T10Y2Y": "10-year less 2-year Treasury yield, percent",
    "T10Y3M": "10-year less 3-month Treasury yield, percent",
    "T10YIE": "10-year breakeven inflation, percent",
    "MOVE": "ICE BofA MOVE index of Treasury option volatility, basis points a year",
}
"""FRED (MOVE: Yahoo) series -> what it is, with its unit."""
