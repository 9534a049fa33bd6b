"""The wiring's own part: what the process is told before the loop runs."""

from threadpoolctl import threadpool_info

from correlator.app import one_thread_each


def test_linear_algebra_takes_no_threads_of_its_own() -> None:
    with one_thread_each():
        threads = {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}
    assert threads == {1}
