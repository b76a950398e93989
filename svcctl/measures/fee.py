"""The measures of fees: the core ones, then those of the flows, in this order."""

from __future__ import annotations

from svcctl.measures import fee_core, fee_flows
from svcctl.measures.fee_subjects import REGISTER, months_of

MODULES = (fee_core, fee_flows)  # with them the measures are in the register

__all__ = ("MODULES", "REGISTER", "months_of")
