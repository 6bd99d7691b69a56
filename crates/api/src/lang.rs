//! The two languages of messages.

/// A language in which messages exist. Commands, flags, JSON keys and codes are English in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// 简体中文 Simplified Chinese.
    ZhHans,
}

impl Lang {
    /// The tag: `en` or `zh-Hans`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::ZhHans => "zh-Hans",
        }
    }

    /// From the tag given by `--lang`; `None` for another language.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        match tag.to_ascii_lowercase().replace('_', "-").as_str() {
            "en" => Some(Lang::En),
            "zh-hans" | "zh" | "zh-cn" => Some(Lang::ZhHans),
            _ => None,
        }
    }

    /// From a locale such as `zh_CN.UTF-8`; anything that is not Simplified Chinese reads English.
    pub fn from_locale(locale: &str) -> Lang {
        let name = locale.split(['.', '@']).next().unwrap_or_default().to_ascii_lowercase().replace('_', "-");
        match name.as_str() {
            "zh" | "zh-cn" | "zh-sg" | "zh-hans" => Lang::ZhHans,
            other if other.starts_with("zh-hans") => Lang::ZhHans,
            _ => Lang::En,
        }
    }

    /// From an `Accept-Language` header: the first range that is one of the two.
    pub fn from_accept_language(header: &str) -> Lang {
        header
            .split(',')
            .filter_map(|range| range.split(';').next())
            .map(str::trim)
            .find_map(|tag| match tag.to_ascii_lowercase() {
                t if t.starts_with("zh") => Some(Lang::ZhHans),
                t if t.starts_with("en") => Some(Lang::En),
                _ => None,
            })
            .unwrap_or_default()
    }

    /// The text of this language out of a pair.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Lang::En => en,
            Lang::ZhHans => zh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn chosen_from_tag_locale_and_header() {
        assert_eq!(Lang::from_tag("zh-Hans"), Some(Lang::ZhHans));
        assert_eq!(Lang::from_tag("fr"), None);
        for (locale, lang) in
            [("zh_CN.UTF-8", Lang::ZhHans), ("zh_TW.UTF-8", Lang::En), ("C", Lang::En), ("", Lang::En)]
        {
            assert_eq!(Lang::from_locale(locale), lang, "{locale}");
        }
        assert_eq!(Lang::from_accept_language("fr, zh-CN;q=0.9, en;q=0.8"), Lang::ZhHans);
        assert_eq!(Lang::from_accept_language("*"), Lang::En);
    }
}
