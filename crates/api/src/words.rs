//! Words for people in both languages: verdicts, events, states, acts, roles.

use crate::{Lang, time::rfc3339};
use ledger::{
    Act, Effect, Lifecycle, OrgId, Role,
    operation::{InspectionResult, Note, Purpose},
    record::{Inside, OrgKind, Packed, PendingOffer},
};

/// The values of an effect, by name, as text. What is not stated is left out; a flag is `yes` where it is set.
pub fn effect_params(effect: &Effect) -> Vec<(&'static str, String)> {
    let values = Values::default();
    let Values(list) = match effect {
        Effect::Registered {
            class,
            code,
            quantity,
            custodian,
            previous,
            purpose,
            marks,
            origin,
            place,
            grant,
            private,
        } => values
            .with("class", class)
            .with("code", code.digital_link())
            .with("quantity", quantity)
            .with("custodian", custodian)
            .given("previous", previous.as_ref())
            .given("purpose", stated(*purpose))
            .flag("hgr", marks.hgr)
            .flag("research_only", marks.research_only)
            .given("origin", origin.map(|kind| kind.name()))
            .given("place", place.as_ref())
            .given("grant", grant.as_ref())
            .given("private", private.as_ref()),
        Effect::Declared { exempt, research_only } => {
            values.flag("exempt", *exempt).flag("research_only", *research_only)
        }
        Effect::Inspected { result, video } => values.with("result", result.name()).given("video", video.as_ref()),
        Effect::Released { grant } => values.given("grant", grant.as_ref()),
        Effect::Offered { offer } => offered(values, offer),
        Effect::Moved { from, to, terms, receiver, place } => values
            .with("from", from)
            .with("to", to)
            .with("terms", terms)
            .with("as", receiver.name())
            .given("place", place.as_ref()),
        Effect::OfferRefused { terms } | Effect::OfferWithdrawn { terms } => values.with("terms", terms),
        Effect::Used { quantity } | Effect::Disposed { quantity } | Effect::Wasted { quantity } => {
            values.with("quantity", quantity)
        }
        Effect::HoldPlaced { by, reason } => values.with("by", orgs(by)).with("reason", reason),
        Effect::HoldLifted { by, placed } => values.with("by", orgs(by)).with("placed", placed),
        Effect::Assigned { grant } => values.with("grant", grant),
        Effect::Arrived { port } | Effect::Exited { port } => values.with("port", port),
        Effect::InspectionOrdered { premises } => values.given("premises", premises.as_ref()),
        Effect::Tested { passed, laboratory, report } => {
            let result = if *passed { InspectionResult::Passed } else { InspectionResult::Failed };
            values.with("result", result.name()).with("laboratory", laboratory).with("report", report)
        }
        Effect::Returned { reason } | Effect::Destroyed { reason } => values.with("reason", reason),
        Effect::Stored { premises, quarantine } => values.with("premises", premises).flag("quarantine", *quarantine),
        Effect::Lost { quantity, theft } => values.with("quantity", quantity).flag("theft", *theft),
        Effect::Corrected { event, bucket, quantity, reason } => {
            values.with("event", event).with("bucket", bucket.name()).with("quantity", quantity).with("reason", reason)
        }
        Effect::Noted { note, excursion } => noted(values, note).flag("excursion", *excursion),
        Effect::Derived { kind, quantity } => values.with("kind", kind.name()).with("quantity", quantity),
        Effect::Packed { into: Packed { unit, level } } => values.with("unit", unit).with("level", level),
        Effect::Unpacked { unit, custodian, state, place } => values
            .with("unit", unit)
            .with("custodian", custodian)
            .with("state", state.name())
            .given("place", place.as_ref()),
        Effect::Filled { more, by } => filled(values, *more, by),
        Effect::Reported { used, disposed, last } => {
            values.with("used", used).with("disposed", disposed).flag("last", *last)
        }
        Effect::Departed { to } => values.with("network", to),
        Effect::Landed { .. } => landed(values, effect),
    };
    list
}

/// Values by name.
#[derive(Default)]
struct Values(Vec<(&'static str, String)>);

impl Values {
    fn with(mut self, name: &'static str, value: impl ToString) -> Values {
        self.0.push((name, value.to_string()));
        self
    }

    fn given(self, name: &'static str, value: Option<impl ToString>) -> Values {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn flag(self, name: &'static str, set: bool) -> Values {
        if set { self.with(name, "yes") } else { self }
    }
}

fn stated(purpose: Purpose) -> Option<&'static str> {
    (purpose != Purpose::Unstated).then(|| purpose.name())
}

fn orgs(by: &[OrgId]) -> String {
    by.iter().map(OrgId::to_string).collect::<Vec<_>>().join(", ")
}

/// What lands is what the other network knows of it.
fn landed(values: Values, effect: &Effect) -> Values {
    let Effect::Landed { from, item, count, head, class, code, quantity, custodian, previous, purpose, marks, state } =
        effect
    else {
        return values;
    };
    values
        .with("network", from)
        .with("item", item)
        .with("count", count)
        .with("head", head)
        .with("class", class)
        .with("code", code.digital_link())
        .with("quantity", quantity)
        .with("custodian", custodian)
        .given("previous", previous.as_ref())
        .given("purpose", stated(*purpose))
        .flag("hgr", marks.hgr)
        .flag("research_only", marks.research_only)
        .with("state", state.name())
}

fn offered(values: Values, offer: &PendingOffer) -> Values {
    let PendingOffer { terms, receiver, expires, purpose, premises } = offer;
    values
        .with("terms", terms)
        .with("receiver", receiver)
        .with("expires", rfc3339(*expires))
        .given("purpose", stated(*purpose))
        .given("premises", premises.as_ref())
}

/// Temperatures are in thousandths of a degree Celsius.
fn noted(values: Values, note: &Note) -> Values {
    let values = values.with("note", note.name());
    match note {
        Note::SelfCheck { counted, report } => values.with("counted", counted).with("report", report),
        Note::Telemetry { kind, root, count, from, to, min, max } => values
            .with("kind", kind.name())
            .with("root", root)
            .with("count", count)
            .with("from", rfc3339(*from))
            .with("to", rfc3339(*to))
            .with("min", min)
            .with("max", max),
        Note::Expert { report } => values.with("report", report),
        Note::Document { root } => values.with("root", root),
    }
}

/// What a unit holds more or less, as `+3`.
fn filled(values: Values, more: bool, by: &Inside) -> Values {
    let Inside { items, depth: _, held, research_only, hgr, levels: _ } = by;
    let sign = if more { '+' } else { '-' };
    [("items", items), ("held", held), ("research_only", research_only), ("hgr", hgr)]
        .into_iter()
        .filter(|(_, count)| **count > 0)
        .fold(values, |values, (name, count)| values.with(name, format!("{sign}{count}")))
}

/// A word of JSON or the command line, for people; the word itself where there is nothing to translate.
///
/// Covers kinds of events, states, acts, roles, kinds and functions of organisations, categories, registries, grants,
/// changes, proposals, alerts, states of transactions, verdicts and results of inspections. In English hyphens become
/// blanks.
pub fn word(word: &str, lang: Lang) -> String {
    match (lang, CHINESE.iter().find(|(english, _)| *english == word)) {
        (Lang::ZhHans, Some((_, chinese))) => (*chinese).to_owned(),
        (Lang::ZhHans, None) => word.to_owned(),
        (Lang::En, _) => word.replace('-', " "),
    }
}

/// A state, for people.
pub fn state(state: Lifecycle, lang: Lang) -> String {
    word(state.name(), lang)
}

/// An act, for people.
pub fn act(act: Act, lang: Lang) -> String {
    word(act.name(), lang)
}

/// A role, for people.
pub fn role(role: Role, lang: Lang) -> String {
    word(role.name(), lang)
}

/// A kind of organisation with the function of an agency, for people.
pub fn org_kind(kind: OrgKind, lang: Lang) -> String {
    match kind.function() {
        Some(function) => word(function.name(), lang),
        None => word(kind.name(), lang),
    }
}

/// A verdict as a sentence; the words are those of `hufu.verdict/1`.
pub fn verdict(verdict: &str, lang: Lang) -> &'static str {
    match (verdict, lang) {
        ("valid", Lang::En) => "VALID: every event, signature and rule holds under the trust root given",
        ("valid", Lang::ZhHans) => "有效：在所给信任根下，全部事件、签名和规则均成立",
        ("stale", Lang::En) => "STALE: valid, but older than asked for; something may have happened since",
        ("stale", Lang::ZhHans) => "过时：内容有效，但其后可能另有变动",
        ("untrusted", Lang::En) => {
            "UNTRUSTED: consistent in itself, but what you trust does not vouch for it; the notes say why"
        }
        ("untrusted", Lang::ZhHans) => "不受信任：自身一致，但您所信任的一方未为其担保；原因见说明",
        (_, Lang::En) => "INVALID: do not rely on it",
        (_, Lang::ZhHans) => "无效：不可信赖",
    }
}

/// English word -> Chinese. A word that serves several lists stands once, where it comes first.
const CHINESE: &[(&str, &str)] = &[
    // States of items.
    ("registered", "已登记"),
    ("declared", "已申报"),
    ("test-pending", "待检测"),
    ("inspected", "已查验"),
    ("failed", "查验不合格"),
    ("released", "已放行"),
    ("consumed", "已用尽"),
    ("disposed", "已处置"),
    ("permitted", "已归入审批单"),
    ("declaration-exempt", "免申报"),
    ("at-port", "在港"),
    ("inspecting", "查验中"),
    ("inspection-exempt", "免查验"),
    ("in-transit", "运输中"),
    ("stored", "已入库"),
    ("in-use", "使用中"),
    ("waste", "列为废物"),
    ("waste-in-transit", "废物运输中"),
    ("exited", "已离境"),
    ("received-abroad", "境外已接收"),
    ("final-use-reported", "已报告最终用途"),
    ("derived", "已衍生"),
    ("returned", "已退运"),
    ("destroyed", "已销毁"),
    ("lost", "已遗失"),
    ("departed", "已转往他网"),
    // Kinds of events; what quantities are booked as.
    ("offered", "已发起交付"),
    ("moved", "已交接"),
    ("offer-refused", "已拒收"),
    ("offer-withdrawn", "已撤回交付"),
    ("used", "已使用"),
    ("hold-placed", "已扣控"),
    ("hold-lifted", "已解除扣控"),
    ("assigned", "已列入审批单"),
    ("arrived", "已到港"),
    ("inspection-ordered", "已下达查验指令"),
    ("tested", "已检测"),
    ("wasted", "已列为废物"),
    ("corrected", "已更正"),
    ("noted", "已存证"),
    ("packed", "已装入"),
    ("unpacked", "已取出"),
    ("filled", "内装物已变更"),
    ("reported", "已报告"),
    ("landed", "已由他网转入"),
    // Acts.
    ("register-org", "登记机构"),
    ("register-key", "登记密钥"),
    ("rotate-key", "轮换密钥"),
    ("end-key", "终止密钥"),
    ("register-node", "登记节点"),
    ("end-node", "终止节点"),
    ("register-class", "登记品类"),
    ("register", "登记物品"),
    ("declare", "申报"),
    ("inspect", "查验"),
    ("release", "放行"),
    ("offer", "发起交付"),
    ("accept", "接收"),
    ("refuse", "拒收"),
    ("withdraw", "撤回交付"),
    ("handover", "当面交接"),
    ("use", "使用"),
    ("dispose", "处置"),
    ("place-hold", "扣控"),
    ("lift-hold", "解除扣控"),
    ("assert-hs", "认定税则号列"),
    ("assign", "归入审批单"),
    ("arrive", "到港"),
    ("order-inspection", "下达查验指令"),
    ("test", "检测"),
    ("return", "退运"),
    ("destroy", "销毁"),
    ("exit", "离境"),
    ("store", "入库"),
    ("lose", "报失"),
    ("correct", "更正"),
    ("note", "存证"),
    ("derive", "衍生"),
    ("pack", "装入"),
    ("unpack", "取出"),
    ("apply", "申请"),
    ("pause", "暂停计时"),
    ("resume", "恢复计时"),
    ("decide", "作出决定"),
    ("cancel", "取消批件"),
    ("demand", "要求报告"),
    ("report", "季度报告"),
    ("answer", "答复"),
    ("enact", "联署生效"),
    ("propose", "提案"),
    ("approve", "批准提案"),
    ("retract", "撤回提案"),
    ("close-alert", "关闭预警"),
    ("advance-clock", "拨快时钟"),
    ("anchor", "文档存证"),
    ("share", "共享查看"),
    ("end-share", "终止共享"),
    ("seal-key", "发布加密公钥"),
    ("depart", "转往他网"),
    ("land", "由他网转入"),
    // Roles; what a receiver is.
    ("custodian", "持有方"),
    ("receiver", "接收方"),
    ("declarant", "申报人"),
    ("officer", "机关经办人"),
    ("countersigner", "联署人"),
    ("administrator", "管理员"),
    ("project-lead", "项目负责人"),
    ("tester", "检测人员"),
    ("expert", "专家"),
    ("joint", "共同签署人"),
    ("delegate", "工作机制代表"),
    ("holder", "持有人"),
    // Kinds of organisations, functions of agencies.
    ("agency", "机关"),
    ("enterprise", "适格机构"),
    ("carrier", "承运人"),
    ("laboratory", "第三方检测机构"),
    ("disposer", "处置单位"),
    ("partner", "可信科研机构"),
    ("observer", "观察方"),
    ("district-mechanism", "区工作机制"),
    ("joint-mechanism", "联合工作机制"),
    ("customs", "海关"),
    ("science-technology", "科学技术"),
    ("health", "卫生健康"),
    ("market-regulation", "市场监督"),
    ("commerce", "商务"),
    ("environment", "生态环境"),
    ("transport", "交通"),
    ("public-security", "公安"),
    // Categories.
    ("micro-organism", "微生物"),
    ("human-tissue", "人体组织"),
    ("biological-product", "生物制品"),
    ("blood", "血液及其制品"),
    // Registries, and why an entry ended.
    ("qualified", "适格机构名录"),
    ("rating", "年度评级"),
    ("premises", "场所"),
    ("graded-class", "品类风险分级"),
    ("positive-list", "正面清单"),
    ("pre-review", "年度预审"),
    ("non-acceptance", "不予采信名单"),
    ("tri", "可信科研机构名录"),
    ("pilot", "试点企业白名单"),
    ("white-list", "研发用物品白名单"),
    ("org-ban", "禁入机构"),
    ("person-ban", "禁入人员"),
    ("access", "检疫准入"),
    ("removed", "已移出"),
    ("replaced", "已被取代"),
    ("adjusted", "调整退出"),
    ("cancelled", "已取消"),
    ("violation", "违规"),
    // Grants: kinds, states, ways of writing off, directions, lanes, purposes.
    ("plan", "使用计划"),
    ("clearance", "通关证明"),
    ("permit", "审批单"),
    ("hgr-filing", "人类遗传资源备案"),
    ("applied", "已申请"),
    ("paused", "已暂停计时"),
    ("granted", "已批准"),
    ("refused", "被拒绝"),
    ("exhausted", "已核销完毕"),
    ("closed", "已结案"),
    ("once", "一次核销"),
    ("batches", "分批核销"),
    ("import", "进境"),
    ("export", "出境"),
    ("transit", "过境"),
    ("instant-permit", "即时审批"),
    ("unstated", "未说明"),
    ("research", "研发"),
    ("production", "生产"),
    ("medical", "医疗"),
    ("testing", "检验检测"),
    ("sale", "销售"),
    ("disposal", "废弃处置"),
    // Results of inspections; ways of deriving; facts that are anchored.
    ("passed", "查验合格"),
    ("exempt", "免检"),
    ("split", "拆分"),
    ("merge", "合并"),
    ("manufacture", "制造"),
    ("self-check", "自查"),
    ("telemetry", "监测数据"),
    ("document", "文件"),
    ("temperature", "温度"),
    ("position", "位置"),
    // Alerts.
    ("acceptance-overdue", "逾期未接收"),
    ("decision-overdue", "逾期未决定"),
    ("permit-ending", "审批单即将到期"),
    ("entry-ending", "名录条目即将到期"),
    ("report-overdue", "报告逾期"),
    ("node-stale", "节点落后"),
    ("node-silent", "节点无应答"),
    ("node-feed", "节点隐瞒动态"),
    ("node-proof", "节点证明无效"),
    ("node-fork", "节点分叉"),
    ("balance", "账实不符"),
    ("excursion", "读数超限"),
    ("hold", "物品被扣控"),
    ("banned-party", "涉及被禁入者"),
    ("purpose-breach", "挪作他用"),
    ("loss", "遗失或被盗"),
    ("partner-removed", "可信科研机构被移出"),
    ("pilot-stopped", "试点停止"),
    ("serial-twice", "序列号重复登记"),
    // Changes of a motion, states of a proposal, ends of keys.
    ("enter", "列入名录"),
    ("end", "终止条目"),
    ("install-pack", "启用规则包"),
    ("add-agency", "增设机关"),
    ("remove-agency", "移除机关"),
    ("move-seat", "迁移席位"),
    ("recover-key", "恢复密钥"),
    ("admit-network", "准入网络"),
    ("open", "待批准"),
    ("enacted", "已生效"),
    ("lapsed", "已失效"),
    ("retracted", "已撤回"),
    ("retired", "已停用"),
    ("compromised", "已泄露"),
    ("banned", "已被禁入"),
    // States of transactions, verdicts.
    ("pending", "待入账"),
    ("committed", "已入账"),
    ("unknown", "未知"),
    ("expired", "已过期"),
    ("valid", "有效"),
    ("invalid", "无效"),
    ("stale", "过时"),
    ("untrusted", "不受信任"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{
        Hash,
        event::{EventKind, Receiver},
        operation::{Bucket, DeriveKind, Direction, EndWhy, GrantKind, Lane, Registry, Telemetry},
        policy::{KindTag, WriteOff},
        record::{AgencyFunction, AlertKind, Category, GrantState, KeyEndReason, ProposalState, Stamp},
    };
    use std::collections::BTreeSet;

    /// Words of [`Note`], [`ledger::operation::Change`] and [`OrgKind`], which cannot be listed without a value of each.
    const OTHERS: &[&str] = &[
        "self-check",
        "telemetry",
        "expert",
        "document",
        "enter",
        "end",
        "install-pack",
        "add-agency",
        "remove-agency",
        "move-seat",
        "recover-key",
        "admit-network",
        "agency",
    ];

    #[test]
    fn every_word_of_the_ledger_has_a_chinese_one() {
        let proposals = [
            ProposalState::Open,
            ProposalState::Enacted(Stamp::default()),
            ProposalState::Lapsed,
            ProposalState::Retracted,
        ];
        let ends = [KeyEndReason::Retired, KeyEndReason::Compromised, KeyEndReason::Banned];
        let words = Lifecycle::ALL
            .map(Lifecycle::name)
            .into_iter()
            .chain(Act::ALL.map(Act::name))
            .chain(EventKind::ALL.map(EventKind::name))
            .chain(Role::ALL.map(Role::name))
            .chain(KindTag::ALL.map(KindTag::name))
            .chain(Receiver::ALL.map(Receiver::name))
            .chain(AgencyFunction::ALL.map(AgencyFunction::name))
            .chain(Category::ALL.map(Category::name))
            .chain(InspectionResult::ALL.map(InspectionResult::name))
            .chain(Registry::ALL.map(Registry::name))
            .chain(EndWhy::ALL.map(EndWhy::name))
            .chain(GrantKind::ALL.map(GrantKind::name))
            .chain(GrantState::ALL.map(GrantState::name))
            .chain(WriteOff::ALL.map(WriteOff::name))
            .chain(Direction::ALL.map(Direction::name))
            .chain(Lane::ALL.map(Lane::name))
            .chain(Purpose::ALL.map(Purpose::name))
            .chain(AlertKind::ALL.map(AlertKind::name))
            .chain(DeriveKind::ALL.map(DeriveKind::name))
            .chain(Bucket::ALL.map(Bucket::name))
            .chain(Telemetry::ALL.map(Telemetry::name))
            .chain(proposals.map(ProposalState::name))
            .chain(ends.map(KeyEndReason::name))
            .chain(OTHERS.iter().copied());
        for english in words {
            assert!(CHINESE.iter().any(|(e, _)| *e == english), "{english}");
        }
    }

    #[test]
    fn no_word_stands_twice() {
        let words: BTreeSet<&str> = CHINESE.iter().map(|(english, _)| *english).collect();
        assert_eq!(words.len(), CHINESE.len());
    }

    #[test]
    fn words_read_well() {
        assert_eq!(word("offer-refused", Lang::En), "offer refused");
        assert_eq!(word("offer-refused", Lang::ZhHans), "已拒收");
        assert_eq!(word("xyz", Lang::ZhHans), "xyz");
    }

    #[test]
    fn effects_name_what_is_stated() {
        let declared = Effect::Declared { exempt: false, research_only: true };
        assert_eq!(effect_params(&declared), [("research_only", "yes".to_owned())]);
        let tested = Effect::Tested { passed: false, laboratory: OrgId::default(), report: Hash::default() };
        assert_eq!(effect_params(&tested)[0], ("result", "failed".to_owned()));
        let inside = Inside { items: 3, depth: 1, held: 0, research_only: 0, hgr: 1, levels: [3, 0, 0, 0, 0] };
        let filled = Effect::Filled { more: false, by: inside };
        assert_eq!(effect_params(&filled), [("items", "-3".to_owned()), ("hgr", "-1".to_owned())]);
    }
}
