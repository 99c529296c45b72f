"""Kinds of fault of the test objects and their cells."""

from __future__ import annotations

from bench.messages import Bilingual
from drivers.simulated.faults.fault import Family
from drivers.simulated.faults.kind import Kind, Parameter

_PLANT = (Family.PLANT,)
_LEFT = Parameter("left", Bilingual("share that is left", "剩余份额"), 0.0, range=(0.0, 1.0))
OF_ENGINES = (
    Kind(
        "hydrogen-leak",
        _PLANT,
        Bilingual("hydrogen leaks behind the shut-off valve", "切断阀后氢气泄漏"),
        (
            Parameter(
                "rate",
                Bilingual("leak at a rail pressure of 30 bar", "供氢轨30 bar时的泄漏量"),
                unit="kg/s",
                range=(0.0, 1.0),
            ),
            Parameter(
                "into", Bilingual("where it goes", "泄漏到何处"), "hood", choices=("hood", "room")
            ),
        ),
    ),
    Kind(
        "overspeed",
        _PLANT,
        Bilingual(
            "the dynamometer loses its grip: nothing holds the rotor", "测功机失去制动：转子自由"
        ),
    ),
    Kind(
        "knock",
        _PLANT,
        Bilingual("the engine knocks while it fires", "发动机燃烧时爆震"),
        (
            Parameter(
                "intensity",
                Bilingual("amplitude of the pressure oscillation", "压力振荡幅值"),
                1e6,
                "bar",
                (0.0, 3e7),
            ),
            Parameter(
                "loss",
                Bilingual("share of the efficiency that is lost", "效率损失份额"),
                0.05,
                "",
                (0.0, 0.9),
            ),
        ),
    ),
    Kind(
        "coolant-loss",
        _PLANT,
        Bilingual("coolant is lost", "冷却液流失"),
        (
            Parameter(
                "left",
                Bilingual("share of flow and cooling that is left", "剩余流量和冷却份额"),
                0.05,
                "",
                (0.01, 1.0),
            ),
        ),
    ),
    Kind(
        "ventilation-loss",
        _PLANT,
        Bilingual("the fan stands still, whatever is demanded", "无论如何设定，风机停转"),
    ),
    Kind(
        "supply-low",
        _PLANT,
        Bilingual(
            "the trailer's pressure falls, and nobody exchanges it", "长管拖车压力下降且未更换"
        ),
        (
            Parameter("rate", Bilingual("fall", "下降速率"), 1e5, "bar/s", (0.0, 1e8)),
            Parameter(
                "to", Bilingual("where the fall ends", "下降终止压力"), 1e5, "bar", (1e5, 1e8)
            ),
        ),
    ),
    Kind(
        "oil-loss",
        _PLANT,
        Bilingual("oil pressure is lost", "机油压力下降"),
        (
            Parameter(
                "left",
                Bilingual("share of the pressure that is left", "剩余压力份额"),
                0.05,
                "",
                (0.01, 1.0),
            ),
        ),
    ),
    Kind(
        "ignition-loss",
        _PLANT,
        Bilingual("no spark: hydrogen leaves unburnt", "无点火：氢气未燃排出"),
    ),
)
"""What engines and their cells suffer."""
OF_CELLS = (
    Kind(
        "fuel-leak",
        _PLANT,
        Bilingual("fuel gas leaks behind the shut-off valve", "切断阀后燃料气泄漏"),
        (
            Parameter("rate", Bilingual("leak", "泄漏量"), unit="Ln/min", range=(0.0, 1.0)),
            Parameter(
                "into", Bilingual("where it goes", "泄漏到何处"), "hood", choices=("hood", "room")
            ),
        ),
    ),
    Kind(
        "cell-failure",
        _PLANT,
        Bilingual("a group of cells fails", "一组电池失效"),
        (
            Parameter("group", Bilingual("its number", "组号"), 1.0, range=(1.0, 512.0)),
            Parameter(
                "resistance",
                Bilingual(
                    "resistance times area that each cell has more", "每片电池增加的面积电阻"
                ),
                5e-6,
                "ohm*cm^2",
                (0.0, 1e-3),
            ),
            Parameter(
                "fuel",
                Bilingual("share of its fuel that it lacks", "缺少的燃料份额"),
                0.0,
                range=(0.0, 0.95),
            ),
        ),
    ),
    Kind(
        "air-loss",
        _PLANT,
        Bilingual("the air blower loses flow", "空气风机流量下降"),
        (_LEFT,),
    ),
    Kind(
        "fuel-loss",
        _PLANT,
        Bilingual("the fuel supply fails", "燃料供应故障"),
        (_LEFT,),
    ),
    Kind(
        "steam-loss",
        _PLANT,
        Bilingual("the steam generator fails", "蒸汽发生器故障"),
        (_LEFT,),
    ),
    Kind(
        "safety-gas-loss",
        _PLANT,
        Bilingual("the safety gas fails", "安全气供应故障"),
        (_LEFT,),
    ),
    Kind("recycle-loss", _PLANT, Bilingual("the recycle blower stops", "阳极循环风机停转")),
    Kind("heater-loss", _PLANT, Bilingual("the heater has no power", "加热器断电")),
    Kind("burner-loss", _PLANT, Bilingual("the burner goes out", "燃烧器熄火")),
    Kind(
        "ambient-rise",
        _PLANT,
        Bilingual("the room gets warmer", "室温升高"),
        (Parameter("by", Bilingual("how much", "升高量"), 15.0, "K", (0.0, 60.0)),),
    ),
    Kind(
        "carbon-monoxide",
        _PLANT,
        Bilingual("carbon monoxide comes into the room", "室内出现一氧化碳"),
        (Parameter("fraction", Bilingual("mole fraction", "摩尔分数"), 1e-4, "", (0.0, 0.1)),),
    ),
)
"""What solid oxide cells and their system suffer."""
