"""Token buckets."""

from __future__ import annotations

from flighttap.rooms.bucket import Bucket


def test_a_bucket_empties_owes_and_fills_again() -> None:
    bucket = Bucket(10.0, 2, 0.0)
    bucket.take()
    bucket.take()
    assert (bucket.debt(0.0), bucket.wait(0.0)) == (0.0, 0.1)
    bucket.take()
    assert (bucket.debt(0.0), bucket.wait(0.0)) == (0.1, 0.2)
    assert bucket.wait(0.2) == 0.0
    assert not bucket.full(0.2)
    assert bucket.full(9.0)
    for _ in range(2):
        bucket.take()
    assert bucket.wait(9.0) > 0, "it holds no more than its burst"


def test_a_rate_of_nothing_is_no_limit() -> None:
    bucket = Bucket(0.0, 0, 0.0)
    for _ in range(1000):
        bucket.take()
    assert bucket.debt(0.0) == bucket.wait(0.0) == 0.0
