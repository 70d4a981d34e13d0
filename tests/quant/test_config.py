# SPDX-License-Identifier: Apache-2.0
"""Quantisation configs: validated at birth, equal after a round trip through TOML."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.config import LayerBits, QuantConfig
from quant.errors import ConfigError
from quant.toml import read_toml, to_toml

layer_bits = st.builds(
    LayerBits, st.none() | st.integers(min_value=1, max_value=8), st.none() | st.integers(min_value=2, max_value=16)
)
names = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=12)
configs = st.builds(
    QuantConfig,
    weight_bits=st.integers(1, 8),
    activation_bits=st.integers(2, 16),
    first_weight_bits=st.integers(1, 8),
    output_bits=st.integers(2, 16),
    batch_norm=st.sampled_from(["fold", "train"]),
    layers=st.dictionaries(names, layer_bits, max_size=3),
)


@given(configs)
def test_toml_round_trip(config: QuantConfig) -> None:
    text = to_toml({"quant": config.to_table()})
    assert QuantConfig.from_table(tomllib.loads(text)["quant"]) == config


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"weight_bits": 9}, r"weight_bits is 9; expected a whole number from 1 to 8"),
        ({"weight_bits": 0}, r"weight_bits is 0; expected"),
        ({"activation_bits": 1}, r"activation_bits is 1; expected a whole number from 2 to 16"),
        ({"activation_bits": 17}, r"activation_bits is 17"),
        ({"weight_bits": 4.0}, r"weight_bits: got 4.0; expected int"),
        ({"weight_bit": 4}, r"unknown key 'weight_bit'; did you mean 'weight_bits'\?"),
        ({"batch_norm": "drop"}, r"batch_norm is 'drop'; expected fold or train"),
        ({"layers": {"stem": {"weights": 4}}}, r"layers.stem: unknown key 'weights'; did you mean 'weight'\?"),
        ({"layers": {"stem": 4}}, r"layers: expected tables"),
        ({"layers": {"stem": {"activation": 33}}}, r"activation is 33; expected a whole number from 2 to 16"),
    ],
)
def test_bad_configs_are_refused(table: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        QuantConfig.from_table(table)


def test_unreadable_toml_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read"):
        read_toml(path)
    path.write_text("weight_bits = = 4")
    with pytest.raises(ConfigError, match=r"config\.toml: not valid TOML"):
        read_toml(path)
