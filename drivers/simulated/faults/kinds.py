"""The vocabulary: every kind of fault with its parameters, units and ranges."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from bench.messages import Bilingual
from drivers.simulated.faults.fault import Family
from drivers.simulated.faults.kind import Kind, Parameter
from drivers.simulated.faults.plant_kinds import OF_CELLS, OF_ENGINES

_TEXT, _NODE, _SENSOR = (Family.TEXT,), (Family.NODE,), (Family.SENSOR,)
_PANEL, _MACHINE = (Family.PANEL,), (Family.MACHINE,)
_BENCH = (Family.BENCH,)
_CYLINDER = (Family.CYLINDER,)
_ANY_NUMBER = (-math.inf, math.inf)
_EVERY = Parameter(
    "every", Bilingual("each so many replies", "每隔多少个应答"), 1.0, range=(1.0, 1e6)
)
_WIRE = (
    Kind("hang", _TEXT, Bilingual("takes messages and never answers", "接收消息但不应答")),
    Kind(
        "slow",
        _TEXT,
        Bilingual("answers after a delay", "延迟应答"),
        (Parameter("delay", Bilingual("delay", "延迟"), unit="s", range=(0.0, 3600.0)),),
    ),
    Kind("drop-reply", _TEXT, Bilingual("loses replies", "丢失应答"), (_EVERY,)),
    Kind(
        "half-close",
        _TEXT,
        Bilingual("closes its sending side at the next message", "收到下一条消息时关闭发送方向"),
    ),
    Kind(
        "reset",
        _TEXT,
        Bilingual("resets the connection instead of answering", "不应答而复位连接"),
        (_EVERY,),
    ),
    Kind("refuse", _TEXT, Bilingual("hangs up and refuses connections", "断开并拒绝连接")),
    Kind(
        "garble",
        _TEXT,
        Bilingual("answers what cannot be read", "应答无法读取"),
        (
            Parameter(
                "form",
                Bilingual(
                    "noise: random bytes; cut: half a reply without its end; short: half a reply",
                    "noise：随机字节；cut：半个应答且无结束符；short：半个应答",
                ),
                "noise",
                choices=("noise", "cut", "short"),
            ),
            _EVERY,
        ),
    ),
    Kind(
        "late",
        _TEXT,
        Bilingual("each reply waits until the next question comes", "应答等到下一个问题到来才发出"),
    ),
    Kind(
        "neighbour",
        _TEXT,
        Bilingual("answers with the reply to the question before", "用上一个问题的应答来回答"),
    ),
    Kind(
        "reboot",
        (Family.TEXT, Family.NODE),
        Bilingual(
            "loses power and comes back in its power-on state when it ends",
            "断电；结束时以上电状态恢复",
        ),
    ),
    Kind("node-silent", _NODE, Bilingual("hears, but sends nothing", "能接收但不发送")),
    Kind(
        "short-frames",
        _NODE,
        Bilingual("sends frames that are too short", "发送过短的帧"),
        (
            Parameter(
                "bytes", Bilingual("bytes that are left", "剩余字节数"), 4.0, range=(0.0, 7.0)
            ),
        ),
    ),
    Kind(
        "babbling",
        _NODE,
        Bilingual("repeats its last frame without rest", "不停地重复最后一帧"),
        (Parameter("rate", Bilingual("frames in a second", "每秒帧数"), 500.0, "Hz", (1.0, 5e3)),),
    ),
    Kind(
        "bus-off",
        (Family.BUS,),
        Bilingual(
            "the bus is cut between bench and nodes, both ways", "试验台与节点之间的总线双向中断"
        ),
    ),
)


def _group(name: str, english: str, chinese: str) -> Parameter:
    return Parameter(name, Bilingual(english, chinese), range=(1.0, 512.0))


_GROUPS = (
    Kind(
        "groups-lost",
        (Family.GROUPS,),
        Bilingual(
            "the frames of some groups are lost, whole frames at a time",
            "部分单体组的帧丢失（按整帧）",
        ),
        (_group("first", "first group", "首个组"), _group("last", "last group", "末个组")),
    ),
    Kind(
        "groups-swapped",
        (Family.GROUPS,),
        Bilingual("two frames of groups change their numbers", "两帧单体组编号对调"),
        (
            _group("one", "a group of one frame", "其中一帧的组"),
            _group("other", "a group of the other", "另一帧的组"),
        ),
    ),
    Kind(
        "groups-frozen",
        (Family.GROUPS,),
        Bilingual("repeats its last round; its counter stands still", "重复上一轮数据；计数器不变"),
    ),
)
_SENSORS = (
    Kind(
        "drift",
        _SENSOR,
        Bilingual("wanders away at a constant rate", "以恒定速率漂移"),
        (Parameter("rate", Bilingual("rate", "速率"), unit=None, range=_ANY_NUMBER, per="s"),),
    ),
    Kind(
        "offset",
        _SENSOR,
        Bilingual("shows so much more", "示值偏移"),
        (Parameter("by", Bilingual("how much", "偏移量"), unit=None, range=_ANY_NUMBER),),
    ),
    Kind(
        "noise",
        _SENSOR,
        Bilingual("is noisy", "噪声增大"),
        (Parameter("deviation", Bilingual("standard deviation", "标准差"), unit=None),),
    ),
    Kind(
        "freeze",
        _SENSOR,
        Bilingual(
            "values stand still while the instrument goes on answering",
            "数值冻结，但仪器继续应答",
        ),
    ),
    Kind("broken", (*_SENSOR, *_CYLINDER), Bilingual("the sensor is broken", "传感器损坏")),
    Kind(
        "set",
        (Family.INPUT,),
        Bilingual("a terminal shows a value", "端子显示给定值"),
        (
            Parameter("value", Bilingual("value", "数值"), unit=None, range=_ANY_NUMBER),
            Parameter("rate", Bilingual("change", "变化率"), 0.0, None, _ANY_NUMBER, per="s"),
        ),
    ),
)
_CYLINDERS = (
    Kind(
        "teeth-lost",
        _CYLINDER,
        Bilingual(
            "the encoder misses teeth: angles are wrong until its reference mark",
            "编码器丢齿：到参考标记之前角度错误",
        ),
        (Parameter("teeth", Bilingual("how many", "丢齿数"), 4.0, range=(1.0, 60.0)),),
    ),
    Kind(
        "tdc-shifted",
        _CYLINDER,
        Bilingual("top dead centre is set wrong: pressures show late", "上止点标定错误：压力滞后"),
        (Parameter("by", Bilingual("angle in degrees", "角度（度）"), 1.0, range=(-20.0, 20.0)),),
    ),
    Kind(
        "saturated",
        _CYLINDER,
        Bilingual("the charge amplifier shows no more than", "电荷放大器饱和"),
        (Parameter("at", Bilingual("pressure", "压力"), 1e7, "bar", (1e5, 3e7)),),
    ),
    Kind(
        "pegging-off",
        _CYLINDER,
        Bilingual("the intake pressure it pegs to is wrong by", "用于标定零点的进气压力偏差"),
        (Parameter("by", Bilingual("how much", "偏差"), 5e4, "bar", (-1e6, 1e6)),),
    ),
)
_CELL = (
    Kind(
        "emergency-stop",
        _PANEL,
        Bilingual("the emergency stop is pressed; released when it ends", "按下急停；结束时复位"),
    ),
    Kind("reset-key", _PANEL, Bilingual("the reset key is turned", "转动复位钥匙")),
    Kind(
        "mains-lost",
        _PANEL,
        Bilingual("no mains; the battery empties", "市电中断；蓄电池放电"),
        (
            Parameter("charge", Bilingual("charge at first", "初始电量"), 1.0, "", (0.0, 1.0)),
            Parameter(
                "lasting",
                Bilingual("time from full to empty", "从满到空的时间"),
                600.0,
                "s",
                (1.0, 1e6),
            ),
        ),
    ),
)
_COMPUTER = (
    Kind(
        "clock-jump",
        _MACHINE,
        Bilingual("the wall clock that the bench sees jumps", "试验台看到的时钟跳变"),
        (Parameter("by", Bilingual("how far", "跳变量"), unit="s", range=_ANY_NUMBER),),
    ),
    Kind("disk-full", _MACHINE, Bilingual("the run file's disk is full", "运行文件所在磁盘已满")),
    Kind(
        "power-cut",
        _BENCH,
        Bilingual(
            "the bench and its computer lose power; in a chain of run files the next one goes on",
            "试验台及其计算机断电；在运行文件链中由下一个文件继续",
        ),
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            *_WIRE,
            *_GROUPS,
            *_SENSORS,
            *_CYLINDERS,
            *_CELL,
            *OF_ENGINES,
            *OF_CELLS,
            *_COMPUTER,
        )
    }
)
"""Every kind of fault by its name."""
