"""What the library knows of a call's voice: from its stream, and from what the other side tells of it by RTCP (RFC 3550 §6.4)."""

from typing import Any

import pjsua2 as pj

from softphone.api import VoiceFigures


def figures_of(call_id: int, native: Any) -> VoiceFigures | None:
    """The figures of now; None while the call has no voice."""
    try:
        place = _place_of_voice(native)
        if place is None:
            return None
        info, stat = native.getStreamInfo(place), native.getStreamStat(place)
    except pj.Error:  # its media went away meanwhile
        return None
    seen = stat.rtcp
    arrived, sent = seen.rxStat, seen.txStat
    return VoiceFigures(
        call_id=call_id, codec=info.codecName, clock_rate_hz=info.codecClockRate,
        round_trip_ms=seen.rttUsec.last / 1000 if seen.rttUsec.n else None, jitter_ms=arrived.jitterUsec.mean / 1000,
        lost=arrived.loss, packets_in=arrived.pkt, packets_out=sent.pkt,
    )  # fmt: skip


def _place_of_voice(native: Any) -> int | None:
    info = native.getInfo()  # held: its media die with it
    for place, medium in enumerate(info.media):
        if medium.type == pj.PJMEDIA_TYPE_AUDIO and medium.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
            return place
    return None
