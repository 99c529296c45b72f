"""The start page: choose, check, rehearse, start; and what to do where no bench is."""
