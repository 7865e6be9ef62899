"""A pytest plugin of `dev.py test`: a test that was skipped, or expected to fail, fails the run. What is not run is not known to work."""

import pytest

FORBIDDEN = ("skipped", "xfailed", "xpassed")


def _stats(config: pytest.Config) -> dict[str, int]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return {kind: len(reporter.stats[kind]) for kind in FORBIDDEN if reporter and reporter.stats.get(kind)}


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn success into failure when something was left out."""
    if exitstatus == pytest.ExitCode.OK and _stats(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say so; `-ra` of the configuration lists which and why."""
    for kind, count in _stats(config).items():
        terminalreporter.write_line(f"FAILED: {count} {kind}: every test must run here", red=True)
