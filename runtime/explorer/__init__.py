"""The explorer: a net and a run of it as one HTML page, to be opened from a disk."""

from runtime.explorer.page import explorer_page as explorer_page
from runtime.explorer.page import write_explorer as write_explorer
