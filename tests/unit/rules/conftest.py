import pytest

SYMPTOMS = """\
symptoms:
  - id: no-sync
    name: {fr: Perte de synchro, en: No sync}
    examples: [plus de synchro, voyant rouge]
  - id: slow
    name: {fr: Lenteurs, en: Slow}
  - id: billing
    name: {fr: Facture, en: Billing}
    fault: false
"""

ACCESS = """\
family: access
defaults:
  raises: open
  urgency: high
  impact: {medium: 500, high: 5000}
  link: {linked: 0.5, suggested: 0.2}
  resolve: {quiet: 45m, alarms_cleared: 10m, close_after: 12h}
rules:
  - id: line-card
    domains: [line-card, pon-port]
    symptoms: {no-sync: 6, slow: 0.5}
    dial_share: 0.6
    title: {fr: "{symptom} — {domain}", en: "{symptom} — {domain}"}
    customer: {fr: "Panne depuis {onset}.", en: "Fault since {onset}."}
    procedure: https://wiki.example/line-card
    predict: {customers: 30, after: 5m}
    alarms:
      - {follows: 0.3, causes: [lossOfSignal], severities: [critical]}
      - {follows: 2e-3}
  - id: outside
    domains: ["*"]
    symptoms: {slow: 1, billing: 1}
    dial_share: 0.4
    raises: proposed
    resolve: {quiet: 2h}
    title: {fr: Afflux, en: Surge}
    customer: {fr: Afflux d'appels., en: Many calls.}
    procedure: https://wiki.example/outside
"""


@pytest.fixture
def texts() -> dict[str, str]:
    return {"symptoms.yaml": SYMPTOMS, "access.yaml": ACCESS}
