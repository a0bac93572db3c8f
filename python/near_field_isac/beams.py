"""Robust beams for channels of one's own: measured, ray-traced, from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _arrays, _native, results
from ._results import links
from .errors import InputError
from .results import BeamDesign, Guarantee
from .scenario import Progress


@dataclass(frozen=True)
class Channels:
    """Channels of one's own with their errors, as the compiled half takes them."""

    channels: list[list[_arrays.Complexes]]
    radii: list[list[float]]
    phases_rad: list[list[float]] | None
    power_w: list[float]
    noise_w: list[float]


def _checked(H: Any, radii: Any, power_w: Any, noise_w: Any, phases_rad: Any) -> Channels:
    channels = _arrays.links("H", H)
    users, access_points = len(channels), len(channels[0])
    for k, user in enumerate(channels):
        with np.errstate(over="ignore"):
            gain = sum(float(np.linalg.norm(vector)) ** 2 for vector in user)
        if not 0.0 < gain < np.inf:
            raise InputError(f"H[{k}]: the channel's power gain is {gain}: expected a positive number in the range of floats")
    each = "user, access point"
    phases = None
    if phases_rad is not None:
        phases = _arrays.real_array("phases_rad", phases_rad, (users, access_points), each).tolist()
    return Channels(
        channels,
        radii=_arrays.real_array("radii", radii, (users, access_points), each).tolist(),
        phases_rad=phases,
        power_w=_arrays.real_array("power_w", power_w, (access_points,), "access point", positive=True).tolist(),
        noise_w=_arrays.real_array("noise_w", noise_w, (users,), "user", positive=True).tolist(),
    )


def robust_beams(
    H: Any,
    radii: Any,
    power_w: Any,
    noise_w: Any,
    *,
    phases_rad: Any = None,
    scheme: str = "main",
    attack: bool = False,
    progress: Progress | None = None,
) -> BeamDesign:
    """Beams whose worst SINR, over K users and all channel errors in stated sets, is as large as can be proven.

    **The product is** ``h^H w``, the channel conjugated. If your model is ``h^T w``, pass ``H.conj()``.

    ``H``: estimated channels, complex, shape ``(K, M, N)`` (user, access point, antenna), or a list of M arrays ``(K, N_m)``.
    ``radii``: each true channel is within this Euclidean distance of its estimate, in the unit of ``H``, shape ``(K, M)`` or
    one number for all; 0 is exact.
    ``phases_rad``: beside that each access point's phase may be wrong by so much, shape ``(K, M)`` or one number.
    ``power_w``: power of each access point, W, shape ``(M,)`` or one number. ``noise_w``: noise power of each user, W, shape
    ``(K,)`` or one number; with ``|H|²`` as power gains both are in the same unit.

    The worst-case SINR of ``beams`` is proven to be ``gamma`` at least, with a ``certificate``; no beams that the same
    inequality can certify exceed ``gamma_upper_bound``. ``scheme`` is one of :func:`schemes`; ``attack`` and ``progress`` are as in
    :meth:`Scenario.design`.
    """
    channels = _checked(H, radii, power_w, noise_w, phases_rad)
    said = _native.robust_beams(channels, scheme=scheme, attack=attack, progress=progress)
    return BeamDesign(**results.beam_fields(said))


def certify_beams(
    H: Any, radii: Any, power_w: Any, noise_w: Any, beams: Any, *, phases_rad: Any = None, attack: bool = False
) -> Guarantee:
    """What beams from anywhere guarantee (SINR, linear): the arguments of :func:`robust_beams`, and ``beams`` (sqrt(W)) in a shape
    that ``H`` may have. **The product is** ``h^H w``.
    """
    channels = _checked(H, radii, power_w, noise_w, phases_rad)
    vectors = _arrays.links("beams", beams)
    said = _native.certify_beams(channels, vectors, attack=attack)
    return Guarantee(**results.guarantee_fields(said, links(vectors)))
