"""The addresses at which TM Forum's APIs are served: version 4, and the older ones beside."""

BASES = ("/tmf-api/serviceProblemManagement/v4", "/tmf-api/serviceProblemManagement/v3")
"""Of service problems (656)."""
ALARM_BASES = ("/tmf-api/alarmManagement/v4", "/tmf-api/alarm/v4")
"""Of alarms (642): as its users call it, and as its specification does."""
TICKET_BASES = ("/tmf-api/troubleTicket/v4", "/tmf-api/troubleTicket/v2")
"""Of trouble tickets (621)."""
