"""What happens to each event: a list of stages per kind, each with the few things it uses.

Handlers decide nothing about causes and own no statistics: they ask the owners, and carry out.
"""
