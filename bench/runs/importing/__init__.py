"""Tables become run files: CSV as loggers, Excel and Chinese Windows write it."""

from bench.runs.importing.errors import TableError
from bench.runs.importing.run import Imported, ImportOrder, import_table
from bench.runs.importing.table import Choices

__all__ = ["Choices", "ImportOrder", "Imported", "TableError", "import_table"]
