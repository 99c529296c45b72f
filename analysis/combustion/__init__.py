"""In-cylinder pressure of many cycles: work, heat release, knock, abnormal combustion.

Angles are degrees of the crank, zero at top dead centre of combustion, -360..360: the one unit of
this package that is not SI, because the grid of an encoder is exact in degrees only. Names that
hold one end in ``_deg``. Pressures are pascal, and arrays are cycles times samples.
"""
