"""The cost of our requests, and of a declaration in other frameworks. See "How to measure" in docs/performance.md.

`prepare` declares once, so that there is something to check. `contender` is one fresh process that is measured. AWS is
answered in that process (`stub`) or by another one over TLS (`server`, `certificates`); both read `answers`.
`processes` starts them, `rounds` lets them take turns, `ratios` compares them, `table` and `picture` show the result.
"""
