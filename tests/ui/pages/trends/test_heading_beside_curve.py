"""A curve whose value is on its way to a limit says so in the list of the curves, beside its quality and age."""

from cityops_desktop.link.analysis import HeadingsInfo
from tests.ui.desk import NOW, live, model_of, point, room_copy
from tests.ui.models.test_forecasts import Station, heading
from ui.models.forecasts import Forecasts
from ui.pages.trends.lanes import Line
from ui.pages.trends.legend import Legend
from ui.pages.trends.trace import Trace


def test_the_least_in_the_row_and_the_whole_in_the_tool_tip(qtbot, clock):
    told = point("a.t")
    model = model_of(room_copy([told], [live("a.t", 24.0)]), clock)
    forecasts = Forecasts(model, Station(), looking=True)  # type: ignore[arg-type]
    legend = Legend(model, forecasts)
    qtbot.addWidget(legend)
    legend.resize(300, 120)
    trace = Trace(1.0, steps=False)
    legend.set_lines([Line(1, told, trace)])
    assert not any("↑" in text for _, text, _ in legend.painted_texts())
    forecasts._came(HeadingsInfo(now=NOW, origin="real", headings=[heading("a.t", 12)]))
    legend.refresh()
    assert any(text.endswith("· ↑ 12 min") for _, text, _ in legend.painted_texts())
    assert "↑ 32.0 °C in 12 min (10 to 18)" in legend.toolTip()
    legend.set_cursor(NOW - 1000)
    assert not any("↑" in text for _, text, _ in legend.painted_texts()), "of the past nothing is foretold"
