"""Handlers: one for each kind of event, with narrow views of the owners that it uses.

Handlers decide nothing about causes and own no statistics: they ask the owners, and carry out.
"""
