# SPDX-License-Identifier: Apache-2.0
"""Scheduled designs as SystemVerilog text: values in, text out, nothing written here."""
