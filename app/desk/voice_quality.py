"""How good a line is, from its figures: a simplified E-model. Pure.

Source: ITU-T Recommendation G.107 (06/2015), R = Ro − Is − Id − Ie,eff + A. Simplified: every input that the phone cannot know
has the default of its table 3, so that Ro − Is is 93.2 and A is 0; of Id only the pure delay Idd (§7.4, equations 7-27 and
7-28) is left, as echo is cancelled or there is none in a headset; Ie,eff as §7.5 has it for losses at random (BurstR = 1). The
equipment factors Ie and Bpl are those of ITU-T G.113 (11/2007), appendix I; wideband codecs are put on the same scale as G.711,
so that they are never said to be better than it. MOS from R by annex B.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

from app.kernel.words import tr

BASE_R: Final = 93.2
CLEAN: Final = (0.0, 25.1)  # Ie and Bpl of G.711 with loss concealment
EQUIPMENT: Final = {"PCMU": CLEAN, "PCMA": CLEAN, "G722": CLEAN, "OPUS": CLEAN, "G729": (11.0, 19.0), "GSM": (20.0, 10.0)}
UNKNOWN: Final = (11.0, 19.0)  # as G.729: most that is neither G.711 nor wideband compresses about as much
NAMES: Final = {"PCMU": "G.711 µ-law", "PCMA": "G.711 A-law", "G722": "G.722", "OPUS": "Opus"}
DELAY_FREE_MS: Final = 100.0
GOOD_R, FAIR_R = 80.0, 70.0  # G.109: most are satisfied, some are dissatisfied
Verdict = Literal["good", "fair", "poor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`r` from 0 to 100, `mos` from 1 to 4.5."""

    r: float
    mos: float

    @property
    def verdict(self) -> Verdict:
        """In a word."""
        return "good" if self.r >= GOOD_R else "fair" if self.r >= FAIR_R else "poor"


def score(*, codec: str, one_way_ms: float, loss_percent: float) -> Score:
    """The score of a voice that arrives so late and lacks so much."""
    r = BASE_R - _delay_impairment(one_way_ms) - _equipment_impairment(codec, loss_percent)
    r = min(100.0, max(0.0, r))
    return Score(r=r, mos=mos_of(r))


def _delay_impairment(one_way_ms: float) -> float:
    """Idd: nothing up to 100 ms."""
    if one_way_ms <= DELAY_FREE_MS:
        return 0.0
    x = math.log2(one_way_ms / DELAY_FREE_MS)
    return 25 * (math.pow(1 + math.pow(x, 6), 1 / 6) - 3 * math.pow(1 + math.pow(x / 3, 6), 1 / 6) + 2)


def _equipment_impairment(codec: str, loss_percent: float) -> float:
    """Ie,eff."""
    ie, bpl = EQUIPMENT.get(codec.partition("/")[0].upper(), UNKNOWN)
    return ie + (95 - ie) * loss_percent / (loss_percent + bpl)


def mos_of(r: float) -> float:
    """What listeners would say on the average, from 1 to 5 (G.107 annex B)."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6


def verdict_words(score: Score) -> str:
    """What the line is called."""
    return {"good": tr("Good line"), "fair": tr("Fair line"), "poor": tr("Poor line")}[score.verdict]


def codec_name(codec: str) -> str:
    """As people write it."""
    return NAMES.get(codec.upper(), codec)
