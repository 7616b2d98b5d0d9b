"""Sums by key over two executors, so that the shuffle's blocks go from one to the other."""

import os

from pyspark.sql import SparkSession

KEYS = 97
NUMBERS = 200_000


def with_process(part):
    # A Python worker is forked by a daemon of its executor: one parent for each executor.
    for number in part:
        yield number % KEYS, (number, os.getppid())


def joined(left, right):
    return left[0] + right[0], left[1] | right[1]


if __name__ == "__main__":
    spark = SparkSession.builder.appName("Shuffle").getOrCreate()
    pairs = spark.sparkContext.parallelize(range(NUMBERS), 8).mapPartitions(with_process)
    sets = pairs.mapValues(lambda value: (value[0], {value[1]}))
    found = sets.reduceByKey(joined, 4).collectAsMap()
    expected = {key: sum(range(key, NUMBERS, KEYS)) for key in range(KEYS)}
    right = {key: value[0] for key, value in found.items()} == expected
    executors = set().union(*(value[1] for value in found.values()))
    print("shuffled %d numbers over %d executors: %s"
          % (NUMBERS, len(executors), "as expected" if right else "WRONG"))
    spark.stop()
