"""The ``ledger.yaml`` of the sample."""

SITE = """\
# 样例：悦和里商业街（虚构）。人名、店名、电话都是编的。
svcctl: 1
site: 悦和里商业街
profile: street
timezone: Asia/Shanghai
language: zh
currency: CNY
week_start: mon                  # 周从星期一开始
month_start_day: 1               # 报表月从1号开始
day_cutoff: "00:00"
nouns: [complaint, repair, lost, cash, fee, plan, unit, tenant, lease]
in_use_from: {complaint: "2026-08-01", repair: "2026-08-01", lost: "2026-08-01", cash: "2026-08-01", fee: "2026-08-01", plan: "2026-08-01"}   # 此前没有台账，不作比较
staff:                           # 写了名单就只认名单里的人
  - {name: 何建国, role: manager}
  - {name: 陈志远, role: head}
  - {name: 李敏, role: desk}
  - {name: 王晓燕, role: desk}
  - {name: 赵琳, role: desk}
  - {name: 周芸, role: cashier}
  - {name: 韩雪, role: cashier}
  - {name: 方静, role: cashier}
  - {name: 石磊, role: night}
  - {name: 罗军, role: night}
  - {name: 沈洁, role: finance}
  - {name: 孙立, role: environment}
  - {name: 钱红梅, role: cleaning}
  - {name: 林国栋, role: engineering}
  - {name: 周大海, role: engineering}
  - {name: 吴志强, role: engineering}
  - {name: 郑国平, role: engineering}
  - {name: 马东, role: security}
  - {name: 许倩, role: merchants}
points:                          # 收银点：备用金、交款时间、班次
  front:
    float: "1000.00"
    remit_by: "1d 10:00"
    shifts: [{code: A, from: "07:00", to: "15:00"}, {code: B, from: "15:00", to: "23:00"}, {code: C, from: "23:00", to: "07:00"}]
policy:                          # 时长写 30m、24h、3d
  complaint: {reply: {general: 24h, serious: 4h, major: 1h}, target: {general: 3d, serious: 2d, major: 1d}, callback_within: 3d}
  repair: {due: {emergency: 24h, normal: 24h, planned: 7d}, follow_every: 24h}
  lost: {hold: {valuable: 365d, ordinary: 90d, document: 7d, perishable: 1d, prohibited: 0d}}
  cash: {settle_within: 1d}
targets:                         # min 不低于，max 不高于
  complaint.promise_kept_rate: {min: "0.95"}
  complaint.on_time_rate: {min: "0.90"}
  complaint.callback_rate: {min: "0.90"}
  complaint.satisfaction_rate: {min: "0.85"}
  complaint.reopen_rate: {max: "0.08"}
  repair.on_time_rate: {min: "0.90"}
  repair.rework_rate: {max: "0.05"}
  cash.completeness_rate: {min: "1"}
  fee.collection_rate: {min: "0.95"}
  plan.completion_rate: {min: "0.90"}
"""
