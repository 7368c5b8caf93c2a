"""What the specification of the measurement found for each population: 20 companies, its own dense simulation, unseen draws.

Cells stand in the order of ``said.HEAD``. "released said" and the reasons were not told there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One line of the specification's table. ``rms``: of figures from week 8 on, None where none was said."""

    rms: float | None
    text: str

    def cells(self) -> tuple[str, ...]:
        """Return the cells as the table of the bench has them."""
        before, after = self.text.split(" | | ")
        return ("- specification", *before.split(" | "), "", *after.split(" | "), "")


EXPECTED: Mapping[str, Expected] = {
    "actr": Expected(rms=0.063, text=".81 | .54 | .957 | .035 | .063 / .059 | -1 | .28 | | .963 | .070 | 701: .019"),
    "power": Expected(rms=0.061, text=".81 | .52 | .973 | .022 | .061 / .062 | -1 | .29 | | .983 | .068 | 1951: .002"),
    "mixed_actr": Expected(rms=0.062, text=".78 | .38 | .986 | .011 | .062 / .064 | +2 | .32 | | .989 | .065 | 1584: .001"),
    "mixed_power": Expected(rms=0.060, text=".80 | .38 | .897 | .082 | .060 / .062 | +4 | .32 | | .952 | .063 | 2771: .001"),
    "fewans": Expected(rms=0.102, text=".64 | .09 | .938 | .040 | .102 / .103 | -4 | .37 | | .877 | .119 | 1202: .039"),
    "never": Expected(rms=None, text=".00 | .00 | - | .000 | - / - | - | - | | - | - | 0: .000"),
    "selective": Expected(rms=0.192, text=".15 | .06 | .843 | .024 | .192 / .176 | +17 | .33 | | .927 | .189 | 0: .000"),
    "peek40": Expected(rms=0.060, text=".89 | .64 | .952 | .043 | .060 / .060 | -1 | .28 | | .969 | .067 | 970: .002"),
    "ack30": Expected(rms=0.055, text=".84 | .50 | .991 | .008 | .055 / .055 | +1 | .30 | | .998 | .062 | 2439: .000"),
    "knowall30": Expected(rms=0.053, text=".64 | .41 | .983 | .011 | .053 / .053 | +3 | .29 | | .997 | .055 | 1393: .000"),
    "random30": Expected(rms=0.070, text=".86 | .55 | .900 | .086 | .070 / .057 | -4 | .30 | | .900 | .084 | 1366: .035"),
    "testwise": Expected(rms=0.068, text=".78 | .40 | .930 | .055 | .068 / .064 | +3 | .32 | | .963 | .069 | 100: .010"),
    "recog": Expected(rms=0.062, text=".92 | .54 | .973 | .025 | .062 / .058 | +4 | .29 | | .991 | .059 | 423: .000"),
    "lowatt": Expected(rms=0.078, text=".53 | .22 | .966 | .018 | .078 / .077 | -2 | .33 | | .956 | .095 | 3504: .001"),
    "leave50": Expected(rms=0.096, text=".73 | .31 | .937 | .046 | .096 / .091 | -3 | .33 | | .915 | .117 | 3845: .003"),
    "reorg_material": Expected(rms=0.066, text=".82 | .55 | .943 | .046 | .066 / .063 | -1 | .28 | | .947 | .083 | 878: .025"),
    "prior": Expected(rms=0.059, text=".84 | .45 | .966 | .028 | .059 / .058 | -1 | .31 | | .984 | .062 | 25: .000"),
    "prior_power": Expected(rms=0.062, text=".87 | .47 | .976 | .021 | .062 / .057 | +1 | .31 | | .985 | .064 | 165: .042"),
}
