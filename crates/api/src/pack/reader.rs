//! From text to a pack. Reading goes on after a fault, so that whoever writes a pack is told of all of them at once; what
//! stands in place of the faulty part does not matter, since the pack is refused.

use super::{
    BY_GENESIS, Fault, PACK_SCHEMA,
    shape::{self, Any, File, Word},
    words,
};
use ledger::{
    PolicyPack, Text,
    calendar::Calendar,
    operation::{Direction, GrantKind, Lane, Registry},
    policy::{
        ActRow, AlertRow, Condition, Grade, GrantRow, LaneRow, Limits, Orientation, Period, RegistryRow, Rule, Scope,
        SignerSet, TemperatureRow, WriteOff,
    },
    record::{AgencyFunction, AlertKind, Category},
};
use std::{collections::BTreeMap, ops::Range};

pub(super) struct Reader<'t> {
    text: &'t str,
    pub(super) faults: Vec<Fault>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Reader<'t> {
        Reader { text, faults: Vec::new() }
    }

    pub(super) fn pack(&mut self, file: &File, orientation: Option<Orientation>) -> PolicyPack {
        if file.schema.get_ref() != PACK_SCHEMA {
            self.fault(&file.schema.span(), format!("this program reads {PACK_SCHEMA}"));
        }
        let temperatures: Vec<TemperatureRow> =
            file.temperature.iter().filter_map(|row| self.temperature(row)).collect();
        PolicyPack {
            name: self.text(&file.name),
            version: file.version,
            grades: file.grade.iter().map(|grade| self.grade(grade)).collect(),
            orientation: self.orientation(&file.orientation, orientation),
            ratings: file.ratings.get_ref().iter().map(|rating| self.text(rating)).collect(),
            articles: self.articles(&file.articles),
            acts: sorted(file.act.iter().filter_map(|row| self.act(row)).collect(), |row| row.act),
            registries: sorted(file.registry.iter().filter_map(|row| self.registry(row)).collect(), |row| row.registry),
            grants: sorted(file.grant.iter().filter_map(|row| self.grant(row)).collect(), |row| row.kind),
            lanes: sorted(file.lane.iter().filter_map(|row| self.lane(row)).collect(), |row| row.lane),
            alerts: sorted(file.alert.iter().filter_map(|row| self.alert(row)).collect(), |row| row.kind),
            scope: self.scope(&file.scope),
            temperatures: sorted(temperatures, |row| row.category),
            calendar: self.calendar(&file.calendar),
            limits: self.limits(&file.limits),
        }
    }

    // ------------------------------------------------------------------------------------------------------- words

    fn fault(&mut self, at: &Range<usize>, what: String) {
        self.faults.push(Fault::at(self.text, at, what));
    }

    /// What a word says; a fault where it stands if it says nothing.
    fn said<T>(&mut self, word: &Word, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        read(word.get_ref()).map_err(|what| self.fault(&word.span(), what)).ok()
    }

    fn all_said<T>(&mut self, list: &[Word], read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        list.iter().filter_map(|word| self.said(word, &read)).collect()
    }

    fn one_of<T: Copy>(&mut self, word: &Word, what: &str, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
        self.said(word, |word| words::one_of(word, what, all, name))
    }

    fn text<const MAX: usize>(&mut self, word: &Word) -> Text<MAX> {
        self.said(word, words::read_text).unwrap_or_default()
    }

    fn rule(&mut self, word: Option<&Word>) -> Rule {
        word.and_then(|word| self.said(word, words::read_rule)).unwrap_or(Rule::NONE)
    }

    fn sets(&mut self, any: &Any) -> Vec<SignerSet> {
        any.iter().map(|set| self.all_said(set, words::read_need)).collect()
    }

    fn conditions(&mut self, list: &[Word]) -> Vec<Condition> {
        self.all_said(list, words::read_condition)
    }

    // ------------------------------------------------------------------------------------------------------- parts

    fn orientation(&mut self, word: &Word, of_genesis: Option<Orientation>) -> Orientation {
        let named = Orientation::ALL.into_iter().find(|o| o.name() == word.get_ref());
        let words = Orientation::ALL.map(Orientation::name).join(" or ");
        let fault = match (named, of_genesis) {
            (Some(named), None) => return named,
            (Some(named), Some(asked)) if named == asked => return named,
            (None, Some(asked)) if word.get_ref() == BY_GENESIS => return asked,
            (Some(named), Some(asked)) => format!("the pack says {}, and {} is asked for", named.name(), asked.name()),
            (None, None) if word.get_ref() == BY_GENESIS => format!("the pack leaves it open: say {words}"),
            (None, _) => format!("{:?} is no orientation: {words} are", word.get_ref()),
        };
        self.fault(&word.span(), fault);
        Orientation::FirstIsHighest
    }

    fn articles(&mut self, articles: &BTreeMap<String, Word>) -> Vec<(Rule, Text<64>)> {
        let mut list = Vec::with_capacity(articles.len());
        for (rule, article) in articles {
            match words::read_rule(rule) {
                Ok(rule) => list.push((rule, self.text(article))),
                Err(what) => self.fault(&article.span(), what),
            }
        }
        sorted(list, |(rule, _)| *rule)
    }

    fn grade(&mut self, grade: &shape::Grade) -> Grade {
        let shape::Grade { name, permit, access, validity, write_off, premises, test } = grade;
        let write_off = self.one_of(write_off, "way of writing off", &WriteOff::ALL, WriteOff::name);
        Grade {
            name: self.text(name),
            permit: *permit,
            access: *access,
            validity_months: self.said(validity, words::read_months).unwrap_or_default(),
            write_off: write_off.unwrap_or(WriteOff::Once),
            premises: *premises,
            test: *test,
        }
    }

    fn act(&mut self, row: &shape::Act) -> Option<ActRow> {
        let shape::Act { name, rule, article, signers } = row;
        let act = self.said(name, words::read_act);
        let rule = self.rule(rule.as_ref());
        let article = article.as_ref().map(|article| self.text(article));
        let any = self.sets(signers);
        Some(ActRow { act: act?, rule, article, any })
    }

    fn registry(&mut self, row: &shape::Registry) -> Option<RegistryRow> {
        let shape::Registry { name, rule, enter, end, period, requires, warn_days, barred_days } = row;
        let registry = self.one_of(name, "registry", &Registry::ALL, Registry::name);
        let rule = self.rule(rule.as_ref());
        let (enter, end) = (self.sets(enter), self.sets(end));
        let period = self.one_of(period, "period", &Period::ALL, Period::name);
        let requires = self.conditions(requires);
        let (warn_days, barred_days) = (*warn_days, *barred_days);
        Some(RegistryRow { registry: registry?, rule, enter, end, period: period?, requires, warn_days, barred_days })
    }

    fn grant(&mut self, row: &shape::Grant) -> Option<GrantRow> {
        let shape::Grant { name, rule, apply, decide, working_days, pauses, warn_days, requires } = row;
        let kind = self.one_of(name, "grant", &GrantKind::ALL, GrantKind::name);
        let rule = self.rule(rule.as_ref());
        let (apply, decide) = (self.sets(apply), self.sets(decide));
        let requires = self.conditions(requires);
        let (working_days, pauses, warn_days) = (*working_days, *pauses, *warn_days);
        Some(GrantRow { kind: kind?, rule, apply, decide, working_days, pauses, warn_days, requires })
    }

    fn lane(&mut self, row: &shape::Lane) -> Option<LaneRow> {
        let shape::Lane { name, rule, any } = row;
        let lane = self.one_of(name, "lane", &Lane::ALL, Lane::name);
        let rule = self.rule(rule.as_ref());
        let any = any.iter().map(|conditions| self.conditions(conditions)).collect();
        Some(LaneRow { lane: lane?, rule, any })
    }

    fn alert(&mut self, row: &shape::Alert) -> Option<AlertRow> {
        let shape::Alert { name, rule, to } = row;
        let kind = self.one_of(name, "alert", &AlertKind::ALL, AlertKind::name);
        let rule = self.rule(rule.as_ref());
        let to = self.all_said(to, |word| words::one_of(word, "agency", &AgencyFunction::ALL, AgencyFunction::name));
        Some(AlertRow { kind: kind?, rule, to })
    }

    fn scope(&mut self, scope: &shape::Scope) -> Scope {
        let shape::Scope { categories, excluded_hs, clearance_hs, directions } = scope;
        let category = |word: &str| words::one_of(word, "category", &Category::ALL, Category::name);
        let direction = |word: &str| words::one_of(word, "direction", &Direction::ALL, Direction::name);
        Scope {
            categories: self.all_said(categories.get_ref(), category),
            excluded_hs: self.all_said(excluded_hs, words::read_text),
            clearance_hs: self.all_said(clearance_hs, words::read_text),
            directions: self.all_said(directions.get_ref(), direction),
        }
    }

    fn temperature(&mut self, row: &shape::Temperature) -> Option<TemperatureRow> {
        let shape::Temperature { category, min, max } = row;
        let category = self.one_of(category, "category", &Category::ALL, Category::name);
        let (min, max) = (self.said(min, words::read_degrees), self.said(max, words::read_degrees));
        Some(TemperatureRow { category: category?, min: min?, max: max? })
    }

    fn calendar(&mut self, calendar: &shape::Calendar) -> Calendar {
        let shape::Calendar { utc_offset, weekend, holidays, workdays } = calendar;
        Calendar {
            utc_offset_min: self.said(utc_offset, words::read_offset).unwrap_or_default(),
            weekend: self.weekend(weekend.get_ref()),
            holidays: sorted(self.all_said(holidays.get_ref(), words::read_day), |day| *day),
            workdays: sorted(self.all_said(workdays.get_ref(), words::read_day), |day| *day),
        }
    }

    fn weekend(&mut self, list: &[Word]) -> u8 {
        let mut mask = 0;
        for word in list {
            let day = self.said(word, words::read_weekday).unwrap_or_default();
            if mask & day != 0 {
                self.fault(&word.span(), format!("{} stands twice", word.get_ref()));
            }
            mask |= day;
        }
        mask
    }

    fn limits(&mut self, limits: &shape::Limits) -> Limits {
        let shape::Limits {
            seat_lead,
            pack_lead,
            proposal_days,
            recovery_days,
            report_days,
            plan_ahead_days,
            pilot_rating,
            ban_allows,
        } = limits;
        Limits {
            seat_lead: *seat_lead.get_ref(),
            pack_lead: *pack_lead.get_ref(),
            proposal_days: *proposal_days.get_ref(),
            recovery_days: *recovery_days,
            report_days: *report_days,
            plan_ahead_days: *plan_ahead_days,
            pilot_rating: pilot_rating.as_ref().map(|rating| self.text(rating)),
            ban_allows: self.all_said(ban_allows.get_ref(), words::read_act),
        }
    }
}

/// In the order of the record, whatever the order of the text: what stands twice stays, for the check to find.
fn sorted<T, K: Ord>(mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    rows.sort_by_key(key);
    rows
}
