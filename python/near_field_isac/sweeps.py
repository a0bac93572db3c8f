"""Designs over many values of a scenario's keys and many draws of its reflectivities."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import _arrays
from .errors import Cancelled, InputError, NoSolutionError, SolverError
from .scenario import Scenario, schemes as scheme_names


def sweep(
    scenario: Scenario,
    values: Mapping[str, Iterable[Any]],
    *,
    seeds: int | None = None,
    first_seed: int = 0,
    schemes: Sequence[str] = ("main",),
    threads: int | None = None,
    **design: Any,
) -> Any:
    """Designs for all combinations of values of some keys: ``sweep(s, {"power.sensing_dbm": range(25, 46, 5)}, seeds=10)``.

    ``values``: for each path of a key (as in :meth:`Scenario.replace`) what it takes. ``seeds``: number of draws of Rayleigh reflectivities, with
    the seeds ``first_seed, first_seed + 1, ..``; without it the scenario's own. ``threads``: by default one for each core. Other
    arguments are those of :meth:`Scenario.design`.

    Returns a pandas ``DataFrame`` if pandas is installed, else a list of dictionaries: a row for each combination, in
    order, with the keys, ``seed``, ``scheme``, ``status`` (``ok``, ``no-solution``, ``solver-failed``; else ``message`` says why), ``rate`` and ``rate_upper_bound``
    (bit/s/Hz), ``eta``, ``eta_max``, ``gamma`` (linear), ``crlb_constant_m2`` and ``termination``. All combinations are checked
    before anything is computed: a bad key is an :class:`InputError`.
    """
    for scheme in schemes:
        if scheme not in scheme_names():
            raise InputError(f"scheme {scheme}: known are {', '.join(scheme_names())}")
    draws = [None] if seeds is None else range(first_seed, first_seed + _arrays.count("seeds", seeds))
    tasks = []
    for combination in itertools.product(*(list(taken) for taken in values.values())):
        changes = dict(zip(values, combination))
        for seed in draws:
            drawn = {} if seed is None else {"reflectivity.kind": "rayleigh", "reflectivity.seed": seed, "reflectivity.values": None}
            changed = scenario.replace({**changes, **drawn})
            tasks += [({**changes, "seed": seed, "scheme": scheme}, changed) for scheme in schemes]
    workers = os.cpu_count() or 1 if threads is None else _arrays.count("threads", threads)
    if workers < 1:
        raise InputError("threads = 0: expected at least 1")
    stop = threading.Event()
    pool = ThreadPoolExecutor(workers)
    try:
        rows = list(pool.map(lambda task: _row(task[0], task[1], design, stop), tasks))
    finally:
        # After Ctrl-C: what has not begun does not begin, what runs ends after its beamforming problem.
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)


def _row(task: dict[str, Any], scenario: Scenario, design: dict[str, Any], stop: threading.Event) -> dict[str, Any]:
    row = {
        **task,
        "status": "ok",
        "message": None,
        "rate": None,
        "rate_upper_bound": None,
        "eta": None,
        "eta_max": None,
        "gamma": None,
        "crlb_constant_m2": None,
        "termination": None,
    }
    try:
        found = scenario.design(task["scheme"], progress=lambda _: not stop.is_set(), **design)
    except (NoSolutionError, SolverError, Cancelled) as error:
        words: dict[type, str] = {NoSolutionError: "no-solution", SolverError: "solver-failed"}
        return {**row, "status": words.get(type(error), "cancelled"), "message": str(error)}
    return {
        **row,
        "rate": found.rate,
        "rate_upper_bound": found.rate_upper_bound,
        "eta": found.eta,
        "eta_max": found.sensing.eta_max,
        "gamma": found.gamma,
        "crlb_constant_m2": found.sensing.crlb_constant_m2,
        "termination": found.termination,
    }
