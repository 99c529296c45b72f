"""What is wrong with the machine, the rig and its links, and what to mend."""
