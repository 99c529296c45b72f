"""What stands above the sequence: limits and the reactions they call for.

The software is not a safety instrumented system: a hardwired chain is. What is here keeps the
test object within its limits and tells what happened.
"""
