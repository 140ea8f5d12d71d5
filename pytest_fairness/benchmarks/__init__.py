"""Published bias benchmarks: read from a local folder, asked, and scored as published."""

from pytest_fairness.benchmarks.base import Benchmark, Number, Scores
from pytest_fairness.benchmarks.registry import BENCHMARKS, benchmark_named, run_benchmark

__all__ = ["BENCHMARKS", "Benchmark", "Number", "Scores", "benchmark_named", "run_benchmark"]
