"""Recording: what a run leaves behind, and how it reaches the disk.

One direction, four stations (decision 0011):

- `intake`, `rings`: rows and records of the scan, taken without waiting for a disk;
- `log`, `wal`: everything as frames in an append-only log, synced each second;
- `sealing`, `part_sealer`, `group_sealer`: frames become whole chunks per channel, with pyramid,
  statistics and checksums; in real time in a process of its own (`sealer_process`);
- `atomic`, `journal`: an ordinary HDF5 file that is the last commit at every moment.

`recorder` and `background` join them in virtual and real time; `recovery` does what was left;
`layout` says what stands where in a file. `bench.runs` reads.
"""
