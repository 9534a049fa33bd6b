"""The correlator: tickets and alarms in, generic incidents and ticket links out."""
