"""Recording: what a run leaves behind, and how it reaches the disk.

One direction, four stations (decision 0011):

- `intake`, `rings`: rows and records of the scan, taken without waiting for a disk;
- `log`, `wal`: everything as frames in an append-only log, synced each second;
- `sealing`: frames become whole chunks per channel, with pyramid, statistics and checksums; in
  real time in a process of its own (`sealing.process`, `sealing.service`);
- `disk`: an ordinary HDF5 file that is the last commit at every moment, on a storage port.

`recorder` and `background` join them in virtual and real time; `recovery` does what was left.
`port` says what comes in, `layout` what stands where in a file, `numbers` holds the pure
numerics, `hdf5` is the door to h5py. `bench.runs` reads.
"""
