"""Looking after the bench: loop checks and calibrations, as numbers in and numbers out."""
