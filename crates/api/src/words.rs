//! Words for people in both languages: verdicts, events, states, acts, roles.

use crate::Lang;
use ledger::{Act, Effect, Lifecycle, Role, record::OrgKind};

/// The values of an effect, by name, as text.
pub fn effect_params(effect: &Effect) -> Vec<(&'static str, String)> {
    match effect {
        Effect::Registered { class, code, quantity, custodian, previous, private } => {
            let mut list = vec![
                ("class", class.to_string()),
                ("code", code.digital_link()),
                ("quantity", quantity.to_string()),
                ("custodian", custodian.to_string()),
            ];
            list.extend(previous.map(|p| ("previous", p.to_string())));
            list.extend(private.map(|p| ("private", p.to_string())));
            list
        }
        Effect::Declared | Effect::Released => Vec::new(),
        Effect::Inspected { result } => vec![("result", result.name().into())],
        Effect::Offered { offer } => vec![
            ("terms", offer.terms.to_string()),
            ("receiver", offer.receiver.to_string()),
            ("expires", crate::time::rfc3339(offer.expires)),
        ],
        Effect::Moved { from, to, terms } => {
            vec![("from", from.to_string()), ("to", to.to_string()), ("terms", terms.to_string())]
        }
        Effect::OfferRefused { terms } | Effect::OfferWithdrawn { terms } => vec![("terms", terms.to_string())],
        Effect::Used { quantity } | Effect::Disposed { quantity } => vec![("quantity", quantity.to_string())],
        Effect::HoldPlaced { by, reason } => vec![("by", by.to_string()), ("reason", reason.to_string())],
        Effect::HoldLifted { by, placed } => vec![("by", by.to_string()), ("placed", placed.to_string())],
    }
}

/// A word of JSON or the command line, for people; the word itself where there is nothing to translate.
///
/// Covers kinds of events, states, acts, roles, kinds and functions of organisations, categories, states of
/// transactions, verdicts and results of inspections. In English hyphens become blanks.
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
        ("untrusted", Lang::En) => "UNTRUSTED: consistent in itself, but no trust root vouches for its network",
        ("untrusted", Lang::ZhHans) => "不受信任：自身一致，但没有信任根为其网络担保",
        (_, Lang::En) => "INVALID: do not rely on it",
        (_, Lang::ZhHans) => "无效：不可信赖",
    }
}

/// English word -> Chinese.
const CHINESE: &[(&str, &str)] = &[
    ("registered", "已登记"),
    ("declared", "已申报"),
    ("test-pending", "待检测"),
    ("inspected", "已查验"),
    ("failed", "查验不合格"),
    ("passed", "查验合格"),
    ("released", "已放行"),
    ("consumed", "已用尽"),
    ("disposed", "已处置"),
    ("offered", "已发起交付"),
    ("moved", "已交接"),
    ("offer-refused", "已拒收"),
    ("offer-withdrawn", "已撤回交付"),
    ("used", "已使用"),
    ("hold-placed", "已扣控"),
    ("hold-lifted", "已解除扣控"),
    ("register-org", "登记机构"),
    ("register-key", "登记密钥"),
    ("rotate-key", "轮换密钥"),
    ("end-key", "终止密钥"),
    ("register-node", "登记节点"),
    ("end-node", "终止节点"),
    ("register-class", "登记品类"),
    ("assert-hs", "认定税则号列"),
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
    ("custodian", "持有方"),
    ("receiver", "接收方"),
    ("declarant", "申报人"),
    ("officer", "机关经办人"),
    ("countersigner", "联署人"),
    ("administrator", "管理员"),
    ("agency", "机关"),
    ("enterprise", "适格机构"),
    ("carrier", "承运人"),
    ("laboratory", "第三方检测机构"),
    ("disposer", "处置单位"),
    ("partner", "可信科研机构"),
    ("customs", "海关"),
    ("science-technology", "科学技术"),
    ("health", "卫生健康"),
    ("market-regulation", "市场监督"),
    ("commerce", "商务"),
    ("environment", "生态环境"),
    ("transport", "交通"),
    ("public-security", "公安"),
    ("micro-organism", "微生物"),
    ("human-tissue", "人体组织"),
    ("biological-product", "生物制品"),
    ("blood", "血液及其制品"),
    ("pending", "待入账"),
    ("committed", "已入账"),
    ("refused", "被规则拒绝"),
    ("unknown", "未知"),
    ("valid", "有效"),
    ("invalid", "无效"),
    ("stale", "过时"),
    ("untrusted", "不受信任"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::record::{AgencyFunction, Category};

    #[test]
    fn every_word_of_the_ledger_has_a_chinese_one() {
        let words = Lifecycle::ALL
            .map(Lifecycle::name)
            .into_iter()
            .chain(Act::ALL.map(Act::name))
            .chain(Role::ALL.map(Role::name))
            .chain(AgencyFunction::ALL.map(AgencyFunction::name))
            .chain(Category::ALL.map(Category::name));
        for english in words {
            assert!(CHINESE.iter().any(|(e, _)| *e == english), "{english}");
        }
    }

    #[test]
    fn words_read_well() {
        assert_eq!(word("offer-refused", Lang::En), "offer refused");
        assert_eq!(word("offer-refused", Lang::ZhHans), "已拒收");
        assert_eq!(word("xyz", Lang::ZhHans), "xyz");
    }
}
