"""TM Forum's APIs, version 4: service problems (656), alarms (642) and trouble tickets (621).

Not certified. What others post of alarms and tickets goes to the daemon as a record of the feed.
"""
