"""The nouns of svcctl. This list is all that is loaded until one of them is used.

A new noun is a class in a module of this package and its line here.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from svcctl.entry import Listed, Noun
from svcctl.texts import Text

CATALOGUE: dict[str, Listed] = {
    n.name: n
    for n in (
        Listed("complaint", "cp", "complaints", Text("投诉", "Complaint"),
               Text("投诉：受理、答复、办结、回访", "Complaints: taken, answered, resolved, called back"),
               "complaint:ComplaintNoun"),
        Listed("repair", "rp", "repairs", Text("报修", "Repair"),
               Text("报修：界定责任、派单、完工、验收", "Repairs: liability, dispatch, finish, verification"),
               "repair:RepairNoun"),
        Listed("lost", "lf", "lost", Text("遗留物品", "Lost property"),
               Text("遗留物品：拾获、认领、归还、处置，客人报失", "Lost property: found, claimed, returned, disposed of; loss reports"),
               "lost:LostNoun"),
        Listed("cash", "ca", "cash", Text("备用金", "Cash float"),
               Text("备用金：班班清点交接，长款、短款各自处理，缴款", "Cash float: counted at every change of shift, overs and shorts, remittances"),
               "cash:CashNoun"),
        Listed("fee", "fe", "fees", Text("收费", "Fees"),
               Text("收费：应收、收款、核销、减免、冲正、账龄", "Fees: charges, payments, credit, adjustments, reversals, arrears"),
               "fee:FeeNoun"),
        Listed("plan", "pl", "plans", Text("工作计划", "Work plan"),
               Text("工作计划：任务、责任人、完成时间，完成、延期、评估", "Work plans: tasks, owners, due days; done, moved, assessed"), "plan:PlanNoun"),
        Listed("unit", "un", "units", Text("铺位", "Unit"),
               Text("铺位、客房等地点", "Shops, rooms and other places"), "tenancy:UnitNoun"),
        Listed("tenant", "tn", "tenants", Text("商户", "Tenant"),
               Text("商户档案", "Tenants' files"), "tenancy:TenantNoun"),
        Listed("lease", "ls", "leases", Text("租约", "Lease"),
               Text("租约：哪个商户租哪个铺位，从哪天到哪天", "Leases: which tenant has which unit, from when to when"), "tenancy:LeaseNoun"),
    )
}  # fmt: skip

BY_PREFIX = {n.prefix: n.name for n in CATALOGUE.values()}


@cache
def noun(name: str) -> Noun[Any]:
    """The noun of that name, loaded; raises KeyError if there is none."""
    listed = CATALOGUE[name]
    module, _, declared = listed.place.partition(":")
    made: Noun[Any] = getattr(import_module(f"svcctl.nouns.{module}"), declared)(listed)
    return made
