"""A small checked language for computed channels, limits, conditions and demand values.

```
engine.torque * engine.speed / (fuel.flow * 119.96 MJ/kg)
h2.hood > 25 %LFL and not (hood.fan == on)
if(dyno.mode == motor, 0 N*m, min($torque, 2000 N*m))
```

Numbers carry units, channels a dot, parameters a dollar sign. `parse` reads a text, `resolve`
checks names and dimensions against a bench, `compile_row` turns many resolved expressions into
one function over a scan row. User text is never given to Python's own parser.
"""

from bench.expression.parser import ExpressionError, parse
from bench.expression.resolve import Resolved, resolve
from bench.expression.row import Cells, compile_row
from bench.expression.syntax import Expression

__all__ = ["Cells", "Expression", "ExpressionError", "Resolved", "compile_row", "parse", "resolve"]
