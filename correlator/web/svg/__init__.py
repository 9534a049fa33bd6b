"""Pictures drawn on the server: views in, SVG markup out.

They print, work in a frame and without scripts, and hold neither inline styles nor scripts, as the
content policy asks. Colour comes from `static/css/charts.css` by class.
"""

from correlator.web.svg.network import network
from correlator.web.svg.rate import rate_chart
from correlator.web.svg.table import rate_table
from correlator.web.svg.timeline import timeline

__all__ = ["network", "rate_chart", "rate_table", "timeline"]
