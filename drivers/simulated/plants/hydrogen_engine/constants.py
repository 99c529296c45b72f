"""Constants of nature and of air that no engine changes."""

GAS_CONSTANT = 8.314462618
"""Molar gas constant, J/(mol K)."""
HYDROGEN_MOLAR_MASS = 2.01588e-3
"""Molar mass of hydrogen, kg/mol."""
NITROGEN_MOLAR_MASS = 28.0134e-3
"""Molar mass of nitrogen, kg/mol."""
AIR_MOLAR_MASS = 28.9647e-3
"""Molar mass of dry air, kg/mol."""
WATER_MOLAR_MASS = 18.01528e-3
"""Molar mass of water, kg/mol."""
NITROGEN_DIOXIDE_MOLAR_MASS = 46.0055e-3
"""Molar mass of nitrogen dioxide, as which NOx is counted, kg/mol."""
OXYGEN_IN_AIR = 0.20946
"""Oxygen in dry air, mole fraction."""
AIR_PER_HYDROGEN = 34.298
"""Stoichiometric dry air per hydrogen, kg/kg."""
LOWER_FLAMMABLE_LIMIT = 0.04
"""Hydrogen in air, mole fraction."""
