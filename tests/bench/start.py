"""What starting svcctl costs: the CPU of everyday commands as ratios to ``python -c pass``, in turns in one run."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile

from timing import once, svcctl

RUNS = 31
NOW = "2026-11-23T17:40:00+08:00"


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as home:
        ledger = os.path.join(home, "ledger")
        shutil.copytree(os.path.join(here, "..", "..", "ledger"), ledger)
        env = {**os.environ, "HOME": home, "XDG_STATE_HOME": home, "SVCCTL_NOW": NOW, "SVCCTL_BY": "李敏", "SVCCTL_LANG": "zh"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        commands = {
            "svcctl --help": svcctl("-C", ledger, "--help"),
            "repair add": svcctl("-C", ledger, "repair", "add", "--unit", "A-101", "--fault", "灯不亮"),
            "complaint list --open": svcctl("-C", ledger, "complaint", "list", "--open"),
            "today": svcctl("-C", ledger, "today"),
            "report monthly": svcctl("-C", ledger, "report", "monthly", "2026-10", "-o", os.path.join(home, "m.xlsx")),
        }
        for name, command in commands.items():
            ratios, costs = [], []
            once(command, env)
            for _ in range(5 if "report" in name else RUNS):
                cost, base = once(command, env), once([sys.executable, "-c", "pass"], env)
                ratios.append(cost.cpu / base.cpu)
                costs.append(cost.cpu * 1000)
            print(f"{name:<24} {statistics.median(costs):8.1f} ms CPU  {statistics.median(ratios):6.2f} x python -c pass"
                  f"  (least {min(ratios):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
