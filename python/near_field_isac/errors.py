"""What the package raises, with the library's own messages.

Python's own exceptions stay what they are: a file that cannot be read is an ``OSError``, Ctrl-C is
``KeyboardInterrupt``, an argument that does not exist is a ``TypeError``.
"""

from __future__ import annotations


class Error(Exception):
    """Base of everything that this package raises of its own."""


class InputError(Error, ValueError):
    """Something is wrong with what was passed: a key, a name, a shape, a type, a number.

    The message says which, what was expected and what was found.
    """


class NoSolutionError(Error):
    """The question is well formed and has no answer: positions that cannot be identified, or a threshold of the
    position error (m²) that no sensing signal reaches. The message has the numbers.
    """


class SolverError(Error, RuntimeError):
    """A solver failed or met its limit."""


class Cancelled(Error):
    """The progress callback returned ``False`` before there was a first design."""
