"""The stage that reads a ticket: what it is about, by the agent's category and by its words."""

from __future__ import annotations

from correlator.engine.calls import KnownTickets
from correlator.engine.handlers.in_hand import TicketInHand
from correlator.engine.handlers.tuning import TUNING
from correlator.model import UNNAMED, Shares, Ticket
from correlator.text import Guess, SymptomClassifier, SymptomClusters


class Read:
    """Read the ticket's symptom; a repeat, the content of which is known, ends here."""

    def __init__(
        self,
        known: KnownTickets,
        classifier: SymptomClassifier,
        clusters: SymptomClusters,
        *,
        use_text: bool,
    ) -> None:
        """`use_text` false (for ablations): the agent's category alone counts."""
        self._known = known
        self._classifier = classifier
        self._clusters = clusters
        self._use_text = use_text

    def __call__(self, hand: TicketInHand) -> bool:
        """Read and remember the ticket; unchanged category and words keep its symptom."""
        ticket, before = hand.ticket, hand.before
        if before is not None and (ticket.symptom, ticket.text) == (before.typed, before.text):
            hand.symptom, hand.shares = before.symptom, before.shares
        elif self._use_text:
            hand.symptom, hand.shares = self._read(ticket)
        else:
            hand.symptom = ticket.symptom or UNNAMED
        hand.known = self._known.remember(ticket, hand.symptom, hand.shares)
        return hand.known is not None

    def _read(self, ticket: Ticket) -> tuple[str, Shares]:
        """Return the likeliest symptom, and what the ticket is about."""
        guess = self._classifier.read(ticket.text, ticket.symptom, ticket.id)
        if ticket.symptom and ticket.symptom != UNNAMED:
            self._clusters.hear(ticket.id, ticket.text)
            return self._typed(ticket.symptom, guess)
        read = ticket.symptom or guess.symptom or UNNAMED
        sure = read != UNNAMED and guess.fits
        found = self._clusters.take(ticket.id, ticket.text, ticket.arrived, read, sure=sure)
        of_text = found == read and ticket.symptom is None
        return found, guess.shares if of_text else ()

    @staticmethod
    def _typed(typed: str, guess: Guess) -> tuple[str, Shares]:
        """Return the agent's category, unless the text plainly says another.

        A text that says two symptoms is about both, whichever of them the agent chose.
        """
        if guess.symptom and guess.plain and guess.symptom != typed:
            return guess.symptom, guess.shares
        both = len(guess.shares) > 1 and typed in dict(guess.shares)
        if both and sum(share for _, share in guess.shares) >= TUNING.says_both:
            return typed, guess.shares
        return typed, ()
