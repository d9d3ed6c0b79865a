"""Sums of conditions, such as what live paths add to the output, put into their least form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from circuits.builder import Builder
from circuits.circuit import FALSE, TRUE, Op


class Conditions(Builder):
    """A builder that knows which conditions exclude each other or imply another."""

    def conjuncts(self, literal: int) -> frozenset[int]:
        """The literals whose conjunction this literal is; itself, where it is no AND."""
        if literal & 1 or self._ops[literal >> 1] is not Op.AND:
            return frozenset((literal,))
        return frozenset(self._operands[literal >> 1])

    def implies(self, literal: int, other: int) -> bool:
        """Whether ``other`` is among the conjuncts of ``literal``, or either is constant so."""
        return literal in (FALSE, other) or other in (TRUE, *self.conjuncts(literal))

    def any_of(self, literals: list[int]) -> int:
        """Whether one of the literals is true, of which no two are true together."""
        constant, terms = self.merged((x, Fraction(1)) for x in literals)
        if not terms:
            return TRUE if constant else FALSE
        if len(terms) == 1:  # constant + number * x is 0 or 1
            return next(iter(terms)) ^ int(constant)
        return self.or_(*literals)

    def merged(self, terms: Iterable[tuple[int, Fraction]]) -> tuple[Fraction, dict[int, Fraction]]:
        """A sum of numbers that count where their literals are true, as ``(constant, terms)``.

        Wherever ``x & a`` and ``x & !a`` weigh the same they become ``x``, so that a memory unit
        and its dual, which let their signals through in turn, leave a sum without the condition
        that decides between them. At the end all literals are uncomplemented.

        >>> b = Conditions()
        >>> flip, h = b.input("flip"), b.input("h")
        >>> one = Fraction(1)
        >>> b.merged([(b.and_(flip, h), one), (b.and_(flip ^ 1, h), one), (h ^ 1, -one)])
        (Fraction(-1, 1), {4: Fraction(2, 1)})
        """
        weight: defaultdict[int, Fraction] = defaultdict(Fraction)
        for literal, number in terms:
            weight[literal] += number
        literal_of = {self.conjuncts(x): x for x in weight}
        todo = [x for x in weight if len(self.conjuncts(x)) > 1]
        while todo:
            literal = todo.pop()
            conjuncts = self.conjuncts(literal)
            for x in conjuncts:
                other = literal_of.get(conjuncts ^ {x, x ^ 1})
                if other is None or weight[literal] * weight[other] <= 0:
                    continue
                common = min(weight[literal], weight[other], key=abs)
                rest = self.and_(*(conjuncts - {x}))
                weight[literal] -= common
                weight[other] -= common
                weight[rest] += common
                if len(self.conjuncts(rest)) > 1:
                    literal_of[self.conjuncts(rest)] = rest
                    todo.append(rest)
        constant = weight.pop(TRUE, Fraction(0))
        weight.pop(FALSE, None)
        plain: defaultdict[int, Fraction] = defaultdict(Fraction)
        for literal, number in weight.items():
            if literal & 1:  # number * (1 - x)
                constant += number
            plain[literal & ~1] += -number if literal & 1 else number
        return constant, {x: number for x, number in plain.items() if number}
