"""The benchmark of rainflow counting works, in small."""

import sys

from tests.benchmarks.rainflow import main


def test_the_benchmark_counts_as_the_peer_does(monkeypatch, capsys):
    small = ["rainflow", "--samples", "50000", "--peer", "20000", "--rows", "1000"]
    monkeypatch.setattr(sys, "argv", small)
    main()
    said = capsys.readouterr().out
    assert "counts of these are identical" in said
    assert "eight mechanisms: 1,000 samples" in said
