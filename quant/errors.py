# SPDX-License-Identifier: Apache-2.0
"""Every error that quant and networks raise on purpose.

A message says who, what was got, what was expected and what to do.
"""


class QuantError(Exception):
    """Root of the tree."""


class GridError(QuantError):
    """A number grid that cannot exist, or an integer that is not on it."""


class PackingError(QuantError):
    """Integers that do not fit the lanes or words they are packed into."""


class ConfigError(QuantError):
    """A quantisation config or recipe that says something impossible."""


class PrepareError(QuantError):
    """A float module that cannot be quantised as it stands."""


class DataError(QuantError):
    """A data folder or file that is missing, damaged or of another format."""


class CheckpointError(QuantError):
    """A checkpoint that is damaged or belongs to another network."""


class UnknownNetwork(QuantError):
    """A name that no network or recipe has."""
