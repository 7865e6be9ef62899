"""The little trend keeps every peak and every gap."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from ui.pages.overview.sparkline import BUCKET_MS, BUCKETS, Spark

NOW = 1_790_000_000_000


@given(st.lists(st.floats(-1000, 1000), min_size=1, max_size=400))
def test_no_peak_is_hidden(values: list[float]) -> None:
    spark = Spark(2.0, 1.0)
    times = [NOW - 2000 * (len(values) - n) for n in range(len(values))]
    spark.seed(times, values)
    seen = [value for time, value in zip(times, values, strict=True) if time // BUCKET_MS > NOW // BUCKET_MS - BUCKETS]
    runs = spark.runs(NOW)
    assert max(high for run in runs for _, _, high in run) == max(seen)
    assert min(low for run in runs for _, low, _ in run) == min(seen)
    assert len(runs) == 1


def test_a_silence_of_more_than_three_periods_is_a_gap() -> None:
    spark = Spark(5.0, 1.0)
    spark.seed(range(NOW - 600_000, NOW - 400_000, 5000), [1.0] * 40)
    spark.seed(range(NOW - 200_000, NOW, 5000), [2.0] * 40)
    assert len(spark.runs(NOW)) == 2


def test_a_slow_point_has_no_gap_between_its_samples() -> None:
    spark = Spark(60.0, 1.0)
    spark.seed(range(NOW - 900_000, NOW, 60_000), [1.0] * 15)
    assert len(spark.runs(NOW)) == 1


def test_unusable_samples_break_the_line() -> None:
    spark = Spark(1.0, 1.0)
    for second in range(300):
        spark.add(NOW - 300_000 + second * 1000, None if 100 <= second < 200 else 5.0)
    assert len(spark.runs(NOW)) == 2


def test_what_is_older_than_the_window_is_forgotten() -> None:
    spark = Spark(1.0, 1.0)
    for second in range(0, 36_000, 5):
        spark.add(NOW + second * 1000, 5.0)
    assert len(spark._buckets) <= BUCKETS + 8


def test_the_picture_stays_in_its_place_and_noise_is_flat() -> None:
    spark = Spark(1.0, calm=10.0)
    spark.seed(range(NOW - 900_000, NOW, 1000), [20 + n % 2 * 0.1 for n in range(900)])
    rect = QRectF(100, 40, 60, 26)
    (line,) = spark.polygons(rect, NOW)
    box = line.boundingRect()
    assert rect.contains(box)
    assert box.height() < 1


def test_the_running_bucket_alone_does_not_ask_for_a_new_picture() -> None:
    spark = Spark(1.0, 1.0)
    start = NOW // BUCKET_MS * BUCKET_MS
    spark.add(start, 1.0)
    version = spark.version
    spark.add(start + 1000, 2.0)
    assert spark.version == version
    spark.add(start + BUCKET_MS, 2.0)
    assert spark.version > version
