// All of the console's scripts; each looks for what it serves on the page.
import "./theme.js";
import "./live.js";
import "./rows.js";
import "./drafts.js";
import "./act.js";
import "./keys.js";
import "./panels.js";
import "./chart.js";
