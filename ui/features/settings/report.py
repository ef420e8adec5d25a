"""The phone's report as plain text: for whoever looks after the phones. It names no password and no customer."""

from collections.abc import Iterable, Sequence

from app.desk.lines import Standing
from app.desk.profile import AudioSettings
from app.kernel.words import tr
from softphone.api import Device, Diagnostics


def missing_words(found: Diagnostics | None) -> str:
    """One line: what this computer lacks, and what is done without it."""
    if found is None:
        return tr("The phone is being asked what it can do.")
    parts = [tr("Not on this computer: {0}.").replace("{0}", ", ".join(found.missing))] if found.missing else []
    if "DTLS-SRTP" in found.missing:
        parts.append(tr("SDES is used."))
    if found.is_null_sound:
        why = found.sound or tr("none was found")
        parts.append(tr("No sound device is open ({0}): calls connect, but nothing is heard.").replace("{0}", why))
    return " ".join(parts) or tr("Nothing is missing on this computer.")


def report_text(
    found: Diagnostics | None,
    *,
    accounts: Sequence[Standing],
    audio: AudioSettings,
    devices: Sequence[Device],
    phone_fault: str,
    when: str,
) -> str:
    """All that is known of the phone on this computer, one fact a line; the default account first."""
    lines = [tr("Patchbay phone report, {0}").replace("{0}", when), ""]
    lines += _phone_lines(found, phone_fault)
    for place, standing in enumerate(accounts):
        lines += ["", *_account_lines(standing, is_default=place == 0)]
    if not accounts:
        lines += ["", tr("No phone account is set up.")]
    lines += ["", *_sound_lines(audio, devices)]
    return "\n".join(lines) + "\n"


def _phone_lines(found: Diagnostics | None, fault: str) -> Iterable[str]:
    if fault:
        yield f"{tr('Phone')}: {fault}"
    if found is None:
        yield f"{tr('Phone')}: {tr('it has not answered')}"
        return
    facts = (
        (tr("SIP library"), found.version),
        (tr("Codecs"), ", ".join(found.codecs)),
        (tr("Missing"), ", ".join(found.missing) or tr("nothing")),
        (tr("Transport"), found.transport.upper() or tr("none open")),
        (tr("Calls at most"), str(found.most_calls)),
        (tr("Calls refused that did not come from the proxy"), str(found.refused_requests)),
        (tr("Malformed SIP messages dropped"), str(found.dropped_messages)),
        (tr("Gaps in the sound"), str(found.glitches)),
        (tr("Ring"), found.ringer or tr("no fault")),
        (tr("Sound"), found.sound or (tr("no device is open") if found.is_null_sound else tr("open"))),
    )
    yield from (f"{name}: {value}" for name, value in facts)


def _account_lines(standing: Standing, *, is_default: bool) -> Iterable[str]:
    sip, state = standing.account, standing.state
    yield f"{tr('Account')}: {sip.title}" + (f" ({tr('default')})" if is_default else "")
    yield f"  {tr('Address')}: sip:{sip.address}"
    yield f"  {tr('Proxy')}: {sip.proxy_host or sip.domain}:{sip.proxy_port}, {sip.transport.upper()}"
    yield f"  {tr('Encrypted voice')}: {sip.srtp}"
    said = " ".join(part for part in (str(state.code or ""), state.reason) if part)
    yield f"  {tr('State')}: {state.state}" + (f" ({said})" if said else "")


def _sound_lines(audio: AudioSettings, devices: Sequence[Device]) -> Iterable[str]:
    usual = tr("the system's choice")
    yield f"{tr('Microphone')}: {audio.microphone or usual}"
    yield f"{tr('Speaker')}: {audio.speaker or usual}"
    yield f"{tr('Ringer')}: {audio.ringer or usual}, {audio.ring_volume} %"
    yield tr("Devices found") + ":" + ("" if devices else f" {tr('none')}")
    yield from (f"  {tr('in') if device.is_input else tr('out')}: {device.name}" for device in devices)
