"""The read planner: what a selection asks for becomes one SQL statement whose result is the response's JSON.

Areas declare with `declare`, `relay`, `sources` and `values`; the transport authorises with `authorise`, plans with `plans` and
executes with `executor`. README.md says what happens in between.
"""
