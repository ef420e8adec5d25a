"""Money: whole minor units and their currency; never a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from app.kernel.errors import BadValue

# ISO 4217 currencies whose minor unit is not a hundredth.
EXPONENTS = {
    "BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0, "KRW": 0, "KWD": 3,
    "LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units (cents for EUR) of one ISO 4217 currency."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """Read a decimal amount ("12.50"); `BadValue` when it is no number or finer than the currency allows."""
        try:
            scaled = Decimal(text).scaleb(cls.exponent_of(currency))
        except InvalidOperation as error:
            raise BadValue(field="amount", value=text, hint="Write a number such as 12.50.") from error
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise BadValue(field="amount", value=text, hint=f"{currency} has no smaller unit than that.")
        return cls(int(scaled), currency)

    @staticmethod
    def exponent_of(currency: str) -> int:
        """How many decimal places the currency's minor unit has."""
        return EXPONENTS.get(currency, 2)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-self.exponent_of(self.currency))

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def times(self, factor: Decimal) -> "Money":
        """The amount times a factor, rounded half to even (IEEE 754) to the minor unit."""
        return Money(int((self.minor * factor).to_integral_value(ROUND_HALF_EVEN)), self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise BadValue(field="currency", value=other.currency, hint=f"Convert it to {self.currency} first.")
