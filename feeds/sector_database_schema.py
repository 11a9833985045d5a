"""Tables and views of the sector database, in SQL.

Every table and view holds all loads and has a `load_id`; `newest_<name>` shows the newest load.
"""

from __future__ import annotations

FORMAT = "bellwether sector database 1"

TABLES = """
CREATE TABLE format (name VARCHAR);
CREATE TABLE recessions (
    first_day DATE, last_day DATE, peak_announced DATE, trough_announced DATE);
CREATE TABLE loads (
    load_id INTEGER PRIMARY KEY, digest VARCHAR, code_version VARCHAR, settings VARCHAR,
    source VARCHAR, synthetic BOOLEAN, first_session DATE, last_session DATE, sessions INTEGER,
    UNIQUE (digest, code_version, settings));
CREATE TABLE instruments (load_id INTEGER, ticker VARCHAR, kind VARCHAR, name VARCHAR, since DATE);
CREATE TABLE prices (
    load_id INTEGER, session DATE, ticker VARCHAR, open DOUBLE, high DOUBLE, low DOUBLE,
    close DOUBLE, volume DOUBLE);
CREATE TABLE total_returns (
    load_id INTEGER, session DATE, ticker VARCHAR, index_level DOUBLE, daily_return DOUBLE);
CREATE TABLE stress (load_id INTEGER, session DATE, feature VARCHAR, value DOUBLE);
CREATE TABLE stress_sources (load_id INTEGER, session DATE, channel VARCHAR, source VARCHAR);
CREATE TABLE regimes (
    load_id INTEGER, session DATE, method VARCHAR, regime VARCHAR, score DOUBLE, slope_pct DOUBLE);
CREATE TABLE regime_fits (
    load_id INTEGER, method VARCHAR, session DATE, observations INTEGER, status VARCHAR,
    log_likelihood DOUBLE, stay_quiet DOUBLE, stay_turbulent DOUBLE, mean_quiet DOUBLE,
    mean_turbulent DOUBLE, variance_quiet DOUBLE, variance_turbulent DOUBLE);
"""

LOADED = (
    "instruments", "prices", "total_returns", "stress", "stress_sources", "regimes", "regime_fits",
)  # fmt: skip
"""Tables that every load fills."""

VIEWS: dict[str, str] = {
    "beside_benchmark": """
        WITH benchmark AS (
            SELECT load_id, session, index_level AS benchmark_level,
                daily_return AS benchmark_return
            FROM total_returns JOIN instruments USING (load_id, ticker)
            WHERE kind = 'benchmark')
        SELECT load_id, session, ticker, index_level / benchmark_level AS ratio, daily_return,
            daily_return - benchmark_return AS relative_return
        FROM total_returns
        JOIN instruments USING (load_id, ticker)
        JOIN benchmark USING (load_id, session)
        WHERE kind = 'sector' AND session >= since""",
    # A regime is known at a close; what it could have earned is the return from there on.
    "sector_regime_returns": """
        WITH held AS (
            SELECT load_id, method, session,
                lag(regime) OVER (PARTITION BY load_id, method ORDER BY session) AS regime
            FROM regimes)
        SELECT load_id, method, regime, ticker, count(*) AS sessions,
            25200.0 * avg(daily_return) AS return_pct_per_year,
            25200.0 * avg(relative_return) AS relative_pct_per_year,
            100.0 * sqrt(252.0) * stddev_samp(relative_return) AS relative_volatility_pct,
            avg(relative_return) / nullif(stddev_samp(relative_return), 0.0) * sqrt(count(*))
                AS relative_t,
            100.0 * avg(CAST(relative_return > 0.0 AS INTEGER)) AS sessions_ahead_pct
        FROM held JOIN beside_benchmark USING (load_id, session)
        WHERE regime IS NOT NULL AND relative_return IS NOT NULL
        GROUP BY ALL""",
    "drawdowns": """
        SELECT load_id, session, ticker,
            100.0 * (index_level / max(index_level) OVER history - 1.0) AS drawdown_pct
        FROM total_returns
        WINDOW history AS (PARTITION BY load_id, ticker ORDER BY session
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)""",
    "relative_strength": """
        SELECT load_id, session, ticker,
            ratio / first_value(ratio) OVER history AS relative_strength,
            100.0 * (ratio / lag(ratio, 252) OVER history - 1.0) AS change_252_pct,
            100.0 * (ratio / max(ratio) OVER year - 1.0) AS below_252_high_pct
        FROM beside_benchmark
        WINDOW history AS (PARTITION BY load_id, ticker ORDER BY session),
            year AS (PARTITION BY load_id, ticker ORDER BY session
                ROWS BETWEEN 251 PRECEDING AND CURRENT ROW)""",
    "days_in_state": """
        WITH marked AS (
            SELECT *, regime IS DISTINCT FROM lag(regime) OVER history AS entered
            FROM regimes
            WINDOW history AS (PARTITION BY load_id, method ORDER BY session)),
        numbered AS (
            SELECT *, sum(CAST(entered AS INTEGER)) OVER history AS spell
            FROM marked
            WINDOW history AS (PARTITION BY load_id, method ORDER BY session))
        SELECT load_id, method, session, regime, CAST(spell AS INTEGER) AS spell,
            row_number() OVER (PARTITION BY load_id, method, spell ORDER BY session)
                AS days_in_state
        FROM numbered""",
    "regime_spells": """
        SELECT load_id, method, spell, any_value(regime) AS regime,
            min(session) AS first_session, max(session) AS last_session, count(*) AS sessions
        FROM days_in_state
        GROUP BY load_id, method, spell""",
}
"""View -> its query; a later one may read an earlier one."""


def schema() -> str:
    """SQL that makes an empty sector database."""
    parts = [TABLES, f"INSERT INTO format VALUES ('{FORMAT}');"]  # noqa: S608
    parts += [f"CREATE VIEW {name} AS {query};" for name, query in VIEWS.items()]
    parts += [
        f"CREATE VIEW newest_{name} AS SELECT * EXCLUDE (load_id) FROM {name} "  # noqa: S608
        "WHERE load_id = (SELECT max(load_id) FROM loads);"
        for name in (*LOADED, *VIEWS)
    ]
    return "\n".join(parts)
