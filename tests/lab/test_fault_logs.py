import json
from pathlib import Path

from lab.faults.logs import Since, message
from lab.faults.measures import edge_answers

LINE = '127.0.0.1 - - [30/Nov/2026:00:40:38 +0000] "GET / HTTP/1.1" {status} 150 "-" "agent"\n'


def test_only_new_lines_count(tmp_path: Path) -> None:
    """Lines from before the moment are left out; the logs of all instances of a service are read."""
    (tmp_path / "catalog-1.log").write_text("an old error\n")
    since = Since.now(tmp_path)
    with (tmp_path / "catalog-1.log").open("a") as log:
        log.write("a new error\n")
    (tmp_path / "catalog-2.log").write_text("another new error\nno problem\n")
    assert list(since.lines("catalog", "error")) == ["a new error", "another new error"]
    assert list(since.lines("no-such-log", "error")) == []


def test_a_rotated_log_is_new(tmp_path: Path) -> None:
    """A log that is shorter than before was replaced: all of its lines count."""
    log = tmp_path / "postgres.log"
    log.write_text("old line\n" * 10)
    since = Since.now(tmp_path)
    log.write_text("new line\n")
    assert list(since.lines("postgres", "line")) == ["new line"]


def test_failed_answers_of_the_edge(tmp_path: Path) -> None:
    """Answers with 5xx and those that the client gave up on are failures; other lines are none."""
    since = Since.now(tmp_path)
    lines = "".join(LINE.format(status=status) for status in (200, 404, 502, 499))
    (tmp_path / "nginx.log").write_text(f"2026/11/30 [error] no live upstreams\n{lines}")
    answers = edge_answers(since)
    assert (answers.count, answers.failed) == (4, 0.5)


def test_the_message_of_a_json_line() -> None:
    """Lines of pino and of Python's JSON formatter are shown as their message."""
    assert message(json.dumps({"level": 50, "msg": "orders answered 502"})) == "orders answered 502"
    assert message(json.dumps({"message": "payment failed"})) == "payment failed"
    assert message("  plain text  ", 5) == "plain"
