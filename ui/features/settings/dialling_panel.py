"""The rules of dialling as they are listed, tried and changed; without Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from app.desk.dialling import MOST_RULES, Dialled, DialRule, dialled, faults_of, lengths_of, plain_number
from app.desk.profile import Profile
from app.desk.sign_in import SignIn
from app.desk.telephony import PhoneDesk
from app.kernel.observable import Observable
from app.kernel.phone import read_phone
from app.kernel.words import tr
from ui.features.settings.saving import Saved

FAULTS = {
    "country": "Choose a country.",
    "prefix": "Write how the number begins: digits, perhaps with + at the front.",
    "length": "Write how many digits: 4, or 3-5.",
    "pattern": "Digits, + at the front, X for any digit, Z for 1 to 9, N for 2 to 9, and a dot at the end for the rest.",
    "digits": "Only digits, * and #, perhaps with + at the front.",
}
FORMS = {"e164": "in full, as +33…", "national": "in national form", "as_typed": "as typed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedLine:
    """What one account would dial; `how`: by which rule, or why none."""

    number: str
    wire: str
    how: str
    fits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule in the list: its place from 1, what it is called, what it does."""

    place: int
    title: str
    detail: str
    account: str

    @property
    def sentence(self) -> str:
        """For those who hear the list."""
        return ". ".join(
            part for part in (tr("Rule {0}").replace("{0}", str(self.place)), self.title, self.detail, self.account) if part
        )


class DiallingPanel:
    """`rules` as they are kept; every change is kept at once and can be taken back while the page lives."""

    def __init__(
        self, profile: Observable[Profile], sign_in: SignIn, phone: PhoneDesk, saved: Saved, *, country_name: Callable[[str], str]
    ) -> None:
        self.rules: Observable[tuple[DialRule, ...]] = Observable(profile.value.dialling)
        self.tried: Observable[tuple[TriedLine, ...]] = Observable(())
        self.problem: Observable[str] = Observable("")
        self.taken_back: Observable[str] = Observable("")  # what undo would take back, in words
        self._profile, self._sign_in, self._phone, self._saved = profile, sign_in, phone, saved
        self._country_name = country_name
        self._before: list[tuple[tuple[DialRule, ...], str]] = []
        self._number = ""
        profile.subscribe(lambda _: self._again())
        phone.lines.all.subscribe(lambda _: self._again())

    # ── read ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def accounts(self) -> list[tuple[str, str]]:
        """Id and name of each account of this computer."""
        return [(each.account.id, each.account.title) for each in self._phone.lines.all.value]

    @property
    def lines(self) -> list[RuleLine]:
        """The list."""
        names = dict(self.accounts)
        everywhere = tr("All accounts") if len(names) > 1 else ""
        return [
            RuleLine(
                place=place, title=rule.name or self.fits_words(rule), detail=self._detail(rule),
                account=names.get(rule.account, tr("An account that is gone")) if rule.account else everywhere,
            )
            for place, rule in enumerate(self.rules.value, 1)
        ]  # fmt: skip

    def _detail(self, rule: DialRule) -> str:
        return (f"{self.fits_words(rule)} → " if rule.name else "→ ") + act_words(rule)

    def fits_words(self, rule: DialRule) -> str:
        """Which numbers, in words."""
        match rule.fits:
            case "any":
                return tr("Every number")
            case "country":
                return tr("Numbers of {0}").replace("{0}", self._country_name(rule.value))
            case "prefix":
                return tr("Beginning with {0}").replace("{0}", rule.value)
            case "length":
                return tr("Of {0} digits").replace("{0}", _lengths_words(rule.value))
            case "extension":
                return tr("Extensions of {0} digits").replace("{0}", _lengths_words(rule.value))
            case "pattern":
                return tr("Like {0}").replace("{0}", rule.value)

    # ── tried ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def try_number(self, typed: str) -> None:
        """Say for each account what would be dialled."""
        self._number = typed.strip()
        self.problem.set("" if plain_number(self._number) else tr("Type a number to try."))
        self._again()

    def preview(self, rule: DialRule) -> TriedLine | None:
        """What this rule alone would make of the number that is tried; nothing while there is none."""
        if not plain_number(self._number):
            return None
        return self._line(dialled([rule], self._number, country=self._phone.country, account=rule.account), "")

    def _again(self) -> None:
        self.rules.set(self._profile.value.dialling)
        if not plain_number(self._number):
            self.tried.set(())
            return
        asked = self.accounts or [("", "")]
        self.tried.set(tuple(self._tried_at(account, name) for account, name in asked))

    def _tried_at(self, account: str, name: str) -> TriedLine:
        return self._line(dialled(self.rules.value, self._number, country=self._phone.country, account=account), name)

    def _line(self, found: Dialled, account: str) -> TriedLine:
        if found.is_short:
            how = tr("emergency and service numbers stay as they are")
        elif found.rule is not None:
            named = found.rule.name or self.fits_words(found.rule)
            how = tr("rule {0}, {1}").replace("{0}", str(found.place)).replace("{1}", named)
        else:
            how = tr("unchanged")
        shown = read_phone(found.number, self._phone.country).shown
        return TriedLine(number=shown, wire=found.wire, how=f"{account} · {how}" if account else how, fits=found.rule is not None)

    # ── changed ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_full(self) -> bool:
        """Whether there are as many as can be."""
        return len(self.rules.value) >= MOST_RULES

    async def put(self, rule: DialRule, place: int = 0) -> dict[str, str]:
        """Keep a rule at its place (0: a new one, at the end); what is wrong with it, by its field, when it is not kept."""
        wrong = {field: tr(FAULTS[fault]) for field, fault in faults_of(rule).items()}
        if not wrong:
            rules = self.rules.value
            changed = (*rules, rule) if place == 0 else (*rules[: place - 1], rule, *rules[place:])
            await self._keep(changed, tr("Rule changed") if place else tr("Rule added"))
        return wrong

    async def remove(self, place: int) -> None:
        """Take a rule out."""
        rules = self.rules.value
        await self._keep((*rules[: place - 1], *rules[place:]), tr("Rule {0} removed").replace("{0}", str(place)))

    async def move(self, place: int, to: int) -> int:
        """Let a rule run earlier or later; where it is then."""
        rules = list(self.rules.value)
        to = max(1, min(len(rules), to))
        if to != place:
            rules.insert(to - 1, rules.pop(place - 1))
            await self._keep(tuple(rules), tr("Rule moved"))
        return to

    async def undo(self) -> None:
        """Take the last change back."""
        if self._before:
            rules, _ = self._before.pop()
            await self._write(rules)
            self._tell_undo()

    async def _keep(self, rules: tuple[DialRule, ...], words: str) -> None:
        before = self.rules.value
        await self._write(rules)
        self._before.append((before, words))
        self._tell_undo()

    def _tell_undo(self) -> None:
        self.taken_back.set(self._before[-1][1] if self._before else "")

    async def _write(self, rules: Sequence[DialRule]) -> None:
        async with self._saved.change():
            self._profile.set(self._sign_in.change(dialling=tuple(rules)))
            self._phone.dial_rules = tuple(rules)


def act_words(rule: DialRule) -> str:
    """What is dialled, in words."""
    parts = [tr(FORMS[rule.form])]
    if rule.strip:
        parts.append(tr("without {0}").replace("{0}", rule.strip))
    if rule.before:
        parts.append(tr("with {0} before it").replace("{0}", rule.before))
    return ", ".join(parts)


def tidied(rule: DialRule) -> DialRule:
    """As a person means what they typed."""
    value = rule.value if rule.fits == "country" else "".join(rule.value.split())
    strip, before = ("".join(text.split()) for text in (rule.strip, rule.before))
    if rule.fits == "pattern":
        value = value.upper()
    if rule.fits == "prefix":
        value = value.translate(str.maketrans("", "", "-()/"))
    return msgspec.structs.replace(
        rule, name=rule.name.strip(), value="" if rule.fits == "any" else value, strip=strip, before=before
    )


def _lengths_words(value: str) -> str:
    least, most = lengths_of(value) or (0, 0)
    return str(least) if least == most else f"{least}–{most}"
