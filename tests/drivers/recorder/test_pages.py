"""Pages of devices: JSON, XML and lines of key=value, and whatever else comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.recorder.pages import MOST_VALUES, PageError, read_page, values_at

HIKVISION = b"""<?xml version="1.0" encoding="UTF-8" ?>
<storage version="1.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<hddList><hdd><id>1</id><status>ok</status><capacity>2000</capacity><freeSpace>500</freeSpace></hdd>
<hdd><id>2</id><status>error</status><capacity>2000</capacity><freeSpace>0</freeSpace></hdd></hddList></storage>"""
DAHUA = b"list.info[0].State=Success\r\nlist.info[0].Detail[0].TotalBytes=100.000000\r\nlist.info[0].Detail[1].TotalBytes=50\r\n"


@pytest.mark.parametrize(
    ("page", "place", "texts"),
    [
        (HIKVISION, "hddList.hdd.status", ["ok", "error"]),
        (HIKVISION, "hddList/hdd/freeSpace", ["500", "0"]),
        (HIKVISION, "storage.hddList.hdd.status", []),
        (DAHUA, "list.info[0].State", ["Success"]),
        (DAHUA, "list.info.*.Detail.*.TotalBytes", ["100.000000", "50"]),
        (b'{"disks": [{"free": 1.5, "ok": true}, {"free": 2, "ok": false}], "name": null}', "disks.*.ok", ["true", "false"]),
        (b'{"disks": [{"free": 1.5}, {"free": 2}]}', "disks.1.free", ["2"]),
        (b'[{"a": "x"}]', "0.a", ["x"]),
        ("状态=正常".encode("gb18030"), "状态", ["正常"]),
        (b"\xef\xbb\xbfrecording=1", "recording", ["1"]),
    ],
)
def test_values_are_found_at_their_places(page: bytes, place: str, texts: list[str]) -> None:
    assert values_at(read_page(page), place) == texts


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"{",
        b"<a><b></a>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
        b"[" * 100_000,
        b"[" + b"[" * 100 + b"1" + b"]" * 100 + b"]",
        b"<a>" * 100 + b"x" + b"</a>" * 100,
        b"[" + b"1," * MOST_VALUES + b"1]",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_page_is_an_error_and_nothing_else(page: bytes) -> None:
    with pytest.raises(PageError):
        read_page(page)


@given(st.one_of(st.binary(max_size=200), st.text(alphabet='{}[]<>/="a1.,: \n&;!?', max_size=80).map(str.encode)))
def test_any_bytes_give_a_page_or_an_error(body: bytes) -> None:
    try:
        page = read_page(body)
    except PageError:
        return
    assert all(isinstance(text, str) and all(isinstance(part, str) for part in parts) for parts, text in page)
