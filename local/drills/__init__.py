"""Four failures, rehearsed on the local stack: what the operator does, and what users and WeChat see of it.

`python -m local.drills` reports each, `tests/operating/test_drills.py` asserts what users saw. Users and the operator act through a
[stage.Stage]; what must hold is checked as it happens.
"""
